import { hash } from 'node:crypto';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createLog } from '../../src/observability/log.ts';
import type { Project } from '../../src/http/request.ts';
import { ASK_NAME, CLUSTER, DETAIL, VERIFY } from '../support/sample-operations.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { type Line, keepLines, startLoggingGateway } from '../support/logging-gateway.ts';

const PROJECT: Project = {
  region: 'r',
  projectId: 'p',
  endpoints: { css: 'http://css', vpcep: 'http://vpcep', dataartsinsight: 'http://dai' },
};

/** A log with these projects, and what it wrote. */
const logOf = (projects: Project[], logLevel: 'debug' | 'info' = 'debug') => {
  const kept = keepLines();
  return { log: createLog({ logLevel, projects }, kept.destination), ...kept };
};

test('the secrets of every project are cut out of any line, wherever they stand', () => {
  const secrets = {
    accessKey: 'CANARYACCESSKEY',
    secretKey: 'canary/secret+key"with\\quotes',
    securityToken: 'canary-security-token',
    password: 'canary password\twith a tab',
    token: 'canary-fixed-token',
  };
  const { accessKey, secretKey, securityToken, password, token } = secrets;
  const { log, written, lines } = logOf([
    { ...PROJECT, accessKey: { accessKey, secretKey, securityToken } },
    { ...PROJECT, user: { name: 'u', password, domain: 'd' } },
    { ...PROJECT, token },
  ]);
  for (const secret of Object.values(secrets)) {
    log.info(`said: ${secret}, and ${secret} again`);
    log.warn({ deep: [{ value: `x${secret}x` }], [secret]: 1 }, 'as data and as a name');
    log.error({ err: new Error(`an error that quotes ${secret}`) }, 'failed');
  }
  expect(lines()).toHaveLength(15);
  for (const { msg } of lines())
    expect(msg).toMatch(/^(said: \[redacted\], and \[redacted\] again|as|failed)/);
  const text = written.join('');
  expect(text).not.toMatch(/canary/i);
  for (const secret of Object.values(secrets))
    expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
});

test('an error is logged with its type, message and frames, and without what hangs on it', () => {
  class UpstreamFault extends Error {
    override readonly name = 'UpstreamFault';
    readonly headers = { authorization: 'canary-authorization' };
    readonly body = 'canary-body';
    readonly request = { token: 'canary-token' };
  }
  const cause = Object.assign(new TypeError('canary-cause'), { body: 'canary-body' });
  const { log, written, lines } = logOf([PROJECT]);
  log.error({ err: new UpstreamFault('went wrong', { cause }) }, 'unexpected error');
  const [line] = lines();
  expect(line).toMatchObject({
    level: 50,
    msg: 'unexpected error',
    err: { type: 'UpstreamFault', message: 'went wrong', cause: { type: 'TypeError' } },
  });
  const { stack, ...rest } = line!['err'] as { stack: string };
  expect(Object.keys(rest).toSorted()).toEqual(['cause', 'message', 'type']);
  for (const frame of stack.split('\n')) expect(frame).toMatch(/^\s+at /);
  expect(stack).toContain('log.test.ts');
  expect(written.join('')).not.toContain('canary');
});

test('the message of an error is cut, and what is thrown without being one is told by its type alone', () => {
  const { log, lines, written } = logOf([PROJECT]);
  log.error({ err: new Error('m'.repeat(100_000)) }, 'long');
  log.error({ err: 'canary-text' }, 'text');
  log.error({ err: { canary: 'canary-object' } }, 'object');
  const [long, text, object] = lines().map(({ err }) => err as Record<string, string>);
  expect(long!['message']).toHaveLength(500);
  expect(JSON.stringify(long).length).toBeLessThan(5_000);
  expect([text, object]).toEqual([{ type: 'string' }, { type: 'object' }]);
  expect(written.join('')).not.toContain('canary');
});

test('what failed to be read as JSON is not quoted', () => {
  const { log, written } = logOf([PROJECT]);
  const texts = [
    'canary',
    '{"a": canary}',
    `"canary" ${'canary '.repeat(50)}`,
    '{"canary": "canary',
    '[1,]canary',
  ];
  for (const text of texts) {
    try {
      JSON.parse(text);
    } catch (error) {
      log.error({ err: error }, 'failed');
      log.error({ err: new Error(String(error), { cause: error }) }, 'failed');
    }
  }
  expect(written).toHaveLength(2 * texts.length);
  expect(written.join('')).not.toContain('canary');
  expect(written.join('')).toContain("Unexpected token 'c', something that is not JSON");
});

