import { expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { runTopology } from '../../../src/cli/topology/command.ts';
import { FORMATS } from '../../../src/cli/topology/formats.ts';
import type { Topology } from '../../../src/cli/topology/topology.ts';
import { makeService, makeServiceConnection } from '../../../src/sandbox/world.ts';
import { createClustersWithServices } from '../../support/clusters-with-services.ts';
import { callContext } from '../../support/command.ts';
import { countCalls } from '../../support/count-calls.ts';
import { gateway } from '../../support/gateway.ts';

const ORDERS = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';
const FLEET = '725ef19b-214c-4a5c-82fb-63117f789f95';

const topology = async (
  url: string,
  options: Partial<Parameters<typeof runTopology>[1]> = {},
  environment?: NodeJS.ProcessEnv,
) => {
  const { context, written } = callContext(url, environment);
  const code = await runTopology(context, { format: 'json', ...options });
  return { code, ...written };
};

const parsed = ({ out }: { out: string }) => JSON.parse(out) as Topology;

test('every cluster and service is there with its connections, each endpoint once, and what is cut is told', async () => {
  const { url } = await gateway();
  const result = await topology(url);
  const { parents, gaps } = parsed(result);
  expect(gaps).toEqual([expect.objectContaining({ id: FLEET, code: 'RESULT_TRUNCATED' })]);
  expect(result.code).toBe(EXIT.partial);
  const clusters = parents.filter(({ kind }) => kind === 'cluster');
  expect(clusters).toHaveLength(11);
  expect(clusters.find(({ id }) => id === FLEET)!.connections).toHaveLength(2_000);
  expect(parents.find(({ name }) => name.includes('fleet-api'))!.connections).toHaveLength(1_200);
  // The service that leads to a cluster is not told again.
  expect(parents.filter(({ name }) => name.includes('orders-search')).map(({ kind }) => kind)).toEqual([
    'cluster',
  ]);
  const endpoints = parents.flatMap(({ connections }) => connections.map(({ endpointId }) => endpointId));
  expect(new Set(endpoints).size).toBe(endpoints.length);
});

test('a service that leads to a cluster is read no more, unless the cluster could not be read to its end', async () => {
  const world = createClustersWithServices(25, () => 3);
  world.services.push(makeService({ connections: [makeServiceConnection()] }));
  const { url, calls, sandbox } = await gateway({ sandbox: { world } });
  const whole = parsed(await topology(url));
  expect(whole.parents).toHaveLength(26);
  // Failures of the connections of a cluster are in the list of its service, so that this is read once for each.
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 2,
    'GET /clusters/{id}/vpcepservice/connections': 25,
    'GET /vpc-endpoint-services': 3,
    'GET /vpc-endpoint-services/{id}/connections': 26,
    'GET /vpc-endpoint-services/{id}/permissions': 1,
    'GET /vpc-endpoints/{id}': 1,
  });
  const [down] = world.clusters;
  sandbox.fault({
    path: new RegExp(`${down!.id}/vpcepservice`),
    respond: { status: 403, body: { errCode: 'CSS.0010', externalMessage: 'no' } },
  });
  const { parents, gaps } = parsed(await topology(url));
  expect(gaps).toEqual([expect.objectContaining({ id: down!.id, code: 'FORBIDDEN' })]);
  const service = parents.find(({ kind, id }) => kind === 'service' && id === world.services[0]!.id);
  expect(service!.connections.map(({ endpointId }) => endpointId)).toEqual(
    down!.connections.map(({ id }) => id),
  );
});

test("one cluster costs no look at others, and statuses are asked of the cloud's list", async () => {
  const { url, calls } = await gateway();
  const result = await topology(url, { clusterId: ORDERS, status: ['FAILED', 'REJECTED'] });
  expect(result.code).toBe(EXIT.done);
  const [orders, ...others] = parsed(result).parents;
  expect(others).toEqual([]);
  expect(orders!.connections.map(({ status }) => status).toSorted()).toEqual([
    'FAILED',
    'FAILED',
    'REJECTED',
    'REJECTED',
  ]);
  expect(calls().filter((call) => call.includes('clusters') && !call.includes(ORDERS))).toEqual([]);
});

test.each([
  ['no token', {}, EXIT.denied, /UNAUTHENTICATED/],
  ['a cluster that there is not', undefined, EXIT.failed, /NOT_FOUND/],
])('%s: nothing is written, and the exit code says why', async (_, environment, code, why) => {
  const { url } = await gateway();
  const result = await topology(url, { clusterId: 'none' }, environment);
  expect([result.code, result.out]).toEqual([code, '']);
  expect(result.err).toMatch(why);
});

