import { z } from 'zod';
import type { Answer } from '../client.ts';
import { followPages } from '../follow-pages.ts';
import { findPagedField } from '../paged-field.ts';
import { describeErrors, PAGE, pageOf, readRestOfConnections } from '../rest-of-connections.ts';
import { parse } from 'graphql';
import type { CallContext } from '../call-context.ts';
import type { ConnectionNode, Gap, ParentNode, Topology } from './topology.ts';

/** Parents in one page: each brings a page of connections, and an operation may cost so much. */
const PARENTS = 20;

const CONNECTION = 'endpointId status domainId ipv4 createdAt failures { message } admittedBy { permission }';
const CONNECTIONS = `connections(first: 100, filter: $filter) { ${PAGE} nodes { ${CONNECTION} } }`;
const CLUSTER = `clusterId name status region projectId endpointService { serviceId } ${CONNECTIONS}`;

const CLUSTERS = `query ($filter: ConnectionFilter) { clusters(first: ${PARENTS}) {
  totalCount unavailable { region projectId code message } nodes { ${CLUSTER} } } }`;
/** Services by themselves: those that lead to a cluster have its connections, which are not read again. */
const SERVICES = `{ endpointServices(first: 1000) {
  totalCount unavailable { region projectId code message } nodes { id serviceId name status region projectId } } }`;
const OF_SERVICES = `query ($ids: [ID!]!, $filter: ConnectionFilter) {
  nodes(ids: $ids) { ... on EndpointService { ${CONNECTIONS} } } }`;
const ONE_CLUSTER = `query ($id: ID!, $filter: ConnectionFilter) { cluster(clusterId: $id) { ${CLUSTER} } }`;

const Connection = z.object({
  endpointId: z.string(),
  status: z.string(),
  domainId: z.string().nullable(),
  ipv4: z.string().nullable(),
  createdAt: z.string().nullable(),
  failures: z.array(z.object({ message: z.string().nullable() })).nullable(),
  admittedBy: z.object({ permission: z.string() }).nullable(),
});
const Connections = pageOf(Connection);

const Parent = z.object({
  clusterId: z.string().optional(),
  serviceId: z.string().optional(),
  name: z.string().nullable(),
  status: z.string().nullable(),
  region: z.string(),
  projectId: z.string(),
  endpointService: z.object({ serviceId: z.string() }).nullish(),
  connections: Connections.nullish(),
});

const Service = z.looseObject({ id: z.string(), serviceId: z.string() });

const Unavailable = z.array(
  z.object({ region: z.string(), projectId: z.string(), code: z.string(), message: z.string() }),
);

/** What a topology is read with. */
export interface TopologyFilter {
  /** One cluster only. */
  clusterId?: string;
  /** Statuses of connections. */
  status?: readonly string[];
}

const toConnection = ({ failures, admittedBy, ...node }: z.infer<typeof Connection>): ConnectionNode => ({
  ...node,
  failure: failures?.map(({ message }) => message ?? '').join('; ') || null,
  admittedBy: admittedBy?.permission ?? null,
});

const toParent = ({
  clusterId,
  serviceId,
  endpointService,
  connections,
  ...parent
}: z.infer<typeof Parent>): ParentNode => ({
  kind: clusterId === undefined ? 'service' : 'cluster',
  id: clusterId ?? serviceId ?? '',
  region: parent.region,
  projectId: parent.projectId,
  name: parent.name ?? serviceId ?? '',
  status: parent.status ?? 'UNKNOWN',
  serviceId: endpointService?.serviceId ?? (clusterId === undefined ? serviceId! : null),
  totalCount: connections?.totalCount ?? null,
  connections: (connections?.nodes ?? []).map(toConnection),
});

/** Collects parents and gaps. */
const createCollection = ({ client, terminal }: CallContext, filter: object) => {
  const parents = new Map<string, ParentNode>();
  const gaps: Gap[] = [];

  /** Reads the connections of a parent past its first page. */
  const readRest = async (parent: ParentNode, first: z.infer<typeof Connections>): Promise<void> => {
    const rest = await readRestOfConnections(
      client,
      parent,
      { first, filter, selection: CONNECTION },
      (row) => {
        parent.connections.push(...row.map((one) => toConnection(Connection.parse(one))));
        terminal.progress(`${parent.name}: ${parent.connections.length.toLocaleString('en-US')} connections`);
      },
    );
    if (rest) gaps.push({ id: parent.id, ...rest });
  };

  const add = async (row: unknown, answer: Answer, index?: number): Promise<void> => {
    const read = Parent.safeParse(row);
    if (!read.success) {
      gaps.push({ id: 'unknown', ...describeErrors(answer, index) });
      return;
    }
    const parent = toParent(read.data);
    parents.set(`${parent.region} ${parent.projectId} ${parent.id}`, parent);
    if (read.data.connections) await readRest(parent, read.data.connections);
    else gaps.push({ id: parent.id, ...describeErrors(answer, index) });
  };

  return { parents, gaps, add };
};

