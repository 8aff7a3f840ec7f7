import type { ResultOf } from 'gql.tada';
import { toStatus } from '../model/status.ts';
import { type Connection, type Gap, keyOfParent, type Parent, type Problem } from '../model/topology.ts';
import type { Answer, Client, LocatedProblem } from './client.ts';
import { CLUSTER_CONNECTIONS, CLUSTERS, SERVICE_CONNECTIONS, SERVICES } from './documents.ts';

/** Parents in one page: each brings a page of connections, and an operation may cost so much. */
const PARENTS = 20;

/** Parents whose further connections are read at the same time. */
const SIDE_BY_SIDE = 4;

type ClusterNode = NonNullable<ResultOf<typeof CLUSTERS>['clusters']>['nodes'][number];
type ServiceNode = NonNullable<ResultOf<typeof SERVICES>['endpointServices']>['nodes'][number];
type ConnectionPage = NonNullable<ClusterNode['connections']> | NonNullable<ServiceNode['connections']>;
type ConnectionRow = ConnectionPage['nodes'][number];

export const toConnection = (parentKey: string, row: ConnectionRow): Connection => ({
  ...row,
  key: `${parentKey}/${row.endpointId}`,
  parentKey,
  status: toStatus(row.status),
  failures: row.failures ?? [],
});

const NOT_READ: Problem = { code: 'UNKNOWN', message: 'It could not be read.', retryable: true };

/** A parent with a first page of connections, and the cursor of the rest if there is one. */
interface FirstRead {
  parent: Parent;
  rest: string | null;
}

const withPage = (
  parent: Omit<Parent, 'connections' | 'totalCount' | 'truncatedAt' | 'problem'>,
  page: ConnectionPage | null,
  problem: Problem | null,
): FirstRead => ({
  parent: {
    ...parent,
    connections: page?.nodes.map((row) => toConnection(parent.key, row)) ?? [],
    totalCount: page?.totalCount ?? null,
    truncatedAt: page?.truncatedAt ?? null,
    problem: page ? null : problem,
  },
  rest: page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
});

const readCluster = (node: ClusterNode, problem: Problem | null): FirstRead => {
  const project = { region: node.region, projectId: node.projectId };
  const parent = {
    key: keyOfParent('cluster', node.clusterId, project),
    kind: 'cluster' as const,
    id: node.clusterId,
    name: node.name,
    status: node.status,
    project,
    endpointAccess: node.endpointAccess,
    serviceName: node.serviceName,
    approvalRequired: null,
  };
  return withPage(parent, node.connections, problem ?? NOT_READ);
};

const readService = (node: ServiceNode, problem: Problem | null): FirstRead => {
  const project = { region: node.region, projectId: node.projectId };
  const parent = {
    key: keyOfParent('service', node.serviceId, project),
    kind: 'service' as const,
    id: node.serviceId,
    name: node.label ?? node.name ?? node.serviceId,
    status: node.status ?? 'UNKNOWN',
    project,
    endpointAccess: null,
    serviceName: node.name,
    approvalRequired: node.approvalRequired,
  };
  // A service of another account shows its connections to its owner only.
  return withPage(parent, node.connections, problem);
};

/** The problem of the row with this index in a list. */
const problemOf = (problems: readonly LocatedProblem[], index: number): Problem | null =>
  problems.find(({ path }) => path[1] === 'nodes' && path[2] === index) ?? null;

/** What is told while a topology is read. */
export interface Listener {
  /** Parents with what was read of them so far. */
  onParents: (parents: readonly Parent[]) => void;
  onGap: (gap: Gap) => void;
  /** How many parents there are in one of the two lists, once the cloud has said so. */
  onTotal: (list: 'clusters' | 'services', count: number) => void;
  /** A parent has been read to its end. */
  onRead: (count: number) => void;
  signal: AbortSignal;
}

const CONNECTIONS = {
  cluster: async (
    client: Client,
    variables: { id: string; project: Parent['project']; after: string | null },
  ) => {
    const { data, problems } = await client.ask(CLUSTER_CONNECTIONS, variables);
    return { page: data?.cluster?.connections ?? null, problems };
  },
  service: async (
    client: Client,
    variables: { id: string; project: Parent['project']; after: string | null },
  ) => {
    const { data, problems } = await client.ask(SERVICE_CONNECTIONS, variables);
    return { page: data?.endpointService?.connections ?? null, problems };
  },
};

