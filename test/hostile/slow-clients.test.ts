import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import type { TIMEOUTS } from '../../src/server/timeouts.ts';
import { ASK_NAME } from '../support/sample-operations.ts';
import { readGauges, IDLE } from '../support/operation-gauges.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';
import { LONG_ANSWER, LONG_BYTES, createWorldOfLongNames } from '../support/long-response.ts';
import { exchange, open, formatPost } from '../support/raw-http.ts';
import { hasSlowHttpTest, runSlowHttpTest } from './support/slowhttptest.ts';

const TOKEN = { 'X-Auth-Token': SANDBOX.token };

/** Clients on connections of their own, one after the other; how many were served, and how many were not. */
const customers = ({ url }: TestGateway) => {
  const closing = new AbortController();
  const served = { well: 0, badly: 0 };
  const bodies = {
    '/graphql': /"name":"/,
    '/health': /alive/,
    '/ready': /ready/,
  };
  const visit = async (path: keyof typeof bodies) => {
    const request =
      path === '/graphql'
        ? formatPost(JSON.stringify({ query: ASK_NAME }), TOKEN)
        : [`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`];
    const raw = await exchange(url, request).catch(() => ({ status: 0, body: '' }));
    served[raw.status === 200 && bodies[path].test(raw.body) ? 'well' : 'badly'] += 1;
  };
  const coming = (async () => {
    while (!closing.signal.aborted) {
      await Promise.all([visit('/graphql'), visit('/health'), visit('/ready')]);
      await wait(50);
    }
  })();
  return async () => {
    closing.abort();
    await coming;
    return served;
  };
};

/** Reads all that is left of an answer, until the gateway closes the connection or a while has passed. */
const rest = async (socket: Socket): Promise<{ bytes: number; closed: boolean }> => {
  let bytes = 0;
  socket.resume().on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const closed = await Promise.race([
    new Promise<boolean>((resolve) => socket.once('close', () => resolve(true))),
    wait(5_000, false),
  ]);
  return { bytes, closed };
};

const ALL_CLOSED = 'No open connections left';
const CONNECTIONS = ['-c', '200', '-r', '100', '-p', '5'];
/** Seconds for those that wait to be let go of, and end then: many, since a busy machine opens connections late. */
const UNTIL_CLOSED = ['-l', '60'];
/** Seconds for those that go on until then. */
const FOR_A_WHILE = ['-l', '26'];

describe('with slowhttptest (skipped where that program is missing)', () => {
  test.skipIf(!hasSlowHttpTest)(
    'hundreds of clients that send or read slowly keep nobody from being served, and are let go of',
    { timeout: 120_000 },
    async () => {
      const gate = await gateway();
      const graph = `${gate.url}/graphql`;
      const whole = encodeURIComponent(
        '{ __schema { types { name description fields { name description } } } }',
      );
      const closing = customers(gate);
      const [headers, body, form] = await Promise.all([
        runSlowHttpTest([...CONNECTIONS, ...UNTIL_CLOSED, '-H', '-u', graph, '-t', 'POST', '-i', '2']),
        runSlowHttpTest([
          ...CONNECTIONS,
          ...UNTIL_CLOSED,
          '-B',
          '-u',
          graph,
          '-f',
          'application/json',
          '-i',
          '2',
          '-x',
          '8',
        ]),
        runSlowHttpTest([...CONNECTIONS, ...UNTIL_CLOSED, '-B', '-u', graph, '-i', '2', '-x', '8']),
        runSlowHttpTest([
          ...CONNECTIONS,
          ...FOR_A_WHILE,
          '-X',
          '-u',
          `${graph}?query=${whole}`,
          '-k',
          '3',
          '-w',
          '64',
          '-y',
          '256',
          '-z',
          '16',
        ]),
        runSlowHttpTest([
          ...CONNECTIONS,
          ...FOR_A_WHILE,
          '-R',
          '-u',
          graph,
          '-t',
          'GET',
          '-a',
          '10',
          '-b',
          '3000',
        ]),
      ]);
      const { well, badly } = await closing();
      expect({ headers, body, form }).toEqual({ headers: ALL_CLOSED, body: ALL_CLOSED, form: ALL_CLOSED });
      expect(well).toBeGreaterThan(100);
      expect(well / (well + badly)).toBeGreaterThanOrEqual(0.99);
      await expect.poll(() => readGauges(gate)).toEqual(IDLE);
      expect(gate.log.filter((line) => /unexpected|request failed/.test(line))).toEqual([]);
    },
  );
});

/** A tenth of the usual patience. */
const PATIENCE = {
  headersTimeout: 1_000,
  requestTimeout: 2_000,
  connectionsCheckingInterval: 100,
  responseReadMs: 2_000,
} satisfies Partial<typeof TIMEOUTS>;
/** As long as the gateway has it with any of them, and a little longer. */
const PATIENCE_MS = 5_000;

test(
  'clients that stop in the midst of a request, or of its answer, are let go of',
  { timeout: 60_000 },
  async () => {
    const gate = await gateway({
      sandbox: { world: createWorldOfLongNames() },
      settings: { OPERATION_TIMEOUT_MS: '2000', UPSTREAM_TIMEOUT_MS: '2000' },
      patience: PATIENCE,
    });
    const silent = (...parts: (string | Buffer)[]) => {
      const socket = open(gate.url).pause();
      for (const part of parts) socket.write(part);
      return socket;
    };
    const [head, body] = formatPost(JSON.stringify({ query: ASK_NAME }), TOKEN);
    const stopped = {
      'before the first word': Array.from({ length: 20 }, () => silent()),
      'in a header': Array.from({ length: 20 }, () => silent('POST /graphql HTTP/1.1\r\nHost: gate')),
      'after the headers': Array.from({ length: 20 }, () => silent(head!)),
      'in the body': Array.from({ length: 20 }, () => silent(head!, body!.subarray(0, 10))),
    };
    const operation = silent(...formatPost(JSON.stringify({ query: LONG_ANSWER }), TOKEN));
    await expect.poll(async () => (await readGauges(gate)).running).toBe(1);
    const unread = {
      operation,
      page: silent('GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n'),
      metrics: silent('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000)),
    };
    await wait(PATIENCE_MS);
    await expect.poll(() => readGauges(gate)).toEqual(IDLE);

    for (const [where, sockets] of Object.entries(stopped)) {
      for (const { closed } of await Promise.all(sockets.map(rest))) expect(closed, where).toBe(true);
    }
    const ended = await Promise.all(Object.values(unread).map(rest));
    for (const [n, what] of Object.keys(unread).entries()) expect(ended[n]!.closed, what).toBe(true);
    expect(ended[0]!.bytes, 'operation').toBeGreaterThan(100_000);
    expect(ended[0]!.bytes).toBeLessThan(LONG_BYTES);
    expect((await gate.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  },
);
