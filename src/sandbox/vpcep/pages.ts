import type { Deps } from '../http/exchange.ts';
import { servePage, type Served } from '../http/lists.ts';
import type { Query } from '../http/query.ts';
import type { ListName } from '../model.ts';
import { vpcepRefusal } from './errors.ts';

interface Dated {
  created_at: string;
  updated_at?: string | null;
}

/** The window and order that a list was asked for. */
export interface Page<Row> {
  /** Puts the matching rows in order and cuts the page out of them. */
  cut: (matching: readonly Row[]) => Served<Row>;
}

const readTime = (row: Dated, byUpdate: boolean): string =>
  byUpdate ? (row.updated_at ?? row.created_at) : row.created_at;

/** Creation time, newest first, unless told otherwise; rows of one second stay in the order they are kept. */
const sorted = <Row>(
  rows: readonly Row[],
  datesOf: (row: Row) => Dated,
  byUpdate: boolean,
  ascending: boolean,
) => {
  const sign = ascending ? 1 : -1;
  return rows.toSorted((left, right) => {
    const [a, b] = [readTime(datesOf(left), byUpdate), readTime(datesOf(right), byUpdate)];
    return a === b ? 0 : a < b ? -sign : sign;
  });
};

/** Reads limit, offset, sort_key and sort_dir. */
export const readPage = <Row>(
  name: ListName,
  query: Query,
  deps: Deps,
  datesOf: (row: Row) => Dated,
  maxLimit = 1000,
): Page<Row> => {
  const limit = query.integer('limit', { min: 1, max: maxLimit, fallback: 10 });
  const offset = query.integer('offset', { min: 0, max: Infinity, fallback: 0 });
  const keys =
    deps.world.sortKeySpelling === 'create_at' ? ['create_at', 'update_at'] : ['created_at', 'updated_at'];
  const byUpdate = query.choice('sort_key', keys) === keys[1];
  const ascending = query.choice('sort_dir', ['asc', 'desc']) === 'asc';
  const cut = (matching: readonly Row[]) => {
    const served = servePage(deps.world, name, sorted(matching, datesOf, byUpdate, ascending), {
      offset,
      limit,
    });
    // A total above the number of rows is the bound as well.
    const bound = Math.max(matching.length, served.total ?? 0);
    if (deps.world.pastTheTotal === 'refused' && offset > 0 && offset >= bound)
      throw vpcepRefusal(400, 'EndPoint.0010', `offset must be below ${bound}`);
    return served;
  };
  return { cut };
};

/** Whether a filter is absent or equal to the value. */
export const isOrAny = (filter: string | undefined, value: string | undefined): boolean =>
  filter === undefined || filter === value;

/** Whether a filter is absent or found in the text, in any case. */
export const isInOrAny = (filter: string | undefined, value: string): boolean =>
  filter === undefined || value.toLowerCase().includes(filter.toLowerCase());
