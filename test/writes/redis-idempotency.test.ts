import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ClientAborted } from '../../src/http/errors.ts';
import { LightAbortSignal } from '../../src/http/abort-signal.ts';
import type { Project } from '../../src/http/request.ts';
import { connectRedis } from '../../src/cache/redis.ts';
import { emptyWorld, makeCluster, makePermission, makeService } from '../../src/sandbox/world.ts';
import {
  createRedisIdempotency,
  type KeyedWrite,
  type RedisIdempotency,
} from '../../src/writes/redis-idempotency.ts';
import { getOnlyError } from '../support/sample-operations.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { startReplicas } from '../support/replicas.ts';
import { UNCLEAR, listWrites } from '../support/writes.ts';

/** Of all tests here. */
const shared = hasRedis ? await startRedis({ whenOver: afterAll }) : undefined;

const PROJECT: Project = {
  region: 'eu-1',
  projectId: 'project-1',
  endpoints: { css: 'https://css', vpcep: 'https://vpcep', dataartsinsight: 'https://insight' },
  accessKey: { accessKey: 'key', secretKey: 'canary-secret' },
};

/** One replica with a connection of its own. */
const replica = async ({ url }: Pick<RedisServer, 'url'>) => {
  const redis = connectRedis(url, { warn: () => {} });
  onTestFinished(() => redis.client.disconnect());
  await expect.poll(() => redis.client.status).toBe('ready');
  return { keys: createRedisIdempotency(redis, [PROJECT]), redis };
};

const submit = <T>(
  keys: RedisIdempotency,
  name: string,
  run: () => Promise<T>,
  more: Partial<KeyedWrite<T | string>> = {},
): Promise<T | string> =>
  keys.runOnce<T | string>(name, {
    input: 'input',
    run,
    mayHaveRun: () => true,
    unknownOutcome: () => 'unknown',
    left: () => 10_000,
    signal: undefined,
    ...more,
  });

const counting = () => {
  let runs = 0;
  return { run: async () => (runs += 1), runs: () => runs };
};

let names = 0;
const newName = () => `name-${(names += 1)}`;

