import { setTimeout as wait } from 'node:timers/promises';
import { type FaultRule, startSandbox } from '../../../src/sandbox/server.ts';
import { emptyWorld, makeCluster, makePermission, SANDBOX, type World } from '../../../src/sandbox/world.ts';
import { type Answer, sandboxSettings } from '../../support/gateway.ts';
import { type Random, createRandom } from '../../support/random.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { type Replica, startReplica } from '../../support/replica.ts';
import type { ReplicaHistory, Submit } from './replica-history.ts';

const SETTINGS = { UPSTREAM_TIMEOUT_MS: '1000', OPERATION_TIMEOUT_MS: '12000', RATE_LIMIT: '0' };
const REPLICAS = 3;
const ACCOUNTS = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(32));
/** Never changed, so that no list is ever empty. */
const ROOTED = '0'.repeat(32);

/** A failure of a process while a history runs. */
export type Trouble = 'none' | 'a replica dies' | 'a replica is paused' | 'Redis dies' | 'Redis is paused';

/** Which trouble a seed has: most have none, since each of them takes seconds. */
export const troubleOf = (seed: number): Trouble => {
  const among: Trouble[] = ['a replica dies', 'Redis dies', 'a replica is paused', 'Redis is paused'];
  return seed % 14 === 0 ? among[(seed / 14) % among.length]! : 'none';
};

/** Three replicas in processes of their own, one Redis that forgets nothing, and one cloud. */
export interface Replicated {
  run: (seed: number) => Promise<ReplicaHistory>;
}

const MUTATIONS = {
  add: 'mutation ($input: AddPermissionsInput!) { change: addPermissions(input: $input) { added removed userErrors { code } } }',
  remove:
    'mutation ($input: RemovePermissionsInput!) { change: removePermissions(input: $input) { added removed userErrors { code } } }',
};

/** What can happen to a write on its way; most are left alone. */
const FAULTS: readonly (Omit<FaultRule, 'path'> | undefined)[] = [
  ...Array.from({ length: 10 }, () => undefined),
  { delayMs: 30 },
  { delayMs: 80 },
  { reset: 'before' },
  { reset: 'after' },
  { respond: { status: 502, body: '<html>' } },
  { respond: { status: 429, body: { error_code: 'APIGW.0308', error_msg: 'slow down' } } },
];

const bareOf = (permission: string) => permission.replace('iam:domain::', '');

const clusterOf = (world: World, id: string) => world.clusters.find((one) => one.id === id)!;
const accountsOf = (world: World, id: string): string[] =>
  clusterOf(world, id).permissions.map(({ permission }) => bareOf(permission));

/** Changes a list as a program does that knows nothing of the gateway. */
const changeElsewhere = (world: World, id: string, chance: Random): void => {
  const { permissions } = clusterOf(world, id);
  const permission = `iam:domain::${chance.one(ACCOUNTS)}`;
  const at = permissions.findIndex((one) => one.permission === permission);
  if (at < 0) permissions.push(makePermission({ permission }));
  else permissions.splice(at, 1);
};

const startAll = async (whenOver: (end: () => unknown) => void) => {
  const sandbox = await startSandbox({ world: emptyWorld() });
  whenOver(() => sandbox.close());
  const redis = await startRedis({ durable: true, whenOver });
  const settings = { ...sandboxSettings(sandbox), ...SETTINGS, REDIS_URL: redis.url };
  const start = () => startReplica(settings, [], whenOver);
  const replicas = await Promise.all(Array.from({ length: REPLICAS }, start));
  return { sandbox, redis, replicas, start };
};

type All = Awaited<ReturnType<typeof startAll>>;

/** Makes the trouble of a seed, and gives what puts everything right again. */
const trouble = async (
  kind: Trouble,
  { redis, replicas, start }: { redis: RedisServer; replicas: Replica[]; start: () => Promise<Replica> },
  chance: Random,
): Promise<void> => {
  if (kind === 'none') return;
  await wait(chance.between(0, 60));
  const victim = chance.between(0, replicas.length - 1);
  const replica = replicas[victim]!;
  if (kind === 'a replica dies') {
    replica.kill('SIGKILL');
    await replica.exit;
    replicas[victim] = await start();
  } else if (kind === 'a replica is paused') {
    replica.kill('SIGSTOP');
    await wait(chance.between(500, 4_500));
    replica.kill('SIGCONT');
  } else if (kind === 'Redis dies') {
    await redis.kill();
    await wait(chance.between(0, 300));
    await redis.start();
  } else {
    redis.freeze();
    await wait(chance.between(200, 3_500));
    redis.thaw();
  }
};

