import { dataConnections, emptyWorkspace, instances } from '../../../src/sandbox/data/insight.ts';
import type { ListName } from '../../../src/sandbox/model.ts';
import {
  makeCluster,
  makeClusterConnection,
  makeEndpoint,
  makePermission,
  makeService,
  makeServiceConnection,
  makeVisibleService,
  SANDBOX,
  type World,
} from '../../../src/sandbox/world.ts';

/** Rows are numbers here. Those of a list stand in rising order, and -1 is what was added in front of 0. */
export type RowNumber = number;

/** The vendor's id of a row. */
export const idOf = (row: RowNumber): string => `row-${row + 50_000}`;

/** The larger the number, the older the row. */
const at = (row: RowNumber): Date => new Date(Date.UTC(2026, 0, 1) - row * 60_000);
const stamp = (row: RowNumber): string => at(row).toISOString().replace('.000Z', 'Z');
const domainOf = (row: RowNumber): string => (row % 3 === 0 ? 'd'.repeat(32) : 'e'.repeat(32));
const isThird = (row: RowNumber): boolean => row % 3 === 0;

/** One list of the graph, and how it is filled and asked for. */
export interface ListUnderTest {
  /** What the sandbox calls it; null for a list that is part of another answer. */
  name: ListName | null;
  /** The largest page of the upstream; not a number where one call reads all. */
  pageSize: number;
  /** How many rows the upstream lets anyone read. */
  reach: number;
  /** The field of a node with the vendor's id. */
  key: string;
  /** Makes these the rows of the list. */
  fill: (world: World, rows: readonly RowNumber[]) => void;
  /** A query with the page at the alias `list`, which may stand in `parent`. */
  ask: (args: string, selection: string) => string;
  parent?: string;
  /** A filter that a third of the rows match. */
  filter?: { args: string; by: 'gateway' | 'upstream' };
  /** The filter that names one row. */
  named?: (row: RowNumber) => string;
  /** Orders, by the end that they begin at. */
  orders?: { args: string; reversed: boolean }[];
}

const CLUSTER = 'cluster-under-test';
const SERVICE = 'service-under-test';
const INSTANCE = instances()[0]!.instance_id;

const braced = (args: string) => (args === '' ? '' : `(${args})`);
const inRoot = (field: string) => (args: string, selection: string) =>
  `{ list: ${field}${braced(args)} { ${selection} } }`;
const inParent = (parent: string, field: string) => ({
  parent: 'parent',
  ask: (args: string, selection: string) =>
    `{ parent: ${parent} { list: ${field}${braced(args)} { ${selection} } } }`,
});

const byTime = (field: string) => [
  { args: `orderBy: { field: ${field}, direction: ASC }`, reversed: true },
  { args: `orderBy: { field: ${field}, direction: DESC }`, reversed: false },
];

const connectionOf = (row: RowNumber) => ({
  id: idOf(row),
  created_at: stamp(row),
  updated_at: stamp(row),
  marker_id: String(7_000_000 + row),
  domain_id: domainOf(row),
});

const permissionOf = (row: RowNumber) =>
  makePermission({
    id: idOf(row),
    permission: isThird(row) ? `iam:domain::d${row + 50_000}` : `organizations:orgPath::o-${row + 50_000}/*`,
    created_at: stamp(row),
  });