describe.skipIf(!hasRedis)('keys of several replicas (skipped where there is no redis-server)', () => {
  const two = async () => [await replica(shared!), await replica(shared!)] as const;

  test('the same key runs once on two replicas, and both are told the same', async () => {
    const [one, other] = await two();
    const { run, runs } = counting();
    const name = newName();
    const slow = async () => {
      await wait(200);
      return run();
    };
    expect(await Promise.all([submit(one.keys, name, slow), submit(other.keys, name, slow)])).toEqual([1, 1]);
    expect(await submit(other.keys, name, slow)).toBe(1);
    expect(runs()).toBe(1);
  });

  test('the same key with another input is a conflict on another replica, also while the first runs', async () => {
    const [one, other] = await two();
    const name = newName();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = submit(one.keys, name, () => promise);
    await wait(100);
    const second = () => submit(other.keys, name, async () => 'second', { input: 'another' });
    await expect(second()).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
    resolve('first');
    await first;
    await expect(second()).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
  });

  test('what certainly did not run is forgotten on all replicas', async () => {
    const [one, other] = await two();
    const name = newName();
    await submit(one.keys, name, async () => 'refused', { mayHaveRun: () => false });
    await expect(submit(one.keys, name, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await submit(other.keys, name, async () => 'second', { input: 'another' })).toBe('second');
  });

  test('what became of a write whose replica died is not known, and it is not run again', async () => {
    const [dead, other] = await two();
    const name = newName();
    void submit(dead.keys, name, () => new Promise(() => {}));
    await wait(100);
    dead.redis.client.disconnect();
    const { run, runs } = counting();
    expect(await submit(other.keys, name, run)).toBe('unknown');
    expect(await submit(other.keys, name, run)).toBe('unknown');
    expect(runs()).toBe(0);
  });

  test('one that waits too long for another replica gets an error, and one that disconnects stops waiting', async () => {
    const [one, other] = await two();
    const name = newName();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = submit(one.keys, name, () => promise);
    await wait(100);
    const { run, runs } = counting();
    // Longer than a replica may say nothing: it runs, and says so.
    const end = performance.now() + 4_500;
    const left = () => end - performance.now();
    await expect(submit(other.keys, name, run, { left })).rejects.toMatchObject({
      message: expect.stringContaining('still runs'),
      extensions: { code: 'UPSTREAM_BUSY', retryable: true },
    });
    const signal = new LightAbortSignal();
    signal.abort();
    await expect(submit(other.keys, name, run, { signal })).rejects.toBeInstanceOf(ClientAborted);
    resolve('done');
    expect(await first).toBe('done');
    expect(await submit(other.keys, name, run)).toBe('done');
    expect(runs()).toBe(0);
  });

  test('a project in a result comes back as it is configured, and its secrets stay out of Redis', async () => {
    const [one, other] = await two();
    const name = newName();
    const result = { value: { touched: [{ parent: { project: PROJECT, clusterId: 'c' } }] } };
    await submit(one.keys, name, async () => result);
    const again = (await submit(other.keys, name, async () => result)) as typeof result;
    expect(again.value.touched[0]!.parent.project).toBe(PROJECT);
    expect(JSON.stringify(await shared!.content())).not.toContain('canary');
  });

  test('a result that is too large is not told again, nor run again', async () => {
    const [one, other] = await two();
    const name = newName();
    await submit(one.keys, name, async () => 'x'.repeat(300_000));
    const again = submit(other.keys, name, async () => 'second');
    await expect(again).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
  });

  test('something in Redis that cannot be read counts as a write that may have run', async () => {
    const [one] = await two();
    const name = newName();
    await one.redis.client.set(`vpc-endpoint-graph:key:{${name}}`, 'of another version');
    expect(await submit(one.keys, name, async () => 'second')).toBe('unknown');
  });

  test('where Redis does not answer, nothing is sent for a key', async () => {
    const redis = await startRedis();
    const { keys } = await replica(redis);
    await redis.kill();
    const { run, runs } = counting();
    await expect(submit(keys, newName(), run)).rejects.toMatchObject({
      message: expect.stringContaining('nothing was sent'),
      extensions: { code: 'UPSTREAM_BUSY', retryable: true },
    });
    expect(runs()).toBe(0);
  });

  test('where Redis dies while a write runs, it is told to its caller, and nobody runs it again', async () => {
    const redis = await startRedis({ durable: true });
    const [one, other] = [await replica(redis), await replica(redis)];
    const name = newName();
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = submit(one.keys, name, () => promise);
    await wait(100);
    await redis.kill();
    resolve('first');
    expect(await first).toBe('first');
    await redis.start();
    await expect.poll(() => other.redis.client.status, { timeout: 10_000 }).toBe('ready');
    expect(await submit(other.keys, name, async () => 'second')).toBe('unknown');
  });
});

const ADD = `mutation ($input: AddPermissionsInput!) { change: addPermissions(input: $input) {
  added permissions { permission } userErrors { code message } } }`;
const CREATE = `mutation ($input: CreateEndpointInput!) { change: createEndpoint(input: $input) {
  endpoint { endpointId vpcId createdAt } userErrors { code message } } }`;
const ACCEPT = `mutation ($input: AcceptConnectionsInput!) { change: acceptConnections(input: $input) {
  connections { endpointId } userErrors { code message } } }`;

const account = (digit: number) => String(digit).padStart(32, '0');
const domain = (digit: number) => `iam:domain::${account(digit)}`;

describe.skipIf(!hasRedis)('gateways with one Redis (skipped where there is no redis-server)', () => {
  const replicas = async (settings: Record<string, string> = {}) => {
    const world = emptyWorld();
    const cluster = makeCluster({ permissions: [makePermission({ permission: domain(1) })] });
    const service = makeService({ permissions: [makePermission({ permission: '*' })] });
    world.clusters.push(cluster);
    world.services.push(service);
    const gates = await startReplicas(2, { REDIS_URL: shared!.url, ...settings }, { world });
    // Redis is done without until it is connected.
    const warm = async (at: number) => {
      const input = { parent: { clusterId: cluster.id }, principals: [account(1)] };
      return (await gates.ask(at, ADD, { input })).data?.change.userErrors.length;
    };
    for (const at of [0, 1]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect.poll(() => warm(at), { timeout: 10_000 }).toBe(0);
    }
    const add = async (at: number, principals: readonly number[], more: object = {}) => {
      const input = { parent: { clusterId: cluster.id }, principals: principals.map(account), ...more };
      return gates.ask(at, ADD, { input });
    };
    const texts = () => gates.sandbox.world.clusters[0]!.permissions.map(({ permission }) => permission);
    return { ...gates, add, texts, service, cluster };
  };

  test('two changes of one whitelist on two replicas at once: none is lost, in ten rounds of ten', async () => {
    const { add, texts } = await replicas();
    for (let round = 0; round < 10; round += 1) {
      const accounts = [10 + 2 * round, 11 + 2 * round];
      // oxlint-disable-next-line no-await-in-loop -- round by round
      const answers = await Promise.all(accounts.map((digit, at) => add(at, [digit])));
      for (const { data } of answers) expect(data.change.userErrors).toEqual([]);
      expect(texts()).toEqual(expect.arrayContaining(accounts.map(domain)));
    }
    expect(texts()).toHaveLength(21);
  });

  test('the same key on two replicas at once is one write, and another input a conflict', async () => {
    const { add, sandbox } = await replicas();
    const idempotencyKey = newName();
    const answers = await Promise.all([0, 1].map((at) => add(at, [3], { idempotencyKey, project: null })));
    for (const { data } of answers) expect(data.change).toMatchObject({ added: [domain(3)], userErrors: [] });
    expect((await add(1, [3], { idempotencyKey })).data.change.added).toEqual([domain(3)]);
    expect(getOnlyError(await add(1, [4], { idempotencyKey })).extensions.code).toBe('CONFLICT');
    expect(listWrites(sandbox)).toHaveLength(1);
  });

  test('a key that made an endpoint on one replica tells it on the other', async () => {
    const { ask, sandbox, service } = await replicas();
    const input = {
      serviceId: service.id,
      vpcId: service.vpc_id,
      subnetId: '11111111-2222-4333-8444-555555555555',
      idempotencyKey: newName(),
    };
    const first = await ask(0, CREATE, { input });
    expect(first.data.change).toMatchObject({ endpoint: { endpointId: expect.any(String) }, userErrors: [] });
    expect(await ask(1, CREATE, { input })).toEqual(first);
    expect(listWrites(sandbox)).toHaveLength(1);
  });

  test.each(UNCLEAR.filter(({ fault }) => fault.reset))(
    'after $what on one replica, the other one looks, and sends nothing',
    async ({ fault }) => {
      const { add, sandbox } = await replicas();
      sandbox.fault({ method: 'POST', path: /permissions/, times: 1, ...fault });
      const idempotencyKey = newName();
      expect((await add(0, [3], { idempotencyKey })).data.change.userErrors).toMatchObject([
        { code: 'INDETERMINATE' },
      ]);
      const { data } = await add(1, [3], { idempotencyKey });
      if (fault.reset === 'after') expect(data.change).toMatchObject({ added: [domain(3)], userErrors: [] });
      else expect(data.change.userErrors[0].message).toContain('does not show');
      expect(listWrites(sandbox)).toHaveLength(1);
    },
  );

  test('a refusal that never ran runs again with the same key on the other replica', async () => {
    const { ask, sandbox, cluster } = await replicas();
    const input = {
      targets: [{ parent: { clusterId: cluster.id }, endpointIds: ['nobody'] }],
      idempotencyKey: newName(),
    };
    for (const at of [0, 1]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { data } = await ask(at, ACCEPT, { input });
      expect(data.change.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
    expect(listWrites(sandbox)).toHaveLength(2);
  });

  test('Redis holds no token, no key, no input and no name of a caller', async () => {
    const { ask, cluster } = await replicas();
    const input = {
      parent: { clusterId: cluster.id },
      principals: [account(5)],
      idempotencyKey: 'canary-key',
    };
    await ask(0, ADD, { input }, { 'x-auth-token': 'canary-token' });
    const content = JSON.stringify(await shared!.content());
    expect(content).toContain('vpc-endpoint-graph:key:');
    expect(content).not.toContain('canary');
  });
});
