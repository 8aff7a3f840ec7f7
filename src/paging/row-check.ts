import type { PageSource } from './page-source.ts';
import { isSourceError, type SourceError } from './partial-source.ts';

/** A condition that takes a call for each row. */
export interface RowCheck<Row> {
  /** Adds the condition to a list. Only rows that meet the other conditions are read. */
  addTo: (source: PageSource<Row>) => PageSource<Row>;
  /** The rows that are left out because their call failed, each once. Complete after a load. */
  failures: () => { row: Row; error: SourceError }[];
}

/** Creates a condition: `holds` reads whether a row meets it. `keyOf` identifies a row over all lists that have the condition. */
export const createRowCheck = <Row extends object>(
  holds: (row: Row) => Promise<boolean>,
  keyOf: (row: Row) => string,
): RowCheck<Row> => {
  const met = new WeakSet<Row>();
  const failed = new Map<string, { row: Row; error: SourceError }>();
  const check = async (row: Row): Promise<void> => {
    try {
      if (await holds(row)) met.add(row);
    } catch (error) {
      if (!isSourceError(error)) throw error;
      failed.set(keyOf(row), { row, error });
    }
  };
  return {
    addTo: (source) => ({
      ...source,
      load: async (window) => {
        const rows = await source.load(window);
        // A list that is refused for its length is not used.
        const isUsed = !(window.wholeOnly && rows.extent.kind === 'OPEN');
        const { matches = () => true } = source;
        if (isUsed) await Promise.all(rows.items.filter(matches).map(check));
        return rows;
      },
      matches: (row) => (source.matches?.(row) ?? true) && met.has(row),
    }),
    failures: () => [...failed.values()],
  };
};
