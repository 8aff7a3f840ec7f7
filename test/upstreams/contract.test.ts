import { expect, test } from 'vitest';
import {
  createWorld,
  INSIGHT_DOMAIN_ID,
  makePermission,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import type { FaultRule } from '../../src/sandbox/server.ts';
import { type Exchange, inputsOfContract, readContract } from '../support/contract.ts';
import { LEFT_OUT } from '../support/operations.ts';
import { type Place, placesIn } from '../support/places.ts';
import { gatewayEndpointIn } from '../support/read-operations.ts';
import { startRecordingGateway } from '../support/recording-gateway.ts';

const contract = readContract();

/** Why parameters and properties of requests are never sent. */
const UNSENT: readonly { left: RegExp; reason: string }[] = [
  { left: /^listQuotas type$/, reason: 'one call has both kinds' },
  {
    left: /^listServicePermissions permission$/,
    reason: 'a part of the text, where `admits` asks who gets in',
  },
  {
    left: /^listServicePermissions sort_(key|dir)$/,
    reason: 'the gateway orders whitelists: it has them whole, and orders those of clusters too',
  },
  {
    left: /^(listDataConnections|listInsightInstances) sort_(key|dir)$|^listWorkspaces name$/,
    reason: 'the lists are read whole',
  },
  { left: /^listDataConnections (name|type)$/, reason: 'the list is read whole, and once for all filters' },
  {
    left: /^queryResourcesByTags (tags_any|not_tags|not_tags_any|without_any_tag|matches)\b/,
    reason: 'resources are looked for by tags that they have; the rows have all tags, and the name',
  },
  { left: /^queryResourcesByTags sys_tags\b/, reason: 'its meaning is documented nowhere' },
];

/** A question to the gateway, and the operations that it makes the gateway call; more may be called beside them. */
interface Question {
  reaches: string[];
  ask: (world: World) => string;
  /** Error codes that the answer has; none when left out. */
  refused?: string[];
  headers?: Record<string, string>;
  token?: string;
  fault?: FaultRule;
  settings?: Record<string, string>;
}

const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };

const clusterIn = ({ clusters }: World) => clusters.find(({ connections }) => connections.length > 2)!.id;
/** An endpoint to an interface service whose endpoints may have a policy. */
const policyEndpointIn = ({ endpoints, services }: World) =>
  endpoints.find(({ endpoint_service_id: id }) =>
    services.some((service) => service.id === id && service.enable_policy),
  )!.connection.id;
const serviceIn = ({ services }: World) => services.find(({ connections }) => connections.length > 2)!.id;
const foreignIn = ({ visibleServices }: World) => visibleServices[0]!;

const ofCluster = (fields: string) => (world: World) =>
  `{ cluster(clusterId: "${clusterIn(world)}") { ${fields} } }`;
const ofService = (fields: string) => (world: World) =>
  `{ endpointService(by: { id: "${serviceIn(world)}" }) { ${fields} } }`;

const CONNECTIONS = ['listServiceConnections'];

/** Settings of a region that orders lists itself. */
const SORTING = { VPCEP_SORT_KEY: 'create_at' };
/** Settings of a region with an older Cloud Search Service. */
const OLDER_CSS = { CSS_BODY_CASE: 'camel', CSS_POSITION: 'start' };

/** Makes the Cloud Search Service of a world an older one. */
const asOlder = (world: World): World => {
  world.cssBodyCase = 'camel';
  for (const cluster of world.clusters) cluster.paging = 'start';
  return world;
};

