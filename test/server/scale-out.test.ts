import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import type { Answer } from '../support/gateway.ts';
import { hasHaproxy, startHaproxy } from '../support/haproxy.ts';
import { hasRedis, startRedis } from '../support/redis.ts';
import { type Replica, startReplica } from '../support/replica.ts';
import { listWrites } from '../support/writes.ts';

const NAME =
  'query ($id: ID!) { cluster(clusterId: $id) { name connections(first: 5) { nodes { endpointId } } } }';
const NOTES = `query ($id: ID!) { endpointService(by: { id: $id }) {
  connections(first: 100) { nodes { endpointId description } } } }`;
const NOTE = `mutation ($id: ID!, $endpoint: ID!, $note: String!) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: [{ endpointId: $endpoint, description: $note }] }) {
    userErrors { code } } }`;

const HEADERS = { 'x-auth-token': SANDBOX.token, accept: 'application/json' };

type Ask = (url: string, query: string, variables: object) => Promise<Response>;

const byGet: Ask = (url, query, variables) => {
  const asked = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  return fetch(`${url}/graphql?${asked}`, { headers: HEADERS });
};

const byPost: Ask = (url, query, variables) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...HEADERS, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });

/** Three replicas before one cloud, with one Redis. */
const threeReplicas = async (settings: Record<string, string> = {}) => {
  const world = createWorld();
  const sandbox = await startSandbox({ world, settleMs: 30 });
  onTestFinished(() => sandbox.close());
  const redis = hasRedis ? { REDIS_URL: (await startRedis()).url } : undefined;
  const all = {
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    VPCEP_ENDPOINT: sandbox.url,
    DATAARTSINSIGHT_ENDPOINT: sandbox.url,
    ...redis,
    ...settings,
  };
  const replicas = await Promise.all([startReplica(all), startReplica(all), startReplica(all)]);
  const service = world.services.find(({ connections }) => connections.length > 0)!;
  const note = { id: service.id, endpoint: service.connections[0]!.id, note: 'seen' };
  return { world, sandbox, replicas, service, note };
};

const RUNNING = 'gateway_operations{state="running"}';
const OPERATIONS = 'gateway_request_duration_seconds_count{status="200"}';

/** A few clients that read without pause until they are told to stop. */
const reading = (url: string, ask: Ask, ids: readonly string[]) => {
  const seen = { answers: new Map<string, Set<string>>(), answered: 0, sentAgain: 0 };
  const end = { stopped: false };

  /** As any client does, a read that was not answered is sent once more. */
  const read = async (id: string): Promise<string> => {
    for (const isLast of [false, true]) {
      // oxlint-disable-next-line no-await-in-loop -- the second try comes after the first
      const response = await ask(url, NAME, { id }).catch((error: unknown) => {
        if (isLast) throw error;
      });
      // oxlint-disable-next-line no-await-in-loop -- the second try comes after the first
      if (response && (response.status === 200 || isLast)) return response.text();
      seen.sentAgain += 1;
    }
    throw new Error('Unreachable');
  };
  const client = async (number: number): Promise<void> => {
    for (let at = number; !end.stopped; at += 1) {
      const id = ids[at % ids.length]!;
      // oxlint-disable-next-line no-await-in-loop -- one read after the other is what a client is here
      const answer = await read(id);
      seen.answers.set(id, (seen.answers.get(id) ?? new Set()).add(answer));
      seen.answered += 1;
    }
  };
  const clients = Promise.all([0, 1, 2, 3, 4, 5].map(client));
  return {
    answered: () => seen.answered,
    stop: async () => {
      end.stopped = true;
      await clients;
      return seen;
    },
  };
};

/** The replica that is at work. */
const busyOne = async (replicas: readonly Replica[]): Promise<Replica> => {
  let busy: Replica | undefined;
  const look = async () => {
    const running = await Promise.all(replicas.map((replica) => replica.metric(RUNNING)));
    busy = replicas.find((_, i) => running[i]! > 0);
    return busy !== undefined;
  };
  await expect.poll(look, { interval: 10, timeout: 5_000 }).toBe(true);
  return busy!;
};