/** Every list of the graph, by type and field. */
export const LISTS: Readonly<Record<string, ListUnderTest>> = {
  'Query.clusters': {
    name: 'clusters',
    pageSize: 1000,
    reach: 1999,
    key: 'clusterId',
    fill: (world, rows) => {
      world.clusters = rows.map((row) =>
        makeCluster({
          id: idOf(row),
          name: isThird(row) ? 'third' : 'other',
          created: stamp(row).replace('Z', ''),
        }),
      );
    },
    ask: inRoot('clusters'),
    filter: { args: 'filter: { name: "THIRD" }', by: 'gateway' },
  },
  'Cluster.connections': {
    name: 'clusterConnections',
    pageSize: 1000,
    reach: 2000,
    key: 'endpointId',
    fill: (world, rows) => {
      const connections = rows.map((row) => makeClusterConnection(connectionOf(row)));
      world.clusters = [makeCluster({ id: CLUSTER, connections })];
    },
    ...inParent(`cluster(clusterId: "${CLUSTER}")`, 'connections'),
    filter: { args: `filter: { domainId: "${domainOf(0)}" }`, by: 'gateway' },
    named: (row) => `filter: { endpointId: "${idOf(row)}" }`,
    orders: [...byTime('CREATED_AT'), ...byTime('UPDATED_AT')],
  },
  'Cluster.permissions': {
    name: null,
    pageSize: NaN,
    reach: Infinity,
    key: 'permissionId',
    fill: (world, rows) => {
      world.clusters = [makeCluster({ id: CLUSTER, permissions: rows.map(permissionOf) })];
    },
    ...inParent(`cluster(clusterId: "${CLUSTER}")`, 'permissions'),
    filter: { args: 'filter: { kind: [DOMAIN] }', by: 'gateway' },
  },
  'Query.endpointServices': {
    name: 'services',
    pageSize: 1000,
    reach: Infinity,
    key: 'serviceId',
    fill: (world, rows) => {
      world.services = rows.map((row) =>
        makeService({
          id: idOf(row),
          created_at: stamp(row),
          status: isThird(row) ? 'failed' : 'available',
        }),
      );
    },
    ask: inRoot('endpointServices'),
    filter: { args: 'filter: { status: [FAILED, DELETING] }', by: 'gateway' },
    orders: [...byTime('CREATED_AT'), ...byTime('UPDATED_AT')],
  },
  'Query.publicEndpointServices': {
    name: 'publicServices',
    pageSize: 1000,
    reach: Infinity,
    key: 'serviceId',
    fill: (world, rows) => {
      world.visibleServices = rows.map((row) =>
        makeVisibleService({
          id: idOf(row),
          created_at: stamp(row),
          public: true,
          service_name: `${isThird(row) ? 'third' : 'other'}.${idOf(row)}`,
        }),
      );
    },
    ask: inRoot('publicEndpointServices'),
    filter: { args: 'filter: { name: "third" }', by: 'upstream' },
  },
  'Query.connections': {
    // A list that is cut is in `unavailable`: test/links/connections.test.ts.
    name: null,
    pageSize: NaN,
    reach: Infinity,
    key: 'endpointId',
    fill: (world, rows) => {
      const connections = rows.map((row) => makeServiceConnection(connectionOf(row)));
      world.services = [makeService({ id: SERVICE, connections })];
    },
    ask: inRoot('connections'),
    filter: { args: `filter: { domainId: "${domainOf(0)}" }`, by: 'gateway' },
    named: (row) => `filter: { markerId: "${7_000_000 + row}" }`,
  },
  'EndpointService.connections': {
    name: 'serviceConnections',
    pageSize: 1000,
    reach: Infinity,
    key: 'endpointId',
    fill: (world, rows) => {
      const connections = rows.map((row) => makeServiceConnection(connectionOf(row)));
      world.services = [makeService({ id: SERVICE, connections })];
    },
    ...inParent(`endpointService(by: { id: "${SERVICE}" })`, 'connections'),
    filter: { args: `filter: { domainId: "${domainOf(0)}" }`, by: 'gateway' },
    named: (row) => `filter: { markerId: "${7_000_000 + row}" }`,
    orders: [...byTime('CREATED_AT'), ...byTime('UPDATED_AT')],
  },
  'EndpointService.permissions': {
    name: 'servicePermissions',
    pageSize: 500,
    reach: Infinity,
    key: 'permissionId',
    fill: (world, rows) => {
      world.services = [makeService({ id: SERVICE, permissions: rows.map(permissionOf) })];
    },
    ...inParent(`endpointService(by: { id: "${SERVICE}" })`, 'permissions'),
    filter: { args: 'filter: { kind: [DOMAIN] }', by: 'gateway' },
  },
  'Query.endpoints': {
    name: 'endpoints',
    pageSize: 1000,
    reach: Infinity,
    key: 'endpointId',
    fill: (world, rows) => {
      const service = makeService({ id: SERVICE });
      world.endpoints = rows.map((row) =>
        makeEndpoint(makeServiceConnection(connectionOf(row)), service, {
          vpc_id: isThird(row) ? 'third' : 'other',
        }),
      );
    },
    ask: inRoot('endpoints'),
    filter: { args: 'filter: { vpcId: "third" }', by: 'upstream' },
  },
  'Query.dataSources': {
    name: 'dataConnections',
    pageSize: NaN,
    reach: Infinity,
    key: 'dataSourceId',
    fill: (world, rows) => {
      const [made] = dataConnections([]);
      world.dataConnections = rows.map((row) => ({
        ...made!,
        id: idOf(row),
        name: `${idOf(row)} ${isThird(row) ? 'third' : 'other'}`,
      }));
    },
    ask: inRoot('dataSources'),
    filter: { args: 'filter: { name: "third" }', by: 'gateway' },
  },
  'Query.insightInstances': {
    name: 'insightInstances',
    pageSize: NaN,
    reach: Infinity,
    key: 'instanceId',
    fill: (world, rows) => {
      world.instances = rows.map((row) => ({ ...instances()[0]!, instance_id: idOf(row) }));
    },
    ask: inRoot('insightInstances'),
  },
  'InsightInstance.workspaces': {
    name: 'workspaces',
    pageSize: NaN,
    reach: Infinity,
    key: 'workspaceId',
    fill: (world, rows) => {
      world.instances = instances();
      world.workspaces = rows.map((row) => ({
        ...emptyWorkspace(),
        id: idOf(row),
        name: isThird(row) ? 'third' : 'other',
        instance_id: INSTANCE,
      }));
    },
    ...inParent(`insightInstance(instanceId: "${INSTANCE}")`, 'workspaces'),
    filter: { args: 'filter: { name: "third" }', by: 'gateway' },
  },
};

/** The rows that a filter of the table keeps. */
export const matchingOf = (rows: readonly RowNumber[]): RowNumber[] => rows.filter(isThird);

/** The rows 0 to `count - 1`. */
export const rowsTo = (count: number, from = 0): RowNumber[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** The headers that every list takes. */
export const HEADERS = { 'x-workspace-id': SANDBOX.workspaceId };
