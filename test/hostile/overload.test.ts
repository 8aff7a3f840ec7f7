import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, DETAIL } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { readGauges, IDLE } from '../support/operation-gauges.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { LONG_ANSWER, createWorldOfLongNames } from '../support/long-response.ts';
import { answerIn, exchange, open, formatPost } from '../support/raw-http.ts';

const NARROW = { SHARE_READS: 'off', MAX_IN_FLIGHT: '4', MAX_QUEUE: '4' };
const SINGLE = { SHARE_READS: 'off', MAX_IN_FLIGHT: '1', MAX_QUEUE: '0' };

const send = async ({ url }: TestGateway, query: string, signal?: AbortSignal) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query }),
    ...(signal && { signal }),
  });
  return { response, answer: (await response.json()) as Answer };
};

const statusOf = async (url: string) => (await fetch(url)).status;

test('of 50 operations of one caller 7 are served and 43 are refused at once, and then all is as before', async () => {
  const gate = await gateway({ settings: NARROW });
  gate.sandbox.fault({ path: DETAIL, delayMs: 2_000 });
  const ended: number[] = [];
  const all = Array.from({ length: 50 }, async () => {
    const { response, answer } = await send(gate, ASK_NAME);
    ended.push(response.status);
    return { response, answer };
  });
  await expect.poll(() => ended.length).toBe(43);
  // A place is left for others.
  expect(await readGauges(gate)).toEqual({ running: 3, waiting: 4, subscriptions: 0 });
  expect(await statusOf(`${gate.url}/health`)).toBe(200);
  expect(await statusOf(`${gate.url}/ready`)).toBe(200);
  expect(gate.sandbox.calls).toHaveLength(3);

  const answers = await Promise.all(all);
  expect(ended).toEqual([...Array.from({ length: 43 }, () => 503), ...Array.from({ length: 7 }, () => 200)]);
  for (const { response, answer } of answers) {
    if (response.status === 200) expect(answer.data.cluster.name).toEqual(expect.any(String));
    else {
      expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(answer.errors).toMatchObject([{ extensions: { code: 'OVERLOADED', retryable: true } }]);
    }
  }

  gate.sandbox.clearFaults();
  expect(await readGauges(gate)).toEqual(IDLE);
  const after = await Promise.all(Array.from({ length: 7 }, () => send(gate, ASK_NAME)));
  expect(after.map(({ response }) => response.status)).toEqual(Array.from({ length: 7 }, () => 200));
  expect(gate.calls()).toHaveLength(14);
  await expect.poll(() => readGauges(gate)).toEqual(IDLE);
});

test('an operation whose client disconnected while it waited is not run', async () => {
  const gate = await gateway({ settings: { MAX_IN_FLIGHT: '1', MAX_QUEUE: '3' } });
  gate.sandbox.fault({ path: DETAIL, delayMs: 1_000, times: 1 });
  const first = send(gate, ASK_NAME);
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  const clients = Array.from({ length: 3 }, () => new AbortController());
  const waiting = clients.map(({ signal }) =>
    send(gate, '{ cluster(clusterId: "left") { name } }', signal).catch(() => 'hung up'),
  );
  await expect.poll(async () => (await readGauges(gate)).waiting).toBe(3);
  for (const client of clients) client.abort();
  expect(await Promise.all(waiting)).toEqual(['hung up', 'hung up', 'hung up']);

  expect((await first).answer.data.cluster.name).toEqual(expect.any(String));
  await expect.poll(() => readGauges(gate)).toEqual(IDLE);
  expect((await send(gate, ASK_NAME)).response.status).toBe(200);
  expect(gate.calls().filter((call) => call.includes('left'))).toEqual([]);
});

