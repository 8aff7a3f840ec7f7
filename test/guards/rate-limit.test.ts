import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME } from '../support/sample-operations.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const as = (token: string) => ({ 'x-auth-token': token });
const QUESTION = JSON.stringify({ query: ASK_NAME });

/** The statuses of so many questions, one after the other. */
const statusesOf = async (
  { url }: Pick<TestGateway, 'url'>,
  count: number,
  headers: Record<string, string> = as(SANDBOX.token),
): Promise<number[]> => {
  const statuses: number[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: QUESTION,
    });
    statuses.push(response.status);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await response.body?.cancel();
  }
  return statuses;
};

const [OK, REFUSED] = [200, 429];

test('without RATE_LIMIT a caller may send any number of operations', async () => {
  expect(new Set(await statusesOf(await gateway(), 30))).toEqual(new Set([OK]));
});

test('one operation too many is refused before any call, and told when to come again', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '3' } });
  expect(await statusesOf(gate, 3)).toEqual([OK, OK, OK]);
  gate.calls();
  for (const body of [QUESTION, 'no JSON', 'x'.repeat(400_000)]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await fetch(`${gate.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'r-1', ...as(SANDBOX.token) },
      body,
    });
    expect(response.status).toBe(REFUSED);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const seconds = Number(response.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(60);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await response.json()) as Answer).toEqual({
      errors: [
        {
          message: `One caller may send 3 operations within a minute. Send the request again in ${seconds} s.`,
          extensions: { code: 'RATE_LIMITED', retryable: true, requestId: 'r-1' },
        },
      ],
    });
  }
  const inUrl = await fetch(`${gate.url}/graphql?query={__typename}`, { headers: as(SANDBOX.token) });
  expect(inUrl.status).toBe(REFUSED);
  expect(gate.calls()).toEqual([]);
  const metrics = await (await fetch(`${gate.url}/metrics`)).text();
  expect(metrics).toContain('gateway_errors_total{code="RATE_LIMITED"} 4');
  expect(metrics).toContain('gateway_request_duration_seconds_count{status="429"} 4');
});

test('a caller whom the cloud accepted has operations of its own, whatever workspace it names', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '4' } });
  expect(await statusesOf(gate, 3)).toEqual([OK, OK, OK]);
  expect(await statusesOf(gate, 5, as('another'))).toEqual([OK, OK, OK, OK, REFUSED]);
  expect(await statusesOf(gate, 1, { ...as(SANDBOX.token), 'x-workspace-id': 'w' })).toEqual([OK]);
  expect(await statusesOf(gate, 1)).toEqual([REFUSED]);
});

test('tokens that the cloud never accepted count together, by their address', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '4' } });
  const made = (n: number) => as(`made-up-${n}`);
  for (const n of [1, 2, 3, 4]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await statusesOf(gate, 1, made(n))).toEqual([OK]);
  }
  expect(await statusesOf(gate, 1, made(5))).toEqual([REFUSED]);
});

test('who says nothing of itself is counted by its address, whoever it says it forwards for', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '2' } });
  expect(await statusesOf(gate, 2, {})).toEqual([OK, OK]);
  expect(await statusesOf(gate, 1, { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.2' })).toEqual([
    REFUSED,
  ]);
});

test('behind a proxy that is trusted, each client has an address of its own', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '2', TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8' } });
  const from = (...addresses: string[]) => ({ 'x-forwarded-for': addresses.join(', ') });
  expect(await statusesOf(gate, 3, from('192.0.2.1'))).toEqual([OK, OK, REFUSED]);
  expect(await statusesOf(gate, 1, from('192.0.2.2', '10.1.1.1'))).toEqual([OK]);
  // What a client writes itself stands before what the proxy adds.
  expect(await statusesOf(gate, 1, from('192.0.2.9', '192.0.2.1'))).toEqual([REFUSED]);
  expect(await statusesOf(gate, 2, from('2001:db8:1:2::1'))).toEqual([OK, OK]);
  expect(await statusesOf(gate, 1, from('2001:db8:1:2:ffff::2'))).toEqual([REFUSED]);
});

test('who has an API key is counted by that, whatever token comes with it', async () => {
  const API_KEYS = ['ann', 'bob'].map((name) => `${name}:${hash('sha256', `key-of-${name}`)}`).join(',');
  const gate = await gateway({ settings: { RATE_LIMIT: '2', API_KEYS } });
  const by = (name: string) => ({ authorization: `Bearer key-of-${name}` });
  expect(await statusesOf(gate, 2, { ...by('ann'), ...as('one') })).toEqual([OK, OK]);
  expect(await statusesOf(gate, 1, { ...by('ann'), ...as('two') })).toEqual([REFUSED]);
  expect(await statusesOf(gate, 1, { ...by('bob'), ...as('one') })).toEqual([OK]);
  expect(await statusesOf(gate, 3, { ...by('nobody') })).toEqual([401, 401, 401]);
});

test('nothing but operations is counted and refused', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '1', CORS_ORIGINS: 'https://a.example' } });
  const page = { headers: { accept: 'text/html' } };
  const mayI = { method: 'OPTIONS', headers: { origin: 'https://a.example' } };
  const others = async () => {
    for (const [path, init, status] of [
      ['/health', {}, 200],
      ['/ready', {}, 200],
      ['/metrics', {}, 200],
      ['/graphql', page, 200],
      ['/graphql', mayI, 204],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await fetch(gate.url + path, init);
      expect([path, response.status]).toEqual([path, status]);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await response.body?.cancel();
    }
  };
  await others();
  expect(await statusesOf(gate, 2, {})).toEqual([OK, REFUSED]);
  await others();
});

test('a page of another site may read the refusal, and when to come again', async () => {
  const gate = await gateway({ settings: { RATE_LIMIT: '1', CORS_ORIGINS: 'https://a.example' } });
  await statusesOf(gate, 1);
  const response = await fetch(`${gate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://a.example', ...as(SANDBOX.token) },
    body: QUESTION,
  });
  expect(response.status).toBe(REFUSED);
  expect(response.headers.get('access-control-allow-origin')).toBe('https://a.example');
  expect(response.headers.get('access-control-expose-headers')).toContain('retry-after');
});

