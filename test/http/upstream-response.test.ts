import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import {
  ASK_NAME,
  CLUSTER,
  DETAIL,
  failing,
  getOnlyError,
  startUpstream,
} from '../support/sample-operations.ts';

/** A gateway whose CSS is this server. */
const startGatewayBefore = async (
  css: (request: IncomingMessage, response: ServerResponse) => void,
  settings = {},
) => gateway({ settings: { CSS_ENDPOINT: await startUpstream(css), ...settings } });

test.each([301, 302, 303, 307, 308, 304, 300])('a redirect of status %i is not followed', async (status) => {
  const visits: string[] = [];
  const elsewhere = await startUpstream((request, response) => {
    visits.push(request.url!);
    response.end('{}');
  });
  const gate = await gateway();
  const error = await failing(gate, { respond: { status, headers: { Location: `${elsewhere}/taken` } } });
  expect(error.message).toBe(`css answered with a redirect, which is never followed (status ${status}).`);
  expect(error.extensions).toMatchObject({
    code: 'UPSTREAM_BAD_RESPONSE',
    retryable: false,
    upstream: { service: 'css', status },
  });
  expect(visits).toEqual([]);
  expect(gate.calls()).toHaveLength(1);
});

const MEGABYTE = 1024 * 1024;

/** Sends blanks, which JSON allows, until the other side hangs up; says how much it had to send. */
const endless = (response: ServerResponse, sent: { bytes: number }): void => {
  const blanks = Buffer.alloc(64 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && sent.bytes < 200 * MEGABYTE) {
      sent.bytes += blanks.length;
      if (!response.write(blanks)) return;
    }
    response.end();
  };
  response.on('drain', more);
  more();
};

test.each([
  { what: 'says its length', headers: { 'content-length': String(200 * MEGABYTE) } },
  { what: 'does not say its length', headers: {} },
])('an answer of 200 MB that $what is cut off', async ({ headers }) => {
  const sent = { bytes: 0 };
  let open: ServerResponse | undefined;
  const { ask } = await startGatewayBefore((_request, response) => {
    open = response.writeHead(200, headers);
    endless(response, sent);
  });
  const { message, extensions } = getOnlyError(await ask(ASK_NAME));
  expect(message).toBe('css answered with more than the gateway reads (status 200).');
  expect(extensions.code).toBe('UPSTREAM_BAD_RESPONSE');
  await expect.poll(() => open!.destroyed).toBe(true);
  // What was not read is in the buffers of the two sockets at most.
  expect(sent.bytes).toBeLessThan(40 * MEGABYTE);
});

test('a refusal that does not end is cut off', async () => {
  const sent = { bytes: 0 };
  const { ask } = await startGatewayBefore((_request, response) => endless(response.writeHead(403), sent));
  expect(getOnlyError(await ask(ASK_NAME)).extensions).toMatchObject({
    code: 'UPSTREAM_BAD_RESPONSE',
    upstream: { status: 403 },
  });
});

test('an answer of just less than 10 MB is read', async () => {
  const { ask } = await startGatewayBefore((_request, response) => {
    const cluster = JSON.stringify({ id: CLUSTER, name: 'large', status: '200' });
    response.end(cluster.padEnd(10 * MEGABYTE, ' '));
  });
  expect((await ask(ASK_NAME)).data.cluster).toEqual({ name: 'large' });
});

/** One byte every 20 ms: never silent, never done. */
const drip = async (response: ServerResponse) => {
  while (!response.destroyed) {
    response.write(' ');
    await wait(20);
  }
};

test.each([
  { what: 'says nothing', answer: () => {} },
  {
    what: 'stops after its headers',
    answer: (response: ServerResponse) => response.writeHead(200).flushHeaders(),
  },
  {
    what: 'stops in mid-answer',
    answer: (response: ServerResponse) => response.writeHead(200).write('{"id":'),
  },
  { what: 'comes byte by byte', answer: (response: ServerResponse) => void drip(response.writeHead(200)) },
])('an upstream that $what is given up in time', { timeout: 5_000 }, async ({ answer }) => {
  let visits = 0;
  let open: ServerResponse | undefined;
  const { ask } = await startGatewayBefore(
    (_request, response) => {
      visits += 1;
      open = response;
      answer(response);
    },
    { UPSTREAM_TIMEOUT_MS: '200' },
  );
  expect(getOnlyError(await ask(ASK_NAME)).extensions).toMatchObject({
    code: 'UPSTREAM_TIMEOUT',
    retryable: true,
    upstream: { service: 'css' },
  });
  expect(visits).toBe(2);
  await expect.poll(() => open!.destroyed).toBe(true);
});

test('the wait for a free connection counts too', { timeout: 5_000 }, async () => {
  // As much time for all as for one try, so that none is made again.
  const settings = { OPERATION_TIMEOUT_MS: '200', UPSTREAM_TIMEOUT_MS: '200', UPSTREAM_CONNECTIONS: '1' };
  let visits = 0;
  const { ask } = await startGatewayBefore(() => (visits += 1), settings);
  const answers = await Promise.all([1, 2, 3, 4].map((n) => ask(`{ cluster(clusterId: "c${n}") { name } }`)));
  expect(answers.map((answer) => getOnlyError(answer).extensions.code)).toEqual(
    Array(4).fill('DEADLINE_EXCEEDED'),
  );
  expect(visits).toBeLessThan(4);
});