const READS: Question[] = [
  { reaches: ['listClusters'], ask: () => '{ clusters { totalCount nodes { name status } } }' },
  { reaches: ['listClusters'], ask: () => '{ clusters(filter: { engine: OPENSEARCH }) { nodes { name } } }' },
  { reaches: ['getCluster'], ask: ofCluster('name tags { key }') },
  { reaches: ['listClusterConnections'], ask: ofCluster('connections { nodes { status } }') },
  {
    reaches: ['listClusters', 'listClusterConnections'],
    ask: () =>
      '{ clusters { nodes { endpointAccess connections(first: 2) { totalCount nodes { ipv4 } } } } }',
  },
  { reaches: ['listEndpointServices'], ask: () => '{ endpointServices { totalCount nodes { name } } }' },
  {
    reaches: ['listEndpointServices'],
    ask: () =>
      `{ endpointServices(first: 2, filter: { name: "o", status: [AVAILABLE] },
         orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name } } }`,
  },
  { reaches: ['getEndpointService', 'listEndpointServices'], ask: ofService('status activeConnectionCount') },
  {
    reaches: ['getEndpointService', 'describeEndpointService'],
    ask: (world) => `{ endpointService(by: { id: "${foreignIn(world).id}" }) { name ownership } }`,
  },
  {
    reaches: ['describeEndpointService'],
    ask: () => '{ endpointService(by: { name: "orders-search" }) { name } }',
    refused: ['NOT_FOUND'],
  },
  { reaches: CONNECTIONS, ask: ofService('connections { totalCount nodes { endpointId markerId } }') },
  {
    reaches: CONNECTIONS,
    ask: ofService(
      `connections(first: 1, filter: { status: [ACCEPTED], markerId: "1", endpointId: "e1" },
         orderBy: { field: CREATED_AT, direction: ASC }) { nodes { endpointId } }`,
    ),
  },
  { reaches: ['listServicePermissions'], ask: ofService('permissions { nodes { permission } }') },
  { reaches: ['getEndpoint'], ask: ofService('connections(first: 1) { nodes { ipv4 } }') },
  { reaches: ['listEndpoints'], ask: ofService('connections { nodes { ipv4 dnsNames } }') },
  {
    reaches: ['listPublicEndpointServices'],
    ask: () => '{ publicEndpointServices { nodes { name owner } } }',
  },
  { reaches: ['listQuotas'], ask: () => '{ quotas { type used limit } }' },
  {
    reaches: ['listEndpoints'],
    ask: () => '{ endpoints(filter: { serviceName: "o", vpcId: "v1" }) { nodes { status } } }',
  },
  {
    reaches: ['getEndpoint'],
    ask: (world) =>
      `{ endpoint(endpointId: "${gatewayEndpointIn(world)}") { routeTableIds policy { opensToEveryone statements { actions } } } }`,
  },
  { reaches: ['listProjectTags'], ask: () => '{ usedTags(resourceType: ENDPOINT_SERVICE) { key values } }' },
  {
    reaches: ['queryResourcesByTags', 'listEndpointServices'],
    ask: () =>
      '{ endpointServices(filter: { tags: [{ key: "team", values: ["fleet"] }] }) { totalCount nodes { name } } }',
  },
  {
    reaches: ['queryResourcesByTags', 'getEndpoint'],
    ask: () =>
      '{ endpoints(filter: { tags: [{ key: "team" }, { key: "stage" }] }) { nodes { endpointId tags { key } } } }',
  },
  {
    reaches: ['listDataConnections', ...CONNECTIONS],
    ask: () => '{ dataSources { nodes { name connectedInstance { scene } connection { status } } } }',
    headers: WORKSPACE,
  },
  {
    reaches: ['getDataConnection'],
    ask: (world) => `{ dataSource(dataSourceId: "${world.dataConnections[0]!.id}") { name } }`,
    headers: WORKSPACE,
  },
  {
    reaches: ['listInsightInstances', 'listWorkspaces'],
    ask: () => '{ insightInstances { nodes { status workspaces { nodes { workspaceId } } } } }',
    headers: WORKSPACE,
  },
];

