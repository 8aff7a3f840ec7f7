import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { startGateway } from '../../../src/server/gateway.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../../support/sample-operations.ts';
import { readGauges, IDLE } from '../../support/operation-gauges.ts';
import { gateway, createMemoryLog, sandboxSettings, type TestGateway } from '../../support/gateway.ts';
import { LONG_ANSWER, LONG_BYTES, createWorldOfLongNames } from '../../support/long-response.ts';
import { open, formatPost } from '../../support/raw-http.ts';
import { startDirectGateway, startPair, query, REQUEST_ID } from './gateway-pair.ts';

vi.mock('../../../src/graphql/fast-path/fast-path.ts', { spy: true });

const TOKEN = { 'X-Auth-Token': SANDBOX.token };
const HELD = `query Held { cluster(clusterId: "${CLUSTER}") { name } }`;

/** Asks often enough for it to be compiled. */
const warm = async ({ ask }: TestGateway, text: string) => {
  await ask(text);
  await ask(text);
};

const operationsIn = ({ log }: TestGateway) =>
  log
    .filter((line) => line.endsWith('"operation"'))
    .map((line) => JSON.parse(line.replace(/ "operation"$/, '')) as Record<string, unknown>);

const sent = (url: string, text: string) => {
  const socket = open(url);
  for (const part of formatPost(JSON.stringify({ query: text }), TOKEN)) socket.write(part);
  return socket;
};

test.each([
  { what: 'a compiled query', times: 2 },
  { what: 'a query whose stored answer is validated again', times: 3 },
])('a caller who disconnects ends the calls of $what', async ({ times }) => {
  const gate = await startDirectGateway();
  for (let time = 0; time < times; time += 1) await gate.ask(HELD); // oxlint-disable-line no-await-in-loop
  gate.sandbox.fault({ path: DETAIL, hang: 'before' });
  gate.calls();
  const socket = sent(gate.url, HELD);
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  socket.destroy();
  await expect.poll(() => gate.log.filter((line) => line.includes('"outcome":"ABORTED"')).length).toBe(1);
  await expect.poll(() => operationsIn(gate).length).toBe(times + 1);
  expect(operationsIn(gate).at(-1)).toMatchObject({ status: 499, upstreamCalls: 1, codes: [] });
  await expect.poll(() => gate.taken()).toBe(times);
  await expect.poll(() => readGauges(gate)).toEqual(IDLE);
  expect(gate.log.join()).not.toContain('request failed');
});

test('when one of two callers of the same compiled query disconnects, the other gets the answer', async () => {
  const gate = await startDirectGateway({ settings: { SHARE_READS: 'on' } });
  await warm(gate, HELD);
  gate.sandbox.fault({ path: DETAIL, delayMs: 300 });
  gate.calls();
  const gone = sent(gate.url, HELD);
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  const answer = gate.ask(HELD);
  await wait(50);
  gone.destroy();
  expect(await answer).toEqual({ data: { cluster: { name: expect.any(String) } } });
  expect(gate.calls()).toHaveLength(1);
});

test('a caller who does not read the answer of a compiled query is disconnected', async () => {
  const gate = await startDirectGateway({
    sandbox: { world: createWorldOfLongNames() },
    settings: { OPERATION_TIMEOUT_MS: '2000' },
    patience: { responseReadMs: 200 },
  });
  await warm(gate, LONG_ANSWER);
  const socket = sent(gate.url, LONG_ANSWER).pause();
  await expect.poll(() => operationsIn(gate).length, { timeout: 10_000 }).toBe(3);
  expect(operationsIn(gate).at(-1)).toMatchObject({ status: 499 });
  expect(await gate.taken()).toBe(2);
  let bytes = 0;
  socket.resume().on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(socket, 'close');
  expect(bytes).toBeLessThan(LONG_BYTES);
  await expect.poll(() => readGauges(gate)).toEqual(IDLE);
});

