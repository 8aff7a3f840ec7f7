import { setTimeout as wait } from 'node:timers/promises';
import type { FaultRule } from '../../../src/sandbox/server.ts';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
  makeServiceConnection,
  type World,
} from '../../../src/sandbox/world.ts';
import { type Account, startAccountsGateway, type AccountsGateway } from '../../support/two-accounts.ts';
import { type Random, createRandom } from '../../support/random.ts';
import type { Fate, History, PageRead, Version, Walk, Write } from './history.ts';
import type { Answer } from '../../support/gateway.ts';
import { subscribe } from '../../support/server-sent-events.ts';

const uuid = (number: number) => `11111111-2222-4333-8444-${String(number).padStart(12, '0')}`;
const [PAGED, LONG, WRITTEN, CLUSTER] = [uuid(1), uuid(2), uuid(3), uuid(4)];
/** A whitelist is read 500 records at a time: this one takes two calls. */
const LONG_LIST = 520;
const UPSTREAM_TIMEOUT_MS = 2_000;
const WALKS = 10;
const WRITES = 14;
const CHANGES = 90;

/** One list of one account, which the run changes under those who read it. */
interface List {
  name: string;
  size: () => number;
  ids: () => string[];
  insert: (at: number, id: string) => void;
  remove: (at: number) => void;
}

type Row = ReturnType<typeof makeServiceConnection>;

const secondsOf = (row: { created_at: string } | undefined): number | undefined =>
  row && Date.parse(row.created_at) / 1000;

/** A moment for a row at a place, so that the newest stay first; where rows are tied, all moments are one. */
const momentAt = (rows: readonly { created_at: string }[], at: number, tied: boolean): string => {
  const [newer, older] = [secondsOf(rows[at - 1]), secondsOf(rows[at])];
  const between = newer !== undefined && older !== undefined ? Math.floor((newer + older) / 2) : undefined;
  const seconds = between ?? (newer !== undefined ? newer - 1_000 : (older ?? 1_700_000_000) + 1_000);
  return new Date((tied ? 1_700_000_000 : seconds) * 1000).toISOString().replace('.000Z', 'Z');
};

const connectionList = (
  name: string,
  rows: Row[],
  make: (id: string, at: string) => Row,
  tied: boolean,
): List => ({
  name,
  size: () => rows.length,
  ids: () => rows.map(({ id }) => id),
  insert: (at, id) => void rows.splice(at, 0, make(id, momentAt(rows, at, tied))),
  remove: (at) => void rows.splice(at, 1),
});

/** The world of one account, and its lists; all that it shows bears its mark. */
const roomOf = (mark: string, tied: boolean) => {
  const world: World = emptyWorld();
  const domain_id = `account-${mark}`;
  const paged = makeService({ id: PAGED, description: mark });
  const long = makeService({ id: LONG, description: mark });
  const written = makeService({
    id: WRITTEN,
    description: mark,
    connections: [makeServiceConnection({ id: uuid(5), status: 'creating', domain_id })],
  });
  const cluster = makeCluster({ id: CLUSTER, name: `cluster-${mark}`, vpcServiceName: null });
  world.services.push(paged, long, written);
  world.clusters.push(cluster);
  const connections = connectionList(
    `${mark} service`,
    paged.connections,
    (id, created_at) => makeServiceConnection({ id, created_at, domain_id }),
    tied,
  );
  const clusterConnections = connectionList(
    `${mark} cluster`,
    cluster.connections,
    (id, created_at) => makeClusterConnection({ id, created_at, domain_id }),
    tied,
  );
  const whitelist: List = {
    name: `${mark} whitelist`,
    size: () => long.permissions.length,
    ids: () => long.permissions.map(({ permission }) => permission),
    insert: (at, id) =>
      void long.permissions.splice(
        at,
        0,
        makePermission({
          permission: `iam:domain::${mark}-${id}`,
          created_at: momentAt(long.permissions, at, tied),
        }),
      ),
    remove: (at) => void long.permissions.splice(at, 1),
  };
  return { mark, world, written, connections, clusterConnections, whitelist };
};

type Room = ReturnType<typeof roomOf>;

interface Caller extends Room {
  account: Account;
  foreign: string;
}

