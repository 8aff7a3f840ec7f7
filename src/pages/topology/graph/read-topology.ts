import type { ResultOf } from 'gql.tada';
import { type Counts, countStatuses, type Status, toCounts, toStatus } from '../model/status.ts';
import { type Connection, type Gap, keyOfParent, type Parent, type Problem } from '../model/topology.ts';
import type { Answer, Client } from './client.ts';
import { CLUSTERS, CONNECTIONS, SERVICES } from './documents.ts';
import { NOT_READ, problemOf } from './problems.ts';
import { type AskPages, type Batch, readLists } from './read-lists.ts';

/** Parents of the first page, which is there soon, and of each page after it: the gateway makes a call for each. */
const FIRST_PARENTS = 20;
const PARENTS = 100;

type ClusterNode = NonNullable<ResultOf<typeof CLUSTERS>['clusters']>['nodes'][number];
type ServiceNode = NonNullable<ResultOf<typeof SERVICES>['endpointServices']>['nodes'][number];
type ConnectionRow = NonNullable<
  Extract<ResultOf<typeof CONNECTIONS>['nodes'][number], { connections: unknown }>['connections']
>['nodes'][number];

export const toConnection = (parentKey: string, row: ConnectionRow): Connection => ({
  ...row,
  key: `${parentKey}/${row.endpointId}`,
  parentKey,
  status: toStatus(row.status),
  failures: row.failures ?? [],
});

/** What the list says of the connections of a parent. A list that the cloud does not give to its end is not counted, but no failure. */
const readCounts = (
  { connectionCounts, connections }: ClusterNode | ServiceNode,
  problem: Problem | null,
): Pick<Parent, 'counts' | 'totalCount' | 'truncatedAt' | 'problem'> => ({
  counts:
    connectionCounts &&
    toCounts(connectionCounts.map(({ status, count }): [Status, number] => [toStatus(status), count])),
  totalCount: connections?.totalCount ?? null,
  truncatedAt: connections?.truncatedAt ?? null,
  problem: problem?.code === 'RESULT_TRUNCATED' ? null : problem,
});

const readCluster = (node: ClusterNode, problem: Problem | null): Parent => {
  const project = { region: node.region, projectId: node.projectId };
  return {
    key: keyOfParent('cluster', node.clusterId, project),
    nodeId: node.id,
    kind: 'cluster',
    id: node.clusterId,
    name: node.name,
    status: node.status,
    project,
    endpointAccess: node.endpointAccess,
    serviceName: node.serviceName,
    approvalRequired: null,
    connections: null,
    isStale: false,
    ...readCounts(node, problem),
  };
};

const NO_COUNTS: Counts = new Map();

const readService = (node: ServiceNode, problem: Problem | null): Parent => {
  const project = { region: node.region, projectId: node.projectId };
  const read = readCounts(node, problem);
  return {
    key: keyOfParent('service', node.serviceId, project),
    nodeId: node.id,
    kind: 'service',
    id: node.serviceId,
    name: node.label ?? node.serviceId,
    status: node.status ?? 'UNKNOWN',
    project,
    endpointAccess: null,
    serviceName: node.name,
    approvalRequired: node.approvalRequired,
    connections: null,
    isStale: false,
    ...read,
    // A service of another account shows its connections to its owner only.
    counts: read.counts ?? (problem ? null : NO_COUNTS),
  };
};

/** What is told while a topology is read. */
export interface Listener {
  onParents: (parents: readonly Parent[]) => void;
  onGap: (gap: Gap) => void;
  /** How many parents there are in one of the two lists, once the cloud has said so. */
  onTotal: (list: 'clusters' | 'services', count: number) => void;
  signal: AbortSignal;
}

interface ParentPage<N> {
  totalCount: number | null;
  truncatedAt: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  unavailable: readonly { region: string; projectId: string; code: string; message: string }[];
  nodes: readonly N[];
}

type Ask<N> = (variables: { first: number; after: string | null }) => Promise<Answer<ParentPage<N>>>;

/** Reads one list of parents to its end, page after page. */
const readParents = async <N>(
  list: 'clusters' | 'services',
  ask: Ask<N>,
  read: (node: N, problem: Problem | null) => Parent,
  { signal, onParents, onGap, onTotal }: Listener,
): Promise<void> => {
  const label = list === 'clusters' ? 'Clusters' : 'Endpoint services';
  let after: string | null = null;
  do {
    const { data: page, problems }: Answer<ParentPage<N>> = await ask({
      first: after === null ? FIRST_PARENTS : PARENTS,
      after,
    });
    if (signal.aborted) return;
    if (!page) {
      onGap({ label, problem: problems[0] ?? NOT_READ });
      return;
    }
    if (page.totalCount !== null) onTotal(list, page.totalCount);
    onParents(page.nodes.map((node, index) => read(node, problemOf(problems, index))));
    // The first page names the projects, and each further one again.
    if (after === null)
      for (const { region, projectId, code, message } of page.unavailable)
        onGap({
          label: `Project ${projectId} in ${region}`,
          problem: { code, message, retryable: code !== 'RESULT_TRUNCATED' },
        });
    if (page.truncatedAt !== null && !page.pageInfo.hasNextPage)
      onGap({
        label,
        problem: {
          code: 'RESULT_TRUNCATED',
          message: `The cloud gives only ${page.truncatedAt.toLocaleString('en')} of them.`,
          retryable: false,
        },
      });
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
};

/** Reads what there is to connect to, and how many connections: clusters and endpoint services side by side. */
export const readTopology = async (client: Client, listener: Listener): Promise<void> => {
  await Promise.all([
    readParents(
      'clusters',
      async (variables) => {
        const { data, problems } = await client.ask(CLUSTERS, variables, listener.signal);
        return { data: data?.clusters ?? null, problems };
      },
      readCluster,
      listener,
    ),
    readParents(
      'services',
      async (variables) => {
        const { data, problems } = await client.ask(SERVICES, variables, listener.signal);
        return { data: data?.endpointServices ?? null, problems };
      },
      readService,
      listener,
    ),
  ]);
};

/** What is read of a parent with its connections. */
export type Connections = Pick<
  Parent,
  'counts' | 'connections' | 'isStale' | 'totalCount' | 'truncatedAt' | 'problem'
>;

/** Reads the connections of parents, which also counts them. */
export const readConnections = (
  client: Client,
  batch: Batch,
  onRead: (key: string, read: Connections | { problem: Problem }) => void,
): Promise<void> => {
  const ask: AskPages<ConnectionRow> = async (variables) => {
    const { data, problems } = await client.ask(CONNECTIONS, variables);
    const nodes = data?.nodes.map(
      (node) => node && { list: 'connections' in node ? node.connections : null },
    );
    return { nodes: nodes ?? null, problems };
  };
  return readLists(ask, batch, ({ key }, { rows, totalCount, truncatedAt, problem }) => {
    const connections = (rows ?? []).map((row) => toConnection(key, row));
    const counts = countStatuses(connections);
    onRead(
      key,
      problem ? { problem } : { counts, connections, isStale: false, totalCount, truncatedAt, problem },
    );
  });
};
