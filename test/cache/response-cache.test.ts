import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createResponseCache } from '../../src/cache/response-cache.ts';
import { createMemoryBudget } from '../../src/capacity/memory-budget.ts';
import { createMemoryStore } from '../../src/cache/memory-store.ts';
import type { Store } from '../../src/cache/store.ts';
import { readConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/observability/log.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import {
  emptyWorld,
  makeCluster,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../support/sample-operations.ts';
import { type Answer, gateway, createMemoryLog, type TestGateway } from '../support/gateway.ts';
import { startAccountsGateway } from '../support/two-accounts.ts';
import { keepLines } from '../support/logging-gateway.ts';
import { createRandom, runAtOnce } from '../support/random.ts';
import { projectsFile } from '../support/projects-file.ts';
import { hasRedis, startRedis } from '../support/redis.ts';
import { UNCLEAR } from '../support/writes.ts';

const SERVICE = '4189d3c2-8882-4871-a3c2-d380272eed83';
const ENDPOINT = '11111111-2222-4333-8444-000000000001';
const MINUTE = { CACHE_TTL_MS: '60000' };

const worldWith = (note: string): World => ({
  ...emptyWorld(),
  services: [
    makeService({
      id: SERVICE,
      connections: [makeServiceConnection({ id: ENDPOINT, description: note })],
    }),
  ],
});

const NOTES = `query ($id: ID!) { endpointService(by: { id: $id }) { connections { nodes { description } } } }`;
const NOTE = `mutation ($id: ID!, $endpoint: ID!, $note: String!) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: [{ endpointId: $endpoint, description: $note }] }) {
    userErrors { code } } }`;
const ID = { id: SERVICE };
const noteIn = (answer: Answer): string => answer.data.endpointService.connections.nodes[0].description;
const CHANGED = { ...ID, endpoint: ENDPOINT, note: 'new' };
const as = (token: string) => ({ 'x-auth-token': token });

type Ask = (query: string, variables?: object, headers?: Record<string, string>) => Promise<Answer>;

/** How many calls a question costs. */
const costOf =
  ({ calls, ask }: Pick<TestGateway, 'calls'> & { ask: Ask }) =>
  async (...question: Parameters<Ask>): Promise<number> => {
    calls();
    await ask(...question);
    return calls().length;
  };

/** Asks until the answer comes without a call: the connection to Redis takes a moment to stand. */
const untilKept = async (gate: TestGateway, ...question: Parameters<Ask>): Promise<void> => {
  await expect.poll(() => costOf(gate)(...question), { timeout: 10_000 }).toBe(0);
};

const metricOf = async ({ url }: { url: string }, outcome: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    new RegExp(`^gateway_cache_lookups_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0,
  );
};

test('without CACHE_TTL_MS every question is asked anew', async () => {
  const gate = await gateway();
  expect(await costOf(gate)(ASK_NAME)).toBeGreaterThan(0);
  expect(await costOf(gate)(ASK_NAME)).toBeGreaterThan(0);
});

describe.each([{ where: 'in memory' }, { where: 'in Redis' }])(
  'answers kept $where (in Redis skipped where there is no redis-server)',
  ({ where }) => {
    const isHere = where === 'in memory' || hasRedis;
    const settings = async (): Promise<Record<string, string>> =>
      where === 'in memory' ? MINUTE : { ...MINUTE, REDIS_URL: (await startRedis()).url };

    /** A gateway whose answers are kept from now on. */
    const keeping = async (world = worldWith('old')): Promise<TestGateway> => {
      const gate = await gateway({ sandbox: { world }, settings: await settings() });
      await untilKept(gate, NOTES, ID, as('the-first'));
      return gate;
    };

    test.skipIf(!isHere)('a question asked again costs no call, and gets the same answer', async () => {
      const gate = await gateway({ settings: await settings() });
      const first = await gate.ask(ASK_NAME);
      expect(first.errors).toBeUndefined();
      await untilKept(gate, ASK_NAME);
      const hits = await metricOf(gate, 'hit');
      expect(await gate.ask(ASK_NAME)).toEqual(first);
      expect(await metricOf(gate, 'hit')).toBe(hits + 1);
      expect(await metricOf(gate, 'miss')).toBeGreaterThan(0);
    });

    test.skipIf(!isHere)(
      'another text, other variables or another operation is another question',
      async () => {
        const gate = await gateway({ settings: await settings() });
        const both = `query A($id: ID!) { cluster(clusterId: $id) { name } } query B($id: ID!) { cluster(clusterId: $id) { status } }`;
        const ask = async (query: string, variables: object, operationName?: string) => {
          const response = await fetch(`${gate.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...as(SANDBOX.token) },
            body: JSON.stringify({ query, variables, operationName }),
          });
          return (await response.json()) as Answer;
        };
        const a = () => ask(both, { id: CLUSTER }, 'A');
        await untilKept({ ...gate, ask: a }, '');
        expect((await a()).data.cluster).toEqual({ name: expect.any(String) });
        expect((await ask(both, { id: CLUSTER }, 'B')).data.cluster).toEqual({ status: expect.any(String) });
        expect((await ask(both, { id: SERVICE }, 'A')).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
        expect((await ask(ASK_NAME, {})).data.cluster).toEqual({ name: expect.any(String) });
      },
    );

    test.skipIf(!isHere)(
      'another token is another caller, and another workspace another question',
      async () => {
        const gate = await keeping();
        const cost = costOf(gate);
        expect(await cost(NOTES, ID, as('the-first'))).toBe(0);
        expect(await cost(NOTES, ID, as('the-second'))).toBeGreaterThan(0);
        expect(await cost(NOTES, ID, { ...as('the-first'), 'x-workspace-id': 'w' })).toBeGreaterThan(0);
        expect(await cost(NOTES, ID, as(''))).toBe(0);
        expect((await gate.ask(NOTES, ID, as(''))).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
      },
    );

    test.skipIf(!isHere)('a write empties what its caller had, and nothing of others', async () => {
      const gate = await keeping();
      await untilKept(gate, NOTES, ID, as('the-second'));
      const { data } = await gate.ask(NOTE, CHANGED, as('the-first'));
      expect(data.updateConnectionDescriptions.userErrors).toEqual([]);
      expect(await costOf(gate)(NOTES, ID, as('the-second'))).toBe(0);
      expect(noteIn(await gate.ask(NOTES, ID, as('the-first')))).toBe('new');
    });

    test.skipIf(!isHere)('a write empties what its caller had under any workspace', async () => {
      const gate = await keeping();
      const within = { ...as('the-first'), 'x-workspace-id': 'w' };
      await untilKept(gate, NOTES, ID, within);
      await gate.ask(NOTE, CHANGED, { ...as('the-first'), 'x-workspace-id': 'another' });
      expect(noteIn(await gate.ask(NOTES, ID, as('the-first')))).toBe('new');
      expect(noteIn(await gate.ask(NOTES, ID, within))).toBe('new');
    });

    test.skipIf(!isHere)('a write is run each time', async () => {
      const gate = await keeping();
      for (const note of ['one', 'one', 'two']) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await costOf(gate)(NOTE, { ...CHANGED, note }, as('the-first'))).toBeGreaterThan(0);
      }
    });

    test.skipIf(!isHere).each(UNCLEAR)('a write that ends with $what empties too', async ({ fault }) => {
      const gate = await gateway({
        sandbox: { world: worldWith('old') },
        settings: { ...(await settings()), UPSTREAM_TIMEOUT_MS: '300' },
      });
      await untilKept(gate, NOTES, ID);
      gate.sandbox.fault({ path: /description/, method: 'PUT', times: 1, ...fault });
      const { data } = await gate.ask(NOTE, CHANGED);
      expect(data.updateConnectionDescriptions.userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
      expect(await costOf(gate)(NOTES, ID)).toBeGreaterThan(0);
    });

    test.skipIf(!isHere)('what was read before a write and arrived after it is not kept', async () => {
      const gate = await keeping();
      const slow = `query Slow${NOTES.slice('query'.length)}`;
      gate.calls();
      gate.sandbox.fault({
        path: /connections\?/,
        times: 1,
        delayMs: 400,
        mutate: (body) => {
          for (const row of body.connections) row.description = 'old';
          return body;
        },
      });
      const reading = gate.ask(slow, ID, as('the-first'));
      await expect.poll(() => gate.sandbox.calls.some(({ path }) => /connections\?/.test(path))).toBe(true);
      await gate.ask(NOTE, CHANGED, as('the-first'));
      expect(noteIn(await reading)).toBe('old');
      expect(noteIn(await gate.ask(slow, ID, as('the-first')))).toBe('new');
    });

    test.skipIf(!isHere)('an answer with an error is not kept', async () => {
      const gate = await gateway({ settings: await settings() });
      await untilKept(gate, '{ quotas { type } }');
      const asks = `{ cluster(clusterId: "${CLUSTER}") { name } quotas { limit } }`;
      gate.sandbox.fault({ path: DETAIL, times: 2, respond: { status: 403, body: { error_code: 'no' } } });
      const first = await gate.ask(asks);
      expect([first.data.quotas.length > 0, first.errors?.[0]?.extensions.code]).toEqual([true, 'FORBIDDEN']);
      expect((await gate.ask(asks)).errors).toHaveLength(1);
      expect((await gate.ask(asks)).errors).toBeUndefined();
    });

    test.skipIf(!isHere)('who wants to know what it cost is answered anew, and alone', async () => {
      const gate = await gateway({ settings: await settings() });
      await untilKept(gate, ASK_NAME);
      for (const header of ['x-explain', 'x-cost']) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const { extensions } = await gate.ask(ASK_NAME, {}, { [header]: '1' });
        expect(extensions).toMatchObject({ cost: { upstreamCalls: 1 } });
      }
      expect(await gate.ask(ASK_NAME)).toEqual({ data: { cluster: { name: expect.any(String) } } });
      const other = `query Other ${ASK_NAME}`;
      await gate.ask(other, {}, { 'x-cost': '1' });
      expect(await costOf(gate)(other)).toBe(1);
    });

    test.skipIf(!isHere)(
      'a question without calls is not kept, and one that is refused neither',
      async () => {
        const gate = await keeping();
        const hits = await metricOf(gate, 'hit');
        for (const query of ['{ projects { region } }', '{ __typename }', '{ nope }', '{']) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          expect(await costOf(gate)(query, {}, as('the-first'))).toBe(0);
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await gate.ask(query, {}, as('the-first'));
        }
        expect(await metricOf(gate, 'hit')).toBe(hits);
      },
    );

    test.skipIf(!isHere)('two callers who ask and write at random each read their own', async () => {
      const { accounts, ask } = await startAccountsGateway(
        [worldWith('note of alpha'), worldWith('note of beta')],
        await settings(),
      );
      const chance = createRandom(11);
      const last = ['note of alpha', 'note of beta'];
      const turn = async (at: number) => {
        const account = accounts[at]!;
        const note = `note of ${at === 0 ? 'alpha' : 'beta'} ${chance.between(1, 1_000)}`;
        if (chance.happens(0.2)) {
          await ask(account, NOTE, { ...CHANGED, note });
          last[at] = note;
        }
        expect(noteIn(await ask(account, NOTES, ID))).toBe(last[at]);
      };
      const one = async (at: number) => {
        for (let round = 0; round < 100; round += 1) {
          // oxlint-disable-next-line no-await-in-loop -- each caller waits for his answer
          await turn(at);
        }
      };
      await Promise.all([one(0), one(1)]);
    });
  },
);

