import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Connection } from '../model/topology.ts';
import { parents, rows } from '../state/topology.ts';
import { type Column, COLUMNS, select, selected, sorting } from '../state/view.ts';
import { formatAge, formatCount, formatTime } from './format.ts';
import { StatusLabel } from './icons.tsx';
import { NothingHere } from './states.tsx';
import { useVirtual } from './use-virtual.ts';

const TITLES: Readonly<Record<Column, string>> = {
  status: 'Status',
  parent: 'Connected to',
  endpoint: 'Endpoint',
  account: 'Account',
  address: 'Address',
  since: 'Since',
  failure: 'Reason',
};

const ROW_HEIGHT = 36;

const sortBy = (column: Column): void => {
  const { column: before, descending } = sorting.value;
  sorting.value = { column, descending: column === before && !descending };
};

const Heading = ({ column, index }: { column: Column; index: number }) => {
  const isSorted = sorting.value.column === column;
  const direction = sorting.value.descending ? 'descending' : 'ascending';
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={isSorted ? direction : 'none'}
      class={`cell cell-${column}`}
    >
      <button type="button" onClick={() => sortBy(column)}>
        {TITLES[column]}
        <span aria-hidden="true">{isSorted ? (sorting.value.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </div>
  );
};

const mono = (text: string | null) => <span class="mono">{text}</span>;

const CELLS: Readonly<Record<Column, (one: Connection) => ComponentChildren>> = {
  status: ({ status }) => <StatusLabel status={status} />,
  parent: ({ parentKey }) => <bdi>{parents.value.get(parentKey)?.name}</bdi>,
  endpoint: ({ endpointId }) => mono(endpointId),
  account: ({ domainId }) => mono(domainId),
  address: ({ ipv4 }) => mono(ipv4),
  since: ({ updatedAt, createdAt }) => (
    <time title={formatTime(updatedAt ?? createdAt)} dateTime={updatedAt ?? createdAt ?? ''}>
      {formatAge(updatedAt ?? createdAt)}
    </time>
  ),
  failure: ({ failures }) => <bdi>{failures.map(({ code, message }) => message ?? code).join('; ')}</bdi>,
};

/** The connections as a table: sortable, and only the rows that can be seen are in the document. */
export const Table = () => {
  const scroller = useRef<HTMLDivElement>(null);
  const list = rows.value;
  const virtual = useVirtual({ count: list.length, scroller, estimateSize: () => ROW_HEIGHT, overscan: 10 });

  const move = (index: number): void => {
    const to = Math.max(0, Math.min(list.length - 1, index));
    const one = list[to];
    if (!one) return;
    select(one.key);
    virtual.scrollToIndex(to);
    // The row is in the document after the next picture.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${to + 2}"]`)?.focus(),
      ),
    );
  };

  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + 15,
      PageUp: index - 15,
      Home: 0,
      End: list.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      select(list[index]!.key);
    }
  };

  const selectedIndex = list.findIndex(({ key }) => key === selected.value);
  const items = virtual.getVirtualItems();
  // One row can be reached with the Tab key: the selected one if it is there, else the first.
  const focusable = items.some(({ index }) => index === selectedIndex) ? selectedIndex : items[0]?.index;
  return (
    <div class="table-view">
      <div
        class="table scroll"
        ref={scroller}
        role="grid"
        aria-label="Connections"
        aria-rowcount={list.length + 1}
        aria-colcount={COLUMNS.length}
      >
        <div role="rowgroup" class="head">
          <div role="row" aria-rowindex={1} class="row">
            {COLUMNS.map((column, index) => (
              <Heading key={column} column={column} index={index} />
            ))}
          </div>
        </div>
        <div role="rowgroup" class="body" style={{ height: `${virtual.getTotalSize()}px` }}>
          {items.map(({ index, start }) => {
            const one = list[index];
            return (
              one && (
                <div
                  key={one.key}
                  role="row"
                  class="row"
                  aria-rowindex={index + 2}
                  aria-selected={selected.value === one.key}
                  tabIndex={index === focusable ? 0 : -1}
                  style={{ transform: `translateY(${start}px)` }}
                  onClick={() => select(one.key)}
                  onKeyDown={(event) => onKeyDown(event, index)}
                >
                  {COLUMNS.map((column, at) => (
                    <div key={column} role="gridcell" aria-colindex={at + 1} class={`cell cell-${column}`}>
                      {CELLS[column](one)}
                    </div>
                  ))}
                </div>
              )
            );
          })}
        </div>
      </div>
      {list.length === 0 ? <NothingHere /> : <p class="faint foot">{formatCount(list.length)} connections</p>}
    </div>
  );
};
