import type { Sandbox } from '../../src/sandbox/server.ts';
import type { World } from '../../src/sandbox/model.ts';
import { createWorld, makeCluster, makeClusterConnection, SANDBOX } from '../../src/sandbox/world.ts';
import { LONG_ANSWER } from '../support/long-response.ts';
import { open, formatPost } from '../support/raw-http.ts';

/** A gateway that is attacked, and what the attackers know of the cloud behind it. */
export interface Target {
  url: string;
  sandbox: Sandbox;
  /** How much is held at the moment of what is attacked. */
  held: () => Promise<number>;
  /** Sends an operation from an address, with a token of the sandbox or without one; gives the text of the answer. */
  send: (sent: Sent) => Promise<string>;
}

interface Sent {
  query: string;
  variables?: object;
  /** The last part of the address that it comes from. */
  from?: number;
  token?: string | undefined;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Something that grows with requests, and how far. */
export interface Bound {
  /** Its name in `gateway_held` and `gateway_held_limit`. */
  what: string;
  unit: 'bytes' | 'entries';
  /** The setting that moves its limit; null where none does. */
  setting: string | null;
  /** Settings with which the limit is soon reached, and what it is then. */
  small: Readonly<Record<string, string>>;
  limit: number;
  /** Makes the cloud what the attack needs. */
  prepare?: (world: World) => void;
  /** Asks for more than the limit allows. */
  attack: (target: Target) => Promise<unknown>;
}

const MEGABYTE = 1024 * 1024;
const KEPT = { MAX_KEPT_BYTES: String(2 * MEGABYTE) };
const kept = (percent: number): number => Math.floor((2 * MEGABYTE * percent) / 100);

const SLOW = /endpoint-services\?/;
const SLOW_QUERY = '{ endpointServices { nodes { name } } }';
const HELD_UP_MS = 700;

const FEW_PLACES = { MAX_IN_FLIGHT: '10', MAX_QUEUE: '20' };
const FEW_SUBSCRIPTIONS = { MAX_SUBSCRIPTIONS: '20' };

const CLUSTER = createWorld().clusters.find(({ connections }) => connections.length > 10)!.id;
const SERVICE = createWorld().services.find(({ connections }) => connections.length > 1)!;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Runs this for 0, 1, 2 … with so many at once. */
const inTurns = async (count: number, atOnce: number, run: (at: number) => Promise<unknown>) => {
  let next = 0;
  await Promise.all(
    numbers(atOnce).map(async () => {
      // oxlint-disable-next-line no-await-in-loop -- each of them sends one after the other
      while (next < count) await run(next++);
    }),
  );
};

const times = async (count: number, run: () => Promise<unknown>) => {
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let at = 0; at < count; at += 1) await run();
};

/** A query that is like no other, and not short. */
const distinct = (at: number, field = 'region'): string =>
  numbers(30)
    .map((row) => `a${at}_${row}: ${field}`)
    .join(' ');