test('what is below the level is not written', () => {
  const { log, lines } = logOf([PROJECT], 'info');
  log.debug('no');
  log.info('yes');
  expect(lines().map(({ msg }) => msg)).toEqual(['yes']);
});

/** The one operation that was logged; waits for its line, which is written after the answer. */
const logged = async (operations: () => Line[], count = 1): Promise<Line> => {
  await expect.poll(() => operations().length).toBe(count);
  return operations().at(-1)!;
};

test('an operation is one line: who, what, how long, how it ended and what it took', async () => {
  const { post, operations } = await startLoggingGateway();
  const query = `query Names($id: ID!) { cluster(clusterId: $id) { name } }`;
  await (await post({ query, variables: { id: CLUSTER } }, { 'x-request-id': 'request-1' })).json();
  const line = await logged(operations);
  expect(line).toEqual({
    level: 30,
    time: expect.any(Number),
    msg: 'operation',
    requestId: 'request-1',
    operation: 'Names',
    type: 'query',
    hash: hash('sha256', query).slice(0, 16),
    status: 200,
    ms: expect.any(Number),
    upstreamCalls: 1,
    retries: 0,
    codes: [],
  });
  expect(line['ms']).toBeGreaterThanOrEqual(0);
});

test('the line counts retries, and names the codes of the errors that were told, each once', async () => {
  const { post, operations, sandbox } = await startLoggingGateway();
  sandbox.fault({ path: DETAIL, times: 1, respond: { status: 503 } });
  await (await post({ query: ASK_NAME })).json();
  expect(await logged(operations)).toMatchObject({ upstreamCalls: 2, retries: 1, codes: [] });
  const twice = `{ a: cluster(clusterId: "a-1") { name } b: cluster(clusterId: "b-1") { name } }`;
  await (await post({ query: twice })).json();
  expect(await logged(operations, 2)).toMatchObject({ type: 'query', codes: ['NOT_FOUND'], status: 200 });
  const input = { service: { id: 'nowhere' }, dataSourceType: 'DWS' };
  await (
    await post({ query: VERIFY, variables: { input } }, { 'x-workspace-id': SANDBOX.workspaceId })
  ).json();
  expect(await logged(operations, 3)).toMatchObject({ type: 'mutation', upstreamCalls: 1, codes: [] });
});

test('a long name is cut, and the text of the operation shows as its hash alone', async () => {
  const { post, operations, written } = await startLoggingGateway();
  const query = `query ${'Canary'.repeat(500)} { projects { region } }`;
  await (await post({ query })).json();
  const line = await logged(operations);
  expect(line['operation']).toHaveLength(100);
  expect(written.join('')).not.toContain('projects {');
});

test.each([
  {
    what: 'another content type',
    send: { headers: { 'content-type': 'text/plain' }, body: '{}' },
    told: { status: 415, codes: ['BAD_USER_INPUT'] },
  },
  {
    what: 'a body that is too large',
    send: { headers: {}, body: JSON.stringify({ query: ' '.repeat(400_000) }) },
    told: { status: 413, codes: ['QUERY_TOO_COMPLEX'] },
  },
  {
    what: 'a body that is no JSON',
    send: { headers: {}, body: '{"query":' },
    told: { status: 400, codes: ['BAD_USER_INPUT'] },
  },
  {
    what: 'text that is no GraphQL',
    send: { headers: {}, body: JSON.stringify({ query: '{ unclosed' }) },
    told: { codes: ['GRAPHQL_PARSE_FAILED'] },
  },
  {
    what: 'an unknown field',
    send: { headers: {}, body: JSON.stringify({ query: '{ unknownField }' }) },
    told: { codes: ['GRAPHQL_VALIDATION_FAILED'] },
  },
])('$what is one line too, without a call to the cloud', async ({ send, told }) => {
  const { post, operations } = await startLoggingGateway();
  const response = await post(send.body, { 'x-request-id': 'refused-1', ...send.headers });
  await response.text();
  const line = await logged(operations);
  expect(line).toMatchObject({ requestId: 'refused-1', status: response.status, upstreamCalls: 0, ...told });
});

