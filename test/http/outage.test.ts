import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, CLUSTER } from '../support/sample-operations.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';

type Conduct = (response: ServerResponse) => void;

const DETAIL_BODY = JSON.stringify({ id: CLUSTER, name: 'there', status: '200' });
/** What most upstreams do most of the time. */
const answers: Conduct = (response) => void setTimeout(() => response.end(DETAIL_BODY), 3);
const hangs: Conduct = () => {};
const resets: Conduct = (response) => void response.socket?.resetAndDestroy();
const refuses =
  (status: number, headers = {}): Conduct =>
  (response) =>
    void response.writeHead(status, headers).end(JSON.stringify({ error_code: `Test.${status}` }));

/** The same numbers between 0 and 1 at each run (mulberry32). */
const dice = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

/** Goes wrong by chance, each way with its share of the calls. */
const failsAtTimes = (seed: number, down: number, reset: number, hang: number): Conduct => {
  const throwDice = dice(seed);
  return (response) => {
    const thrown = throwDice();
    if (thrown < down) refuses(503)(response);
    else if (thrown < down + reset) resets(response);
    else if (thrown < down + reset + hang) hangs(response);
    else answers(response);
  };
};

/** An upstream whose conduct changes; it can also be gone, and come back on the same port. */
const upstream = async (conduct: Conduct) => {
  let current = conduct;
  let visits = 0;
  const server = createServer((_request, response) => {
    visits += 1;
    current(response);
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const goAway = () => {
    server.closeAllConnections();
    server.close();
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  onTestFinished(goAway);
  return {
    url: `http://127.0.0.1:${port}`,
    visits: () => visits,
    become: (next: Conduct) => {
      current = next;
    },
    goAway,
    comeBack: () => listen(port),
  };
};

interface Read {
  /** When it was answered, and how long that took. */
  at: number;
  ms: number;
  answer: Answer;
  code: string | undefined;
}

/** Asks so often a second, however slowly the answers come, until it is told to stop; gives every answer. */
const load = (gate: TestGateway, perSecond: number) => {
  const reads: Read[] = [];
  const running: Promise<void>[] = [];
  const read = async () => {
    const started = performance.now();
    const answer = await gate.ask(ASK_NAME);
    const at = performance.now();
    reads.push({ at, ms: at - started, answer, code: answer.errors?.[0]?.extensions.code });
  };
  const timer = setInterval(() => running.push(read()), 1000 / perSecond);
  return {
    reads,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
      return reads;
    },
  };
};

const OPERATION_MS = 4_000;
const SETTINGS = { UPSTREAM_TIMEOUT_MS: '400', OPERATION_TIMEOUT_MS: String(OPERATION_MS) };
const before = (url: string) =>
  // Equal reads would be one otherwise, and fewer calls fail.
  gateway({ settings: { SHARE_READS: 'off', CSS_ENDPOINT: url, ...SETTINGS } });

const isData = ({ answer }: Read) => answer.errors === undefined && answer.data.cluster?.name === 'there';
const isHonest = ({ answer: { data, errors }, code }: Read) =>
  data.cluster === null &&
  errors?.length === 1 &&
  /^UPSTREAM_(UNAVAILABLE|TIMEOUT)$/.test(code ?? '') &&
  errors[0]!.extensions.retryable;
const middle = (reads: readonly Read[]) =>
  reads.map(({ ms }) => ms).toSorted((a, b) => a - b)[reads.length >> 1]!;

describe('under 50 reads a second', () => {
  /** What may always be repeated within ten seconds, whatever the load. */
  const ALWAYS = 10;

  const underLoad = async (conduct: Conduct, seconds: number) => {
    const css = await upstream(conduct);
    const load50 = load(await before(css.url), 50);
    await wait(seconds * 1_000);
    const reads = await load50.stop();
    expect(reads.length).toBeGreaterThan(seconds * 30);
    expect(reads.filter((read) => !isData(read) && !isHonest(read))).toEqual([]);
    expect(Math.max(...reads.map(({ ms }) => ms))).toBeLessThan(OPERATION_MS + 1_000);
    expect(css.visits() / reads.length).toBeLessThanOrEqual(1.2 + ALWAYS / reads.length);
    return reads.filter(isData).length / reads.length;
  };

  test('when 45 of 100 calls fail, every read gets data or a typed error in time, and calls grow by a fifth at most', async () => {
    // Of all calls 55 % succeed, and there are 1.2 for each read: no client gets data for more than 66 % of them.
    expect(await underLoad(failsAtTimes(11, 0.3, 0.1, 0.05), 8)).toBeGreaterThan(0.5);
  }, 30_000);

  test('when 8 of 100 calls fail, nearly every read gets data', async () => {
    // More than 10 of 100 need, by bad luck, more calls than a fifth now and then.
    expect(await underLoad(failsAtTimes(12, 0.05, 0.02, 0.01), 6)).toBeGreaterThanOrEqual(0.99);
  }, 30_000);
});

describe('an upstream that is down', () => {
  type Css = Awaited<ReturnType<typeof upstream>>;
  const OUTAGES: { what: string; start: (css: Css) => void; end: (css: Css) => Promise<void> | void }[] = [
    {
      what: 'answers 503 to everything',
      start: (css) => css.become(refuses(503)),
      end: (css) => css.become(answers),
    },
    { what: 'resets everything', start: (css) => css.become(resets), end: (css) => css.become(answers) },
    { what: 'never answers', start: (css) => css.become(hangs), end: (css) => css.become(answers) },
    { what: 'refuses connections', start: (css) => css.goAway(), end: (css) => css.comeBack() },
  ];
  /** The first refusal of the breaker. */
  const opening = (reads: readonly Read[]) => reads.find(({ code }) => code === 'CIRCUIT_OPEN');

  test.each(OUTAGES)(
    'and $what is soon left alone, and asked again when it is back',
    { timeout: 40_000 },
    async ({ start, end }) => {
      const css = await upstream(answers);
      const gate = await before(css.url);
      const serviceId = gate.sandbox.world.services[0]!.id;
      const users = load(gate, 40);
      await wait(500);
      expect(users.reads.every(isData)).toBe(true);

      start(css);
      const down = performance.now();
      await expect.poll(() => opening(users.reads), { timeout: 5_000, interval: 20 }).toBeDefined();
      expect(opening(users.reads)!.at - down).toBeLessThan(2_500);
      const [asked, opened] = [css.visits(), performance.now()];

      // Another service is asked as ever.
      const { data } = await gate.ask(`{ endpointService(by: { id: "${serviceId}" }) { id } }`);
      expect(data.endpointService.id).toBeTypeOf('string');

      await wait(1_500);
      const refused = users.reads.filter(({ at, code }) => at > opened + 500 && code === 'CIRCUIT_OPEN');
      expect(refused.length).toBeGreaterThan(10);
      expect(middle(refused)).toBeLessThan(50);
      expect(refused.every(({ answer }) => answer.errors![0]!.extensions.retryable)).toBe(true);
      // One probe after a second, and a call that was about to leave.
      expect(css.visits() - asked).toBeLessThanOrEqual(2);

      await end(css);
      const known = users.reads.length;
      await expect
        .poll(() => users.reads.slice(known).some(isData), { timeout: 15_000, interval: 20 })
        .toBe(true);
      const since = performance.now();
      await wait(300);
      const last = (await users.stop()).filter(({ at, ms }) => at - ms > since);
      expect(last.length).toBeGreaterThan(3);
      expect(last.every(isData)).toBe(true);
    },
  );
});

describe('an upstream that is up', () => {
  test.each([
    { what: 'refuses with 403', conduct: refuses(403), code: 'FORBIDDEN' },
    { what: 'refuses with 404', conduct: refuses(404), code: 'NOT_FOUND' },
    { what: 'throttles', conduct: refuses(429), code: 'RATE_LIMITED' },
  ])('and $what is asked as ever', async ({ conduct, code }) => {
    const css = await upstream(conduct);
    const gate = await before(css.url);
    const users = load(gate, 50);
    await wait(1_200);
    const codes = new Set((await users.stop()).map((read) => read.code));
    expect([...codes]).toEqual([code]);
    css.become(answers);
    expect((await gate.ask(ASK_NAME)).data.cluster.name).toBe('there');
  });

  test('and is not waited for by callers who hang up is asked as ever', async () => {
    const css = await upstream(hangs);
    const gate = await gateway({ settings: { SHARE_READS: 'off', CSS_ENDPOINT: css.url } });
    const hangUp = new AbortController();
    const ask = async () => {
      await fetch(`${gate.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
        body: JSON.stringify({ query: ASK_NAME }),
        signal: hangUp.signal,
      }).catch(() => {});
    };
    const asked = Promise.all(Array.from({ length: 50 }, ask));
    await expect.poll(() => css.visits(), { timeout: 10_000 }).toBe(50);
    hangUp.abort();
    await asked;
    css.become(answers);
    expect((await gate.ask(ASK_NAME)).data.cluster.name).toBe('there');
  });
});