/** Waits until so much is held, or for a while. */
const reached = async ({ held }: Target, limit: number): Promise<void> => {
  const end = Date.now() + 20_000;
  // oxlint-disable-next-line no-await-in-loop -- one look after the other
  while ((await held()) < limit && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** Many requests that the cloud keeps waiting, from many addresses. */
const heldUp =
  (sent: (at: number) => Sent, count = 60) =>
  async ({ sandbox, send }: Target) => {
    sandbox.fault({ path: SLOW, delayMs: HELD_UP_MS });
    await Promise.all(numbers(count).map((at) => send({ from: at % 12, ...sent(at) })));
  };

const WATCH = `subscription ($id: ID!, $ids: [ID!]!) { connectionStatusChanged(parent: { serviceId: $id }, endpointIds: $ids) { status } }`;
const NOTE = `mutation ($id: ID!, $connections: [ConnectionDescriptionInput!]!, $key: String) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: $connections, idempotencyKey: $key }) { userErrors { code } } }`;
/** A note on a connection, as variables of the mutation. */
const note = (at: number, key?: string) => ({
  id: SERVICE.id,
  connections: [{ endpointId: SERVICE.connections[0]!.id, description: `note ${at}` }],
  key,
});

const creating = (world: World): void => {
  const { connections } = world.services.find(({ id }) => id === SERVICE.id)!;
  for (const connection of connections) connection.status = 'creating';
};

const subscribed = async (target: Target): Promise<void> => {
  const ending = new AbortController();
  const all = numbers(80).map((at) =>
    target
      .send({
        query: WATCH,
        token: `good-${at % 40}`,
        variables: { id: SERVICE.id, ids: SERVICE.connections.slice(0, 1 + (at % 2)).map(({ id }) => id) },
        from: at % 12,
        headers: { accept: 'text/event-stream' },
        signal: ending.signal,
      })
      .catch(() => undefined),
  );
  await reached(target, 15);
  ending.abort();
  await Promise.all(all);
};

/** Tokens `good-0`, `good-1` … that the cloud knows. */
const withTokens =
  (count: number, more?: (world: World) => void) =>
  (world: World): void => {
    for (const at of numbers(count))
      world.tokens.push({ value: `good-${at}`, expiresAt: Date.now() + 3_600_000, ended: false });
    more?.(world);
  };

const LONG_LIST = 1_000;

/** Everything that requests make the gateway hold beyond their own end, or that grows with how many there are. */
export const BOUNDS: readonly Bound[] = [
  {
    what: 'known_queries',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: KEPT,
    limit: kept(20),
    attack: ({ send }) =>
      inTurns(400, 8, (at) => times(3, () => send({ query: `{ projects { ${distinct(at)} } }` }))),
  },
  {
    what: 'revalidated_answers',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: KEPT,
    limit: kept(35),
    attack: ({ send }) =>
      inTurns(400, 8, (at) =>
        times(5, () => send({ query: `{ cluster(clusterId: "${CLUSTER}") { ${distinct(at, 'name')} } }` })),
      ),
  },
  {
    what: 'parsed_documents',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: KEPT,
    limit: kept(20),
    attack: ({ send }) => inTurns(400, 8, (at) => send({ query: `{ projects { ${distinct(at)} } }` })),
  },
  {
    what: 'parse_errors',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: KEPT,
    limit: kept(2),
    attack: ({ send }) => inTurns(400, 8, (at) => send({ query: `{ unclosed${at}` })),
  },
  {
    what: 'response_cache',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: { ...KEPT, CACHE_TTL_MS: '60000' },
    limit: kept(15),
    attack: ({ send }) =>
      inTurns(600, 8, (at) =>
        send({ query: `{ cluster(clusterId: "${CLUSTER}") { ${distinct(at, 'name')} } }` }),
      ),
  },
  {
    what: 'accepted_tokens',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: KEPT,
    limit: kept(3),
    prepare: withTokens(400),
    attack: ({ send }) =>
      inTurns(400, 8, (at) =>
        send({ query: `{ cluster(clusterId: "${CLUSTER}") { name } }`, token: `good-${at}` }),
      ),
  },
  {
    what: 'rate_limit_counters',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: { ...KEPT, RATE_LIMIT: '1000' },
    limit: kept(3),
    attack: ({ send }) =>
      inTurns(400, 8, (at) => send({ query: '{ __typename }', from: at, token: undefined })),
  },
  {
    what: 'unread_answers',
    unit: 'bytes',
    setting: 'MAX_UNREAD_BYTES',
    small: { MAX_UNREAD_BYTES: String(24 * MEGABYTE) },
    limit: 24 * MEGABYTE,
    prepare: (world) => {
      const [first] = world.clusters;
      for (const at of numbers(20))
        world.clusters.push({ ...first!, id: `long-${at}`, name: 'x'.repeat(90_000) });
    },
    attack: async ({ url }) => {
      const request = formatPost(JSON.stringify({ query: LONG_ANSWER }), { 'X-Auth-Token': SANDBOX.token });
      await inTurns(12, 3, async () => {
        const socket = open(url).pause();
        socket.write(Buffer.concat(request));
        await new Promise((resolve) => setTimeout(resolve, 250));
      });
    },
  },
  {
    what: 'request_bodies',
    unit: 'bytes',
    setting: 'MAX_PENDING_BODY_BYTES',
    small: { MAX_PENDING_BODY_BYTES: '1000000' },
    limit: 1_000_000,
    attack: heldUp(() => ({ query: SLOW_QUERY, variables: { unused: 'x'.repeat(100_000) } })),
  },
  {
    what: 'upstream_answers',
    unit: 'bytes',
    setting: 'MAX_UPSTREAM_BYTES',
    small: { MAX_UPSTREAM_BYTES: String(MEGABYTE) },
    limit: MEGABYTE,
    prepare: (world) => {
      for (const at of numbers(8))
        world.clusters.push(
          makeCluster({
            id: `large-${at}`,
            connections: numbers(LONG_LIST).map((row) => makeClusterConnection({ id: `e${at}-${row}` })),
          }),
        );
    },
    attack: ({ sandbox, send }) => {
      // The last of its lists is late, so that the others are held.
      sandbox.fault({ path: /large-7/, delayMs: HELD_UP_MS });
      const lists = numbers(8).map(
        (at) =>
          `c${at}: cluster(clusterId: "large-${at}") { connections(first: 1000) { nodes { endpointId } } }`,
      );
      return inTurns(12, 4, (at) => send({ query: `{ ${lists.join(' ')} }`, from: at }));
    },
  },
  {
    what: 'idempotency_keys',
    unit: 'bytes',
    setting: 'MAX_KEPT_BYTES',
    small: KEPT,
    limit: MEGABYTE / 4,
    prepare: withTokens(4),
    attack: ({ send }) =>
      inTurns(400, 8, (at) =>
        send({ query: NOTE, variables: note(at, `key ${at}`), token: `good-${at % 4}` }),
      ),
  },
  {
    what: 'owed_invalidations',
    unit: 'entries',
    setting: null,
    small: { CACHE_TTL_MS: '60000', REDIS_URL: 'redis://127.0.0.1:1' },
    limit: 1_000,
    prepare: withTokens(1_100),
    attack: ({ send }) =>
      inTurns(1_100, 16, (at) => send({ query: NOTE, variables: note(at), token: `good-${at}` })),
  },
  {
    what: 'connections',
    unit: 'entries',
    setting: 'MAX_CONNECTIONS',
    small: { MAX_CONNECTIONS: '100' },
    limit: 100,
    attack: async (target) => {
      const sockets = numbers(240).map((at) => open(target.url, `127.0.0.${2 + (at % 6)}`));
      await reached(target, 75);
      for (const socket of sockets) socket.destroy();
    },
  },
  {
    what: 'running_operations',
    unit: 'entries',
    setting: 'MAX_IN_FLIGHT',
    small: FEW_PLACES,
    limit: 10,
    attack: heldUp(() => ({ query: SLOW_QUERY })),
  },
  {
    what: 'waiting_operations',
    unit: 'entries',
    setting: 'MAX_QUEUE',
    small: FEW_PLACES,
    limit: 20,
    attack: heldUp(() => ({ query: SLOW_QUERY })),
  },
  {
    what: 'running_cost',
    unit: 'entries',
    setting: 'MAX_RUNNING_COST',
    small: { MAX_RUNNING_COST: '20000', MAX_COST: '5000' },
    limit: 20_000,
    attack: heldUp(() => ({ query: '{ endpointServices(first: 1000) { nodes { name } } }' })),
  },
  {
    what: 'subscriptions',
    unit: 'entries',
    setting: 'MAX_SUBSCRIPTIONS',
    small: FEW_SUBSCRIPTIONS,
    limit: 20,
    prepare: withTokens(40, creating),
    attack: subscribed,
  },
  {
    what: 'polls',
    unit: 'entries',
    setting: 'MAX_SUBSCRIPTIONS',
    small: FEW_SUBSCRIPTIONS,
    limit: 20,
    prepare: withTokens(40, creating),
    attack: subscribed,
  },
  {
    what: 'shared_reads',
    unit: 'entries',
    setting: 'MAX_IN_FLIGHT',
    small: { MAX_IN_FLIGHT: '8', UPSTREAM_CALL_LIMIT: '4' },
    limit: 32,
    attack: async ({ sandbox, send }) => {
      sandbox.fault({ path: /held-up/, delayMs: HELD_UP_MS });
      const clusters = (of: number) =>
        numbers(6).map((at) => `c${at}: cluster(clusterId: "held-up-${of}-${at}") { name }`);
      await Promise.all(
        numbers(40).map((at) => send({ query: `{ ${clusters(at).join(' ')} }`, from: at % 12 })),
      );
    },
  },
  {
    what: 'whitelist_changes',
    unit: 'entries',
    setting: 'MAX_IN_FLIGHT',
    small: { MAX_IN_FLIGHT: '8' },
    limit: 8,
    attack: async ({ sandbox, send }) => {
      sandbox.fault({ path: new RegExp(CLUSTER), delayMs: 150 });
      await Promise.all(
        numbers(40).map((at) =>
          send({
            query: `mutation { addPermissions(input: { parent: { clusterId: "${CLUSTER}" }, principals: ["${String(at).padStart(32, '0')}"] }) { userErrors { code } } }`,
            from: at % 12,
          }),
        ),
      );
    },
  },
];
