import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  makeServiceConnection,
  SANDBOX,
} from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { DETAIL } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { type Answer, gateway, type TestOptions } from '../support/gateway.ts';

const WATCH = `subscription ($parent: ParentReference!, $ids: [ID!]!, $until: [ConnectionStatus!]) {
  connectionStatusChanged(parent: $parent, endpointIds: $ids, until: $until) {
    endpointId status
  }
}`;
const SETTINGS = { SETTLING_POLL_MS: '40' };
const LIST = /\/connections(\?|$)/;

/** A cluster and a service with two connections each, and a gateway that looks often. */
const room = async (options: TestOptions = {}) => {
  const world = emptyWorld();
  const clusterRows = [makeClusterConnection(), makeClusterConnection()];
  const serviceRows = [makeServiceConnection(), makeServiceConnection()];
  const cluster = makeCluster({ connections: clusterRows });
  const service = makeService({ connections: serviceRows });
  world.clusters.push(cluster);
  world.services.push(service);
  const server = await gateway({
    sandbox: { world, ...options.sandbox },
    settings: { ...SETTINGS, ...options.settings },
  });
  return { server, sandbox: server.sandbox, cluster, service, clusterRows, serviceRows };
};

const status = (answer: Answer | null) => answer?.data?.connectionStatusChanged?.status;
const code = (answer: Answer | null | undefined) => answer?.errors?.[0]?.extensions.code;

/** Calls that are made from now on, for a while. */
const callsWithin = async (calls: () => string[], ms: number): Promise<number> => {
  calls();
  await wait(ms);
  return calls().length;
};

test.each(['CREATING', 'DELETING'])(
  '%s is told at once, then what it turns into, then the end',
  async (state) => {
    const { server, cluster, clusterRows } = await room();
    const row = clusterRows[0]!;
    row.status = state.toLowerCase();
    const events = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [row.id] });
    expect(events.response.headers.get('content-type')).toBe('text/event-stream');
    expect(await events.next()).toEqual({
      data: { connectionStatusChanged: { endpointId: row.id, status: state } },
    });
    row.status = 'accepted';
    expect((await events.rest()).map(status)).toEqual(['ACCEPTED']);
    expect(await callsWithin(server.calls, 150)).toBe(0);
  },
);

test('a final status is sent once, and the stream ends when no earlier write can still change it', async () => {
  const { server, service, serviceRows } = await room({
    // Jitter shortens a wait to three quarters at most: the second read is always past the lag.
    settings: { SETTLING_LAG_MS: '200', SETTLING_POLL_MS: '400' },
  });
  const [row] = serviceRows;
  const events = await subscribe(server, WATCH, { parent: { serviceId: service.id }, ids: [row!.id] });
  expect(status(await events.next())).toBe('ACCEPTED');
  server.calls();
  expect(await events.rest()).toEqual([]);
  expect(server.calls()).toEqual([
    `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services/${service.id}/connections?id=${row!.id}&offset=0&limit=1`,
  ]);
});

test('who waits for the owner sees the acceptance run through', async () => {
  const { server, sandbox, service, serviceRows } = await room({ sandbox: { settleMs: 150 } });
  const row = serviceRows[0]!;
  row.status = 'pendingAcceptance';
  const until = ['ACCEPTED', 'REJECTED', 'FAILED'];
  const events = await subscribe(server, WATCH, { parent: { serviceId: service.id }, ids: [row.id], until });
  expect(status(await events.next())).toBe('PENDING_ACCEPTANCE');
  const accepted = await fetch(
    `${sandbox.url}/v1/${SANDBOX.projectId}/vpc-endpoint-services/${service.id}/connections/action`,
    {
      method: 'POST',
      headers: { 'x-auth-token': SANDBOX.token, 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'receive', endpoints: [row.id] }),
    },
  );
  expect(accepted.status).toBe(200);
  expect((await events.rest()).map(status)).toEqual(['CREATING', 'ACCEPTED']);
});

test('several connections are sent one by one, and the stream ends when all have a final status', async () => {
  const { server, service, serviceRows } = await room();
  const [a, b] = serviceRows;
  a!.status = 'creating';
  b!.status = 'creating';
  const events = await subscribe(server, WATCH, {
    parent: { serviceId: service.id },
    ids: [a!.id, b!.id, a!.id],
  });
  expect([status(await events.next()), status(await events.next())]).toEqual(['CREATING', 'CREATING']);
  b!.status = 'failed';
  expect((await events.next())?.data).toEqual({
    connectionStatusChanged: { endpointId: b!.id, status: 'FAILED' },
  });
  a!.status = 'accepted';
  expect((await events.rest()).map(({ data }) => data.connectionStatusChanged)).toEqual([
    { endpointId: a!.id, status: 'ACCEPTED' },
  ]);
});

