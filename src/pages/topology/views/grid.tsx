import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { goToDetails } from './details-focus.ts';
import { rem } from './rem.ts';
import { useVirtual } from './use-virtual.ts';

/** A column of a table. Its name is the end of a class, too. */
export interface GridColumn<Row> {
  name: string;
  title: string;
  /** Stands in place of the title. */
  head?: () => ComponentChildren;
  cell: (row: Row) => ComponentChildren;
}

interface GridProps<Row> {
  label: string;
  columns: readonly GridColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  isSelected: (row: Row) => boolean;
  onSelect: (row: Row) => void;
  /** What the space bar does with a row; without it, it selects. */
  onToggle?: (row: Row) => void;
  /** How the rows are sorted, if the reader can choose that. */
  sorting?: { column: string; descending: boolean };
  onSort?: (column: string) => void;
}

/** Height of a row in pixels: whole ones, so that all edges are equally sharp. */
const rowHeight = (): number => Math.round(2.6 * rem.value);

/** A table of which only the rows that can be seen are in the document. Arrow keys go from row to row. */
export const Grid = <Row,>({
  label,
  columns,
  rows,
  keyOf,
  isSelected,
  onSelect,
  onToggle = onSelect,
  sorting,
  onSort,
}: GridProps<Row>) => {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({
    count: rows.length,
    scroller,
    estimateSize: rowHeight,
    overscan: 10,
  });

  const move = (index: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[to];
    if (row === undefined) return;
    onSelect(row);
    virtual.scrollToIndex(to);
    // The row is in the document after the next picture.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${to + 2}"]`)?.focus(),
      ),
    );
  };

  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    // What is inside of a row has keys of its own.
    if (event.target !== event.currentTarget) return;
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + 15,
      PageUp: index - 15,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === ' ') {
      event.preventDefault();
      onToggle(rows[index]!);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      onSelect(rows[index]!);
      goToDetails();
    }
  };

  const items = virtual.getVirtualItems();
  // One row can be reached with the Tab key: the selected one if it is there, else the first.
  const focusable = (
    items.find(({ index }) => rows[index] !== undefined && isSelected(rows[index])) ?? items[0]
  )?.index;
  return (
    <div
      class={`table scroll columns-${columns.length}`}
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
    >
      <div role="rowgroup" class="head">
        <div role="row" aria-rowindex={1} class="row">
          {columns.map(({ name, title, head }, index) => {
            const isSorted = sorting?.column === name;
            const direction = sorting?.descending ? 'descending' : 'ascending';
            return (
              <div
                key={name}
                role="columnheader"
                aria-colindex={index + 1}
                aria-sort={onSort && !head ? (isSorted ? direction : 'none') : undefined}
                class={`cell cell-${name}`}
              >
                {onSort && !head ? (
                  <button type="button" onClick={() => onSort(name)}>
                    {title}
                    <span aria-hidden="true">{isSorted ? (sorting.descending ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                ) : head ? (
                  head()
                ) : (
                  title
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" class="body" style={{ height: `${virtual.getTotalSize()}px` }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          return (
            row !== undefined && (
              <div
                key={keyOf(row)}
                role="row"
                class="row"
                aria-rowindex={index + 2}
                aria-selected={isSelected(row)}
                tabIndex={index === focusable ? 0 : -1}
                style={{ transform: `translateY(${start}px)`, height: `${rowHeight()}px` }}
                onClick={() => onSelect(row)}
                onKeyDown={(event) => onKeyDown(event, index)}
              >
                {columns.map(({ name, cell }, at) => (
                  <div key={name} role="gridcell" aria-colindex={at + 1} class={`cell cell-${name}`}>
                    {cell(row)}
                  </div>
                ))}
              </div>
            )
          );
        })}
      </div>
    </div>
  );
};