describe('behind HAProxy as in deploy/ (skipped where there is no haproxy)', () => {
  test.skipIf(!hasHaproxy).for(['SIGTERM', 'SIGKILL'] as const)(
    'every read is answered, and rightly, though one of three replicas ends with %s',
    { timeout: 90_000 },
    async (signal) => {
      const { world, sandbox, replicas } = await threeReplicas();
      const url = await startHaproxy(replicas.map((replica) => replica.url));
      // Always some on their way when the replica ends.
      sandbox.fault({ path: /clusters/, delayMs: 15 });
      const ids = world.clusters.filter(({ endpointAccess }) => endpointAccess).map(({ id }) => id);
      const right = new Map<string, string>();
      for (const id of ids) {
        // oxlint-disable-next-line no-await-in-loop -- a few
        right.set(id, await (await byPost(replicas[0].url, NAME, { id })).text());
      }

      const [getting, posting] = [reading(url, byGet, ids), reading(url, byPost, ids)];
      const served = () => Promise.all(replicas.map((replica) => replica.metric(OPERATIONS)));
      await expect.poll(async () => Math.min(...(await served())), { timeout: 20_000 }).toBeGreaterThan(20);
      const [gotBefore, postedBefore] = [getting.answered(), posting.answered()];
      replicas[0].kill(signal);
      expect(await replicas[0].exit).toBe(signal === 'SIGTERM' ? 0 : null);
      await expect.poll(() => getting.answered(), { timeout: 20_000 }).toBeGreaterThan(gotBefore + 100);
      await expect.poll(() => posting.answered(), { timeout: 20_000 }).toBeGreaterThan(postedBefore + 100);

      const [got, posted] = [await getting.stop(), await posting.stop()];
      for (const { answers } of [got, posted]) {
        for (const [id, texts] of answers) expect([...texts]).toEqual([right.get(id)]);
      }
      // What came by GET was sent again by HAProxy alone; each of six clients can have had one POST on the ended replica.
      expect(got.sentAgain).toBe(0);
      expect(posted.sentAgain).toBeLessThanOrEqual(6);
    },
  );

  test.skipIf(!hasHaproxy)('a query by GET that was on its way is answered by another replica', async () => {
    const { sandbox, replicas, service } = await threeReplicas();
    const url = await startHaproxy(replicas.map((replica) => replica.url));
    sandbox.fault({ path: /services/, delayMs: 1_000 });
    const asked = byGet(url, NOTES, { id: service.id });
    (await busyOne(replicas)).kill('SIGKILL');
    const answer = (await (await asked).json()) as Answer;
    expect(answer).toMatchObject({
      data: { endpointService: { connections: { nodes: expect.any(Array) } } },
    });
  });

  test.skipIf(!hasHaproxy)(
    'a write that was on its way when its replica was killed is not sent again',
    async () => {
      const { sandbox, replicas, note } = await threeReplicas();
      const url = await startHaproxy(replicas.map((replica) => replica.url));
      sandbox.fault({ method: 'PUT', path: /description/, delayMs: 1_000 });
      const asked = byPost(url, NOTE, note);
      const replica = await busyOne(replicas);
      await expect.poll(() => listWrites(sandbox).length).toBe(1);
      replica.kill('SIGKILL');
      expect((await asked).status).toBe(502);
      await wait(1_500);
      expect(listWrites(sandbox)).toHaveLength(1);
    },
  );

  test.skipIf(!hasHaproxy)(
    'a write that a replica refuses while it shuts down is done by another one',
    async () => {
      const { sandbox, replicas, note, service } = await threeReplicas();
      const url = await startHaproxy(replicas.map((replica) => replica.url));
      const ready = async () => (await fetch(`${replicas[0].url}/ready`)).status;
      sandbox.fault({ method: 'GET', path: /services/, delayMs: 1_500 });
      // Something to wait for, so that it refuses and does not just end.
      const held = byPost(replicas[0].url, NOTES, { id: service.id });
      await expect.poll(() => replicas[0].metric(RUNNING), { interval: 10 }).toBe(1);
      replicas[0].kill('SIGTERM');
      await expect.poll(ready, { interval: 5 }).toBe(503);
      // As many as there are replicas: each gets one.
      const answers = await Promise.all(replicas.map(() => byPost(url, NOTE, note)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await answers[0]!.json()).toEqual({
        data: { updateConnectionDescriptions: { userErrors: [] } },
      });
      expect(listWrites(sandbox)).toHaveLength(3);
      expect((await held).status).toBe(200);
    },
  );
});

describe('with one Redis (skipped where there is no redis-server)', () => {
  test.skipIf(!hasRedis)(
    'what one replica answered another one keeps, until the caller writes through a third',
    async () => {
      const { sandbox, replicas, service, note } = await threeReplicas({ CACHE_TTL_MS: '60000' });
      const [first, second, third] = replicas;
      const description = async (replica: Replica) => {
        const answer = (await (await byPost(replica.url, NOTES, { id: service.id })).json()) as Answer;
        const connections: { endpointId: string; description: string }[] =
          answer.data.endpointService.connections.nodes;
        return connections.find(({ endpointId }) => endpointId === note.endpoint)?.description;
      };
      const keptOf = async (replica: Replica) => {
        const calls = sandbox.calls.length;
        const seen = await description(replica);
        return sandbox.calls.length === calls ? seen : 'not kept';
      };
      // Redis is done without where it takes long, as it does for a process that has just started.
      await byPost(third.url, NOTE, { ...note, note: 'first' });
      for (const replica of replicas) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await expect.poll(() => keptOf(replica), { interval: 100, timeout: 10_000 }).toBe('first');
      }
      await byPost(third.url, NOTE, { ...note, note: 'second' });
      expect(await description(first)).toBe('second');
      await expect.poll(() => keptOf(second), { timeout: 10_000 }).toBe('second');
    },
  );
});
