import { batch, computed, signal } from '@preact/signals';
import { NOT_READ } from '../graph/problems.ts';
import type { Batch } from '../graph/read-lists.ts';
import { readConnections, readTopology } from '../graph/read-topology.ts';
import { connectionFilter, hasText, isFiltering, isParentFound } from '../model/filters.ts';
import { type Counts, countStatuses, rankOf, STATUSES, toCounts } from '../model/status.ts';
import type { Connection, Gap, Parent, Problem } from '../model/topology.ts';
import { growTrees, type Tree } from '../model/trees.ts';
import { compareNames } from '../model/words.ts';
import { client, isOffline, signInProblem } from './session.ts';
import { type Column, filters, scope, selected, sorting } from './view.ts';

/** Clusters and services by key, as far as they have been read. */
export const parents = signal<ReadonlyMap<string, Parent>>(new Map());
export const gaps = signal<readonly Gap[]>([]);

/** How far a read is; null while nothing is read. */
export interface Progress {
  read: number;
  /** Null until the cloud has said how many there are. */
  total: number | null;
}
export const progress = signal<Progress | null>(null);

/** When the topology was read to its end. */
export const readAt = signal<Date | null>(null);

let reading = new AbortController();

/** Reads everything again. What is shown stays until it is replaced. */
export const refresh = async (): Promise<void> => {
  reading.abort();
  const { signal: aborted } = (reading = new AbortController());
  const totals = new Map<string, number>();
  const seen = new Set<string>();
  const tell = (): void => {
    const total = totals.size === 2 ? totals.values().reduce((sum, one) => sum + one, 0) : null;
    progress.value = { read: seen.size, total: total === null ? null : Math.max(total, seen.size) };
  };
  batch(() => {
    signInProblem.value = null;
    gaps.value = [];
    tell();
  });
  await readTopology(client, {
    signal: aborted,
    onParents: (some) =>
      batch(() => {
        const next = new Map(parents.value);
        for (const parent of some) {
          seen.add(parent.key);
          const before = next.get(parent.key);
          const counts = parent.counts ?? (parent.problem ? null : (before?.counts ?? null));
          next.set(parent.key, {
            ...parent,
            counts,
            connections: before?.connections ?? null,
            isStale: true,
          });
        }
        parents.value = next;
        tell();
      }),
    onGap: (gap) => {
      if (!gaps.value.some(({ label }) => label === gap.label)) gaps.value = [...gaps.value, gap];
    },
    onTotal: (list, count) => totals.set(list, count),
  });
  if (aborted.aborted) return;
  batch(() => {
    // What is gone was not seen again; where a list could not be read, nothing is known to be gone.
    if (gaps.value.length === 0) parents.value = new Map([...parents.value].filter(([key]) => seen.has(key)));
    progress.value = null;
    if (!isOffline.value && !signInProblem.value) readAt.value = new Date();
  });
};

/** Puts new facts about a parent in place of the old ones. */
const change = (key: string, facts: Partial<Parent>): void => {
  const parent = parents.value.get(key);
  if (parent) parents.value = new Map(parents.value).set(key, { ...parent, ...facts });
};

/** Reads the connections of these parents. */
export const readRows = async (one: Batch): Promise<void> => {
  const read = new Map<string, Partial<Parent>>();
  await readConnections(client, one, (key, facts) => read.set(key, facts));
  batch(() => {
    // Who is offline or not signed in has to ask again, and loses nothing of what is shown.
    if (!isOffline.value && !signInProblem.value) for (const [key, facts] of read) change(key, facts);
  });
};

/** Notes that the connections of these parents could not be read. */
export const giveUpRows = (one: Batch): void =>
  batch(() => {
    for (const { key } of one.parents) change(key, { problem: NOT_READ });
  });

/** Reads the connections of one parent again. */
export const refreshParent = async (key: string): Promise<void> => {
  const parent = parents.value.get(key);
  if (parent) await readRows({ parents: [parent], first: 1_000 });
};

/** Puts new facts about connections in place of the old ones. */
export const putConnections = (changed: readonly Connection[]): void => {
  const byKey = new Map(changed.map((one) => [one.key, one]));
  for (const parentKey of new Set(changed.map((one) => one.parentKey))) {
    const connections = parents.value.get(parentKey)?.connections?.map((one) => byKey.get(one.key) ?? one);
    if (connections) change(parentKey, { connections, counts: countStatuses(connections) });
  }
};

export const findConnection = (parentKey: string, key: string): Connection | undefined =>
  parents.value.get(parentKey)?.connections?.find((one) => one.key === key);

/** Forgets the connections of parents that nothing shows. */
export const forgetRows = (kept: ReadonlySet<string>): void => {
  parents.value = new Map(
    [...parents.value].map(([key, parent]) => [
      key,
      kept.has(key) ? parent : { ...parent, connections: null },
    ]),
  );
};