test('a cluster whose connections cannot be read is a gap with its own reason', async () => {
  const { url, sandbox } = await gateway();
  const pipeline = '15e51095-623d-4525-8210-4ad28874f8ed';
  sandbox.fault({
    path: new RegExp(`${pipeline}/`),
    respond: { status: 403, body: { error_code: 'APIGW.0302' } },
  });
  sandbox.fault({
    path: new RegExp(`${ORDERS}/`),
    respond: { status: 400, body: { errCode: 'CSS.0001', externalMessage: 'no' } },
  });
  const { gaps } = parsed(await topology(url));
  const codes = new Map(gaps.map(({ id, code }) => [id, code]));
  expect(codes.get(pipeline)).toBe('FORBIDDEN');
  expect(codes.get(ORDERS)).toBeDefined();
  expect(codes.get(ORDERS)).not.toBe('FORBIDDEN');
});

test('what one service does not answer is a gap, and the rest is there', async () => {
  const { url, sandbox } = await gateway();
  sandbox.fault({
    path: /vpc-endpoint-services\?/,
    respond: { status: 403, body: { error_code: 'APIGW.0302' } },
  });
  const result = await topology(url, { status: ['FAILED'] });
  expect(result.code).toBe(EXIT.partial);
  expect(parsed(result).gaps).toContainEqual(expect.objectContaining({ code: 'FORBIDDEN' }));
  expect(parsed(result).parents.length).toBeGreaterThanOrEqual(11);
});

const connection = (endpointId: string, status: string) => ({
  endpointId,
  status,
  domainId: 'account',
  ipv4: '10.0.0.1',
  createdAt: null,
  failure: status === 'FAILED' ? 'No <address> left & none "free".' : null,
  admittedBy: null,
});

const SAMPLE: Topology = {
  parents: [
    {
      kind: 'cluster',
      id: 'c1',
      name: 'shop "a" <b> & \u001B[31m',
      status: 'AVAILABLE',
      region: 'r',
      projectId: 'p',
      serviceId: 's1',
      totalCount: 2,
      connections: [connection('e1', 'ACCEPTED'), connection('e2', 'FAILED')],
    },
    {
      kind: 'service',
      id: 's2',
      name: '=x',
      status: 'AVAILABLE',
      region: 'r',
      projectId: 'p',
      serviceId: 's2',
      totalCount: 0,
      connections: [],
    },
  ],
  gaps: [],
};

const plain = (_: unknown, text: string) => text;

test('as text: what has failed comes first, and nothing controls the terminal', () => {
  expect(FORMATS.text(SAMPLE, plain)).toBe(
    [
      'shop "a" <b> &  [31m (cluster, AVAILABLE) c1: 1 FAILED, 1 ACCEPTED',
      '  FAILED              e2  account  10.0.0.1  No <address> left & none "free".',
      '  ACCEPTED            e1  account  10.0.0.1',
      '',
      '=x (service, AVAILABLE) s2: no connections',
      '',
    ].join('\n'),
  );
  expect(FORMATS.text({ parents: [], gaps: [] }, plain)).toMatch(/no clusters/);
});

test('as CSV: a row for each connection, and one for what has none', () => {
  const [header, ...rows] = FORMATS.csv(SAMPLE).trimEnd().split('\n');
  expect(header).toMatch(/^parentKind,parentId,parentName,.*endpointId,status/);
  expect(rows).toHaveLength(3);
  expect(rows[2]).toBe("service,s2,'=x,AVAILABLE,r,p,s2,,,,,,,");
});

test('as Mermaid: labels hold no markup', () => {
  const text = FORMATS.mermaid(SAMPLE);
  expect(text).toMatch(/^flowchart LR\n/);
  expect(text).toContain('p0[("shop #34;a#34; #60;b#62; #38;');
  expect(text).toContain('p0e1 -- FAILED --> p0');
  expect(text).toContain('classDef FAILED');
});

test('as DOT: quotes are escaped', () => {
  expect(FORMATS.dot(SAMPLE)).toContain('label="shop \\"a\\" <b> &');
  expect(FORMATS.dot(SAMPLE)).toContain('p0e0 -> p0 [');
});

test('as SVG: well-formed, with a row for each connection', () => {
  const svg = FORMATS.svg(SAMPLE);
  const tags = [...svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)];
  const open: string[] = [];
  for (const [, closing, name, single] of tags)
    if (closing) expect(open.pop()).toBe(name);
    else if (!single) open.push(name!);
  expect(open).toEqual([]);
  expect(svg.match(/<path /g)).toHaveLength(2);
  expect(svg).not.toContain('<b>');
  expect(svg).not.toContain('\u001B');
});
