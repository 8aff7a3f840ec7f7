import { computed, effect, signal } from '@preact/signals';
import type { ResultOf } from 'gql.tada';
import { print } from 'graphql';
import { ACCESS } from '../graph/documents.ts';
import type { LocatedProblem } from '../graph/client.ts';
import type { Reachable } from '../model/access.ts';
import { keyOfParent, type Problem } from '../model/topology.ts';
import { describeRecord } from '../model/whitelists.ts';
import { client, signInProblem } from './session.ts';
import { readAt } from './topology.ts';
import { account, view } from './view.ts';

type AccessPage = NonNullable<ResultOf<typeof ACCESS>['accessFor']>;
type AccessNode = AccessPage['nodes'][number];
type Unavailable = AccessPage['unavailable'][number];

/** Rows of one request: the gateway reads all whitelists for each. */
const PAGE = 300;

/** What an account may reach. */
export interface Access {
  account: string;
  rows: readonly Reachable[];
  unavailable: readonly Unavailable[];
  problem: Problem | null;
  isLoading: boolean;
  query: string;
  variables: object;
}

export const access = signal<Access | null>(null);

const reasonsOf = (node: AccessNode): string[] => {
  const { permissions, possiblePermissions, openToEveryone, isOwner } = node;
  const reasons: string[] = permissions.map((record) =>
    record.kind === 'ANY' ? 'a record for everyone (*)' : 'its own record',
  );
  if (isOwner) reasons.unshift('it owns the service');
  if (openToEveryone && permissions.every(({ kind }) => kind !== 'ANY'))
    reasons.push('the whitelist is empty, which lets everyone in');
  reasons.push(
    ...possiblePermissions.map(
      (record) => `perhaps ${describeRecord(record)}, if it is in that organisation`,
    ),
  );
  return [...new Set(reasons)];
};

const toReachable = (node: AccessNode): Reachable => {
  const { cluster, endpointService } = node;
  const parentKey = cluster
    ? keyOfParent('cluster', cluster.clusterId, cluster)
    : keyOfParent('service', endpointService!.serviceId, endpointService!);
  return {
    parentKey,
    reasons: reasonsOf(node),
    isOpen: node.openToEveryone,
    isPossible: node.permissions.length === 0 && !node.openToEveryone && !node.isOwner,
    connections: node.connections?.totalCount ?? null,
  };
};

const read = async (domainId: string): Promise<void> => {
  const before = access.peek();
  const variables = { domainId, first: PAGE };
  let now: Access = {
    account: domainId,
    rows: before?.account === domainId ? before.rows : [],
    unavailable: [],
    problem: null,
    isLoading: true,
    query: print(ACCESS),
    variables,
  };
  access.value = now;
  const rows: Reachable[] = [];
  let after: string | null = null;
  do {
    const answer: { data: ResultOf<typeof ACCESS> | null; problems: readonly LocatedProblem[] } =
      await client.ask(ACCESS, { ...variables, after });
    // Another account may have been asked for meanwhile.
    if (access.peek() !== now) return;
    const page = answer.data?.accessFor;
    if (!page) {
      access.value = { ...now, problem: answer.problems[0] ?? null, isLoading: false };
      return;
    }
    rows.push(...page.nodes.map(toReachable));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    now = { ...now, rows: [...rows], unavailable: page.unavailable, isLoading: after !== null };
    access.value = now;
  } while (after !== null);
};

const subject = computed(() => (view.value === 'access' && !signInProblem.value ? account.value : ''));

/** Reads what the account may reach whenever another one is asked for, and after everything was read again. */
export const followAccount = (): void => {
  let last = '';
  effect(() => {
    const key = `${subject.value} ${readAt.value?.getTime()}`;
    if (subject.value === '' || readAt.value === null || key === last) return;
    last = key;
    void read(subject.value);
  });
};
