import { computed, signal } from '@preact/signals';
import { print } from 'graphql';
import { WHITELISTS } from '../graph/documents.ts';
import { NOT_READ } from '../graph/problems.ts';
import type { List } from '../graph/read-lists.ts';
import { readWhitelists } from '../graph/read-whitelists.ts';
import type { Parent, Problem } from '../model/topology.ts';
import { type Admission, admissionFilter, byWidth, type WhitelistRecord } from '../model/whitelists.ts';
import { followWanted } from './loader.ts';
import { client, isOffline, signInProblem } from './session.ts';
import { parents, readAt, trees } from './topology.ts';
import { filters, scope, view } from './view.ts';

interface Whitelist extends List<WhitelistRecord> {
  /** The read of everything that it belongs to; it is stale after another one. */
  of: Date | null;
}

const lists = signal<ReadonlyMap<string, Whitelist>>(new Map());

/** Why a whitelist is missing that an old cluster does not tell. */
const NOT_TOLD: Problem = {
  code: 'UNKNOWN',
  message: 'The cloud does not tell who may connect.',
  retryable: false,
};

/** Records of a whitelist that has not been read, as a guess. */
const USUAL_RECORDS = 25;

/** Clusters and services that something can connect to; the whitelist of a cluster is that of the service in front of it too. */
const admitting = computed<readonly Parent[]>(() =>
  trees.value
    .map(({ parent, service }) => (parent.problem && service ? service : parent))
    .filter(({ endpointAccess }) => endpointAccess !== false),
);

const wanted = computed<readonly Parent[]>(() =>
  view.value !== 'whitelists' || readAt.value === null || isOffline.value || signInProblem.value
    ? []
    : admitting.value.filter(({ key }) => {
        const list = lists.value.get(key);
        return !list || list.of !== readAt.value;
      }),
);

export const unreadWhitelists = computed(() => wanted.value.length);

/** The last query of this view. */
export const whitelistQuery = signal<{ query: string; variables: object } | null>(null);

const putLists = (read: ReadonlyMap<string, Whitelist>): void => {
  lists.value = new Map([...lists.value, ...read]);
};

const MISSING: List<WhitelistRecord> = { rows: null, totalCount: null, truncatedAt: null, problem: NOT_READ };

/** Reads whitelists whenever the view shows some that are not read yet. */
export const followWhitelists = (): void =>
  followWanted({
    wanted,
    rowsOf: () => USUAL_RECORDS,
    mostRows: () => client.mostRows(WHITELISTS),
    read: async (one) => {
      const of = readAt.peek();
      const read = new Map<string, Whitelist>();
      whitelistQuery.value = {
        query: print(WHITELISTS),
        variables: { ids: one.parents.map(({ nodeId }) => nodeId), first: one.first },
      };
      await readWhitelists(client, one, (key, list) => read.set(key, { ...list, of }));
      if (!isOffline.value && !signInProblem.value) putLists(read);
    },
    giveUp: (one) =>
      putLists(new Map(one.parents.map(({ key }) => [key, { ...MISSING, of: readAt.peek() }]))),
  });

/** Reads a whitelist again that was changed. */
export const forgetWhitelist = (parentKey: string): void => {
  const next = new Map(lists.value);
  if (next.delete(parentKey)) lists.value = next;
};

const admissionsOf = ({ key, name, kind, endpointAccess }: Parent): Admission[] => {
  const list = lists.value.get(key);
  if (!list) return [];
  const about = { parentKey: key, parentName: name };
  if (list.rows?.length === 0 && kind === 'cluster' && endpointAccess === true)
    return [{ ...about, key: `${key}/`, record: null }];
  return (list.rows ?? []).map((record) => ({ ...about, key: `${key}/${record.permissionId}`, record }));
};

/** Who may reach what: what is open to everyone first. */
export const admissions = computed<readonly Admission[]>(() =>
  admitting.value
    .filter(({ key }) => scope.value === null || scope.value === key)
    .flatMap(admissionsOf)
    .filter(admissionFilter(filters.value))
    .toSorted(byWidth),
);

/** Parents whose whitelist could not be read. */
export const unreadableWhitelists = computed<readonly { parent: Parent; problem: Problem }[]>(() =>
  view.value === 'whitelists'
    ? [...lists.value].flatMap(([key, { rows, problem }]) => {
        const parent = parents.value.get(key);
        return parent && rows === null ? [{ parent, problem: problem ?? NOT_TOLD }] : [];
      })
    : [],
);
