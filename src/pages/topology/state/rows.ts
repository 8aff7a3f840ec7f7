import { computed, effect, signal } from '@preact/signals';
import { CONNECTIONS } from '../graph/documents.ts';
import { hasText } from '../model/filters.ts';
import type { Parent } from '../model/topology.ts';
import { followWanted } from './loader.ts';
import { client, isOffline, signInProblem } from './session.ts';
import { forgetRows, giveUpRows, parents, readRows, sources, trees } from './topology.ts';
import { filters, grouping, scope, selected, view } from './view.ts';

/** Connections that are kept in memory. */
const MAX_ROWS = 50_000;

/** How many connections a parent has, as far as is known before they are read. */
const rowsOf = ({ totalCount, truncatedAt }: Parent): number => truncatedAt ?? totalCount ?? 0;

/** Whether something asks for connections that the view does not show, such as an export. */
const isAsked = signal(false);

const needsRows = computed(
  () =>
    isAsked.value ||
    view.value === 'table' ||
    (view.value === 'picture' &&
      (scope.value !== null || grouping.value === 'account' || hasText(filters.value))),
);

/** The parents whose connections are to be in memory: as many as there is room for, what needs somebody first. */
const chosen = computed<readonly Parent[]>(() => {
  const ofSelected = parents.value.get(selected.value?.slice(0, selected.value.lastIndexOf('/')) ?? '');
  // What the cloud does not give to its end is counted by reading it.
  const uncounted = trees.value
    .flatMap((tree) => tree.sources)
    .filter(({ counts, truncatedAt, isStale }) => counts === null || (truncatedAt !== null && isStale));
  const all = new Set([
    ...(ofSelected ? [ofSelected] : []),
    ...uncounted,
    ...(needsRows.value ? sources.value : []),
  ]);
  let room = MAX_ROWS;
  return [...all].filter((parent) => (room -= rowsOf(parent)) >= 0 || parent === ofSelected);
});

/** How many connections of the view are not read, since there are too many for the memory of the page. */
export const leftOut = computed<number>(() => {
  if (!needsRows.value) return 0;
  const kept = new Set(chosen.value);
  return sources.value.filter((one) => !kept.has(one)).reduce((sum, one) => sum + rowsOf(one), 0);
});

/** The parents whose connections are to be read now. */
const wanted = computed<readonly Parent[]>(() =>
  isOffline.value || signInProblem.value
    ? []
    : chosen.value.filter(
        ({ connections, isStale, problem }) => problem === null && (connections === null || isStale),
      ),
);

/** How many connections are still to be read for what is shown. */
export const unread = computed<number>(() => wanted.value.reduce((sum, one) => sum + rowsOf(one), 0));

const keptRows = (): number =>
  parents
    .peek()
    .values()
    .reduce((sum, { connections }) => sum + (connections?.length ?? 0), 0);

/** Reads connections whenever something shows them that are not read yet. */
export const followRows = (): void =>
  followWanted({
    wanted,
    rowsOf,
    mostRows: () => client.mostRows(CONNECTIONS),
    read: async (one) => {
      await readRows(one);
      if (keptRows() > MAX_ROWS) forgetRows(new Set(chosen.peek().map(({ key }) => key)));
    },
    giveUp: giveUpRows,
  });

/** Reads all connections of the view. */
export const readAllRows = async (): Promise<void> => {
  isAsked.value = true;
  await new Promise<void>((resolve) => {
    const stop = effect(() => {
      if (wanted.value.length > 0) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
  isAsked.value = false;
};
