import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import { metricsAt, startSmallProcess } from '../support/small-process.ts';
import { gateway } from '../support/gateway.ts';
import { type Bound, BOUNDS, type Target } from './bounds.ts';

const HEAP_MEGABYTES = 128;
/** Of the limit, at least so much has to be seen: a lone borrower may have three quarters. */
const REACHED = 0.6;

const OTHER = 'token-of-another-caller';
const OTHER_ADDRESS = '10.255.0.1';

/** How much is held of something, and how much may be. */
const heldOf = async ({ url }: { url: string }, { what, unit }: Pick<Bound, 'what' | 'unit'>) => {
  const metrics = await metricsAt(url);
  const of = (name: string) => metrics.get(`${name}{what="${what}",unit="${unit}"}`)!;
  return { held: of('gateway_held'), limit: of('gateway_held_limit') };
};

/** A gateway in a small process that believes who comes from where. */
const attacked = async (bound: Bound) => {
  const { small, prepare } = bound;
  const world = createWorld();
  world.tokens.push({ value: OTHER, expiresAt: Date.now() + 3_600_000, ended: false });
  prepare?.(world);
  const sandbox = await startSandbox({ world, settleMs: 60_000 });
  const gate = await startSmallProcess(sandbox, HEAP_MEGABYTES, {
    TRUSTED_PROXIES: '127.0.0.0/8',
    ...small,
  });
  const pool = new Pool(gate.url, { connections: 200 });
  onTestFinished(async () => {
    await pool.destroy();
    await sandbox.close();
  });
  const ask = async (body: object, headers: Record<string, string>, signal?: AbortSignal) => {
    const answer = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
    return answer.body.text();
  };
  const send: Target['send'] = ({ query, variables, from = 0, headers, signal, ...rest }) => {
    const token = 'token' in rest ? rest.token : SANDBOX.token;
    const address = `10.0.${from >> 8}.${from & 255}`;
    return ask(
      { query, variables },
      { 'x-forwarded-for': address, ...(token && { 'x-auth-token': token }), ...headers },
      signal,
    );
  };
  const askOther = () =>
    ask(
      { query: `{ cluster(clusterId: "${world.clusters[0]!.id}") { clusterId } }` },
      { 'x-forwarded-for': OTHER_ADDRESS, 'x-auth-token': OTHER },
    );
  const held = async () => (await heldOf(gate, bound)).held;
  return { ...gate, sandbox, send, held, askOther };
};

/** What is held, looked at again and again until it is called off: the most that there was, and what the limit was told to be. */
const watched = (target: { url: string }, bound: Bound) => {
  const over = new AbortController();
  const seen = { most: 0, limit: 0 };
  const looking = (async () => {
    while (!over.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      const { held, limit } = await heldOf(target, bound);
      seen.most = Math.max(seen.most, held);
      seen.limit = limit;
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      await wait(20);
    }
  })();
  return async () => {
    over.abort();
    await looking;
    return seen;
  };
};

/** Another caller, who asks one question after the other until it is called off: what was answered. */
const served = (ask: () => Promise<string>) => {
  const over = new AbortController();
  const answers: string[] = [];
  const all = (async () => {
    while (!over.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one question after the other
      answers.push(await ask());
      // oxlint-disable-next-line no-await-in-loop -- one question after the other
      await wait(30);
    }
  })();
  return async () => {
    over.abort();
    await all;
    return answers;
  };
};

test.each(BOUNDS)(
  '$what never go past their limit, and another caller is served meanwhile',
  { timeout: 180_000 },
  async (bound) => {
    const target = await attacked(bound);
    await target.askOther();
    const endOfLooks = watched(target, bound);
    const endOfQuestions = served(target.askOther);
    await bound.attack(target);
    const seen = await endOfLooks();
    const answers = await endOfQuestions();

    expect(seen.limit).toBe(bound.limit);
    expect(seen.most).toBeLessThanOrEqual(bound.limit);
    expect(seen.most).toBeGreaterThanOrEqual(bound.limit * REACHED);
    expect(answers.filter((answer) => !answer.startsWith('{"data":{"cluster":{"clusterId"'))).toEqual([]);
    expect(answers.length).toBeGreaterThan(0);
    target.signal('SIGTERM');
    expect(await target.exit).toBe(0);
    expect(target.mistakes).toEqual([]);
  },
);

test('everything that the metrics say is held has a test that drives it past its limit', async () => {
  const { url } = await gateway({ settings: { CACHE_TTL_MS: '1000', RATE_LIMIT: '1000' } });
  const names = [...(await metricsAt(url)).keys()].flatMap(
    (name) => /^gateway_held\{what="(\w+)"/.exec(name)?.[1] ?? [],
  );
  // With a response cache nothing is revalidated, and the other way round.
  const without = await gateway();
  const more = [...(await metricsAt(without.url)).keys()].flatMap(
    (name) => /^gateway_held\{what="(\w+)"/.exec(name)?.[1] ?? [],
  );
  expect([...new Set([...names, ...more])].toSorted()).toEqual(BOUNDS.map(({ what }) => what).toSorted());
});

test('the page on limits has all of it, with its limit', () => {
  const rows = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8').matchAll(
    /^\| `(\w+)` \| [^|]+ \| ([^|]+) \|[^|]*\|$/gm,
  );
  const told = new Map([...rows].map(([, what, limit]) => [what, limit!]));
  const missing = BOUNDS.filter(({ what, setting, limit }) => {
    const words = told.get(what);
    return !words?.includes(setting ?? limit.toLocaleString('en-US'));
  });
  expect(missing.map(({ what }) => what)).toEqual([]);
});