test('so is what comes when the gateway has too much to do, or is asked without proof', async () => {
  const busy = await startLoggingGateway({ MAX_IN_FLIGHT: '1', MAX_QUEUE: '0' });
  busy.sandbox.fault({ path: DETAIL, delayMs: 300 });
  const running = busy.post({ query: ASK_NAME });
  await expect.poll(() => busy.sandbox.calls.length).toBe(1);
  await (await busy.post({ query: ASK_NAME })).text();
  expect(await logged(busy.operations)).toMatchObject({
    status: 503,
    codes: ['OVERLOADED'],
    upstreamCalls: 0,
  });
  await (await running).text();
  expect(await logged(busy.operations, 2)).toMatchObject({ status: 200, codes: [] });

  const guarded = await startLoggingGateway({ API_KEYS: `ann:${hash('sha256', 'key')}` });
  await (await guarded.post({ query: ASK_NAME })).text();
  const refused = await logged(guarded.operations);
  expect(refused).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'], address: '127.0.0.1' });
  expect(refused).not.toHaveProperty('caller');
});

test('the line names the caller, where the gateway asks who it is, and then no address', async () => {
  const { post, operations } = await startLoggingGateway({ API_KEYS: `ann:${hash('sha256', 'key')}` });
  for (let time = 1; time <= 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the answer to the same query comes another way each time
    await (await post({ query: ASK_NAME }, { authorization: 'Bearer key' })).text();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const line = await logged(operations, time);
    expect(line).toMatchObject({ status: 200, caller: 'key:ann' });
    expect(line).not.toHaveProperty('address');
  }
});

test('a caller who disconnects is logged with status 499, at any time', async () => {
  const { post, operations, sandbox, url } = await startLoggingGateway();
  sandbox.fault({ path: DETAIL, hang: 'before' });
  const controller = new AbortController();
  const gone = post({ query: ASK_NAME }, {}, controller.signal);
  await expect.poll(() => sandbox.calls.length).toBe(1);
  controller.abort();
  await expect(gone).rejects.toThrow();
  expect(await logged(operations)).toMatchObject({ status: 499, type: 'query', upstreamCalls: 1, codes: [] });

  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":',
  );
  setTimeout(() => socket.destroy(), 50);
  expect(await logged(operations, 2)).toMatchObject({ status: 499, upstreamCalls: 0 });
});

test('a subscription is one line at its end, whichever side ends it', async () => {
  const { operations, sandbox, url } = await startLoggingGateway({ SETTLING_POLL_MS: '10' });
  const cluster = sandbox.world.clusters.find(({ connections }) => connections.length > 0)!;
  const row = cluster.connections[0]!;
  row.status = 'creating';
  const watch = `subscription Watch($ids: [ID!]!) { connectionStatusChanged(parent: { clusterId: "${cluster.id}" }, endpointIds: $ids) { status } }`;
  const one = await subscribe({ url }, watch, { ids: [row.id] });
  const other = await subscribe({ url }, watch, { ids: [row.id] });
  await Promise.all([one.next(), other.next()]);
  expect(operations()).toEqual([]);
  one.hangUp();
  expect(await logged(operations)).toMatchObject({ type: 'subscription', operation: 'Watch', status: 499 });
  row.status = 'accepted';
  await other.rest();
  expect(await logged(operations, 2)).toMatchObject({
    type: 'subscription',
    operation: 'Watch',
    hash: hash('sha256', watch).slice(0, 16),
    status: 200,
    codes: [],
  });
});

test('a call to the cloud is a line at debug level, and at warn where it failed', async () => {
  const { post, lines, sandbox, operations } = await startLoggingGateway();
  sandbox.fault({ path: DETAIL, times: 1, respond: { status: 502 } });
  await (await post({ query: ASK_NAME })).json();
  await logged(operations);
  const calls = lines().filter(({ service }) => service === 'css');
  expect(calls.map(({ level, msg, outcome, retried }) => [level, msg, outcome, retried])).toEqual([
    [40, 'upstream call failed', 'UPSTREAM_UNAVAILABLE', false],
    [20, 'upstream call', 'ok', true],
  ]);
  for (const call of calls) expect(call['path']).toBe('/v1.0/{project_id}/clusters/{cluster_id}');
});