/** A gateway over two projects. */
const twoProjects = async () => {
  const clouds = await Promise.all(
    ['p0', 'p1'].map((projectId) =>
      startSandbox({ world: { ...emptyWorld(), projectId, clusters: [makeCluster({ name: projectId })] } }),
    ),
  );
  const PROJECTS_FILE = projectsFile(
    clouds.map(({ url }, at) => ({
      region: SANDBOX.region,
      projectId: `p${at}`,
      endpoints: { css: url, vpcep: url, dataartsinsight: url, iam: url },
      credentials: { user: SANDBOX.user },
    })),
  );
  const settings = { PORT: '0', SHUTDOWN_GRACE_MS: '100', PROJECTS_FILE, ALLOW_ANONYMOUS: '1', ...MINUTE };
  const server = await startGateway(readConfig(settings), { log: createMemoryLog([]) });
  onTestFinished(async () => {
    await server.close();
    await Promise.all(clouds.map((cloud) => cloud.close()));
  });
  const ask: Ask = async (query) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer;
  };
  const calls = () => clouds.flatMap((cloud) => cloud.calls.splice(0).map(({ path }) => path));
  return { clouds, ask, calls };
};

test.each([
  { told: 'in the page', query: '{ clusters { totalCount unavailable { code } } }' },
  { told: 'as an error', query: '{ clusters { totalCount } }' },
])('a list that a project is missing in, told $told, is not kept', async ({ query }) => {
  const { clouds, ask, calls } = await twoProjects();
  clouds[1]!.fault({ path: /clusters/, times: 1, respond: { status: 403, body: {} } });
  expect((await ask(query)).data.clusters.totalCount).toBe(1);
  expect((await ask(query)).data.clusters.totalCount).toBe(2);
  expect(await costOf({ ask, calls })(query)).toBe(0);
});

