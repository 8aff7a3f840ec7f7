import DataLoader from 'dataloader';
import type { ErrorCode } from '../errors/error-codes.ts';
import { UpstreamRefusal } from '../http/errors.ts';
import type { Rows } from './window-loader.ts';
import type { BatchObserver } from './batch-observer.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** How items of one kind are read by id. */
export interface IdReader<Scope, Item> {
  /** Unique text for a scope, such as a project. */
  nameOf: (scope: Scope) => string;
  idOf: (item: Item) => string;
  limits: ListLimits;
  /** Reads a window of the list that most items are in. */
  list: (scope: Scope, window: Window) => Promise<Rows<Item, Page<Item>>>;
  /** Reads one item with a call of its own. */
  one: (scope: Scope, id: string) => Promise<Item>;
  /** Reads an item that is known not to be in the list; default `one`. */
  missing?: (scope: Scope, id: string) => Promise<Item>;
  maxRows: number;
  /** Whether a caller may be allowed to read one item although the list is refused. */
  oneWithoutList?: boolean;
  observer?: BatchObserver;
}

/** Reads items by id with few calls. */
export interface IdLoader<Scope, Item> {
  load: (scope: Scope, id: string) => Promise<Item>;
  /** Keeps an item that was read in another way, so that loading it takes no call. */
  keep: (scope: Scope, item: Item) => void;
  /**
   * Announces a `load` in a scope whose id is not known yet. If several are announced in one tick, the list of the scope is read at
   * once, in parallel with the calls that return the ids.
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
  /** Whether these are all items of the list. */
  complete: boolean;
}

const NONE: Listed<never> = { items: new Map<string, never>(), complete: false };

/** Reads the list: its first page, and the others only if that takes fewer calls than reading the missing items one by one. */
const readListed = async <Scope, Item>(
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

/** Refusals that every other call would get as well. */
const FAILS_EVERY_CALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['UNAUTHENTICATED', 'RATE_LIMITED']);

/** Whether only the list was refused: a caller may be allowed to read items, but not to list them. */
const isListRefused = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && error.facts.status < 500 && !FAILS_EVERY_CALL.has(error.code);

const readListedIfAllowed = async <Scope, Item>(
  reader: IdReader<Scope, Item>,
  scope: Scope,
  ids: readonly string[],
): Promise<Listed<Item>> => {
  try {
    return await readListed(reader, scope, ids);
  } catch (error) {
    if (reader.oneWithoutList && isListRefused(error)) return NONE;
    throw error;
  }
};

/** Reads the requested items of one scope; each has its own promise. */
const readGroup = async <Scope, Item>(
  reader: IdReader<Scope, Item>,
  group: readonly Wanted<Scope>[],
  isListStarted: boolean,
): Promise<Map<Wanted<Scope>, Promise<Item>>> => {
  const { scope } = group[0]!;
  const ids = group.map(({ id }) => id);
  const usesList = isListStarted || ids.length > 1;
  const { items, complete } = usesList ? await readListedIfAllowed(reader, scope, ids) : NONE;
  const readOne = (id: string) =>
    complete && reader.missing ? reader.missing(scope, id) : reader.one(scope, id);
  return new Map(
    group.map((wanted) => {
      const item = items.get(wanted.id);
      return [wanted, item === undefined ? readOne(wanted.id) : Promise.resolve(item)];
    }),
  );
};

/**
 * A loader that batches the ids of one tick: a single id is read by its own call, several from the list, and ids that are not in the
 * list by their own calls again, so that their errors are exact.
 */
export const createIdLoader = <Scope, Item>(reader: IdReader<Scope, Item>): IdLoader<Scope, Item> => {
  const expected = new Map<string, number>();
  /** Scopes whose list is being read or was read. */
  const startedLists = new Set<string>();
  const startList = (scope: Scope, name: string) => {
    const several = (expected.get(name) ?? 0) > 1;
    expected.delete(name);
    if (!several || startedLists.has(name)) return;
    startedLists.add(name);
    // A failure is reported to the loads that need the list.
    reader.list(scope, { offset: 0, limit: reader.limits.pageSize }).catch(() => {});
  };
  const loader = new DataLoader<Wanted<Scope>, Item, string>(
    (all) => {
      const groups = new Map(
        [...Map.groupBy(all, ({ name }) => name)].map(([name, group]) => [
          name,
          readGroup(reader, group, startedLists.has(name)),
        ]),
      );
      const itemOf = async (wanted: Wanted<Scope>): Promise<Item> =>
        (await groups.get(wanted.name)!).get(wanted)!;
      return Promise.all(all.map((wanted) => itemOf(wanted).catch((error: Error) => error)));
    },
    { cacheKeyFn: ({ name, id }) => `${name} ${id}` },
  );
  return {
    load: (scope, id) => {
      const name = reader.nameOf(scope);
      reader.observer?.requested(name, id);
      return loader.load({ scope, name, id });
    },
    keep: (scope, item) => {
      const [name, id] = [reader.nameOf(scope), reader.idOf(item)];
      loader.prime({ scope, name, id }, item);
    },
    expect: (scope) => {
      const name = reader.nameOf(scope);
      const count = expected.get(name) ?? 0;
      expected.set(name, count + 1);
      if (count === 0) queueMicrotask(() => startList(scope, name));
    },
  };
};
