import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { startLoggingGateway } from '../support/logging-gateway.ts';
import { LONG_ANSWER, createWorldOfLongNames } from '../support/long-response.ts';
import { projectsFile } from '../support/projects-file.ts';
import { formatPost } from '../support/raw-http.ts';

type Gateway = Awaited<ReturnType<typeof startLoggingGateway>>;

const TOKEN = { 'X-Auth-Token': SANDBOX.token };

/** Sends an operation over a connection of its own, which the test ends. */
const sent = ({ url }: Gateway, query: string, headers: Record<string, string> = {}) => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  for (const part of formatPost(JSON.stringify({ query }), { ...TOKEN, ...headers })) socket.write(part);
  return socket;
};

const errorsCounted = async ({ metrics }: Gateway): Promise<string[]> =>
  (await metrics()).split('\n').filter((line) => line.startsWith('gateway_errors_total{'));

const outcomesOf = async ({ metrics }: Gateway): Promise<string[]> => [
  ...new Set(
    [...(await metrics()).matchAll(/^gateway_upstream_call_\w+_count\{.*outcome="(\w+)"/gm)].map(
      ([, outcome]) => outcome!,
    ),
  ),
];

const complaints = ({ lines }: Gateway) => lines().filter(({ level }) => level > 30);

const FIELDS = Array.from({ length: 6 }, (_, n) => `c${n}: cluster(clusterId: "held-${n}") { name }`);
const QUERY = `query Held { ${FIELDS.join(' ')} cluster(clusterId: "${CLUSTER}") { connections { totalCount } } }`;
const WRITE = `mutation Held { addPermissions(input: { parent: { clusterId: "${CLUSTER}" }, principals: ["0123456789abcdef0123456789abcdef"], idempotencyKey: "k" }) {
  userErrors { code } } }`;

test.each([
  { way: 'of a new query', times: 0, query: QUERY, headers: {} },
  { way: 'of a query that was compiled', times: 2, query: QUERY, headers: {} },
  { way: 'of a query whose stored answer is validated again', times: 3, query: QUERY, headers: {} },
  { way: 'who wants an explanation', times: 2, query: QUERY, headers: { 'X-Explain': '1' } },
  { way: 'of a mutation that reads first', times: 0, query: WRITE, headers: {} },
])('of clients $way who hang up nothing is an error of anybody', async ({ times, query, headers }) => {
  const gate = await startLoggingGateway();
  const known = `query Held { clusters(first: 2) { nodes { name } } }`;
  const text = times > 2 ? known : query;
  // Ids that are not there would count as errors before anybody hangs up.
  gate.sandbox.fault({
    path: /held-/,
    respond: { status: 200, body: { id: 'c', name: 'c', status: '200' } },
  });
  for (let time = 0; time < times; time += 1) await (await gate.post({ query: text })).text(); // oxlint-disable-line no-await-in-loop
  gate.sandbox.clearFaults();
  gate.sandbox.fault({ path: /clusters/, hang: 'before' });
  gate.sandbox.calls.length = 0;
  const clients = Array.from({ length: 9 }, () => sent(gate, text, headers));
  await expect.poll(() => gate.sandbox.calls.length).toBeGreaterThan(0);
  await wait(100);
  for (const client of clients) client.destroy();
  await expect.poll(() => gate.operations().length).toBe(times + 9);
  await wait(50);
  for (const line of gate.operations().slice(times)) expect(line).toMatchObject({ status: 499, codes: [] });
  expect(await errorsCounted(gate)).toEqual([]);
  expect((await outcomesOf(gate)).toSorted()).toEqual(times > 0 ? ['ABORTED', 'ok'] : ['ABORTED']);
  expect(complaints(gate)).toEqual([]);
});

test('an error in an answer that its client did not wait for counts as none', async () => {
  const gate = await startLoggingGateway({}, { world: createWorldOfLongNames() });
  const query = LONG_ANSWER.replace('{', '{ wrong: cluster(clusterId: "nowhere") { name } ');
  const client = sent(gate, query).pause();
  await expect.poll(() => gate.sandbox.calls.length).toBe(2);
  await wait(500);
  client.destroy();
  await expect.poll(() => gate.operations().length).toBe(1);
  expect(gate.operations()[0]).toMatchObject({ status: 499, codes: [] });
  expect(await errorsCounted(gate)).toEqual([]);
});

test('errors of events count when they are told, and the end of the subscription is none', async () => {
  const gate = await startLoggingGateway({ SETTLING_POLL_MS: '10' });
  const row = gate.sandbox.world.clusters.find(({ id }) => id === CLUSTER)!.connections[0]!;
  row.status = 'creating';
  gate.sandbox.fault({ path: /vpc-endpoint-services/, respond: { status: 500 } });
  const events = await subscribe(
    gate,
    `subscription { connectionStatusChanged(parent: { clusterId: "${CLUSTER}" }, endpointIds: ["${row.id}"]) {
      status endpointService { name } } }`,
  );
  const told = await events.next();
  const codes = (told?.errors ?? []).map(({ extensions }) => extensions.code);
  expect(await errorsCounted(gate)).toEqual(codes.map((code) => `gateway_errors_total{code="${code}"} 1`));
  events.hangUp();
  await expect.poll(() => gate.operations().length).toBe(1);
  expect(gate.operations()[0]).toMatchObject({ type: 'subscription', status: 499, codes: [] });
  expect(codes).not.toEqual([]);
});

/** A gateway whose calls need a token first, which takes a while. */
const withSlowToken = async () => {
  const cloud = await startSandbox();
  onTestFinished(() => cloud.close());
  cloud.fault({ path: /auth\/tokens/, delayMs: 400 });
  const endpoints = { css: cloud.url, vpcep: cloud.url, dataartsinsight: cloud.url, iam: cloud.url };
  const { region, projectId, user } = SANDBOX;
  const gate = await startLoggingGateway({
    PROJECTS_FILE: projectsFile([{ region, projectId, endpoints, credentials: { user } }]),
    ALLOW_ANONYMOUS: '1',
  });
  const first = sent(gate, ASK_NAME);
  await expect.poll(() => cloud.calls.length).toBe(1);
  first.destroy();
  await expect.poll(() => gate.operations().length).toBe(1);
  return { gate, cloud };
};

test('a call that is not sent because the client left is counted nowhere', async () => {
  const { gate } = await withSlowToken();
  await expect.poll(() => gate.lines().filter(({ msg }) => msg === 'upstream call').length).toBe(1);
  await wait(50);
  expect(gate.operations()[0]).toMatchObject({ upstreamCalls: 0, retries: 0 });
  expect(await outcomesOf(gate)).toEqual(['ok']);
});

test('one who joins a read that its only reader has just left is answered', async () => {
  const { gate, cloud } = await withSlowToken();
  const answer = await (await gate.post({ query: ASK_NAME })).json();
  expect(answer).toEqual({ data: { cluster: { name: expect.any(String) } } });
  expect(cloud.calls.filter(({ path }) => DETAIL.test(path))).toHaveLength(1);
});

test('who sends the same write again before the first sender has left is answered', async () => {
  const gate = await startLoggingGateway();
  gate.sandbox.fault({ method: 'GET', path: /clusters/, delayMs: 300, times: 1 });
  const first = sent(gate, WRITE);
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  const again = gate.post({ query: WRITE });
  await wait(100);
  first.destroy();
  expect(await (await again).json()).toEqual({ data: { addPermissions: { userErrors: [] } } });
  expect(gate.sandbox.calls.filter(({ method }) => method !== 'GET')).toHaveLength(1);
});