test('a client who disconnects in the midst of his answer gives his place back', async () => {
  const gate = await gateway({ settings: SINGLE, sandbox: { world: createWorldOfLongNames() } });
  const request = formatPost(JSON.stringify({ query: LONG_ANSWER }), { 'X-Auth-Token': SANDBOX.token });
  for (let n = 1; n <= 3; n += 1) {
    const socket = open(gate.url);
    socket.write(Buffer.concat(request));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await expect.poll(() => readGauges(gate)).toEqual(IDLE);
    expect(gate.sandbox.calls).toHaveLength(n);
  }
  expect((await gate.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

test('subscriptions are bounded by themselves, and hold no place of other operations', async () => {
  const gate = await gateway({ settings: { ...SINGLE, MAX_SUBSCRIPTIONS: '2' } });
  const service = gate.sandbox.world.services.find(({ connections }) =>
    connections.some(({ status }) => status === 'pendingAcceptance'),
  )!;
  const { id } = service.connections.find(({ status }) => status === 'pendingAcceptance')!;
  const query = `subscription { connectionStatusChanged(parent: { serviceId: "${service.id}" }, endpointIds: ["${id}"],
    until: [ACCEPTED]) { status } }`;
  const enter = async () => {
    const events = await subscribe(gate, query);
    return { ...events, first: await events.next() };
  };
  const [one] = [await enter(), await enter()];
  expect(one.first?.data.connectionStatusChanged.status).toBe('PENDING_ACCEPTANCE');
  expect(await readGauges(gate)).toEqual({ running: 0, waiting: 0, subscriptions: 2 });
  expect((await send(gate, ASK_NAME)).response.status).toBe(200);

  for (let n = 0; n < 5; n += 1) {
    const { errors } = (await enter()).first!;
    expect(errors).toMatchObject([{ extensions: { code: 'OVERLOADED', retryable: true } }]);
  }
  expect((await send(gate, ASK_NAME)).response.status).toBe(200);
  one.hangUp();
  await expect.poll(() => readGauges(gate)).toEqual({ running: 0, waiting: 0, subscriptions: 1 });
  expect((await enter()).first?.data.connectionStatusChanged.status).toBe('PENDING_ACCEPTANCE');
});

test('a body that is still on its way takes no place', async () => {
  const gate = await gateway({ settings: SINGLE });
  const [head, body] = formatPost(JSON.stringify({ query: '{ __typename }' }));
  const slow = Array.from({ length: 20 }, () => open(gate.url));
  for (const socket of slow) socket.write(Buffer.concat([head!, body!.subarray(0, 5)]));
  expect((await send(gate, ASK_NAME)).response.status).toBe(200);
  expect(await readGauges(gate)).toEqual(IDLE);

  const said = new Promise<string>((resolve) => {
    slow[0]!.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  });
  slow[0]!.write(body!.subarray(5));
  expect(await said).toMatch(/^HTTP\/1\.1 200 /);
});

test('connections beyond the limit are closed, and others get in when those are gone', async () => {
  const gate = await gateway({ settings: { MAX_CONNECTIONS: '5' } });
  const request = formatPost(JSON.stringify({ query: '{ __typename }' }));
  const kept = Array.from({ length: 4 }, () => open(gate.url)); // the fifth is for another address
  await Promise.all(kept.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  for (let n = 0; n < 3; n += 1) {
    const turnedAway = await exchange(gate.url, request).catch(() => ({ head: '' }));
    expect(turnedAway.head).toBe('');
  }
  for (const socket of kept) socket.destroy();
  const served = () =>
    exchange(gate.url, request).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(served).toBe(200);
});

test('a body may have as many bytes as the setting says, and a longer one costs no call', async () => {
  const gate = await gateway({ settings: { MAX_BODY_BYTES: '1024' } });
  const body = JSON.stringify({ query: ASK_NAME });
  const token = { 'X-Auth-Token': SANDBOX.token };
  const chunked = (text: string) =>
    formatPost(`${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`, {
      ...token,
      'Content-Length': undefined,
      'Transfer-Encoding': 'chunked',
    });
  const ways = [(text: string) => formatPost(text, token), chunked];
  for (const [taken, way] of ways.entries()) {
    const over = answerIn(await exchange(gate.url, way(body.padEnd(1025))), 'over');
    expect(over.codes).toEqual(['QUERY_TOO_COMPLEX']);
    expect(gate.sandbox.calls).toHaveLength(taken);
    const within = answerIn(await exchange(gate.url, way(body.padEnd(1024))), 'within');
    expect(within.data.cluster.name).toEqual(expect.any(String));
  }
});
