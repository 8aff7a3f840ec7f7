import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import { createRandom, runAtOnce } from '../support/random.ts';
import { metricsAt, startSmallProcess } from '../support/small-process.ts';

const OPERATIONS = 20_000;
const WARM = 5_000;
const AT_ONCE = 32;
const SEED = 31;

/** The gateway as a process of its own with little memory, in front of a cloud in this one. */
const started = async () => {
  const world = createWorld();
  const sandbox = await startSandbox({ world, settleMs: 20 });
  onTestFinished(() => sandbox.close());
  const gate = await startSmallProcess(sandbox, 128);
  const pool = new Pool(gate.url, { connections: 2 * AT_ONCE });
  onTestFinished(() => pool.destroy());
  return { ...gate, world, sandbox, pool };
};

type Started = Awaited<ReturnType<typeof started>>;

/** What is kept on the heap, in bytes: the least of a few looks, each after what is not used was collected. */
const keptBytes = async (process: Started): Promise<number> => {
  const looks: number[] = [];
  for (let look = 0; look < 4; look += 1) {
    process.signal('SIGUSR2');
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await wait(150);
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    looks.push((await metricsAt(process.url)).get('nodejs_heap_size_used_bytes')!);
  }
  return Math.min(...looks);
};

const NOTE = `mutation ($id: ID!, $endpoint: ID!, $note: String!, $key: String) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: [{ endpointId: $endpoint, description: $note }],
    idempotencyKey: $key }) { userErrors { code } } }`;
const WATCH = `subscription ($id: ID!, $ids: [ID!]!) { connectionStatusChanged(parent: { serviceId: $id }, endpointIds: $ids) { status } }`;

/** Does one operation after the other, of every kind; what fails that may not is thrown. */
const mixOf = ({ world, sandbox, pool }: Started) => {
  const chance = createRandom(SEED);
  const cluster = world.clusters.find(({ connections }) => connections.length > 10)!.id;
  const service = world.services.find(({ connections }) => connections.length > 1)!;
  const [settled, creating] = service.connections;
  creating!.status = 'creating';
  const counts = { answered: 0, refused: 0, hungUp: 0, events: 0 };

  const send = async (
    query: string,
    variables: object = {},
    accept = 'application/json',
    leavesAfterMs?: number,
  ) => {
    const controller = new AbortController();
    if (leavesAfterMs !== undefined) setTimeout(() => controller.abort(), leavesAfterMs);
    try {
      const { body } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json', accept, 'x-auth-token': SANDBOX.token },
        body: JSON.stringify({ query, variables }),
        signal: controller.signal,
      });
      return await body.text();
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      counts.hungUp += 1;
      return undefined;
    }
  };
  const good = async (query: string, variables?: object) => {
    const text = await send(query, variables);
    if (text?.includes('"errors"')) throw new Error(`${query}: ${text}`);
    counts.answered += 1;
  };
  const bad = async (query: string, variables?: object) => {
    const text = await send(query, variables);
    if (!text?.includes('"errors"')) throw new Error(`${query}: ${text}`);
    counts.refused += 1;
  };

  const KINDS: [number, (number: number) => Promise<unknown>][] = [
    [0.64, () => good('{ projects { region projectId } }')],
    [0.1, () => good(`{ cluster(clusterId: "${cluster}") { name status } }`)],
    [
      0.01,
      () =>
        good(
          '{ clusters(first: 50) { nodes { name connections(first: 5) { nodes { endpointId status } } } } }',
        ),
    ],
    [0.03, (number) => good(`{ alias${number}: projects { region } }`)],
    [0.04, (number) => bad(`{ unknown${number} }`)],
    [0.03, () => bad('{ unclosed')],
    [0.04, () => bad('{ cluster(clusterId: "00000000-0000-4000-8000-000000000000") { name } }')],
    [
      0.04,
      () => {
        sandbox.fault({ path: /endpoint-services\?/, times: 1, delayMs: 10 });
        return send('{ endpointServices { nodes { name } } }', {}, 'application/json', chance.between(0, 8));
      },
    ],
    [
      0.04,
      (number) =>
        good(NOTE, { id: service.id, endpoint: settled!.id, note: `note ${number}`, key: `key ${number}` }),
    ],
    [
      0.02,
      async () => {
        const text = await send(WATCH, { id: service.id, ids: [settled!.id] }, 'text/event-stream');
        if (!text?.includes('event: complete')) throw new Error(`A subscription ended with ${text}`);
        counts.events += 1;
      },
    ],
    [
      0.01,
      () => send(WATCH, { id: service.id, ids: [creating!.id] }, 'text/event-stream', chance.between(0, 60)),
    ],
  ];
  const run = async (number: number): Promise<void> => {
    let left = chance.share();
    const [, kind] = KINDS.find(([share]) => (left -= share) < 0) ?? KINDS[0]!;
    await kind(number);
  };
  return { run, counts };
};

test(
  '20,000 operations of every kind leave nothing behind: no memory, no work, no failure',
  { timeout: 240_000 },
  async () => {
    const process = await started();
    const { run, counts } = mixOf(process);
    await runAtOnce(AT_ONCE, WARM, run);
    const early = await keptBytes(process);
    await runAtOnce(AT_ONCE, OPERATIONS - WARM, (number) => run(number + WARM));
    const late = await keptBytes(process);

    expect(late, `kept ${early} bytes after ${WARM} operations, ${late} after ${OPERATIONS}`).toBeLessThan(
      early * 1.25,
    );
    expect(
      Object.values(counts).every((count) => count > 100),
      JSON.stringify(counts),
    ).toBe(true);
    // Callers who hung up at once may never have come through.
    expect(process.operations()).toBeGreaterThan(OPERATIONS - counts.hungUp - 1);

    const metrics = await metricsAt(process.url);
    const gauges = [...metrics].filter(([name]) =>
      /^gateway_(operations|upstream_calls|upstream_breaker_state)\b/.test(name),
    );
    expect(gauges.length).toBeGreaterThan(5);
    expect(gauges.filter(([, value]) => value !== 0)).toEqual([]);
    const { length } = process.sandbox.calls.splice(0);
    expect(length).toBeGreaterThan(0);
    await wait(200);
    expect(process.sandbox.calls).toEqual([]);

    process.signal('SIGTERM');
    expect(await process.exit).toBe(0);
    expect(process.mistakes).toEqual([]);
  },
);