const submitTo = async (
  url: string,
  { id, action, accounts, key }: Pick<Submit, 'id' | 'action' | 'accounts' | 'key'>,
  clusterId: string,
) => {
  const input = { parent: { clusterId }, principals: accounts, idempotencyKey: key };
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token, 'x-request-id': id },
      body: JSON.stringify({ query: MUTATIONS[action], variables: { input } }),
    });
    const { data, errors } = (await response.json()) as Answer;
    const { added, removed, userErrors } = data?.change ?? { added: [], removed: [], userErrors: [] };
    const told = errors?.[0]?.extensions.code ?? (userErrors[0]?.code as string | undefined) ?? 'done';
    return { told, added: added.map(bareOf), removed: removed.map(bareOf) };
  } catch {
    return { told: 'no answer', added: [], removed: [] };
  }
};

const runSeed = async (seed: number, { sandbox, redis, replicas, start }: All): Promise<ReplicaHistory> => {
  const chance = createRandom(seed);
  let moment = 0;
  const tick = () => (moment += 1);
  const { world } = sandbox;
  const first = [ROOTED, ...ACCOUNTS.filter(() => chance.happens(0.5))];
  const cluster = makeCluster({
    permissions: first.map((account) => makePermission({ permission: `iam:domain::${account}` })),
  });
  world.clusters.push(cluster);
  const history: ReplicaHistory = { first, submits: [], moments: [], arrivals: [] };
  const noted = (by: string | null) =>
    void history.moments.push({ at: tick(), by, after: accountsOf(sandbox.world, cluster.id) });
  const elsewhere = (own: Random) => {
    changeElsewhere(sandbox.world, cluster.id, own);
    noted(null);
  };
  const path = new RegExp(`${cluster.id}/vpcepservice/permissions`);
  const writes = { method: 'POST', path };
  sandbox.fault({ ...writes, meanwhile: (_, headers) => noted(String(headers['x-request-id'])) });

  const count = chance.between(2, 3);
  let numbers = 0;
  const submit = async (own: Random, wish: Pick<Submit, 'action' | 'accounts' | 'key'>) => {
    const one: Submit = {
      ...wish,
      id: `seed-${seed}-${(numbers += 1)}`,
      begin: tick(),
      end: Infinity,
      told: 'no answer',
      added: [],
      removed: [],
    };
    history.submits.push(one);
    const answer = await submitTo(replicas[own.between(0, count - 1)]!.url, one, cluster.id);
    Object.assign(one, answer);
    if (answer.told !== 'no answer') one.end = tick();
  };

  const caller = async (number: number) => {
    const own = createRandom(seed * 100 + number);
    for (let step = 0; step < 2; step += 1) {
      const fault = own.one(FAULTS);
      if (fault) sandbox.fault({ ...writes, times: 1, ...fault });
      // Between the read and the write, or between the write and the look.
      const method = own.one(['GET', 'POST']);
      const between = new RegExp(`${cluster.id}/vpcepservice`);
      if (own.happens(0.25))
        sandbox.fault({ method, path: between, times: 1, meanwhile: () => elsewhere(own) });
      const wish = {
        action: own.one(['add', 'remove'] as const),
        accounts: [...new Set([own.one(ACCOUNTS), own.one(ACCOUNTS)])],
        key: own.happens(0.6) ? `key-${seed}-${number}-${step}` : null,
      };
      const times = wish.key ? own.between(1, 3) : 1;
      // oxlint-disable-next-line no-await-in-loop -- a caller does one thing after the other
      await Promise.all(
        Array.from({ length: times }, async () => {
          await wait(own.between(0, 40));
          await submit(own, wish);
        }),
      );
      if (wish.key && own.happens(0.3)) await submit(own, wish); // oxlint-disable-line no-await-in-loop
    }
  };
  const troubled = trouble(troubleOf(seed), { redis, replicas, start }, createRandom(seed + 0.5));
  await Promise.all([1, 2, 3].map(caller));
  await troubled;

  sandbox.clearFaults();
  history.arrivals = sandbox.calls
    .filter(({ method, path: at }) => method === 'POST' && at.search(path) >= 0)
    .map(({ headers, status = 0 }) => ({
      by: String(headers['x-request-id']),
      refused: status >= 400 && status < 500,
    }));
  sandbox.calls.splice(0);
  world.clusters.splice(world.clusters.indexOf(cluster), 1);
  return history;
};

/** Starts everything once; histories run one after the other. */
export const startReplicated = async (whenOver: (end: () => unknown) => void): Promise<Replicated> => {
  const all = await startAll(whenOver);
  return { run: (seed) => runSeed(seed, all) };
};