const PAGE = `totalCount edges { cursor node { endpointId domainId } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const ARGUMENTS = '$first: Int, $after: String, $last: Int, $before: String';
const PASSED = 'first: $first, after: $after, last: $last, before: $before';
const SERVICE_PAGE = `query (${ARGUMENTS}) { of: endpointService(by: { id: "${PAGED}" }) { page: connections(${PASSED}) { ${PAGE} } } }`;
const CLUSTER_PAGE = `query (${ARGUMENTS}) { of: cluster(clusterId: "${CLUSTER}") { page: connections(${PASSED}) { ${PAGE} } } }`;
const WHITELIST = `{ of: endpointService(by: { id: "${LONG}" }) { page: permissions(first: 1000) {
  totalCount edges { node { permission } } pageInfo { hasNextPage hasPreviousPage } } } }`;
const NOTE = `mutation ($permission: ID!, $note: String!, $key: String) { updatePermissionDescription(input: {
  serviceId: "${WRITTEN}", permissionId: $permission, description: $note, idempotencyKey: $key }) { userErrors { code } } }`;
const WATCH = `subscription { connectionStatusChanged(parent: { serviceId: "${WRITTEN}" }, endpointIds: ["${uuid(5)}"]) { status domainId } }`;

const codeOf = ({ errors }: Answer): string | undefined => errors?.[0]?.extensions.code;

/** What can become of a write, and how often. */
const FATES: [weight: number, fate: Fate, fault: Omit<FaultRule, 'path'> | undefined][] = [
  [8, 'made', undefined],
  [4, 'made', { delayMs: 30 }],
  [2, 'open', { reset: 'before' }],
  [2, 'open', { reset: 'after' }],
  [2, 'open', { respond: { status: 502, body: '<html>' } }],
  [1, 'open', { respond: { status: 504 } }],
  [0.4, 'open', { hang: 'before' }],
  [2, 'refused', { respond: { status: 429, body: { error_code: 'APIGW.0308', error_msg: 'slow down' } } }],
  [2, 'refused', { respond: { status: 403, body: { error_code: 'EndPoint.0004', error_msg: 'no' } } }],
  [1, 'refused', { respond: { status: 401, body: { error_code: 'APIGW.0301', error_msg: 'no' } } }],
];

const fateOf = (chance: Random) => {
  let left = chance.share() * FATES.reduce((sum, [weight]) => sum + weight, 0);
  return FATES.find(([weight]) => (left -= weight) < 0) ?? FATES[0]!;
};

/**
 * Lets two callers read and write side by side, while lists change under them and calls fail, as the seed has it. The schedule
 * follows from the seed; how the threads of it interleave over the sockets does not, quite.
 */
export const runHistory = async (
  seed: number,
  settings: Record<string, string> = {},
): Promise<History & { changes: number }> => {
  const tied = createRandom(seed).happens(0.3);
  const rooms = [roomOf('alpha', tied), roomOf('beta', tied)] as const;
  const gate: AccountsGateway = await startAccountsGateway([rooms[0].world, rooms[1].world], {
    UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
    SETTLING_POLL_MS: '20',
    ...settings,
  });
  const callers: Caller[] = rooms.map((room, at) => ({
    ...room,
    account: gate.accounts[at]!,
    foreign: rooms[1 - at]!.mark,
  }));

  let moment = 0;
  const tick = () => (moment += 1);
  let ids = 100;
  const versions = new Map<string, Version[]>();
  const noted = ({ name, ids: idsNow }: List) =>
    void versions.set(name, [...(versions.get(name) ?? []), { from: tick(), ids: idsNow() }]);
  for (const { connections, clusterConnections, whitelist } of rooms) {
    for (const [list, size] of [
      [connections, 24],
      [clusterConnections, 17],
      [whitelist, LONG_LIST],
    ] as const) {
      for (let at = 0; at < size; at += 1) list.insert(list.size(), uuid((ids += 1)));
      noted(list);
    }
  }
  const history = {
    versions,
    walks: [] as Walk[],
    writes: [] as Write[],
    told: [] as History['told'],
    changes: 0,
  };

  /** Asks, and gives nothing where the caller hung up before the answer. */
  const ask = async (caller: Caller, query: string, variables: object, leavesAfterMs?: number) => {
    const controller = new AbortController();
    if (leavesAfterMs !== undefined) setTimeout(() => controller.abort(), leavesAfterMs);
    try {
      const answer = await gate.ask(caller.account, query, variables, { signal: controller.signal });
      history.told.push({ text: JSON.stringify(answer), foreign: caller.foreign });
      return answer;
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      return undefined;
    }
  };

  const pageOf = (
    begin: number,
    { data }: Answer,
  ): PageRead & { cursors: [string | null, string | null] } => {
    const { edges, pageInfo, totalCount } = data.of.page;
    return {
      begin,
      end: tick(),
      ids: edges.map(
        ({ node }: { node: Record<string, string> }) => node['endpointId'] ?? node['permission'],
      ),
      total: totalCount,
      hasNext: pageInfo.hasNextPage,
      hasPrevious: pageInfo.hasPreviousPage,
      cursors: [pageInfo.startCursor, pageInfo.endCursor],
    };
  };

  const walk = async (caller: Caller, chance: Random) => {
    const ofCluster = chance.happens(0.4);
    const { name } = ofCluster ? caller.clusterConnections : caller.connections;
    const backwards = chance.happens(0.4);
    const walked: Walk = { list: name, backwards, pages: [], ended: '' };
    history.walks.push(walked);
    let cursor: string | null = null;
    while (walked.ended === '') {
      const size = chance.between(1, 9);
      const begin = tick();
      const variables = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
      const leaves = chance.happens(0.02) ? chance.between(0, 5) : undefined;
      // oxlint-disable-next-line no-await-in-loop -- a page needs the cursor of the one before it
      const answer = await ask(caller, ofCluster ? CLUSTER_PAGE : SERVICE_PAGE, variables, leaves);
      const code = answer ? codeOf(answer) : 'hung up';
      if (!answer || code !== undefined) {
        walked.ended = code ?? 'hung up';
        break;
      }
      const page = pageOf(begin, answer);
      walked.pages.push(page);
      if (!(backwards ? page.hasPrevious : page.hasNext) || page.ids.length === 0) walked.ended = 'end';
      cursor = page.cursors[backwards ? 0 : 1];
      // oxlint-disable-next-line no-await-in-loop -- the caller reads what he got
      await wait(chance.between(0, 6));
    }
  };

  /** Reads under way that take several calls, with the kinds of changes that came between. */
  const severalCalls = new Map<object, { list: string; kinds: Set<string> }>();

  const readWhitelist = async (caller: Caller) => {
    const reading = { list: caller.whitelist.name, kinds: new Set<string>() };
    severalCalls.set(reading, reading);
    const begin = tick();
    const answer = await ask(caller, WHITELIST, {});
    severalCalls.delete(reading);
    const code = codeOf(answer!);
    history.walks.push({
      list: caller.whitelist.name,
      backwards: false,
      pages: code === undefined ? [pageOf(begin, answer!)] : [],
      ended: code ?? 'end',
    });
  };

  /**
   * Whether a change may be made now. One removal and one addition around the boundary of two calls leave the total as it was,
   * so that a read which takes several calls cannot see them: that limit is known, and no such pair is made within one read.
   */
  const mayChange = (list: string, kind: string): boolean => {
    const readings = [...severalCalls.values()].filter((reading) => reading.list === list);
    if (readings.some(({ kinds }) => kinds.size > 0 && !kinds.has(kind))) return false;
    for (const { kinds } of readings) kinds.add(kind);
    return true;
  };

  const change = (caller: Caller, chance: Random) => {
    const list = chance.one([
      caller.connections,
      caller.connections,
      caller.clusterConnections,
      caller.whitelist,
    ]);
    const kind = chance.happens(0.5) || list.size() < 8 ? 'insert' : 'remove';
    const where = chance.between(0, list.size() - 1);
    const id = uuid((ids += 1));
    if (!mayChange(list.name, kind)) return;
    if (kind === 'insert') list.insert(where, id);
    else list.remove(where);
    noted(list);
    history.changes += 1;
  };

  const disturb = ({ account }: Caller, chance: Random) => {
    const path = chance.one([/connections/, /clusters/, /permissions\?/, /endpoint-services\/[^/]+$/]);
    const rule = chance.one<Omit<FaultRule, 'path'>>([
      { delayMs: chance.between(1, 25) },
      { delayMs: chance.between(1, 25) },
      {
        respond: { status: chance.one([500, 502, 503]), body: { error_code: 'APIGW.0601', error_msg: 'x' } },
      },
      { reset: chance.one(['before', 'after'] as const) },
    ]);
    account.sandbox.fault({ method: 'GET', path, times: 1, ...rule });
  };

  const write = async (caller: Caller, chance: Random, number: string) => {
    const [, fate, fault] = fateOf(chance);
    const marker = `${caller.mark}-${number}`;
    const permission = uuid((ids += 1));
    caller.written.permissions.push(
      makePermission({ id: permission, permission: `iam:domain::${caller.mark}-written-${permission}` }),
    );
    const path = new RegExp(`/permissions/${permission}$`);
    if (fault) caller.account.sandbox.fault({ path, times: 1, ...fault });
    const keyed = chance.happens(0.6);
    const written: Write = {
      caller: caller.mark,
      marker,
      keyed,
      fate,
      outcomes: [],
      arrivals: [],
      isThere: false,
    };
    history.writes.push(written);
    const submit = async (afterMs: number, leavesAfterMs: number | undefined) => {
      await wait(afterMs);
      const started = performance.now();
      // Both callers use the same keys.
      const variables = { permission, note: marker, key: keyed ? `key-${number}` : null };
      const answer = await ask(caller, NOTE, variables, leavesAfterMs);
      const slow = performance.now() - started > UPSTREAM_TIMEOUT_MS * 0.9;
      const refused = answer?.data?.updatePermissionDescription?.userErrors[0]?.code as string | undefined;
      written.outcomes.push({ told: answer ? (codeOf(answer) ?? refused ?? 'done') : 'hung up', slow });
    };
    const submits = keyed ? chance.between(1, 3) : 1;
    await Promise.all(
      Array.from({ length: submits }, () =>
        submit(chance.between(0, 40), chance.happens(0.15) ? chance.between(0, 12) : undefined),
      ),
    );
  };

  const watch = async ({ account, foreign }: Caller) => {
    const events = await subscribe(gate, WATCH, {}, { 'x-auth-token': account.token });
    const event = await events.next();
    history.told.push({ text: JSON.stringify(event), foreign });
    events.hangUp();
  };

  const repeated = async (times: number, run: (number: number) => Promise<unknown> | void) => {
    for (let number = 0; number < times; number += 1)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await run(number);
  };
  let threads = 0;
  const threadsOf = (caller: Caller) => {
    const thread = (run: (chance: Random, thread: number) => Promise<unknown>) => {
      threads += 1;
      return run(createRandom(seed * 1_000 + threads), threads);
    };
    return [
      ...[1, 2].map(() => thread((chance) => repeated(WALKS, () => walk(caller, chance)))),
      thread(() => repeated(WALKS, () => readWhitelist(caller))),
      ...[1, 2].map(() =>
        thread((chance, at) => repeated(WRITES, (number) => write(caller, chance, `${at % 100}-${number}`))),
      ),
      thread((chance) =>
        repeated(CHANGES, async () => {
          change(caller, chance);
          await wait(chance.between(0, 12));
        }),
      ),
      thread((chance) =>
        repeated(WALKS, async () => {
          disturb(caller, chance);
          await wait(chance.between(20, 90));
        }),
      ),
      thread((chance) =>
        repeated(3, async () => {
          await watch(caller);
          await wait(chance.between(0, 100));
        }),
      ),
    ];
  };
  await Promise.all(callers.flatMap(threadsOf));
  // A write goes on though its caller hung up.
  await wait(200);

  for (const { mark, account, written } of callers) {
    for (const { description } of written.permissions) {
      const one = history.writes.find(({ marker }) => marker === description);
      if (one) one.isThere = true;
    }
    for (const { method, body, status = 0 } of account.sandbox.calls) {
      if (method === 'GET') continue;
      const { description } = (JSON.parse(body) as { permission: { description: string } }).permission;
      const sent = history.writes.find(({ marker }) => marker === description);
      sent?.arrivals.push({ caller: mark, refused: status >= 400 && status < 500 });
    }
  }
  return history;
};
