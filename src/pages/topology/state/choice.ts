import { computed, signal } from '@preact/signals';
import type { Connection } from '../model/topology.ts';
import { rows } from './topology.ts';

/** Keys of connections that are chosen to be changed together. */
export const chosenKeys = signal<ReadonlySet<string>>(new Set());

export const canAccept = ({ status }: Connection): boolean =>
  status === 'PENDING_ACCEPTANCE' || status === 'REJECTED';

export const canReject = ({ status }: Connection): boolean =>
  status === 'PENDING_ACCEPTANCE' || status === 'ACCEPTED';

export const canChange = (one: Connection): boolean => canAccept(one) || canReject(one);

/** Connections of the view that something can be done with. */
export const changeableRows = computed(() => rows.value.filter(canChange));

/** How many of the connections that can be chosen are chosen. */
export const choiceState = computed<'all' | 'some' | 'none'>(() => {
  if (chosenRows.value.length === 0) return 'none';
  return chosenRows.value.length === changeableRows.value.length ? 'all' : 'some';
});

/** Chooses all connections of the view, or none if all are chosen. */
export const toggleAll = (): void => {
  const keys = choiceState.value === 'all' ? [] : changeableRows.value.map(({ key }) => key);
  chosenKeys.value = new Set(keys);
};

/** Chooses a connection, or no longer. */
export const toggleChoice = (key: string): void => {
  const next = new Set(chosenKeys.value);
  if (!next.delete(key)) next.add(key);
  chosenKeys.value = next;
};

export const clearChoice = (): void => {
  chosenKeys.value = new Set();
};

/** The chosen connections that the view shows. */
export const chosenRows = computed<readonly Connection[]>(() =>
  chosenKeys.value.size === 0 ? [] : rows.value.filter(({ key }) => chosenKeys.value.has(key)),
);