describe('over one Redis (skipped where there is no redis-server)', () => {
  const TEN = { RATE_LIMIT: '10' };
  const twoGateways = async () => {
    const redis = await startRedis();
    const one = await gateway({ settings: { ...TEN, REDIS_URL: redis.url } });
    const { url } = one.sandbox;
    const same = { CSS_ENDPOINT: url, VPCEP_ENDPOINT: url, DATAARTSINSIGHT_ENDPOINT: url };
    const two = await gateway({ settings: { ...TEN, ...same, REDIS_URL: redis.url } });
    /** Sends operations of nobody else until they are counted in Redis. */
    const counted = async (gate: TestGateway) => {
      await expect
        .poll(
          async () => {
            const before = JSON.stringify(await redis.content());
            await statusesOf(gate, 1, as('a-probe'));
            return JSON.stringify(await redis.content()) !== before;
          },
          { timeout: 10_000, interval: 200 },
        )
        .toBe(true);
    };
    await counted(one);
    await counted(two);
    return { redis, one, two, counted };
  };

  test.skipIf(!hasRedis)('two gateways count a caller together', async () => {
    const { one, two } = await twoGateways();
    expect(new Set(await statusesOf(one, 6))).toEqual(new Set([OK]));
    expect(await statusesOf(two, 5)).toEqual([OK, OK, OK, OK, REFUSED]);
    expect(await statusesOf(one, 1)).toEqual([REFUSED]);
    expect(await statusesOf(one, 1, as('another'))).toEqual([OK]); // by its address
  });

  test.skipIf(!hasRedis)('names tell nothing of who is counted, and are gone after a minute', async () => {
    const { redis, one } = await twoGateways();
    await statusesOf(one, 1, as('canary-token-1a'));
    await statusesOf(one, 1, {});
    const names = Object.keys(await redis.content());
    expect(names).toHaveLength(3);
    for (const name of names) expect(name).toMatch(/^vpc-endpoint-graph:[\w-]{22}:rate:[\w-]{43}$/);
  });

  test.skipIf(!hasRedis)(
    'without Redis each counts by itself, and together again when it is back',
    async () => {
      const { redis, one, two, counted } = await twoGateways();
      expect(new Set(await statusesOf(one, 10))).toEqual(new Set([OK]));
      expect(await statusesOf(two, 1)).toEqual([REFUSED]);
      await redis.kill();
      for (const gate of [one, two]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await statusesOf(gate, 11)).toEqual([...Array.from({ length: 10 }, () => OK), REFUSED]);
      }
      await redis.start();
      await counted(one);
      await counted(two);
      expect(new Set(await statusesOf(one, 5))).toEqual(new Set([OK]));
      expect(await statusesOf(two, 6)).toEqual([OK, OK, OK, OK, OK, REFUSED]);
    },
  );

  test.skipIf(!hasRedis)('a Redis that hangs holds no operation up for long', async () => {
    const { redis, one } = await twoGateways();
    redis.freeze();
    const started = performance.now();
    expect(new Set(await statusesOf(one, 10))).toEqual(new Set([OK]));
    expect(performance.now() - started).toBeLessThan(5_000);
    redis.thaw();
  });
});