const READS_IN_FULL: Question[] = [
  {
    reaches: ['listPublicEndpointServices'],
    ask: ({ visibleServices }) =>
      `{ endpointService(by: { id: "${visibleServices.find((service) => service.public)!.id}" }) { owner } }`,
  },
  {
    reaches: ['listEndpointServices'],
    ask: () =>
      `{ endpointServices(filter: { publicBorderGroup: "center", netType: VLAN }, orderBy: { field: UPDATED_AT, direction: DESC }) {
           nodes { name } } }`,
    settings: SORTING,
  },
  {
    reaches: ['listPublicEndpointServices'],
    ask: () =>
      `{ publicEndpointServices(filter: { name: "obs" }, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name } } }`,
    settings: SORTING,
  },
  {
    reaches: CONNECTIONS,
    ask: ofService('connections(orderBy: { field: UPDATED_AT, direction: ASC }) { nodes { endpointId } }'),
    settings: SORTING,
  },
  {
    reaches: ['listEndpoints'],
    ask: ({ endpoints }) =>
      `{ endpoints(filter: { endpointId: "${endpoints[0]!.connection.id}" }, orderBy: { field: CREATED_AT, direction: ASC }) {
           nodes { status } } }`,
    settings: SORTING,
  },
  {
    reaches: ['listClusterConnections'],
    ask: (world) => ofCluster('connections { nodes { status } }')(asOlder(world)),
    settings: OLDER_CSS,
  },
];

const verify = (service: string) =>
  `mutation { verifyAndCreateEndpoint(input: { dataSourceType: "DWS", service: ${service} }) { userErrors { code } } }`;

/** A mutation with this input, of which only what stood in the way is asked. */
const change = (name: string, input: string) =>
  `mutation { ${name}(input: { ${input} }) { userErrors { code message } } }`;

const ofClusterToo = (world: World) => `parent: { clusterId: "${clusterIn(world)}" }`;
const ofServiceToo = (world: World) => `parent: { serviceId: "${serviceIn(world)}" }`;
const own = ({ services }: World) => services.find(({ connections }) => connections.length > 2)!;
const idle = ({ services }: World) => services.find(({ connections }) => connections.length === 0)!.id;
const waiting = ({ connections }: World['services'][number]) =>
  connections.find(({ status }) => status === 'pendingAcceptance')!.id;
const ACCOUNTS = 'principals: ["5fc973eea581490997e82ea11a1df31f", "0123456789abcdef0123456789abcdef"]';
const ORG_PATHS = 'principals: ["organizations:orgPath::o-1/r-1/ou-1/*"]';
const closed = ({ clusters }: World) =>
  clusters.find(({ endpointAccess, status }) => !endpointAccess && status === '200')!.id;
const OLDER_REGION: FaultRule = {
  path: /permissions\/batch-/,
  respond: { status: 404, body: { error_code: 'APIGW.0101', error_msg: 'No such API.', request_id: 'r1' } },
};

