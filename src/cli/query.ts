import { type DocumentNode, GraphQLError, OperationTypeNode, parse } from 'graphql';
import { exitCodeOf, noteErrors } from './answers.ts';
import type { CallContext } from './call-context.ts';
import type { Answer } from './client.ts';
import { createCsv } from './csv.ts';
import { EXIT, type ExitCode, WrongUse } from './exit-codes.ts';
import { followPages, type Page } from './follow-pages.ts';
import { findPagedField, operationOf, type PagedField } from './paged-field.ts';

/** What `query` is asked for. */
export interface QueryOptions {
  text: string;
  variables: Record<string, unknown>;
  /** Follows the first field that has pages to its end. */
  all: boolean;
  format: 'pretty' | 'json' | 'csv';
}

const parseQuery = (text: string): DocumentNode => {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [{ line, column } = { line: 1, column: 1 }] = error.locations ?? [];
    throw new WrongUse(`The text is no GraphQL: ${error.message} (line ${line}, column ${column})`);
  }
};

const formatJson = (value: unknown, format: QueryOptions['format']): string =>
  `${JSON.stringify(value, null, format === 'pretty' ? 2 : 0)}\n`;

/** What cannot be in an answer: it marks where rows belong. */
const ROWS = '\u0000rows\u0000';

const replaceAt = (data: Answer['data'], [key, ...rest]: readonly string[], value: unknown): unknown =>
  key === undefined ? value : { ...data, [key]: replaceAt(data?.[key] as Answer['data'], rest, value) };

/** The text of an answer before and after its rows. */
const aroundRows = (
  first: Page,
  last: Page,
  field: PagedField,
  errors: readonly unknown[],
): [string, string] => {
  const { [field.list]: _rows, ...others } = first.value ?? {};
  for (const key of field.pageInfo) delete others[key];
  const pageInfo = Object.fromEntries(field.pageInfo.map((key) => [key, last.value?.[key]]));
  const value = { ...others, [field.list]: ROWS, ...pageInfo };
  const answer = {
    data: replaceAt(first.answer.data, field.path, value),
    ...(errors.length > 0 && { errors }),
  };
  const [before = '', after = ''] = JSON.stringify(answer).split(JSON.stringify(ROWS));
  return [before, after];
};

const MAX_ERRORS = 1_000;

/** Writes rows as they come. */
interface RowWriter {
  begin(first: Page): string;
  rows(rows: readonly unknown[]): string;
  end(first: Page, last: Page, errors: readonly unknown[]): string;
}

const createJsonRows = (field: PagedField): RowWriter => {
  let separator = '\n';
  return {
    begin: (first) => `${aroundRows(first, first, field, [])[0]}[`,
    rows: (rows) =>
      rows
        .map((row) => {
          const text = `${separator}${JSON.stringify(row)}`;
          separator = ',\n';
          return text;
        })
        .join(''),
    end: (first, last, errors) => `\n]${aroundRows(first, last, field, errors)[1]}\n`,
  };
};

const createCsvRows = (document: DocumentNode, field: PagedField): RowWriter => {
  const csv = createCsv(document, field.row, field);
  return { begin: csv.header, rows: (rows) => (rows.length > 0 ? csv.rows(rows) : ''), end: () => '' };
};

const needPagedField = (field: PagedField | undefined, option: string): PagedField => {
  if (!field) throw new WrongUse(`${option}: the query asks for no list that has pages.`);
  return field;
};

const countRows = ({ value }: Page): string =>
  typeof value?.['totalCount'] === 'number' ? ` of ${value['totalCount'].toLocaleString('en-US')}` : '';

/** Writes all pages, holding one at a time. */
const writeAllPages = async (
  { client, terminal, environment, signal }: CallContext,
  { variables, all }: QueryOptions,
  field: PagedField,
  writer: RowWriter,
): Promise<ExitCode> => {
  const errors: NonNullable<Answer['errors']> = [];
  let first: Page | undefined;
  let last: Page | undefined;
  let count = 0;
  let cut = false;
  let failure: unknown;
  try {
    for await (const page of followPages(client, field, variables)) {
      errors.push(...(page.answer.errors ?? []).slice(0, MAX_ERRORS - errors.length));
      if (!first && !page.value) {
        noteErrors(terminal, page.answer, environment);
        return exitCodeOf(page.answer);
      }
      if (!first) await terminal.write(writer.begin(page));
      first ??= page;
      if (!page.value) break;
      last = page;
      cut ||= page.cut;
      count += page.rows.length;
      await terminal.write(writer.rows(page.rows));
      if (terminal.closed) return EXIT.done;
      if (all) terminal.progress(`${count.toLocaleString('en-US')}${countRows(first)} rows`);
      else break;
    }
  } catch (error) {
    if (!first) throw error;
    failure = error;
  }
  if (!first || !last) return EXIT.failed;
  await terminal.write(writer.end(first, last, errors));
  noteErrors(terminal, { errors }, environment);
  const rest = last.next === undefined ? '' : ` To go on, ask with \`after: "${last.next}"\`.`;
  if (signal.aborted) {
    terminal.note(`Interrupted after ${count.toLocaleString('en-US')} rows.${rest}`);
    return EXIT.interrupted;
  }
  if (failure instanceof Error) terminal.note(`${failure.message} The rows so far are written.${rest}`);
  if (cut) terminal.note('The list is cut: the cloud does not give all of its rows.');
  return failure || cut || errors.length > 0 ? EXIT.partial : EXIT.done;
};

const writeEvents = async (
  { client, terminal, environment }: CallContext,
  { text, variables, format }: QueryOptions,
): Promise<ExitCode> => {
  let code: ExitCode = EXIT.done;
  for await (const event of client.subscribe({ query: text, variables })) {
    await terminal.write(formatJson(event, format));
    noteErrors(terminal, event, environment);
    code = exitCodeOf(event);
  }
  return code;
};

/** Asks a query and writes its answer. */
export const runQuery = async (context: CallContext, options: QueryOptions): Promise<ExitCode> => {
  const { client, schema, terminal, environment } = context;
  const { text, variables, all, format } = options;
  const document = parseQuery(text);
  if (operationOf(document).operation === OperationTypeNode.SUBSCRIPTION) {
    if (all || format === 'csv')
      throw new WrongUse('A subscription has no pages: leave --all and --csv out.');
    return writeEvents(context, options);
  }
  if (all || format === 'csv') {
    const field = needPagedField(findPagedField(schema, document), all ? '--all' : '--csv');
    const writer = format === 'csv' ? createCsvRows(document, field) : createJsonRows(field);
    return writeAllPages(context, options, field, writer);
  }
  const answer = await client.ask({ query: text, variables });
  await terminal.write(formatJson(answer, format));
  noteErrors(terminal, answer, environment);
  return exitCodeOf(answer);
};
