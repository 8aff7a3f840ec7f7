import DataLoader from 'dataloader';
import { UpstreamRefusal } from '../http/errors.ts';
import type { Rows } from './loader.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** How things of one kind are found by id. */
export interface IdReader<Scope, Item> {
  /** What tells one scope, such as a project, from another. */
  nameOf(scope: Scope): string;
  idOf(item: Item): string;
  limits: ListLimits;
  /** The list that most of them are in. */
  list(scope: Scope, window: Window): Promise<Rows<Item, Page<Item>>>;
  /** One of them by itself. */
  one(scope: Scope, id: string): Promise<Item>;
  /** One that is not in the list; the same as `one` where that is not known better. */
  missing?: (scope: Scope, id: string) => Promise<Item>;
  maxRows: number;
  /** Whether one of them may be readable where the list is refused. */
  oneWithoutList?: boolean;
}

/** Finds a thing by its id, with the fewest calls. */
export interface IdLoader<Scope, Item> {
  load(scope: Scope, id: string): Promise<Item>;
}

interface Wanted<Scope> {
  scope: Scope;
  name: string;
  id: string;
}

const PAGES_OF = (rows: number, { pageSize }: ListLimits) => Math.ceil(rows / pageSize);

/** Items of the list by id; more than its first page only where that is cheaper than asking for the rest one by one. */
const listed = async <Scope, Item>(
  reader: IdReader<Scope, Item>,
  scope: Scope,
  ids: readonly string[],
): Promise<{ items: Map<string, Item>; ended: boolean }> => {
  const { limits, maxRows } = reader;
  const byId = (items: readonly Item[]) => new Map(items.map((item) => [reader.idOf(item), item]));
  const first = await reader.list(scope, { offset: 0, limit: limits.pageSize });
  const items = byId(first.items);
  const missing = ids.filter((id) => !items.has(id)).length;
  const pagesLeft = first.total === null ? Infinity : PAGES_OF(first.total - first.items.length, limits);
  if (first.ended || missing <= pagesLeft) return { items, ended: first.ended };
  const rest = await reader.list(scope, { offset: first.items.length, limit: maxRows });
  return { items: new Map([...items, ...byId(rest.items)]), ended: rest.ended };
};

/** A caller may be allowed to read things, and not to list them. */
const orNothing = (error: unknown, allowed = false) => {
  if (allowed && error instanceof UpstreamRefusal && error.facts.status < 500 && error.code !== 'RATE_LIMITED') {
    return { items: new Map<string, never>(), ended: false };
  }
  throw error;
};

/**
 * Things by id → the fewest calls: one is read by itself, several out of one list call, and what is not listed by itself again,
 * so that the answer is exact.
 */
export const idLoader = <Scope, Item>(reader: IdReader<Scope, Item>): IdLoader<Scope, Item> => {
  const readGroup = async (group: readonly Wanted<Scope>[]): Promise<Map<string, Promise<Item>>> => {
    const { scope } = group[0]!;
    const ids = group.map(({ id }) => id);
    const { items, ended } =
      ids.length === 1
        ? { items: new Map<string, Item>(), ended: false }
        : await listed(reader, scope, ids).catch((error: unknown) => orNothing(error, reader.oneWithoutList));
    const alone = ended ? (reader.missing ?? reader.one) : reader.one;
    return new Map(
      ids.map((id) => {
        const item = items.get(id);
        return [id, item === undefined ? alone(scope, id) : Promise.resolve(item)];
      }),
    );
  };

  const loader = new DataLoader<Wanted<Scope>, Item, string>(
    (wanted) => {
      const groups = new Map(
        [...Map.groupBy(wanted, ({ name }) => name)].map(([name, group]) => [name, readGroup(group)]),
      );
      const settle = async ({ name, id }: Wanted<Scope>): Promise<Item> => (await groups.get(name)!).get(id)!;
      return Promise.all(wanted.map((one) => settle(one).catch((error: Error) => error)));
    },
    { cacheKeyFn: ({ name, id }) => `${id} ${name}` },
  );
  return { load: (scope, id) => loader.load({ scope, name: reader.nameOf(scope), id }) };
};
