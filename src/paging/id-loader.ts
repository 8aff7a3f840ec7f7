import DataLoader from 'dataloader';
import type { ErrorCode } from '../errors/error-codes.ts';
import { UpstreamRefusal } from '../http/errors.ts';
import type { Rows } from './window-loader.ts';
import type { Merging } from './batch-observer.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** How things of one kind are found by id. */
export interface IdReader<Scope, Item> {
  /** What tells one scope, such as a project, from another. */
  nameOf: (scope: Scope) => string;
  idOf: (item: Item) => string;
  limits: ListLimits;
  /** The list that most of them are in. */
  list: (scope: Scope, window: Window) => Promise<Rows<Item, Page<Item>>>;
  /** One of them by itself. */
  one: (scope: Scope, id: string) => Promise<Item>;
  /** One that is not in the list; the same as `one` where that is not known better. */
  missing?: (scope: Scope, id: string) => Promise<Item>;
  maxRows: number;
  /** Whether one of them may be readable where the list is refused. */
  oneWithoutList?: boolean;
  merging?: Merging;
}

/** Finds a thing by its id, with the fewest calls. */
export interface IdLoader<Scope, Item> {
  load: (scope: Scope, id: string) => Promise<Item>;
  /**
   * Says that one of a scope will be asked for when its id is known. Where several are expected within one tick, the list that
   * they will be found in is begun at once, beside what tells their ids.
   */
  expect: (scope: Scope) => void;
}

interface Wanted<Scope> {
  scope: Scope;
  name: string;
  id: string;
}

interface Listed<Item> {
  items: ReadonlyMap<string, Item>;
  /** Whether these are all that are in the list. */
  complete: boolean;
}

const NONE: Listed<never> = { items: new Map<string, never>(), complete: false };

/** Items of the list by id; more than its first page only where that is cheaper than asking for the rest one by one. */
const listed = async <Scope, Item>(
  { idOf, limits, list, maxRows }: IdReader<Scope, Item>,
  scope: Scope,
  ids: readonly string[],
): Promise<Listed<Item>> => {
  const byId = (items: readonly Item[]) => new Map(items.map((item) => [idOf(item), item]));
  const first = await list(scope, { offset: 0, limit: limits.pageSize });
  const items = byId(first.items);
  const missing = ids.filter((id) => !items.has(id)).length;
  const rowsLeft = first.total === null ? Infinity : first.total - first.items.length;
  const whole = first.extent.kind === 'WHOLE';
  if (first.extent.kind !== 'OPEN' || missing <= Math.ceil(rowsLeft / limits.pageSize))
    return { items, complete: whole };
  const rest = await list(scope, { offset: first.items.length, limit: maxRows });
  const unmoved = rest.total === first.total && !rest.items.some((item) => items.has(idOf(item)));
  return {
    items: new Map([...items, ...byId(rest.items)]),
    complete: rest.extent.kind === 'WHOLE' && unmoved,
  };
};

/** Refusals that would meet every other call as well. */
const MEANT_FOR_ALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['UNAUTHENTICATED', 'RATE_LIMITED']);

/** A caller may be allowed to read things, and not to list them. */
const isListRefused = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && error.facts.status < 500 && !MEANT_FOR_ALL.has(error.code);

const listedOrNone = async <Scope, Item>(
  reader: IdReader<Scope, Item>,
  scope: Scope,
  ids: readonly string[],
): Promise<Listed<Item>> => {
  try {
    return await listed(reader, scope, ids);
  } catch (error) {
    if (reader.oneWithoutList && isListRefused(error)) return NONE;
    throw error;
  }
};

/** The things of one scope: settled for each by itself. */
const readGroup = async <Scope, Item>(
  reader: IdReader<Scope, Item>,
  group: readonly Wanted<Scope>[],
  isListBegun: boolean,
): Promise<Map<Wanted<Scope>, Promise<Item>>> => {
  const { scope } = group[0]!;
  const ids = group.map(({ id }) => id);
  const useList = isListBegun || ids.length > 1;
  const { items, complete } = useList ? await listedOrNone(reader, scope, ids) : NONE;
  const alone = (id: string) =>
    complete && reader.missing ? reader.missing(scope, id) : reader.one(scope, id);
  return new Map(
    group.map((wanted) => {
      const item = items.get(wanted.id);
      return [wanted, item === undefined ? alone(wanted.id) : Promise.resolve(item)];
    }),
  );
};

/**
 * Things by id → the fewest calls: one is read by itself, several out of one list call, and what is not listed by itself again,
 * so that the answer is exact.
 */
export const idLoader = <Scope, Item>(reader: IdReader<Scope, Item>): IdLoader<Scope, Item> => {
  const expected = new Map<string, number>();
  /** The scopes whose list is on its way, or read. */
  const begun = new Set<string>();
  const begin = (scope: Scope, name: string) => {
    const several = (expected.get(name) ?? 0) > 1;
    expected.delete(name);
    if (!several || begun.has(name)) return;
    begun.add(name);
    // What fails is told to those who ask for it.
    reader.list(scope, { offset: 0, limit: reader.limits.pageSize }).catch(() => {});
  };
  const loader = new DataLoader<Wanted<Scope>, Item, string>(
    (all) => {
      const groups = new Map(
        [...Map.groupBy(all, ({ name }) => name)].map(([name, group]) => [
          name,
          readGroup(reader, group, begun.has(name)),
        ]),
      );
      const settle = async (wanted: Wanted<Scope>): Promise<Item> =>
        (await groups.get(wanted.name)!).get(wanted)!;
      return Promise.all(all.map((wanted) => settle(wanted).catch((error: Error) => error)));
    },
    { cacheKeyFn: ({ name, id }) => `${name} ${id}` },
  );
  return {
    load: (scope, id) => {
      const name = reader.nameOf(scope);
      reader.merging?.asked(name, id);
      return loader.load({ scope, name, id });
    },
    expect: (scope) => {
      const name = reader.nameOf(scope);
      const count = expected.get(name) ?? 0;
      expected.set(name, count + 1);
      if (count === 0) queueMicrotask(() => begin(scope, name));
    },
  };
};