const WRITES: Question[] = [
  {
    reaches: ['updateClusterConnections'],
    ask: (world) => {
      const { id, connections } = world.clusters.find(({ vpcServiceName }) =>
        vpcServiceName?.includes('orders'),
      )!;
      const endpointIds = JSON.stringify(connections.slice(0, 2).map((row) => row.id));
      return change(
        'rejectConnections',
        `targets: [{ parent: { clusterId: "${id}" }, endpointIds: ${endpointIds} }]`,
      );
    },
  },
  {
    reaches: ['acceptOrRejectConnection'],
    ask: (world) =>
      change(
        'acceptConnections',
        `targets: [{ ${ofServiceToo(world)}, endpointIds: ["${waiting(own(world))}"] }]`,
      ),
  },
  {
    reaches: ['updateConnectionDescription'],
    ask: (world) =>
      change(
        'updateConnectionDescriptions',
        `serviceId: "${serviceIn(world)}", connections: [{ endpointId: "${own(world).connections[0]!.id}", description: "reports" }]`,
      ),
  },
  {
    reaches: ['replaceClusterWhitelist'],
    ask: (world) => change('addPermissions', `${ofClusterToo(world)}, ${ACCOUNTS}`),
  },
  {
    reaches: ['batchCreateServicePermissions'],
    ask: (world) => change('addPermissions', `${ofServiceToo(world)}, ${ACCOUNTS}, description: "partner"`),
  },
  {
    reaches: ['batchDeleteServicePermissions'],
    ask: (world) =>
      change(
        'removePermissions',
        `${ofServiceToo(world)}, principals: ["${own(world).permissions[0]!.permission}"]`,
      ),
  },
  {
    reaches: ['batchCreateServicePermissions', 'addOrRemoveServicePermissions'],
    ask: (world) => change('addPermissions', `${ofServiceToo(world)}, ${ACCOUNTS}`),
    fault: OLDER_REGION,
  },
  {
    reaches: ['updateServicePermissionDescription'],
    ask: (world) =>
      change(
        'updatePermissionDescription',
        `serviceId: "${serviceIn(world)}", permissionId: "${own(world).permissions[0]!.id}", description: "partner"`,
      ),
  },
  {
    reaches: ['enableClusterEndpointAccess'],
    ask: (world) =>
      change(
        'enableEndpointAccess',
        `clusterId: "${closed(world)}", privateDomainName: true, professional: true, dualStack: false`,
      ),
  },
  {
    reaches: ['disableClusterEndpointAccess'],
    ask: (world) => change('disableEndpointAccess', `clusterId: "${clusterIn(world)}"`),
  },
  {
    reaches: ['createEndpointService'],
    ask: () =>
      change(
        'createEndpointService',
        'portId: "p1", vpcId: "v1", serverType: VM, label: "new", approvalRequired: false, description: "d", ports: [{ clientPort: 80, serverPort: 8080 }], tags: [{ key: "k", value: "v" }]',
      ),
  },
  {
    reaches: ['createEndpointService'],
    ask: () =>
      change(
        'createEndpointService',
        'portId: "p1", vpcId: "v1", serverType: VIP, serverAddress: "search.example.com", ipVersion: IPV6, snatNetworkId: "n1", policySupported: true, poolId: "c1", ports: [{ clientPort: 80, serverPort: 8080 }]',
      ),
  },
  {
    reaches: ['updateEndpointService'],
    ask: (world) =>
      change(
        'updateEndpointService',
        `serviceId: "${serviceIn(world)}", approvalRequired: false, ports: [{ clientPort: 80, serverPort: 8080 }], description: "d"`,
      ),
  },
  {
    reaches: ['updateEndpointService'],
    ask: (world) => {
      const service = own(world);
      service.net_type = 'vlan';
      return change('updateEndpointService', `serviceId: "${service.id}", serverAddress: "192.168.0.10"`);
    },
  },
  {
    reaches: ['renameEndpointService'],
    ask: (world) => change('renameEndpointService', `serviceId: "${serviceIn(world)}", label: "other"`),
  },
  {
    reaches: ['deleteEndpointService'],
    ask: (world) => change('deleteEndpointService', `serviceId: "${idle(world)}"`),
  },
  {
    reaches: ['createEndpoint'],
    ask: (world) =>
      change(
        'createEndpoint',
        `serviceId: "${serviceIn(world)}", vpcId: "v1", subnetId: "s1", dnsEnabled: true, whitelist: ["10.0.0.0/8"], whitelistEnabled: true, tags: [{ key: "k", value: "v" }]`,
      ),
  },
  {
    reaches: ['updateEndpointWhitelist'],
    ask: ({ endpoints }) =>
      change(
        'updateEndpointWhitelist',
        `endpointId: "${endpoints[0]!.connection.id}", whitelist: ["192.168.0.0/16"], whitelistEnabled: true`,
      ),
  },
  {
    reaches: ['deleteEndpoint'],
    ask: ({ endpoints }) => change('deleteEndpoint', `endpointId: "${endpoints[0]!.connection.id}"`),
  },
  {
    reaches: ['getEndpoint', 'describeEndpointService', 'updateEndpointPolicy'],
    ask: (world) =>
      change(
        'updateEndpointPolicy',
        `endpointId: "${gatewayEndpointIn(world)}", statements: [
           { effect: ALLOW, actions: ["obs:object:GetObject"], resources: ["obs:*:*:object:reports/*"], sid: "read",
             conditions: [{ operator: "StringEquals", key: "g:ResourceOrgId", values: ["o-1"] }] },
           { effect: DENY, actions: ["obs:object:DeleteObject"], resources: ["obs:*:*:object:*"] }]`,
      ),
  },
  {
    reaches: ['updateEndpointPolicy'],
    ask: (world) =>
      change(
        'updateEndpointPolicy',
        `endpointId: "${policyEndpointIn(world)}", statements: [{ effect: ALLOW, actions: ["*"], resources: ["*"] }], openToEveryone: true`,
      ),
  },
  {
    reaches: ['deleteEndpointPolicy'],
    ask: (world) =>
      change('deleteEndpointPolicy', `endpointId: "${gatewayEndpointIn(world)}", openToEveryone: true`),
  },
  {
    reaches: ['createEndpoint'],
    ask: ({ visibleServices }) =>
      change(
        'createEndpoint',
        `serviceId: "${visibleServices.find(({ service_type: type }) => type === 'gateway')!.id}", vpcId: "v1", routeTableIds: ["t1"],
         policyStatements: [{ effect: ALLOW, actions: ["obs:object:GetObject"], resources: ["obs:*:*:object:reports/*"] }]`,
      ),
  },
  {
    reaches: ['updateEndpointRouteTables'],
    ask: (world) =>
      change(
        'updateEndpointRouteTables',
        `endpointId: "${gatewayEndpointIn(world)}", routeTableIds: ["t1", "t2"]`,
      ),
  },
  {
    reaches: ['changeResourceTags'],
    ask: (world) =>
      change(
        'addTags',
        `resources: [{ serviceId: "${serviceIn(world)}" }, { endpointId: "${gatewayEndpointIn(world)}" }],
         tags: [{ key: "team", value: "search" }, { key: "stage" }]`,
      ),
  },
  {
    reaches: ['changeResourceTags'],
    ask: (world) =>
      change(
        'removeTags',
        `resources: [{ endpointId: "${gatewayEndpointIn(world)}" }], tags: [{ key: "team", value: "storage" }, { key: "stage" }]`,
      ),
  },
  {
    reaches: ['upgradeEndpointService'],
    ask: (world) => change('upgradeEndpointService', `serviceId: "${serviceIn(world)}"`),
  },
  {
    reaches: ['upgradeEndpoint'],
    ask: (world) => change('upgradeEndpoint', `endpointId: "${gatewayEndpointIn(world)}"`),
  },
  {
    reaches: ['addEndpointServiceServerResources'],
    ask: (world) =>
      change(
        'addServerResources',
        `serviceId: "${serviceIn(world)}", serverResources: [
           { loadBalancerId: "20872649-163e-4302-83be-8ff6e31d9aa0", availabilityZone: "cn-east-4a" },
           { loadBalancerId: "20872649-163e-4302-83be-8ff6e31d9aa1" }]`,
      ),
  },
  {
    reaches: ['verifyAndCreateVpcEndpoint'],
    ask: (world) => verify(`{ id: "${serviceIn(world)}" }`),
    headers: WORKSPACE,
  },
  {
    reaches: ['verifyAndCreateVpcEndpoint'],
    ask: ({ services }) => verify(`{ name: "${services[0]!.service_name}" }`),
    headers: WORKSPACE,
  },
];