/** Place of a tree in the order of urgency: that of its most urgent status; what could not be read comes before what has no connections. */
const rankOfTree = ({ counts, parent }: Tree): number => {
  const [status] = counts.keys();
  if (status !== undefined) return rankOf(status);
  return STATUSES.length + (parent.problem ? 0 : 1);
};

/** The most urgent status decides, then how many have it. */
const byUrgency = (a: Tree, b: Tree): number => {
  const [many = 0] = a.counts.values();
  const [more = 0] = b.counts.values();
  return rankOfTree(a) - rankOfTree(b) || more - many || compareNames(a.parent.name, b.parent.name);
};

const NONE: Counts = new Map();

/** Clusters and services, joined. */
export const trees = computed<readonly Tree[]>(() => growTrees(parents.value.values()));

/** Trees with a connection in one of the chosen statuses, what needs somebody first. */
const treesByStatus = computed<readonly Tree[]>(() => {
  const { statuses } = filters.value;
  if (statuses.size === 0) return trees.value.toSorted(byUrgency);
  return trees.value
    .map((tree) => ({
      ...tree,
      counts: new Map([...tree.counts].filter(([status]) => statuses.has(status))),
    }))
    .filter(({ counts, parent }) => counts.size > 0 || parent.problem !== null)
    .toSorted(byUrgency);
});

const isInScope = ({ parent, service }: Tree): boolean =>
  scope.value === null || parent.key === scope.value || service?.key === scope.value;

/** Clusters and services that connections of the view are read from, what needs somebody first. */
export const sources = computed<readonly Parent[]>(() =>
  treesByStatus.value.filter(isInScope).flatMap((tree) => tree.sources),
);

/** Trees that the filters let through, what needs somebody first. */
export const shownTrees = computed<readonly Tree[]>(() => {
  const { search, account, address, statuses } = filters.value;
  if (!isFiltering(filters.value)) return treesByStatus.value;
  const passes = connectionFilter(filters.value);
  const isByName = account === '' && address === '' && statuses.size === 0;
  return treesByStatus.value
    .map((tree): Tree => {
      const connections = tree.connections?.filter(passes(tree.parent)) ?? null;
      if (connections) return { ...tree, connections, counts: countStatuses(connections) };
      // Nobody knows yet which of them pass, unless the name of the parent decides.
      const isKnown =
        !hasText(filters.value) || (account === '' && address === '' && isParentFound(tree.parent, search));
      return isKnown ? tree : { ...tree, counts: NONE };
    })
    .filter(
      ({ parent, counts }) =>
        counts.size > 0 || parent.problem !== null || (isByName && isParentFound(parent, search)),
    )
    .toSorted(byUrgency);
});

/** The trees of the scope. */
export const scopedTrees = computed<readonly Tree[]>(() => shownTrees.value.filter(isInScope));

/** The text that a column is sorted by. */
const SORT_TEXTS: Readonly<Record<Column, (one: Connection) => string>> = {
  status: ({ status }) => String(rankOf(status)),
  parent: ({ parentKey }) => parents.value.get(parentKey)?.name ?? '',
  endpoint: ({ endpointId }) => endpointId,
  account: ({ domainId }) => domainId ?? '',
  address: ({ ipv4 }) => (ipv4 ?? '').replaceAll(/\d+/g, (part) => part.padStart(3, '0')),
  since: ({ updatedAt, createdAt }) => updatedAt ?? createdAt ?? '',
  failure: ({ failures }) => failures.map(({ message }) => message ?? '').join(' '),
};

/** Rows of the table: the connections of the scope, sorted. */
export const rows = computed<readonly Connection[]>(() => {
  const { column, descending } = sorting.value;
  const sign = descending ? -1 : 1;
  return scopedTrees.value
    .flatMap(({ connections }) => connections ?? [])
    .map((one) => ({ one, text: SORT_TEXTS[column](one) }))
    .toSorted((a, b) => (a.text < b.text ? -sign : a.text > b.text ? sign : 0))
    .map(({ one }) => one);
});

/** Counts over all parents, whatever the filters hide. */
export const totalCounts = computed<Counts>(() => toCounts(trees.value.flatMap(({ counts }) => [...counts])));

/** Parents whose connections are missing, all or some. */
export const failedParents = computed<readonly (Parent & { problem: Problem })[]>(() =>
  [...parents.value.values()].filter(
    (parent): parent is Parent & { problem: Problem } => parent.problem !== null,
  ),
);

export const truncatedParents = computed<readonly Parent[]>(() =>
  [...parents.value.values()].filter(({ truncatedAt }) => truncatedAt !== null),
);

/** The connection whose details are shown. */
export const selectedConnection = computed<Connection | null>(() => {
  const key = selected.value;
  if (key === null) return null;
  return findConnection(key.slice(0, key.lastIndexOf('/')), key) ?? null;
});

/** The cluster or service whose details are shown. */
export const selectedParent = computed<Parent | null>(() =>
  scope.value === null ? null : (parents.value.get(scope.value) ?? null),
);
