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
  /** Whether a window of the list was read, or is being read. */
  isListed: (scope: Scope, window: Window) => boolean;
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

/** An id that was requested. */
interface Wanted<Scope, Item> extends PromiseWithResolvers<Item> {
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

/** So many rows of a list cost as much CPU as a call for one item. */
const ROWS_PER_CALL = 25;
/** Fewer rows of a list are not worth a second call: so many are always read. */
export const MIN_ROWS = 100;
/** More items are never read one by one where the list takes fewer calls, whatever its rows cost. */
const MAX_SINGLE_READS = 100;

/** How many rows of the list to read first for so many ids: no more than reading these one by one costs. */
const firstRows = (ids: number, { pageSize }: ListLimits): number =>
  Math.min(pageSize, Math.max(MIN_ROWS, ids * ROWS_PER_CALL));

/** Whether the rest of the list costs less than reading the missing items one by one. */
const isListCheaper = (missing: number, rows: number, { pageSize }: ListLimits): boolean => {
  const calls = Math.ceil(rows / pageSize);
  return missing > calls + rows / ROWS_PER_CALL || (missing > MAX_SINGLE_READS && missing > calls);
};

/** Reads the list: its first rows, and the others only if that costs less than reading the missing items one by one. */
const readListed = async <Scope, Item>(
  { idOf, limits, list, isListed, maxRows }: IdReader<Scope, Item>,
  scope: Scope,
  ids: readonly string[],
  limit: number,
): Promise<Listed<Item>> => {
  const page = { offset: 0, limit: limits.pageSize };
  let first = await list(scope, isListed(scope, page) ? page : { offset: 0, limit });
  if (first.extent.kind === 'OPEN' && first.items.length < page.limit && isListed(scope, page))
    first = await list(scope, page);
  const items = new Map(first.items.map((item) => [idOf(item), item]));
  if (first.extent.kind !== 'OPEN') return { items, complete: first.extent.kind === 'WHOLE' };
  const missing = ids.filter((id) => !items.has(id)).length;
  const window = { offset: first.items.length, limit: maxRows };
  const rowsLeft = first.total === null ? Infinity : first.total - first.items.length;
  if (missing === 0 || !(isListed(scope, window) || isListCheaper(missing, rowsLeft, limits)))
    return { items, complete: false };
  const rest = await list(scope, window);
  const unmoved = rest.total === first.total && !rest.items.some((item) => items.has(idOf(item)));
  for (const item of rest.items) items.set(idOf(item), item);
  return { items, complete: rest.extent.kind === 'WHOLE' && unmoved };
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
  limit: number,
): Promise<Listed<Item>> => {
  try {
    return await readListed(reader, scope, ids, limit);
  } catch (error) {
    if (reader.oneWithoutList && isListRefused(error)) return NONE;
    throw error;
  }
};

/**
 * Reads the requested items of one scope; `listedRows` of its list are being read already. All are settled together, so that what
 * fields load next is one batch again.
 */
const readGroup = async <Scope, Item>(
  reader: IdReader<Scope, Item>,
  group: readonly Wanted<Scope, Item>[],
  listedRows: number | undefined,
): Promise<void> => {
  const { scope } = group[0]!;
  const ids = group.map(({ id }) => id);
  const usesList = listedRows !== undefined || ids.length > 1;
  const limit = listedRows ?? firstRows(ids.length, reader.limits);
  try {
    const { items, complete } = usesList ? await readListedIfAllowed(reader, scope, ids, limit) : NONE;
    const readOne = complete && reader.missing ? reader.missing : reader.one;
    const missing = group.filter(({ id }) => !items.has(id));
    const results = await Promise.allSettled(missing.map(({ id }) => readOne(scope, id)));
    for (const { id, resolve } of group) if (items.has(id)) resolve(items.get(id)!);
    for (const [index, result] of results.entries())
      if (result.status === 'fulfilled') missing[index]!.resolve(result.value);
      else missing[index]!.reject(result.reason);
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
};

/** Runs a function after all promises that are settled now have run their reactions. */
const afterThisTick = (run: () => void): void => {
  void Promise.resolve().then(() => process.nextTick(run));
};

/**
 * A loader that batches the ids of one tick: a single id is read by its own call, several from the first rows of the list, and ids that
 * are not in these by their own calls again or from the rest of the list, whichever costs less. Ids that are not in the list are read
 * by their own calls, so that their errors are exact.
 */
export const createIdLoader = <Scope, Item>(reader: IdReader<Scope, Item>): IdLoader<Scope, Item> => {
  const expected = new Map<string, number>();
  /** Scopes whose list was begun in advance, and with how many rows. */
  const startedLists = new Map<string, number>();
  const startList = (scope: Scope, name: string) => {
    const count = expected.get(name) ?? 0;
    expected.delete(name);
    if (count < 2 || startedLists.has(name)) return;
    const limit = firstRows(count, reader.limits);
    startedLists.set(name, limit);
    // A failure is reported to the loads that need the list.
    reader.list(scope, { offset: 0, limit }).catch(() => {});
  };

  /** All ids that were requested, by scope and id. Not with DataLoader, which makes five promises for each. */
  const loads = new Map<string, Promise<Item>>();
  let batch: Wanted<Scope, Item>[] = [];
  const dispatch = () => {
    const groups = Map.groupBy(batch, ({ name }) => name);
    batch = [];
    for (const [name, group] of groups) void readGroup(reader, group, startedLists.get(name));
  };
  return {
    load: (scope, id) => {
      const name = reader.nameOf(scope);
      reader.observer?.requested(name, id);
      const key = `${name} ${id}`;
      const known = loads.get(key);
      if (known) return known;
      const { promise, resolve, reject } = Promise.withResolvers<Item>();
      loads.set(key, promise);
      if (batch.push({ scope, name, id, promise, resolve, reject }) === 1) afterThisTick(dispatch);
      return promise;
    },
    keep: (scope, item) => {
      const key = `${reader.nameOf(scope)} ${reader.idOf(item)}`;
      if (!loads.has(key)) loads.set(key, Promise.resolve(item));
    },
    expect: (scope) => {
      const name = reader.nameOf(scope);
      const count = expected.get(name) ?? 0;
      expected.set(name, count + 1);
      if (count === 0) queueMicrotask(() => startList(scope, name));
    },
  };
};