const WRITES_IN_FULL: Question[] = [
  {
    reaches: ['createEndpointService'],
    ask: () =>
      change(
        'createEndpointService',
        'portId: "p1", vpcId: "v1", serverType: LB, serviceType: GATEWAY, tcpProxy: "toa_open", ports: [{ clientPort: 80, serverPort: 8080, protocol: "UDP" }]',
      ),
  },
  {
    reaches: ['updateEndpointService'],
    ask: (world) =>
      change(
        'updateEndpointService',
        `serviceId: "${serviceIn(world)}", label: "other", portId: "p2", tcpProxy: "open", ports: [{ clientPort: 80, serverPort: 8080, protocol: "TCP" }]`,
      ),
  },
  {
    reaches: ['createEndpoint'],
    ask: ({ services }) =>
      change(
        'createEndpoint',
        `serviceId: "${services.find((service) => service.enable_policy)!.id}", vpcId: "v1", subnetId: "s1", ipv4: "192.168.0.9", ipv6: "fd00::9",
         ipVersion: DUALSTACK, specification: "default", description: "reports",
         policyStatements: [{ effect: DENY, actions: ["css:*:*"], resources: ["*"], sid: "none",
           conditions: [{ operator: "StringEquals", key: "g:ResourceOrgId", values: ["o-1"] }] }]`,
      ),
  },
  {
    reaches: ['createEndpoint'],
    ask: ({ visibleServices }) =>
      change(
        'createEndpoint',
        `serviceId: "${visibleServices.find(({ service_type: type }) => type === 'gateway')!.id}", vpcId: "v1",
         policyStatements: [{ effect: ALLOW, actions: ["obs:object:GetObject"], resources: ["obs:*:*:object:reports/*"], sid: "read",
           conditions: [{ operator: "StringEquals", key: "g:ResourceOrgId", values: ["o-1"] }] }]`,
      ),
  },
  {
    reaches: ['updateEndpointPolicy'],
    ask: (world) =>
      change(
        'updateEndpointPolicy',
        `endpointId: "${policyEndpointIn(world)}", statements: [{ effect: DENY, actions: ["css:*:*"], resources: ["*"], sid: "none",
           conditions: [{ operator: "StringEquals", key: "g:ResourceOrgId", values: ["o-1"] }] }]`,
      ),
  },
  {
    reaches: ['batchCreateServicePermissions'],
    ask: (world) => change('addPermissions', `${ofServiceToo(world)}, ${ORG_PATHS}`),
  },
  {
    reaches: ['batchCreateServicePermissions', 'addOrRemoveServicePermissions'],
    ask: (world) => change('addPermissions', `${ofServiceToo(world)}, ${ORG_PATHS}`),
    fault: OLDER_REGION,
  },
  {
    reaches: ['updateClusterConnections'],
    ask: (world) => {
      const cluster = asOlder(world).clusters.find(({ vpcServiceName }) =>
        vpcServiceName?.includes('orders'),
      )!;
      return change(
        'rejectConnections',
        `targets: [{ parent: { clusterId: "${cluster.id}" }, endpointIds: ["${cluster.connections[0]!.id}"] }]`,
      );
    },
    settings: OLDER_CSS,
  },
  {
    reaches: ['replaceClusterWhitelist'],
    ask: (world) => change('addPermissions', `${ofClusterToo(asOlder(world))}, ${ACCOUNTS}`),
    settings: OLDER_CSS,
  },
  {
    reaches: ['enableClusterEndpointAccess'],
    ask: (world) =>
      change(
        'enableEndpointAccess',
        `clusterId: "${closed(asOlder(world))}", privateDomainName: true, professional: true, dualStack: true`,
      ),
    settings: OLDER_CSS,
  },
];

