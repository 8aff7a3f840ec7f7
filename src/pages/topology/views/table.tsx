import { askToAccept, askToReject, writeRefusal } from '../state/changes.ts';
import {
  canAccept,
  canChange,
  canReject,
  changeableRows,
  choiceState,
  chosenKeys,
  chosenRows,
  clearChoice,
  toggleAll,
  toggleChoice,
} from '../state/choice.ts';
import type { Connection } from '../model/topology.ts';
import { parents, rows } from '../state/topology.ts';
import { type Column, COLUMNS, select, selected, sorting } from '../state/view.ts';
import { plural } from '../model/words.ts';
import { formatAge, formatTime } from './format.ts';
import { Grid, type GridColumn } from './grid.tsx';
import { StatusLabel } from './icons.tsx';
import { NothingHere } from './states.tsx';

const mono = (text: string | null) => (
  <span class="mono" title={text ?? undefined}>
    {text}
  </span>
);

const Choice = ({ one }: { one: Connection }) => (
  <input
    type="checkbox"
    aria-label={`Choose ${one.endpointId}`}
    checked={chosenKeys.value.has(one.key)}
    disabled={!canChange(one)}
    tabIndex={-1}
    onClick={(event) => event.stopPropagation()}
    onChange={() => toggleChoice(one.key)}
  />
);

const ChoiceOfAll = () => (
  <input
    type="checkbox"
    aria-label="Choose all"
    checked={choiceState.value === 'all'}
    disabled={changeableRows.value.length === 0}
    indeterminate={choiceState.value === 'some'}
    onChange={toggleAll}
  />
);

const COLUMN: Readonly<Record<Column, Omit<GridColumn<Connection>, 'name'>>> = {
  status: { title: 'Status', cell: ({ status }) => <StatusLabel status={status} /> },
  parent: {
    title: 'Connected to',
    cell: ({ parentKey }) => <bdi>{parents.value.get(parentKey)?.name}</bdi>,
  },
  endpoint: { title: 'Endpoint', cell: ({ endpointId }) => mono(endpointId) },
  account: { title: 'Account', cell: ({ domainId }) => mono(domainId) },
  address: { title: 'Address', cell: ({ ipv4 }) => mono(ipv4) },
  since: {
    title: 'Since',
    cell: ({ updatedAt, createdAt }) => (
      <time title={formatTime(updatedAt ?? createdAt)} dateTime={updatedAt ?? createdAt ?? ''}>
        {formatAge(updatedAt ?? createdAt)}
      </time>
    ),
  },
  failure: {
    title: 'Reason',
    cell: ({ failures }) => {
      const text = failures.map(({ code, message }) => message ?? code).join('; ');
      return <bdi title={text}>{text}</bdi>;
    },
  },
};

const FACTS: readonly GridColumn<Connection>[] = COLUMNS.map((name) => ({ name, ...COLUMN[name] }));
const CHOICE: GridColumn<Connection> = {
  name: 'choice',
  title: 'Choice',
  head: () => <ChoiceOfAll />,
  cell: (one) => <Choice one={one} />,
};

const sortBy = (column: Column): void => {
  const { column: before, descending } = sorting.value;
  sorting.value = { column, descending: column === before && !descending };
};

/** What can be done with the chosen connections. */
const Choices = () => {
  const chosen = chosenRows.value;
  if (chosen.length === 0) return null;
  const toAccept = chosen.filter(canAccept);
  const toReject = chosen.filter(canReject);
  return (
    <div class="choices" role="group" aria-label="Chosen connections">
      <span>{plural(chosen.length, 'connection')} chosen</span>
      <button
        type="button"
        class="primary"
        disabled={toAccept.length === 0}
        onClick={() => askToAccept(toAccept)}
      >
        Accept {toAccept.length} …
      </button>
      <button type="button" disabled={toReject.length === 0} onClick={() => askToReject(toReject)}>
        Reject or end {toReject.length} …
      </button>
      <button type="button" class="link" onClick={clearChoice}>
        Choose none
      </button>
    </div>
  );
};

/** The connections as a table that can be sorted, and in which several can be changed together. */
export const Table = () => {
  const list = rows.value;
  return (
    <div class="table-view connections">
      <Choices />
      <Grid
        label="Connections: arrow keys go from row to row, Enter shows details, the space bar chooses"
        columns={writeRefusal.value === null ? [CHOICE, ...FACTS] : FACTS}
        rows={list}
        keyOf={({ key }) => key}
        isSelected={({ key }) => selected.value === key}
        onSelect={({ key }) => select(key)}
        onToggle={(one) => {
          if (canChange(one)) toggleChoice(one.key);
        }}
        sorting={sorting.value}
        onSort={(column) => sortBy(column as Column)}
      />
      {list.length === 0 ? <NothingHere /> : <p class="faint foot">{plural(list.length, 'connection')}</p>}
    </div>
  );
};
