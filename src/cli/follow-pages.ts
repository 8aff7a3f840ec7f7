import type { Answer, Client } from './client.ts';
import { CUT, END, type PagedField, variablesOfNext } from './paged-field.ts';

/** One page of a field. */
export interface Page {
  answer: Answer;
  /** The value of the field, without what was asked beside the query; missing if it is null. */
  value?: Record<string, unknown>;
  rows: readonly unknown[];
  /** Cursor of the next page; missing on the last one. */
  next?: string;
  /** Whether the list has rows that cannot be read. */
  cut: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const at = (data: unknown, path: readonly string[]): Record<string, unknown> | undefined => {
  let value = data;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return isRecord(value) ? value : undefined;
};

const readPage = (answer: Answer, { path, list }: PagedField): Page => {
  const found = at(answer.data, path);
  if (!found) return { answer, rows: [], cut: false };
  const { [END]: end, [CUT]: cut, ...value } = found;
  const rows = value[list];
  const { hasNextPage, endCursor } = isRecord(end) ? end : {};
  return {
    answer,
    value,
    rows: Array.isArray(rows) ? rows : [],
    ...(hasNextPage === true && typeof endCursor === 'string' && { next: endCursor }),
    cut: typeof cut === 'number',
  };
};

/** Reads a field page by page to its end, or to the page that has failed. Only one page is held. */
export async function* followPages(
  client: Client,
  field: PagedField,
  variables: Record<string, unknown>,
): AsyncGenerator<Page, void, void> {
  let page = readPage(await client.ask({ query: field.first, variables }), field);
  yield page;
  while (page.next !== undefined) {
    const after = page.next;
    const answer = await client.ask({ query: field.next, variables: variablesOfNext(variables, after) });
    page = readPage(answer, field);
    yield page;
  }
}
