import { expect, test } from 'vitest';
import { createWorld, makeCluster, makeClusterConnection, SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { LONG_ANSWER, createWorldOfLongNames } from '../support/long-response.ts';
import { open, formatPost } from '../support/raw-http.ts';
import { metricsAt } from '../support/small-process.ts';

const LISTS = 8;
const ROWS = 1_000;

/** Clusters whose lists are longer together than a gateway may hold. */
const crowded = async () => {
  const world = createWorld();
  for (let at = 0; at < LISTS; at += 1)
    world.clusters.push(
      makeCluster({
        id: `large-${at}`,
        connections: Array.from({ length: ROWS }, (_, row) => makeClusterConnection({ id: `e${at}-${row}` })),
      }),
    );
  const gate = await gateway({ sandbox: { world }, settings: { MAX_UPSTREAM_BYTES: '1048576' } });
  const held = async () =>
    (await metricsAt(gate.url)).get('gateway_held{what="upstream_answers",unit="bytes"}');
  return { ...gate, held };
};

const list = (at: number): string =>
  `c${at}: cluster(clusterId: "large-${at}") { connections(first: ${ROWS}) { nodes { endpointId } } }`;
const ALL = `{ ${Array.from({ length: LISTS }, (_, at) => list(at)).join(' ')} }`;

test('a list that there is no room for is told at its field, and the others arrive', async () => {
  const { ask, held } = await crowded();
  const { data, errors } = await ask(ALL);
  const told = new Set(errors!.map(({ path }) => path![0]));
  expect(told.size).toBeGreaterThan(0);
  expect(told.size).toBeLessThan(LISTS);
  for (const { message, extensions } of errors!) {
    expect(extensions).toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect(message).toMatch(/MAX_UPSTREAM_BYTES/);
  }
  for (const [name, cluster] of Object.entries<{ connections: { nodes: unknown[] } | null }>(data))
    expect(cluster.connections?.nodes.length).toBe(told.has(name) ? undefined : ROWS);
  await expect.poll(held).toBe(0);
});

test('the room is there again after each operation, however it ended', async () => {
  const { url, ask, held, sandbox } = await crowded();
  sandbox.fault({ path: /large-1/, hang: 'body', times: 1 });
  sandbox.fault({ path: /large-2/, respond: { status: 500, body: { error_code: 'CSS.0036' } } });
  const leaving = new AbortController();
  const left = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: `{ ${list(0)} ${list(1)} }` }),
    signal: leaving.signal,
  });
  await expect.poll(held).toBeGreaterThan(0);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await ask(`{ ${list(2)} }`);
  await expect.poll(held).toBe(0);
  expect((await ask(`{ ${list(3)} }`)).errors).toBeUndefined();
});

test('a list that many operations share is counted once', async () => {
  const { ask, sandbox, held } = await crowded();
  sandbox.fault({ path: /large-0/, delayMs: 300 });
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(`{ ${list(0)} }`)));
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
  expect(sandbox.calls.length).toBe(1);
  await expect.poll(held).toBe(0);

  // And until the last of them has ended.
  sandbox.fault({ path: /large-1/, delayMs: 900 });
  const longer = ask(`{ ${list(0)} ${list(1)} }`);
  await ask(`{ ${list(0)} }`);
  expect(sandbox.calls.length).toBe(3);
  expect(await held()).toBeGreaterThan(100_000);
  await longer;
  await expect.poll(held).toBe(0);
});

test('the room is there again when the answer is worked out, though its client does not read it', async () => {
  const gate = await gateway({ sandbox: { world: createWorldOfLongNames() } });
  const gauge = async (what: string) =>
    (await metricsAt(gate.url)).get(`gateway_held{what="${what}",unit="bytes"}`);
  const socket = open(gate.url);
  socket.write(
    Buffer.concat(formatPost(JSON.stringify({ query: LONG_ANSWER }), { 'X-Auth-Token': SANDBOX.token })),
  );
  await expect.poll(() => gauge('unread_answers'), { timeout: 5_000 }).toBeGreaterThan(0);
  expect(await gauge('upstream_answers')).toBe(0);
});