test('a connection that is gone is a NOT_FOUND error, and the stream ends', async () => {
  const { server, cluster, clusterRows } = await room();
  const row = clusterRows[0]!;
  row.status = 'deleting';
  const events = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [row.id] });
  expect(status(await events.next())).toBe('DELETING');
  cluster.connections.splice(0, 1);
  const [last, ...more] = await events.rest();
  expect(more).toEqual([]);
  expect(last!.data).toEqual({ connectionStatusChanged: null });
  expect(last!.errors).toMatchObject([
    {
      path: ['connectionStatusChanged'],
      extensions: { code: 'NOT_FOUND', endpointId: row.id, requestId: expect.any(String) },
    },
  ]);
});

test('fields of an event are read anew for each', async () => {
  const { server, cluster, clusterRows } = await room();
  const row = clusterRows[0]!;
  row.status = 'creating';
  const query = `subscription { connectionStatusChanged(parent: { clusterId: "${cluster.id}" }, endpointIds: ["${row.id}"]) {
    status cluster { name } } }`;
  const events = await subscribe(server, query);
  const named = (answer: Answer | null) => answer?.data.connectionStatusChanged.cluster.name;
  expect(named(await events.next())).toBe(cluster.name);
  cluster.name = 'renamed';
  row.status = 'accepted';
  expect(named(await events.next())).toBe('renamed');
});

test('subscribers of one caller share one poll, also for different endpoints', async () => {
  const { server, cluster, clusterRows } = await room({ settings: { SETTLING_POLL_MS: '100' } });
  const [a, b] = clusterRows;
  a!.status = 'creating';
  b!.status = 'creating';
  const first = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [a!.id] });
  const second = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [a!.id, b!.id] });
  await Promise.all([first.next(), second.next()]);
  await second.next();
  // Looks after about 0.1, 0.2 and 0.4 s: at most three in 0.6 s, were there ever so many subscribers.
  const calls = await callsWithin(server.calls, 600);
  expect(calls).toBeGreaterThanOrEqual(2);
  expect(calls).toBeLessThanOrEqual(3);
  a!.status = 'accepted';
  b!.status = 'accepted';
  expect((await first.rest()).map(status)).toEqual(['ACCEPTED']);
  expect((await second.rest()).map(status)).toEqual(['ACCEPTED', 'ACCEPTED']);
});

test.each([
  { what: 'another token', headers: { 'x-auth-token': 'another' }, polls: 2 },
  {
    what: 'another workspace, which is for DataArts Insight,',
    headers: { 'x-workspace-id': 'another' },
    polls: 1,
  },
])('subscriptions with $what are $polls poll(s)', async ({ headers, polls }) => {
  const { server, sandbox, cluster, clusterRows } = await room();
  const row = clusterRows[0]!;
  row.status = 'creating';
  const variables = { parent: { clusterId: cluster.id }, ids: [row.id] };
  const mine = await subscribe(server, WATCH, variables, { 'x-request-id': 'mine' });
  const theirs = await subscribe(server, WATCH, variables, { 'x-request-id': 'theirs', ...headers });
  await Promise.all([mine.next(), theirs.next()]);
  sandbox.calls.splice(0);
  await wait(300);
  const callers = new Map(
    sandbox.calls.map((call) => [call.headers['x-request-id'], call.headers['x-auth-token']]),
  );
  const all = { mine: SANDBOX.token, ...(polls === 2 && { theirs: headers['x-auth-token'] }) };
  expect(Object.fromEntries(callers)).toEqual(all);
});

test('one who joins a poll is told what is, not what was, and does not wait for its turn', async () => {
  const { server, cluster, clusterRows } = await room({ settings: { SETTLING_POLL_MS: '20000' } });
  const row = clusterRows[0]!;
  row.status = 'pendingAcceptance';
  const variables = { parent: { clusterId: cluster.id }, ids: [row.id] };
  const first = await subscribe(server, WATCH, { ...variables, until: ['ACCEPTED'] });
  expect(status(await first.next())).toBe('PENDING_ACCEPTANCE');
  row.status = 'creating';
  const began = performance.now();
  const second = await subscribe(server, WATCH, variables);
  expect(status(await second.next())).toBe('CREATING');
  expect(status(await first.next())).toBe('CREATING');
  expect(performance.now() - began).toBeLessThan(5000);
});

