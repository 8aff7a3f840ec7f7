import { stringify } from 'csv-stringify/sync';
import { type DocumentNode, type SelectionSetNode } from 'graphql';
import { fieldReader } from './paged-field.ts';

/** A column: its name, and the response keys that lead to its value. */
interface Column {
  name: string;
  keys: readonly string[];
}

/** The columns of rows with this selection: one for each leaf, named by the way to it, such as `endpointService.name`. */
const listColumns = (document: DocumentNode, row: SelectionSetNode): readonly Column[] => {
  const read = fieldReader(document);
  const columns = new Map<string, Column>();
  const add = (selectionSet: SelectionSetNode, keys: readonly string[]): void => {
    for (const field of read(selectionSet)) {
      const path = [...keys, (field.alias ?? field.name).value];
      if (field.selectionSet) add(field.selectionSet, path);
      else columns.set(path.join('.'), { name: path.join('.'), keys: path });
    }
  };
  add(row, []);
  return [...columns.values()];
};

/** The values at the end of these keys: several where a list is on the way. */
const valuesAt = (value: unknown, keys: readonly string[]): readonly unknown[] => {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, keys));
  const [key, ...rest] = keys;
  return key === undefined ? [value] : valuesAt((value as Record<string, unknown>)[key], rest);
};

const cell = (row: unknown, { keys }: Column): string =>
  valuesAt(row, keys)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join('; ');

/**
 * Formats rows as CSV (RFC 4180, lines end with a line feed). Values of a list are joined with `; `. A cell that a spreadsheet would take
 * for a formula begins with an apostrophe.
 */
export const createCsv = (document: DocumentNode, row: SelectionSetNode, { edges = false } = {}) => {
  const columns = listColumns(document, row);
  const format = (cells: readonly (readonly string[])[]): string =>
    stringify([...cells], { escape_formulas: true });
  return {
    header: (): string => format([columns.map(({ name }) => (edges ? name.replace(/^node\./, '') : name))]),
    rows: (rows: readonly unknown[]): string =>
      format(rows.map((one) => columns.map((column) => cell(one, column)))),
  };
};
