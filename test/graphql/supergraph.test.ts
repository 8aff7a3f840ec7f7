import { describe, expect, test } from 'vitest';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import {
  isHiveInstalled,
  startHiveGateway,
  supergraph,
  type SupergraphAnswer,
} from '../support/supergraph.ts';

const world = createWorld();
const orders = world.clusters.find(({ name }) => name === 'orders-search')!;
const [endpoint] = orders.connections;
const service = world.services.find(({ connections }) => connections.length > 2)!;
const account = endpoint!.domain_id;

const UNAVAILABLE = 'unavailable { name code }';

/** A cluster that is down, and one with more connections than can be read. */
const down = orders.id;
const cut = world.clusters.find(({ connections }) => connections.length > 2000)!.id;

const QUERIES: Record<string, string> = {
  'which connections failed, anywhere': `{ connections(first: 100, filter: { status: [FAILED] }) {
    totalCount nodes { endpointId status failures { code message } cluster { name } endpointService { name } } ${UNAVAILABLE} } }`,
  'where an endpoint is connected': `{ connectionsByEndpoint(endpointIds: ["${endpoint!.id}", "nowhere"]) {
    endpointId clusterConnection { status cluster { name } } serviceConnection { status endpointService { name } } ${UNAVAILABLE} } }`,
  'what an account may reach': `{ accessFor(domainId: "${account}", first: 50) {
    totalCount nodes { cluster { name } endpointService { name } openToEveryone permissions { permission kind }
      connections(first: 5) { totalCount nodes { endpointId } } } ${UNAVAILABLE} } }`,
  'how many connections there are of each status': `{
    clusters(first: 50) { nodes { name connectionCounts { status count } } }
    endpointServices(first: 50) { nodes { name connectionCounts { status count } } } }`,
  'what a record admits, and where': `{ cluster(clusterId: "${orders.id}") {
    permissions { nodes { permission admitsEveryone cluster { name } } } } }`,
  'which services have nobody':
    '{ endpointServices(filter: { hasConnections: false }) { totalCount nodes { name } pageInfo { hasNextPage } } }',
  'which waits the longest': `{ connections(first: 3, filter: { status: [PENDING_ACCEPTANCE] },
    orderBy: { field: CREATED_AT, direction: ASC }) { edges { cursor node { endpointId createdAt } } ${UNAVAILABLE} } }`,
  'a page of a page': `{ clusters(first: 2) { totalCount pageInfo { endCursor hasNextPage }
    nodes { id region tags { key value } connections(first: 2) { nodes { markerId ipv4 admittedBy { id } } } } } }`,
  'a service by a union of arguments': `{ endpointService(by: { id: "${service.id}" }) { name ports { clientPort } tags { key } } }`,
  'a cluster that is not there': '{ cluster(clusterId: "nowhere") { name } projects { region projectId } }',
  'an id that is none': '{ endpoint(endpointId: "a/b") { status } quotas { type used } }',
  'the end of a list that is cut off': `{ cluster(clusterId: "${cut}") { connections(last: 1) { nodes { endpointId } } } }`,
  'DataArts Insight without a workspace': '{ dataSources { nodes { name } } }',
  'a change that is refused': `mutation { deleteEndpointService(input: { serviceId: "${service.id}" }) {
    deletedId userErrors { code message field } } }`,
};

/** Data, and where which errors are. Gateways add their own beside the code. */
const factsOf = ({ data, errors = [] }: SupergraphAnswer) => ({
  // Of another realm, or without a prototype: only what is sent counts.
  data: JSON.parse(JSON.stringify(data)),
  errors: errors
    .map(({ path, extensions }) => `${path?.join('.')} ${String(extensions?.['code'])}`)
    .toSorted(),
});

const HIVE = 'a Hive Gateway (needs `npm ci` in test/clients/hive)';

const GATEWAYS: Record<string, (url: string) => Promise<(query: string) => Promise<SupergraphAnswer>>> = {
  'an Apollo Gateway': async (url) => {
    const { ask } = await supergraph(url, {});
    return (query) => ask(query, SANDBOX.token);
  },
  [HIVE]: async (url) => {
    const ask = await startHiveGateway(url);
    return (query) => ask(query, SANDBOX.token);
  },
};

describe.each(Object.entries(GATEWAYS))('through %s', (name, start) => {
  test.skipIf(name === HIVE && !isHiveInstalled)(
    'every question has the data and the codes of a direct one',
    { timeout: 120_000 },
    async () => {
      const { ask, url, sandbox } = await gateway({ sandbox: { world: createWorld() } });
      const through = await start(url);
      let errors = 0;
      for (const fault of [undefined, { path: new RegExp(down), respond: { status: 500, body: {} } }]) {
        if (fault) sandbox.fault(fault);
        for (const [question, query] of Object.entries(QUERIES)) {
          const direct = factsOf(await ask(query));
          errors += direct.errors.length;
          expect(factsOf(await through(query)), question).toEqual(direct);
        }
      }
      expect(errors).toBeGreaterThan(8);
    },
  );
});

test.skipIf(!isHiveInstalled)(
  'a Hive Gateway leaves out an error beside a value, so that `unavailable` is worth selecting (needs `npm ci` in test/clients/hive)',
  { timeout: 120_000 },
  async () => {
    const { ask, url } = await gateway({ sandbox: { world: createWorld() } });
    const through = await GATEWAYS[HIVE]!(url);
    const query = '{ connections(first: 1) { nodes { endpointId } } }';
    const { data, errors } = await ask(query);
    expect(data.connections.nodes).toHaveLength(1);
    expect(errors).toMatchObject([{ path: ['connections'], extensions: { code: 'RESULT_TRUNCATED' } }]);
    expect(factsOf(await through(query))).toEqual({ data, errors: [] });
  },
);