test('the poll goes on while one subscriber is left, and stops with the last', async () => {
  const { server, cluster, clusterRows } = await room();
  const row = clusterRows[0]!;
  row.status = 'creating';
  const variables = { parent: { clusterId: cluster.id }, ids: [row.id] };
  const first = await subscribe(server, WATCH, variables);
  const second = await subscribe(server, WATCH, variables);
  await Promise.all([first.next(), second.next()]);
  first.hangUp();
  await wait(50);
  expect(await callsWithin(server.calls, 400)).toBeGreaterThan(0);
  second.hangUp();
  await wait(50);
  expect(await callsWithin(server.calls, 700)).toBe(0);
  row.status = 'accepted';
  const again = await subscribe(server, WATCH, variables);
  expect((await again.rest()).map(status)).toEqual(['ACCEPTED']);
});

test('hanging up ends the look that is under way', async () => {
  const { server, sandbox, cluster, clusterRows } = await room();
  sandbox.fault({ path: LIST, hang: 'before' });
  const events = await subscribe(server, WATCH, {
    parent: { clusterId: cluster.id },
    ids: [clusterRows[0]!.id],
  });
  await expect.poll(() => sandbox.calls.length).toBe(1);
  events.hangUp();
  await expect.poll(() => server.log.filter((line) => line.includes('ABORTED')).length).toBe(1);
  expect(await callsWithin(server.calls, 200)).toBe(0);
});

test('after its time a subscription ends with an error that says how to go on', async () => {
  const { server, service, serviceRows } = await room({ settings: { SETTLING_LIMIT_MS: '200' } });
  const [a, b] = serviceRows;
  a!.status = 'creating';
  const events = await subscribe(server, WATCH, { parent: { serviceId: service.id }, ids: [a!.id, b!.id] });
  const all = await events.rest();
  expect(all.slice(0, -1).map(status)).toEqual(['CREATING', 'ACCEPTED']);
  expect(all.at(-1)!.errors).toMatchObject([
    {
      message: expect.stringMatching(/: 1 of the `endpointIds`.*subscribe again/),
      path: ['connectionStatusChanged'],
      extensions: { code: 'DEADLINE_EXCEEDED', retryable: true, requestId: expect.any(String) },
    },
  ]);
  expect(await callsWithin(server.calls, 200)).toBe(0);
});

test('a failure that passes is waited out', async () => {
  const { server, sandbox, cluster, clusterRows } = await room();
  const row = clusterRows[0]!;
  row.status = 'creating';
  const events = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [row.id] });
  expect(status(await events.next())).toBe('CREATING');
  sandbox.fault({ path: LIST, respond: { status: 503, body: '' }, times: 4 });
  row.status = 'accepted';
  expect((await events.rest()).map(status)).toEqual(['ACCEPTED']);
});

test.each([
  { errorCode: 'APIGW.0301', httpStatus: 401, means: 'UNAUTHENTICATED' },
  { errorCode: 'CSS.0010', httpStatus: 403, means: 'FORBIDDEN' },
  { errorCode: 'CSS.0001', httpStatus: 400, means: 'BAD_USER_INPUT' },
])(
  'a failure that does not pass ($errorCode) is the last event',
  async ({ errorCode, httpStatus, means }) => {
    const { server, sandbox, cluster, clusterRows } = await room();
    const row = clusterRows[0]!;
    row.status = 'creating';
    const events = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [row.id] });
    expect(status(await events.next())).toBe('CREATING');
    sandbox.fault({
      path: LIST,
      respond: { status: httpStatus, body: { error_code: errorCode, error_msg: 'words of the vendor' } },
    });
    const rest = await events.rest();
    expect(rest).toHaveLength(1);
    expect(rest[0]!.errors![0]).toMatchObject({
      path: ['connectionStatusChanged'],
      extensions: { code: means, upstream: { service: 'css', errorCode } },
    });
    expect(JSON.stringify(rest)).not.toContain('words of the vendor');
    expect(await callsWithin(server.calls, 150)).toBe(0);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain(
      `gateway_errors_total{code="${means}"} 1`,
    );
  },
);

test('a failure in a field of an event stays in that field', async () => {
  const { server, sandbox, cluster, clusterRows } = await room();
  const row = clusterRows[0]!;
  sandbox.fault({ path: DETAIL, respond: { status: 200, body: 'canary' } });
  const query = `subscription { connectionStatusChanged(parent: { clusterId: "${cluster.id}" }, endpointIds: ["${row.id}"]) {
    status cluster { name } } }`;
  const [only] = await (await subscribe(server, query)).rest();
  expect(only!.data.connectionStatusChanged).toEqual({ status: 'ACCEPTED', cluster: null });
  expect(only!.errors).toMatchObject([
    {
      path: ['connectionStatusChanged', 'cluster', 'name'],
      extensions: { code: 'UPSTREAM_BAD_RESPONSE', requestId: expect.any(String) },
    },
  ]);
  expect(JSON.stringify(only)).not.toContain('canary');
});