/** Takes out of services what is listed with the cluster that they lead to. */
const withoutRepeated = (parents: readonly ParentNode[]): ParentNode[] => {
  const clusters = parents.filter(({ kind }) => kind === 'cluster');
  const listed = new Set(
    clusters.flatMap(({ connections }) => connections.map(({ endpointId }) => endpointId)),
  );
  const leading = new Set(clusters.map(({ serviceId }) => serviceId));
  return parents.flatMap((parent) => {
    if (parent.kind === 'cluster') return [parent];
    const connections = parent.connections.filter(({ endpointId }) => !listed.has(endpointId));
    return leading.has(parent.id) && connections.length === 0 ? [] : [{ ...parent, connections }];
  });
};

/** Items in groups of at most so many. */
const chunk = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

/**
 * Reads who is connected to what, of all projects served. What cannot be read is in `gaps`.
 * @returns the answer instead if there is nothing else, because the first read failed.
 */
export const readTopology = async (
  context: CallContext,
  { clusterId, status }: TopologyFilter,
): Promise<{ topology: Topology } | { refusal: Answer }> => {
  const { client, schema, terminal } = context;
  const filter = status ? { status } : {};
  const { parents, gaps, add } = createCollection(context, filter);
  if (clusterId !== undefined) {
    const answer = await client.ask({ query: ONE_CLUSTER, variables: { id: clusterId, filter } });
    if (!answer.data?.['cluster']) return { refusal: answer };
    await add(answer.data['cluster'], answer);
    return { topology: { parents: [...parents.values()], gaps } };
  }
  let refusal: Answer | undefined;
  /** Reads a list of clusters or services, page by page. */
  const readList = async (
    query: string,
    variables: Record<string, unknown>,
    onRows: (rows: readonly unknown[], answer: Answer) => Promise<void>,
  ): Promise<void> => {
    const field = findPagedField(schema, parse(query))!;
    for await (const page of followPages(client, field, variables)) {
      if (!page.value) {
        refusal ??= page.answer;
        gaps.push({ id: field.path[0]!, ...describeErrors(page.answer) });
        continue;
      }
      await onRows(page.rows, page.answer);
      if (page.cut)
        gaps.push({
          id: field.path[0]!,
          code: 'RESULT_TRUNCATED',
          message: 'The cloud gives only a part of this list.',
        });
      for (const { region, projectId, code, message } of Unavailable.safeParse(page.value['unavailable'])
        .data ?? [])
        if (!gaps.some(({ id }) => id === `${region} ${projectId}`))
          gaps.push({ id: `${region} ${projectId}`, code, message });
      terminal.progress(`${parents.size.toLocaleString('en-US')} clusters and services`);
    }
  };
  await readList(CLUSTERS, { filter }, async (rows, answer) => {
    for (const [index, row] of rows.entries()) await add(row, answer, index);
  });
  // A cluster that was read to its end shows all connections of the service that leads to it.
  const incomplete = new Set(gaps.map(({ id }) => id));
  const shown = new Set(
    [...parents.values()].filter(({ id }) => !incomplete.has(id)).map(({ serviceId }) => serviceId),
  );
  await readList(SERVICES, {}, async (rows, list) => {
    const services = rows.flatMap((row, index) => {
      const { success, data } = Service.safeParse(row);
      if (!success) gaps.push({ id: 'unknown', ...describeErrors(list, index) });
      return success && !shown.has(data.serviceId) ? [data] : [];
    });
    for (const some of chunk(services, PARENTS)) {
      const answer = await client.ask({
        query: OF_SERVICES,
        variables: { ids: some.map(({ id }) => id), filter },
      });
      const nodes = z
        .array(z.object({ connections: z.unknown() }).nullable())
        .nullish()
        .parse(answer.data?.['nodes']);
      for (const [index, service] of some.entries())
        await add({ ...service, connections: nodes?.[index]?.connections ?? null }, answer, index);
    }
  });
  return parents.size === 0 && refusal
    ? { refusal }
    : { topology: { parents: withoutRepeated([...parents.values()]), gaps } };
};