/** A gateway of its own in front of a gateway's stand-in cloud, to be closed by the test. */
const closable = async ({ sandbox }: TestGateway, settings: Record<string, string>) => {
  const log: string[] = [];
  const server = await startGateway(readConfig({ ...sandboxSettings(sandbox), ...settings }), {
    log: createMemoryLog(log),
  });
  onTestFinished(() => server.close());
  const ask = async (text: string) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-auth-token': SANDBOX.token,
        'x-request-id': REQUEST_ID,
      },
      body: JSON.stringify({ query: text }),
    });
    return { status: response.status, answer: await response.json() };
  };
  return { close: () => server.close(), ask, log };
};

test('a compiled query that runs while the gateway shuts down is answered', async () => {
  const gate = await gateway();
  const { ask, close } = await closable(gate, { COMPILE_QUERIES: 'on', SHUTDOWN_GRACE_MS: '5000' });
  await ask(HELD);
  await ask(HELD);
  gate.sandbox.fault({ path: DETAIL, delayMs: 300 });
  gate.calls();
  const answer = ask(HELD);
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  const closed = close();
  expect(await answer).toEqual({ status: 200, answer: { data: { cluster: { name: expect.any(String) } } } });
  await closed;
});

test('a compiled query that outlasts the grace of a shutdown is answered with OVERLOADED', async () => {
  const gate = await gateway();
  const { ask, close, log } = await closable(gate, { COMPILE_QUERIES: 'on', SHUTDOWN_GRACE_MS: '50' });
  await ask(HELD);
  await ask(HELD);
  gate.sandbox.fault({ path: DETAIL, hang: 'before' });
  gate.calls();
  const answer = ask(HELD);
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  await close();
  expect(await answer).toMatchObject({
    status: 200,
    answer: { data: { cluster: null }, errors: [{ extensions: { code: 'OVERLOADED' } }] },
  });
  expect(log.join()).toContain('"codes":["OVERLOADED"]');
});

const LOGGED: { what: string; text: string; variables?: object }[] = [
  { what: 'a query', text: 'query Names { clusters { nodes { name connections { totalCount } } } }' },
  { what: 'a query without a name', text: '{ clusters { totalCount } }' },
  {
    what: 'a failure',
    text: 'query Fails { a: cluster(clusterId: "nope") { name } b: cluster(clusterId: "../x") { name } }',
  },
  { what: 'a long name', text: `query ${'N'.repeat(300)} { clusters { totalCount } }` },
  { what: 'no call at all', text: 'query Type { __typename }' },
];

/** Series in `/metrics` that count and do not measure. */
const countsOf = async ({ url }: TestGateway): Promise<string[]> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => /^gateway_(?!held|.*(_bucket|_sum|host=))/.test(line))
    .toSorted();
};

test('log and metrics are the same for an operation with and without the fast path', async () => {
  const { direct, full, taken } = await startPair();
  for (const { text, variables } of LOGGED) {
    for (let time = 1; time <= 3; time += 1) {
      /* oxlint-disable no-await-in-loop -- the order of the log is compared */
      for (const one of [direct, full]) await one.ask(text, variables, { 'x-request-id': REQUEST_ID });
      /* oxlint-enable no-await-in-loop */
    }
  }
  const facts = (gate: TestGateway) => operationsIn(gate).map(({ ms: _, ...rest }) => rest);
  await expect.poll(() => operationsIn(full).length).toBe(LOGGED.length * 3);
  expect(await taken()).toBe(LOGGED.length * 2);
  expect(facts(direct)).toEqual(facts(full));
  expect(await countsOf(direct)).toEqual(await countsOf(full));
});

test('an internal error is logged in the fast path too', async () => {
  const log: string[] = [];
  const config = readConfig({ PORT: '0', HW_REGION_NAME: 'r', HW_PROJECT_ID: 'p', SHUTDOWN_GRACE_MS: '0' });
  const endpoints = { css: 'no URL', vpcep: 'no URL', dataartsinsight: 'no URL' };
  const server = await startGateway(
    { ...config, projects: config.projects.map((project) => ({ ...project, endpoints })) },
    { log: createMemoryLog(log) },
  );
  onTestFinished(() => server.close());
  for (let time = 1; time <= 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': 't' },
      body: JSON.stringify(query(ASK_NAME).body),
    });
    expect(await response.text()).toContain('INTERNAL_SERVER_ERROR');
    expect(log.filter((line) => line.includes('unexpected error'))).toHaveLength(time);
  }
});