test.each([
  { what: 'no endpoint', variables: { parent: { clusterId: 'c' }, ids: [] }, says: /1 to 50/ },
  {
    what: '51 endpoints',
    variables: { parent: { clusterId: 'c' }, ids: Array.from({ length: 51 }, (_, i) => `e${i}`) },
    says: /1 to 50/,
  },
  {
    what: 'an id that is none',
    variables: { parent: { clusterId: '../c' }, ids: ['e'] },
    says: /`parent.clusterId` must be/,
  },
  {
    what: 'an endpoint id that is none',
    variables: { parent: { serviceId: 's' }, ids: ['a/b'] },
    says: /`endpointIds` must/,
  },
])('$what is refused before anything is read', async ({ variables, says }) => {
  const { server } = await room();
  const [only, ...more] = await (await subscribe(server, WATCH, variables)).rest();
  expect(more).toEqual([]);
  expect(only!.errors).toMatchObject([
    {
      message: expect.stringMatching(says),
      extensions: { code: 'BAD_USER_INPUT', requestId: expect.any(String) },
    },
  ]);
  expect(server.calls()).toEqual([]);
});

test('who cannot read events is told what to send', async () => {
  const { server, cluster } = await room();
  const accept = 'application/json';
  const { response } = await subscribe(
    server,
    WATCH,
    { parent: { clusterId: cluster.id }, ids: ['e'] },
    { accept },
  );
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toMatchObject({
    errors: [
      { message: expect.stringContaining('text/event-stream'), extensions: { code: 'BAD_USER_INPUT' } },
    ],
  });
  expect(server.calls()).toEqual([]);
});

test('a list that goes on behind what can be read says so', async () => {
  const { server, cluster } = await room({ settings: { MAX_LIST_ROWS: '1000', MAX_PAGE_SIZE: '1000' } });
  for (let i = 0; i < 1000; i += 1) cluster.connections.push(makeClusterConnection());
  const [only] = await (
    await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: ['missing'] })
  ).rest();
  expect(code(only)).toBe('RESULT_TRUNCATED');
});

test('shutting down ends the streams in words, and does not wait for them', { timeout: 5_000 }, async () => {
  const sandbox = await startSandbox({ world: emptyWorld() });
  onTestFinished(() => sandbox.close());
  const row = makeClusterConnection({ status: 'creating' });
  const cluster = makeCluster({ connections: [row] });
  sandbox.world.clusters.push(cluster);
  const config = readConfig({
    PORT: '0',
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_MS: '60000',
  });
  const server = await startGateway(config);
  const events = await subscribe(server, WATCH, { parent: { clusterId: cluster.id }, ids: [row.id] });
  expect(status(await events.next())).toBe('CREATING');
  const closed = server.close();
  expect((await events.rest()).map(code)).toEqual(['OVERLOADED']);
  await closed;
});

const decide = async (
  { url }: { url: string },
  serviceId: string,
  action: 'receive' | 'reject',
  id: string,
) => {
  const path = `/v1/${SANDBOX.projectId}/vpc-endpoint-services/${serviceId}/connections/action`;
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'x-auth-token': SANDBOX.token, 'content-type': 'application/json' },
    body: JSON.stringify({ action, endpoints: [id] }),
  });
  expect(answer.status).toBe(200);
};

/** A cloud that shows the state before a write for longer than the first looks take. */
const LAGGING = {
  sandbox: { lagMs: 200, settleMs: 400 },
  settings: { SETTLING_POLL_MS: '20', SETTLING_LAG_MS: '1000' },
};

test('right after a rejection the stream goes on past the old status, though that is final', async () => {
  const { server, sandbox, service, serviceRows } = await room(LAGGING);
  const { id } = serviceRows[0]!;
  await decide(sandbox, service.id, 'reject', id);
  const until = ['ACCEPTED', 'REJECTED', 'FAILED'];
  const events = await subscribe(server, WATCH, { parent: { serviceId: service.id }, ids: [id], until });
  // A busy machine can look away while it is being cut off.
  const told = (await events.rest()).map(status);
  expect(told.filter((one) => one !== 'CREATING')).toEqual(['ACCEPTED', 'REJECTED']);
});

test('with `until: [GONE]` the stream waits for the removal past other final statuses', async () => {
  const { server, cluster, clusterRows } = await room({ settings: { SETTLING_LAG_MS: '0' } });
  const { id } = clusterRows[0]!;
  const events = await subscribe(server, WATCH, {
    parent: { clusterId: cluster.id },
    ids: [id],
    until: ['GONE'],
  });
  expect(status(await events.next())).toBe('ACCEPTED');
  cluster.connections.splice(0, 1);
  expect((await events.rest()).map(code)).toEqual(['NOT_FOUND']);
});
