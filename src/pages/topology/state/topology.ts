import { batch, computed, signal } from '@preact/signals';
import { readConnections, readTopology } from '../graph/read-topology.ts';
import { connectionFilter, isFiltering, isParentFound } from '../model/filters.ts';
import { rankOf, countStatuses, type Counts } from '../model/status.ts';
import type { Connection, Gap, Parent, Problem } from '../model/topology.ts';
import { growTrees, type Tree } from '../model/trees.ts';
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
  let read = 0;
  const tell = (): void => {
    const total = totals.size === 2 ? [...totals.values()].reduce((sum, one) => sum + one, 0) : null;
    progress.value = { read, total: total === null ? null : Math.max(total, read) };
  };
  batch(() => {
    signInProblem.value = null;
    gaps.value = [];
    tell();
  });
  await readTopology(client, {
    signal: aborted,
    onParents: (some) => {
      const next = new Map(parents.value);
      for (const parent of some) {
        seen.add(parent.key);
        next.set(parent.key, parent);
      }
      parents.value = next;
    },
    onGap: (gap) => {
      if (!gaps.value.some(({ label }) => label === gap.label)) gaps.value = [...gaps.value, gap];
    },
    onTotal: (list, count) => totals.set(list, count),
    onRead: (count) => {
      read += count;
      tell();
    },
  });
  if (aborted.aborted) return;
  batch(() => {
    // What is gone was not seen again; where a list could not be read, nothing is known to be gone.
    if (gaps.value.length === 0) parents.value = new Map([...parents.value].filter(([key]) => seen.has(key)));
    progress.value = null;
    if (!isOffline.value && !signInProblem.value) readAt.value = new Date();
  });
};

const putParent = (parent: Parent): void => {
  parents.value = new Map(parents.value).set(parent.key, parent);
};

/** Reads the connections of one parent again. */
export const refreshParent = (key: string): Promise<void> => {
  const parent = parents.value.get(key);
  return parent ? readConnections(client, parent, null, putParent) : Promise.resolve();
};

/** Puts new facts about connections in place of the old ones. */
export const putConnections = (changed: readonly Connection[]): void => {
  const byKey = new Map(changed.map((one) => [one.key, one]));
  for (const parentKey of new Set(changed.map((one) => one.parentKey))) {
    const parent = parents.value.get(parentKey);
    if (parent)
      putParent({ ...parent, connections: parent.connections.map((one) => byKey.get(one.key) ?? one) });
  }
};

/** All trees, what needs somebody first. */
const trees = computed<readonly Tree[]>(() => growTrees(parents.value.values()));

/** A tree with the connections that the filters let through. */
export interface ShownTree extends Tree {
  counts: Counts;
}

const urgency = ({ counts }: ShownTree): number => {
  const [first] = counts.keys();
  return first === undefined ? 99 : rankOf(first);
};

const byUrgency = (a: ShownTree, b: ShownTree): number =>
  urgency(a) - urgency(b) ||
  (b.counts.values().next().value ?? 0) - (a.counts.values().next().value ?? 0) ||
  a.parent.name.localeCompare(b.parent.name);

/** Trees that the filters let through, those with the most urgent connections first. */
export const shownTrees = computed<readonly ShownTree[]>(() => {
  const passes = connectionFilter(filters.value);
  const { search, statuses, account, address } = filters.value;
  const hidesEmpty = statuses.size > 0 || account !== '' || address !== '';
  return trees.value
    .map((tree): ShownTree => {
      const connections = isFiltering(filters.value)
        ? tree.connections.filter(passes(tree.parent))
        : tree.connections;
      return { ...tree, connections, counts: countStatuses(connections) };
    })
    .filter(
      ({ parent, connections }) =>
        connections.length > 0 || (!hidesEmpty && isParentFound(parent, search)) || parent.problem !== null,
    )
    .toSorted(byUrgency);
});

/** The trees of the scope. */
export const scopedTrees = computed<readonly ShownTree[]>(() =>
  scope.value === null
    ? shownTrees.value
    : shownTrees.value.filter(
        ({ parent, service }) => parent.key === scope.value || service?.key === scope.value,
      ),
);

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
    .flatMap(({ connections }) => connections)
    .map((one) => ({ one, text: SORT_TEXTS[column](one) }))
    .toSorted((a, b) => (a.text < b.text ? -sign : a.text > b.text ? sign : 0))
    .map(({ one }) => one);
});

/** Counts over all parents, whatever the filters hide. */
export const totalCounts = computed<Counts>(() =>
  countStatuses(trees.value.flatMap(({ connections }) => connections)),
);

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
  return (
    parents.value.get(key.slice(0, key.lastIndexOf('/')))?.connections.find((one) => one.key === key) ?? null
  );
});

/** The cluster or service whose details are shown. */
export const selectedParent = computed<Parent | null>(() =>
  scope.value === null ? null : (parents.value.get(scope.value) ?? null),
);