test('subjects behind one access key share no answer', async () => {
  const key = (name: string) => `${name}:${hash('sha256', `key-of-${name}`)}`;
  const gate = await gateway({
    token: '',
    settings: {
      ...MINUTE,
      HW_ACCESS_KEY: SANDBOX.accessKey,
      HW_SECRET_KEY: SANDBOX.secretKey,
      API_KEYS: `${key('ann')},${key('bob')}`,
    },
  });
  const by = (name: string) => ({ authorization: `Bearer key-of-${name}` });
  const cost = costOf(gate);
  expect(await cost(ASK_NAME, {}, by('ann'))).toBe(1);
  expect(await cost(ASK_NAME, {}, by('ann'))).toBe(0);
  expect(await cost(ASK_NAME, {}, by('bob'))).toBe(1);
  const refused = await gate.ask(ASK_NAME, {}, { authorization: 'Bearer key-of-nobody' });
  expect(refused.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('an answer is kept no longer than CACHE_TTL_MS', async () => {
  const gate = await gateway({ settings: { CACHE_TTL_MS: '200' } });
  await untilKept(gate, ASK_NAME);
  await expect.poll(() => costOf(gate)(ASK_NAME), { interval: 50, timeout: 10_000 }).toBe(1);
});

describe('over one Redis (skipped where there is no redis-server)', () => {
  /** Gateways in front of one cloud and one Redis; the settings of each come on top. */
  const replicas = async (...own: Record<string, string>[]) => {
    const redis = await startRedis({ password: 'canary-redis-password' });
    const world = worldWith('old');
    const sandbox = await startSandbox({ world, settleMs: 30 });
    onTestFinished(() => sandbox.close());
    const endpoints = {
      CSS_ENDPOINT: sandbox.url,
      VPCEP_ENDPOINT: sandbox.url,
      DATAARTSINSIGHT_ENDPOINT: sandbox.url,
    };
    const gates = await Promise.all(
      own.map(async (settings) => {
        const gate = await gateway({
          settings: { ...MINUTE, ...endpoints, REDIS_URL: redis.url, ...settings },
        });
        return { ...gate, calls: () => sandbox.calls.splice(0).map(({ path }) => path) };
      }),
    );
    return { redis, gates };
  };

  /** Asks until Redis was asked again. */
  const untilAgain = (gate: TestGateway) => untilKept(gate, NOTES, ID, as('a-probe'));

  test.skipIf(!hasRedis)(
    'what one replica was told another one knows, and a write empties both',
    async () => {
      const { gates } = await replicas({}, {});
      const [one, two] = [gates[0]!, gates[1]!];
      await untilAgain(two);
      await untilKept(one, NOTES, ID);
      expect(await costOf(two)(NOTES, ID)).toBe(0);
      await two.ask(NOTE, CHANGED);
      expect(noteIn(await one.ask(NOTES, ID))).toBe('new');
      expect(noteIn(await two.ask(NOTES, ID))).toBe('new');
    },
  );

  test.skipIf(!hasRedis)('gateways with another configuration have nothing in common', async () => {
    const { gates } = await replicas({}, { MAX_PAGE_SIZE: '10' }, { HW_PROJECT_ID: SANDBOX.projectId });
    const [one, other, same] = [gates[0]!, gates[1]!, gates[2]!];
    await untilAgain(other);
    await untilKept(one, NOTES, ID);
    expect(await costOf(other)(NOTES, ID)).toBeGreaterThan(0);
    await untilAgain(same);
    expect(await costOf(same)(NOTES, ID)).toBe(0);
  });

  test.skipIf(!hasRedis)(
    'names hold nothing of callers and questions, and values only their own answers',
    async () => {
      const { gates, redis } = await replicas({ LOG_LEVEL: 'debug' });
      const gate = gates[0]!;
      const secrets = { token: 'canary-token-1a', workspace: 'canary-workspace-2b' };
      const headers = { ...as(secrets.token), 'x-workspace-id': secrets.workspace };
      await untilKept(gate, NOTES, ID, headers);
      await untilKept(gate, '{ quotas { type used limit } }', {}, as('canary-token-3c'));
      await gate.ask(NOTE, { ...CHANGED, note: 'canary-note-4d' }, as('canary-token-5e'));
      const content = await redis.content();
      const names = Object.keys(content);
      expect(names).toHaveLength(5);
      for (const name of names)
        expect(name).toMatch(/^vpc-endpoint-graph:[\w-]{22}:answers:\{[\w-]{43}\}(:[\w-]{43})?$/);
      const answers = Object.entries(content).filter(([name]) => name.includes('}:'));
      expect(answers).toHaveLength(2);
      for (const [name, text] of answers) {
        const generation = content[name.slice(0, name.indexOf('}') + 1)]!;
        expect(text.startsWith(`${generation} {"`)).toBe(true);
      }
      expect(answers.filter(([, text]) => text.includes('"old"'))).toHaveLength(1);
      expect(JSON.stringify(content)).not.toMatch(/canary/i);
      const metrics = await (await fetch(`${gate.url}/metrics`)).text();
      expect([metrics, ...gate.log].join('\n')).not.toMatch(/canary|redis:/i);
    },
  );

  test.skipIf(!hasRedis)('without Redis the answers go on, and are kept again when it is back', async () => {
    const { gates, redis } = await replicas({});
    const gate = gates[0]!;
    await untilKept(gate, NOTES, ID);
    await redis.kill();
    for (let round = 0; round < 20; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(noteIn(await gate.ask(NOTES, ID))).toBe('old');
    }
    expect((await gate.ask(NOTE, CHANGED)).data.updateConnectionDescriptions.userErrors).toEqual([]);
    expect(noteIn(await gate.ask(NOTES, ID))).toBe('new');
    await redis.start();
    await untilAgain(gate);
    expect(noteIn(await gate.ask(NOTES, ID))).toBe('new');
    const warnings = gate.log.filter((line) => line.includes('Redis cannot be used'));
    expect(warnings).toHaveLength(1);
    expect(gate.log.join('\n')).not.toMatch(/canary-redis-password|unexpected|request failed/);
  });

  test.skipIf(!hasRedis)('a Redis that hangs holds nothing up, and of a write it is told later', async () => {
    const { gates, redis } = await replicas({}, {});
    const [one, two] = [gates[0]!, gates[1]!];
    await untilKept(one, NOTES, ID);
    await untilAgain(two);
    redis.freeze();
    const started = performance.now();
    // The first one waits for a moment; after it Redis is left alone, so that it does not hear of the write.
    expect(noteIn(await one.ask(NOTES, ID))).toBe('old');
    await one.ask(NOTE, CHANGED);
    for (let round = 0; round < 10; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(noteIn(await one.ask(NOTES, ID))).toBe('new');
    }
    expect(performance.now() - started).toBeLessThan(5_000);
    redis.thaw();
    await untilAgain(one);
    expect(noteIn(await one.ask(NOTES, ID))).toBe('new');
    await untilAgain(two);
    expect(noteIn(await two.ask(NOTES, ID))).toBe('new');
  });

  test.skipIf(!hasRedis)('a gateway starts, answers and ends where there is no Redis at all', async () => {
    const redis = await startRedis();
    await redis.kill();
    const gate = await gateway({ settings: { ...MINUTE, REDIS_URL: redis.url } });
    expect(await costOf(gate)(ASK_NAME)).toBe(1);
    expect(await costOf(gate)(ASK_NAME)).toBe(1);
    await redis.start();
    await untilKept(gate, ASK_NAME);
  });

  test.skipIf(!hasRedis)('with a wrong password the gateway goes on, and says so without it', async () => {
    const redis = await startRedis({ password: 'the-right-password' });
    const url = redis.url.replace('right', 'wrong');
    const gate = await gateway({ settings: { ...MINUTE, REDIS_URL: url } });
    await expect.poll(() => gate.log.join('\n')).toMatch(/WRONGPASS.*Redis cannot be used/);
    expect(await costOf(gate)(ASK_NAME)).toBe(1);
    expect(await costOf(gate)(ASK_NAME)).toBe(1);
    expect(gate.log.join('\n')).not.toMatch(/the-wrong|127\.0\.0\.1/);
  });
});

test('the password of Redis is cut out of every line of the log', () => {
  const { destination, written } = keepLines();
  for (const redisUrl of [
    'redis://u:canary%2Fpass%22word@redis.internal',
    'rediss://redis.internal?password=canary%2Fpass%22word',
  ]) {
    const log = createLog({ logLevel: 'info', projects: [], redisUrl }, destination);
    log.info({ url: redisUrl, meant: 'canary/pass"word' }, `asked ${redisUrl}`);
  }
  expect(written.join('')).toContain('[redacted]');
  expect(written.join('')).not.toMatch(/canary/);
});

describe('the cache itself', () => {
  const WHO = 'caller';
  const TTL_MS = 1_000;

  /** A cache over a store that can be away, with a clock of its own. */
  const cacheOf = () => {
    const state = { now: 0, isAway: false };
    const memory = createMemoryBudget(10_000_000);
    const kept = createMemoryStore(memory, 60_000, () => state.now);
    const store: Store = {
      get: async (names) => (state.isAway ? undefined : kept.get(names)),
      set: async (...entry) => !state.isAway && kept.set(...entry),
      add: async (...entry) => !state.isAway && kept.add(...entry),
    };
    const cache = createResponseCache(store, 'n', TTL_MS, memory, () => state.now);
    const keep = async (who: string) => (await cache.lookUp(who, 'q')).store('answer');
    const found = async (who: string) => (await cache.lookUp(who, 'q')).cached;
    return { state, cache, keep, found };
  };

  test('an answer is there until its time is over', async () => {
    const { state, keep, found } = cacheOf();
    await keep(WHO);
    state.now = TTL_MS - 1;
    expect(await found(WHO)).toBe('answer');
    state.now = TTL_MS;
    expect(await found(WHO)).toBeUndefined();
  });

  test('what was looked up before a write is not kept after it, were it the first thing of its caller', async () => {
    const { cache, found } = cacheOf();
    const place = await cache.lookUp(WHO, 'q');
    await cache.invalidate(WHO);
    await place.store('stale');
    expect(await found(WHO)).toBeUndefined();
  });

  test('a write that the store was not told of counts all the same', async () => {
    const { state, cache, keep, found } = cacheOf();
    await keep(WHO);
    await keep('other');
    state.isAway = true;
    expect(await cache.invalidate(WHO)).toBe(false);
    expect(await found(WHO)).toBeUndefined();
    state.isAway = false;
    expect(await found(WHO)).toBeUndefined();
    expect(await found('other')).toBe('answer');
    await keep(WHO);
    expect(await found(WHO)).toBe('answer');
  });

  test('where too many writes were not told to remember, nothing is believed until all is over', async () => {
    const { state, cache, keep, found } = cacheOf();
    await keep(WHO);
    state.isAway = true;
    await runAtOnce(100, 1_001, async (at) => void (await cache.invalidate(`caller ${at}`)));
    state.isAway = false;
    expect(await found(WHO)).toBeUndefined();
    state.now = 10_000_000;
    await keep(WHO);
    expect(await found(WHO)).toBe('answer');
  });

  test('an answer too large to be worth it is not kept', async () => {
    const { cache, found } = cacheOf();
    await (await cache.lookUp(WHO, 'q')).store('x'.repeat(1_000_001));
    expect(await found(WHO)).toBeUndefined();
  });

  test('the memory forgets what was not asked for the longest, before it holds too much', async () => {
    const store = createMemoryStore(createMemoryBudget(35_000), 60_000); // 15 % of it
    const put = (name: string) => store.set(name, 'x'.repeat(700), 60_000);
    await put('a');
    await put('b');
    await put('c');
    await store.get(['a']);
    await put('d');
    const found = await store.get(['a', 'b', 'c', 'd']);
    expect(found?.map((text) => text !== null)).toEqual([true, false, true, true]);
    expect(await store.set('large', 'x'.repeat(3_000), 60_000)).toBe(false);
  });

  test('what is there is not put there again, until it is over', async () => {
    const state = { now: 0 };
    const store = createMemoryStore(createMemoryBudget(1_000_000), 60_000, () => state.now);
    expect(await store.add('a', 'one', 10)).toBe(true);
    expect(await store.add('a', 'two', 10)).toBe(false);
    state.now = 10;
    expect(await store.get(['a'])).toEqual([null]);
    expect(await store.add('a', 'two', 10)).toBe(true);
    await wait(0);
    expect(await store.get(['a'])).toEqual(['two']);
  });
});