const REFUSALS: Question[] = [
  { reaches: ['getCluster'], ask: () => '{ cluster(clusterId: "c1") { name } }', refused: ['NOT_FOUND'] },
  {
    reaches: ['getEndpointService', 'describeEndpointService'],
    ask: () => '{ endpointService(by: { id: "s1" }) { name } }',
    refused: ['NOT_FOUND'],
  },
  {
    reaches: ['getDataConnection'],
    ask: () => '{ dataSource(dataSourceId: "d1") { name } }',
    headers: WORKSPACE,
    refused: ['NOT_FOUND'],
  },
  {
    reaches: ['listDataConnections'],
    ask: () => '{ dataSources { totalCount } }',
    headers: { 'x-workspace-id': 'w1' },
    refused: ['BAD_USER_INPUT'],
  },
  {
    reaches: ['listWorkspaces'],
    ask: () => '{ insightInstance(instanceId: "i1") { workspaces { totalCount } } }',
    refused: ['NOT_FOUND'],
  },
  {
    reaches: ['listClusters', 'listEndpointServices', 'listDataConnections'],
    ask: () => '{ clusters { totalCount } endpointServices { totalCount } dataSources { totalCount } }',
    headers: WORKSPACE,
    token: 'expired',
    refused: ['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
  },
];

const QUESTIONS = [...READS, ...WRITES, ...REFUSALS, ...READS_IN_FULL, ...WRITES_IN_FULL];

/** The usual world, whose own services all let DataArts Insight in. */
const openWorld = (): World => {
  const world = createWorld();
  for (const { permissions } of world.services)
    permissions.push(makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` }));
  return world;
};

/** A request as it left: everything of it that the vendor documents. */
const requestOf = ({ method, path, headers, body }: Exchange): string => {
  const documented = ['x-auth-token', 'x-workspace-id', 'content-type'].filter(
    (name) => headers[name] !== undefined,
  );
  const lines = documented.map((name) => `${name}: ${String(headers[name])}`);
  return [`${method} ${path}`, ...lines, ...(body === '' ? [] : [body])].join('\n');
};

/** A property by its name, without places in lists. */
const nameOf = (place: Place): string => place.filter((part) => typeof part === 'string').join('.');

const placesOf = (value: unknown, at: string[] = []): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => placesOf(item, at));
  return Object.entries(value).flatMap(([name, below]) => [
    [...at, name].join('.'),
    ...placesOf(below, [...at, name]),
  ]);
};

/** Everything that a request says: names of parameters of the query, and of properties of the body. */
const inputsIn = ({ path, body }: Exchange): string[] => [
  ...new URL(path, 'http://host').searchParams.keys(),
  ...(body === '' ? [] : placesOf(JSON.parse(body))),
];

/** Everything that requests said, once all questions were asked. */
const SENT = new Set<string>();

test.each(QUESTIONS.map((question) => ({ ...question, operations: question.reaches.join(', ') })))(
  'requests and answers keep to the contract: $operations',
  async ({ reaches, ask, refused, headers, token, fault, settings }) => {
    const world = openWorld();
    const gate = await startRecordingGateway({
      sandbox: { world },
      ...(token && { token }),
      ...(settings && { settings }),
    });
    if (fault) gate.sandbox.fault(fault);
    const { errors, data } = await gate.ask(ask(world), {}, headers);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(refused);
    for (const answer of Object.values<{ userErrors?: object[] }>(data ?? {}))
      expect(answer?.userErrors ?? []).toEqual([]);
    expect(gate.exchanges.map(requestOf).toSorted()).toMatchSnapshot();
    const verdicts = gate.exchanges.map(contract.judge);
    for (const [at, exchange] of gate.exchanges.entries())
      for (const input of inputsIn(exchange)) SENT.add(`${verdicts[at]!.operationId} ${input}`);
    expect(verdicts.flatMap(({ violations }) => violations)).toEqual([]);
    expect(verdicts.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining(reaches));
  },
);

test('every parameter and property of requests is sent for some question, or left out for a reason', () => {
  const inputs = [...inputsOfContract()].flatMap(([operationId, { query, forms }]) =>
    [...query, ...forms.flatMap((body) => placesIn(body, []).map(nameOf))].map(
      (name) => `${operationId} ${name}`,
    ),
  );
  const unsent = [...new Set(inputs)].filter((input) => !SENT.has(input));
  expect(unsent.filter((input) => !UNSENT.some(({ left }) => left.test(input)))).toEqual([]);
  expect(UNSENT.filter(({ left }) => !unsent.some((input) => left.test(input)))).toEqual([]);
});

test('every operation of the contract is called by some question, or left out for a reason', () => {
  const reached = new Set(QUESTIONS.flatMap(({ reaches }) => reaches));
  expect(contract.operations).toHaveLength(45);
  expect(contract.operations.filter((id) => !reached.has(id)).toSorted()).toEqual(
    Object.keys(LEFT_OUT).toSorted(),
  );
});