test.each([
  { what: 'refuses connections', endpoint: 'http://127.0.0.1:1' },
  { what: 'has no address', endpoint: 'https://css.invalid' },
])('a host that $what is unavailable', async ({ endpoint }) => {
  const { ask } = await gateway({ settings: { CSS_ENDPOINT: endpoint } });
  const { message, extensions } = getOnlyError(await ask(ASK_NAME));
  expect(extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  expect(extensions.upstream).toEqual({ service: 'css' });
  expect(message).toBe('css: The cloud could not be reached, or failed.');
});

test('a host that speaks no HTTP is not understood', async () => {
  const { ask } = await startGatewayBefore((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n\r\n'));
  expect(getOnlyError(await ask(ASK_NAME)).extensions.code).toBe('UPSTREAM_BAD_RESPONSE');
});

test.each([
  { what: 'a page', body: '<html></html>' },
  { what: 'half an object', body: '{"id":' },
  { what: 'deep nesting', body: `${'['.repeat(200_000)}1234567890123456789` },
])('$what under status 200 is not JSON', async ({ body }) => {
  const error = await failing(await gateway(), { respond: { status: 200, body } });
  expect(error.message).toBe('css answered with something that is not JSON (status 200).');
  expect(error.extensions.code).toBe('UPSTREAM_BAD_RESPONSE');
});

test.each([
  { what: 'nothing', body: undefined, at: '' },
  { what: 'null', body: 'null', at: '' },
  { what: 'a list', body: [], at: '' },
  { what: 'an object of something else', body: { moved: true }, at: '' },
  { what: 'no id', body: { name: 'n', status: '200' }, at: ' at id' },
  { what: 'an empty id', body: { id: '', name: 'n', status: '200' }, at: ' at id' },
  {
    what: 'an id beyond 2^53',
    body: '{ "id": 9007199254777777, "name": "n", "status": "200" }',
    at: ' at id',
  },
])('$what under status 200 is of the wrong shape, and the error tells where', async ({ body, at }) => {
  const error = await failing(await gateway(), { respond: { status: 200, body } });
  expect(error.message).toBe(`css answered in an unexpected shape${at} (status 200).`);
  expect(error.extensions).toMatchObject({
    code: 'UPSTREAM_BAD_RESPONSE',
    upstream: { service: 'css', status: 200 },
  });
  expect(JSON.stringify(error)).not.toContain('7777777');
});

test.each([
  ['422212492869246976', '422212492869246976'],
  ['9007199254740991', '9007199254740991'],
  ['9007199254740993', '9007199254740993'],
  ['18446744073709551615', '18446744073709551615'],
  ['"9007199254740993"', '9007199254740993'],
  ['50331913', '50331913'],
])('the packet id %s is read without loss', async (wire, markerId) => {
  const gate = await gateway();
  const service = gate.sandbox.world.services[0]!;
  const row = `{"id":"e1","status":"accepted","marker_id":${wire},"domain_id":"d"}`;
  gate.sandbox.fault({
    path: /\/connections\?/,
    respond: { status: 200, body: `{"connections":[${row}],"total_count":1}` },
  });
  const { data } = await gate.ask(
    `{ endpointService(by: { id: "${service.id}" }) { connections { nodes { markerId } } } }`,
  );
  expect(data.endpointService.connections.nodes).toEqual([{ markerId }]);
});

/** Asks and hangs up once the upstream has been asked. */
const hangUp = async (gate: Awaited<ReturnType<typeof gateway>>, calls: () => number) => {
  const caller = new AbortController();
  const asking = fetch(`${gate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ASK_NAME }),
    signal: caller.signal,
  });
  await expect.poll(calls).toBe(1);
  caller.abort();
  await expect(asking).rejects.toThrow();
};

test.each([
  { when: 'before the answer', answer: () => {} },
  { when: 'in mid-answer', answer: (response: ServerResponse) => response.writeHead(200).write('{"id":') },
])('a caller who disconnects $when ends the read, and that is no error', async ({ answer }) => {
  const open: ServerResponse[] = [];
  const gate = await startGatewayBefore((_request, response) => {
    open.push(response);
    answer(response);
  });
  await hangUp(gate, () => open.length);
  await expect.poll(() => open[0]!.destroyed).toBe(true);
  await expect.poll(() => gate.log.filter((line) => line.includes('"outcome":"ABORTED"')).length).toBe(1);
  expect(gate.log.filter((line) => /fail|unexpected/.test(line))).toEqual([]);
  const metrics = await (await fetch(`${gate.url}/metrics`)).text();
  expect(metrics).toContain('gateway_request_duration_seconds_count{status="499"} 1');
  expect(metrics).not.toContain('gateway_errors_total{');
  expect(open).toHaveLength(1);
});

test('no attempt is made for a caller who disconnected after the one before', async () => {
  const gate = await gateway();
  gate.sandbox.fault({ path: DETAIL, respond: { status: 503, headers: { 'Retry-After': '1' } } });
  await hangUp(gate, () => gate.sandbox.calls.length);
  await wait(1200);
  expect(gate.sandbox.calls).toHaveLength(1);
  expect(gate.log.filter((line) => line.includes('unexpected'))).toEqual([]);
});

test('a caller who disconnects does not affect others', async () => {
  const gate = await gateway();
  gate.sandbox.fault({ path: DETAIL, delayMs: 200 });
  const other = gate.ask(ASK_NAME, {}, { 'x-auth-token': 'another' });
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  gate.sandbox.calls.pop();
  await hangUp(gate, () => gate.sandbox.calls.length);
  expect((await other).data.cluster.name).toBeTypeOf('string');
});