/** Reads the connections of one parent from a cursor on, and gives the parent page by page. */
export const readConnections = async (
  client: Client,
  parent: Parent,
  from: string | null,
  onParent: (parent: Parent) => void,
  signal?: AbortSignal,
): Promise<void> => {
  let current: Parent = from === null ? { ...parent, connections: [], problem: null } : parent;
  let after = from;
  do {
    const { page, problems } = await CONNECTIONS[parent.kind](client, {
      id: parent.id,
      project: parent.project,
      after,
    });
    if (signal?.aborted) return;
    if (!page) {
      onParent({ ...current, problem: problems[0] ?? NOT_READ });
      return;
    }
    const rows = page.nodes.map((row) => toConnection(parent.key, row));
    current = {
      ...current,
      connections: [...current.connections, ...rows],
      totalCount: page.totalCount,
      truncatedAt: page.truncatedAt,
    };
    onParent(current);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
};

interface ParentPage<N> {
  totalCount: number | null;
  truncatedAt: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  unavailable: readonly { region: string; projectId: string; code: string; message: string }[];
  nodes: readonly N[];
}

/** Reads one list of parents to its end, page after page. */
const readList = async <N>(
  list: 'clusters' | 'services',
  ask: (after: string | null) => Promise<Answer<ParentPage<N>>>,
  read: (node: N, problem: Problem | null) => FirstRead,
  listener: Listener,
): Promise<FirstRead[]> => {
  const unfinished: FirstRead[] = [];
  let after: string | null = null;
  do {
    const { data: page, problems }: Answer<ParentPage<N>> = await ask(after);
    if (listener.signal.aborted) return [];
    if (!page) {
      listener.onGap({
        label: list === 'clusters' ? 'Clusters' : 'Endpoint services',
        problem: problems[0] ?? NOT_READ,
      });
      return unfinished;
    }
    const parents = page.nodes.map((node, index) => read(node, problemOf(problems, index)));
    const open = parents.filter(({ rest }) => rest !== null);
    unfinished.push(...open);
    if (page.totalCount !== null) listener.onTotal(list, page.totalCount);
    listener.onParents(parents.map(({ parent }) => parent));
    listener.onRead(parents.length - open.length);
    // The first page names the projects, and each further one again.
    if (after === null)
      for (const { region, projectId, code, message } of page.unavailable)
        listener.onGap({
          label: `Project ${projectId} in ${region}`,
          problem: { code, message, retryable: code !== 'RESULT_TRUNCATED' },
        });
    if (page.truncatedAt !== null && !page.pageInfo.hasNextPage)
      listener.onGap({
        label: list === 'clusters' ? 'Clusters' : 'Endpoint services',
        problem: {
          code: 'RESULT_TRUNCATED',
          message: `The cloud gives only ${page.truncatedAt.toLocaleString('en')} of them.`,
          retryable: false,
        },
      });
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return unfinished;
};

/** Reads who is connected to what: clusters and endpoint services side by side, then what their first pages left out. */
export const readTopology = async (client: Client, listener: Listener): Promise<void> => {
  const lists = await Promise.all([
    readList(
      'clusters',
      async (after) => {
        const { data, problems } = await client.ask(CLUSTERS, { first: PARENTS, after }, listener.signal);
        return { data: data?.clusters ?? null, problems };
      },
      readCluster,
      listener,
    ),
    readList(
      'services',
      async (after) => {
        const { data, problems } = await client.ask(SERVICES, { first: PARENTS, after }, listener.signal);
        return { data: data?.endpointServices ?? null, problems };
      },
      readService,
      listener,
    ),
  ]);
  const unfinished = lists.flat();
  const readNext = async (): Promise<void> => {
    for (let next = unfinished.shift(); next && !listener.signal.aborted; next = unfinished.shift()) {
      const { parent, rest } = next;
      await readConnections(client, parent, rest, (one) => listener.onParents([one]), listener.signal);
      listener.onRead(1);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, readNext));
};
