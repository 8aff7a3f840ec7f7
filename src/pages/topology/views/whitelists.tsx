import { type Admission, describeRecord, isOpen } from '../model/whitelists.ts';
import { admissions, unreadWhitelists, whitelistQuery } from '../state/whitelists.ts';
import { lookAt, scope } from '../state/view.ts';
import { formatCount, plural } from '../model/words.ts';
import { formatAge, formatTime } from './format.ts';
import { Grid, type GridColumn } from './grid.tsx';
import { Query } from './query.tsx';
import { NothingHere } from './states.tsx';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ANY', 'a record for everyone (*)'],
  ['DOMAIN', 'a record of the account'],
  ['ORG_PATH', 'a record of an organisation'],
]);

const COLUMNS: readonly GridColumn<Admission>[] = [
  {
    name: 'who',
    title: 'Who',
    cell: (one) =>
      isOpen(one) ? (
        <b class="wildcard">everyone</b>
      ) : (
        <span class="mono">
          <bdi>{describeRecord(one.record!)}</bdi>
        </span>
      ),
  },
  { name: 'parent', title: 'May reach', cell: ({ parentName }) => <bdi>{parentName}</bdi> },
  {
    name: 'kind',
    title: 'Kind',
    cell: ({ parentKey }) => (parentKey.startsWith('cluster/') ? 'cluster' : 'service'),
  },
  {
    name: 'because',
    title: 'Because of',
    cell: ({ record }) =>
      record ? (REASONS.get(record.kind) ?? <bdi>{record.permission}</bdi>) : 'the empty whitelist',
  },
  { name: 'note', title: 'Note', cell: ({ record }) => <bdi>{record?.description}</bdi> },
  {
    name: 'since',
    title: 'Since',
    cell: ({ record }) =>
      record?.createdAt && (
        <time title={formatTime(record.createdAt)} dateTime={record.createdAt}>
          {formatAge(record.createdAt)}
        </time>
      ),
  },
];

/** Who may reach what: what is open to everyone first. */
export const Whitelists = () => {
  const list = admissions.value;
  return (
    <div class="table-view whitelists">
      <Grid
        label="Who may reach what"
        columns={COLUMNS}
        rows={list}
        keyOf={({ key }) => key}
        isSelected={({ parentKey }) => scope.value === parentKey}
        onSelect={({ parentKey }) => lookAt(parentKey)}
      />
      {list.length === 0 && unreadWhitelists.value === 0 && <NothingHere />}
      <div class="foot">
        <p class="faint">
          {plural(list.length, 'record')}, {formatCount(list.filter(isOpen).length)} of them open to everyone
        </p>
        {whitelistQuery.value && <Query {...whitelistQuery.value} title="The query behind this view" />}
      </div>
    </div>
  );
};
