import { setTimeout as wait } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyWorld, makeCluster, makePermission, SANDBOX } from '../../../src/sandbox/world.ts';
import { getOnlyError } from '../../support/sample-operations.ts';
import { gateway, type TestGateway } from '../../support/gateway.ts';

const MUTATIONS = {
  add: `mutation ($input: AddPermissionsInput!) { addPermissions(input: $input) {
    added removed permissions { permission } userErrors { code } } }`,
  remove: `mutation ($input: RemovePermissionsInput!) { removePermissions(input: $input) {
    added removed permissions { permission } userErrors { code } } }`,
};

/** Accounts of one of the callers, or in the list from the beginning. */
const accounts = (caller: string) => ['0', '1', '2', '3'].map((digit) => `${caller}${digit}`.padEnd(32, 'f'));

const steps = (caller: string) =>
  fc.array(
    fc.record({
      action: fc.constantFrom('add' as const, 'remove' as const),
      principals: fc.uniqueArray(
        fc
          .tuple(fc.constantFrom(...accounts(caller)), fc.boolean())
          .map(([account, prefixed]) => (prefixed ? `iam:domain::${account}` : account)),
        { minLength: 1, maxLength: 3 },
      ),
      openToEveryone: fc.boolean(),
    }),
    { maxLength: 6 },
  );

interface Step {
  action: 'add' | 'remove';
  principals: readonly string[];
  openToEveryone: boolean;
}

const bareOf = (principal: string) => principal.replace('iam:domain::', '');

test('two callers at once on one cluster lose no change, never send an empty list, and meet one prefix', async () => {
  const world = emptyWorld();
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({ path: /vpcepservice/, delayMs: 1 });

  /** Makes the changes one after the other, and keeps account of those that were not refused. */
  const caller = async (clusterId: string, all: readonly Step[]): Promise<Set<string>> => {
    const mine = new Set<string>();
    for (const { action, principals, openToEveryone } of all) {
      const input = { parent: { clusterId }, principals, openToEveryone };
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what one caller does
      const { data, errors } = await ask(MUTATIONS[action], { input });
      expect(errors).toBeUndefined();
      const { userErrors } = data[`${action}Permissions`];
      if (userErrors.length > 0) {
        expect([action, userErrors]).toEqual(['remove', [{ code: 'CONFLICT' }]]);
        continue;
      }
      for (const principal of principals)
        if (action === 'add') mine.add(bareOf(principal));
        else mine.delete(bareOf(principal));
    }
    return mine;
  };

  await fc.assert(
    fc.asyncProperty(steps('a'), steps('b'), fc.boolean(), async (first, second, open) => {
      const permissions = open ? [] : [makePermission({ permission: `iam:domain::${'c'.repeat(32)}` })];
      const cluster = makeCluster({ permissions });
      sandbox.world.clusters.splice(0, Infinity, cluster);
      sandbox.calls.splice(0);
      const [ofFirst, ofSecond] = await Promise.all([caller(cluster.id, first), caller(cluster.id, second)]);

      const texts = sandbox.world.clusters[0]!.permissions.map(({ permission }) => permission);
      const left = (mark: string) => texts.map(bareOf).filter((text) => text.startsWith(mark));
      expect(new Set(left('a'))).toEqual(ofFirst);
      expect(new Set(left('b'))).toEqual(ofSecond);
      if (!open) expect(texts).toContain(permissions[0]!.permission);
      for (const text of texts) expect(text).toMatch(/^(\*|iam:domain::[a-f0-9]{32})$/);

      const bodies = sandbox.calls
        .filter(({ method }) => method === 'POST')
        .map(({ body }) => JSON.parse(body).vpc_permissions as string[]);
      for (const sent of bodies) {
        expect(sent.length).toBeGreaterThan(0);
        expect(new Set(sent).size).toBe(sent.length);
        expect(sent.every((entry) => /^(\*|[a-f0-9]{32})$/.test(entry))).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('two callers on two clusters do not wait for one another', async () => {
  const world = emptyWorld();
  const clusters = [makeCluster(), makeCluster()];
  world.clusters.push(...clusters);
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({ path: new RegExp(`${clusters[0]!.id}/vpcepservice`), delayMs: 300 });
  const change = ({ id }: { id: string }) =>
    ask(MUTATIONS.add, { input: { parent: { clusterId: id }, principals: ['d'.repeat(32)] } });
  const answers = clusters.map(async (cluster) => {
    const { data } = await change(cluster);
    return { clusterId: cluster.id, ...data.addPermissions };
  });
  expect(await Promise.race(answers)).toMatchObject({ clusterId: clusters[1]!.id, userErrors: [] });
  expect(await answers[0]).toMatchObject({ userErrors: [] });
});

const ADDED = `mutation ($input: AddPermissionsInput!) { addPermissions(input: $input) { added userErrors { code } } }`;

/** A gateway in front of one cluster, and what adds one account to its whitelist. */
const oneCluster = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  const cluster = makeCluster();
  world.clusters.push(cluster);
  const gate = await gateway({ sandbox: { world }, settings });
  const variables = (number: number) => ({
    input: { parent: { clusterId: cluster.id }, principals: [`${number}`.padStart(32, '0')] },
  });
  const add = (number: number, token: string = SANDBOX.token) =>
    gate.ask(ADDED, variables(number), { 'x-auth-token': token });
  const posts = () => gate.sandbox.calls.filter(({ method }) => method === 'POST');
  return { ...gate, cluster, variables, add, posts };
};

/** What `/metrics` says of changes that run and wait. */
const turnsOf = async ({ url }: Pick<TestGateway, 'url'>) => {
  const said = await (await fetch(`${url}/metrics`)).text();
  const states = [...said.matchAll(/^gateway_whitelist_changes\{state="(\w+)"\} (\d+)$/gm)];
  return Object.fromEntries(states.map(([, state, count]) => [state!, Number(count)]));
};

test('100 requests with made-up tokens do not keep the owner from changing his whitelist', async () => {
  const { add, sandbox, posts } = await oneCluster();
  sandbox.fault({ path: /vpcepservice/, delayMs: 200 });
  const madeUp = Array.from({ length: 100 }, (_, at) => add(at, `expired-${at}`));
  const began = performance.now();
  const { data } = await add(500);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(data.addPermissions.userErrors).toEqual([]);
  for (const answer of await Promise.all(madeUp))
    expect(getOnlyError(answer).extensions.code).toBe('UNAUTHENTICATED');
  expect(posts()).toHaveLength(1);
});

test('a caller with many changes does not make another one wait for all of them', async () => {
  const { add, sandbox, posts } = await oneCluster();
  sandbox.fault({ path: /vpcepservice/, delayMs: 40 });
  const greedy = Array.from({ length: 25 }, (_, at) => add(at, 'greedy'));
  await expect.poll(() => posts().length).toBeGreaterThan(0);
  const before = posts().length;
  expect((await add(500, 'modest')).data.addPermissions.userErrors).toEqual([]);
  const order = posts().map(({ headers }) => headers['x-auth-token']);
  expect(order.indexOf('modest') - before).toBeLessThanOrEqual(4);
  for (const { data } of await Promise.all(greedy)) expect(data.addPermissions.userErrors).toEqual([]);
  expect(sandbox.world.clusters[0]!.permissions).toHaveLength(26);
});

test('a caller that disconnects while it waits leaves the queue, and nothing is sent for it', async () => {
  const gate = await oneCluster();
  gate.sandbox.fault({ method: 'POST', path: /vpcepservice/, times: 1, delayMs: 1_000 });
  const first = gate.add(1);
  await expect.poll(() => gate.posts().length).toBe(1);
  const caller = new AbortController();
  const asking = fetch(`${gate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ADDED, variables: gate.variables(2) }),
    signal: caller.signal,
  });
  await expect.poll(() => turnsOf(gate)).toEqual({ running: 1, waiting: 1 });
  caller.abort();
  await expect(asking).rejects.toThrow();
  await expect.poll(() => turnsOf(gate)).toEqual({ running: 1, waiting: 0 });
  expect((await first).data.addPermissions.userErrors).toEqual([]);
  expect(await turnsOf(gate)).toEqual({ running: 0, waiting: 0 });
  expect(gate.posts()).toHaveLength(1);
});

test('a change whose turn comes too late is DEADLINE_EXCEEDED, and says that nothing was sent', async () => {
  const gate = await oneCluster({ OPERATION_TIMEOUT_MS: '2000' });
  gate.sandbox.fault({ method: 'POST', path: /vpcepservice/, times: 1, delayMs: 2_500 });
  const first = gate.add(1);
  await expect.poll(() => gate.posts().length).toBe(1);
  const began = performance.now();
  const late = getOnlyError(await gate.add(2));
  // As soon as no time is left for a write.
  expect(performance.now() - began).toBeLessThan(1_700);
  expect(late).toMatchObject({
    message: expect.stringContaining('nothing was sent'),
    extensions: { code: 'DEADLINE_EXCEEDED', retryable: true },
  });
  expect(gate.posts()).toHaveLength(1);
  // It was written, and no time was left for a look.
  expect((await first).data.addPermissions).toEqual({ added: [], userErrors: [{ code: 'INDETERMINATE' }] });
});

test('more changes than may wait for one cluster are UPSTREAM_BUSY, and nothing is sent for them', async () => {
  const gate = await oneCluster();
  gate.sandbox.fault({ method: 'POST', path: /vpcepservice/, times: 1, delayMs: 1_500 });
  const first = gate.add(1);
  await expect.poll(() => gate.posts().length).toBe(1);
  const others = Array.from({ length: 70 }, (_, at) => gate.add(at + 2));
  const answers = await Promise.all([first, ...others]);
  const refused = answers.filter(({ errors }) => errors);
  expect(refused).toHaveLength(6);
  for (const answer of refused)
    expect(getOnlyError(answer).extensions).toMatchObject({ code: 'UPSTREAM_BUSY', retryable: true });
  expect(gate.posts()).toHaveLength(65);
});

test('a change reads the whitelist itself, and joins no read that is under way', async () => {
  const { ask, add, sandbox, cluster } = await oneCluster();
  sandbox.fault({ method: 'GET', path: /vpcepservice/, times: 1, delayMs: 300 });
  const reads = () => sandbox.calls.filter(({ method }) => method === 'GET').map(({ path }) => path);
  const query = `{ cluster(clusterId: "${cluster.id}") { permissions { nodes { permission } } } }`;
  const asking = ask(query);
  await expect.poll(() => reads().some((path) => path.includes('vpcepservice'))).toBe(true);
  await wait(10);
  expect((await add(1)).data.addPermissions.userErrors).toEqual([]);
  await asking;
  const [first, ...others] = reads().filter((path) => path.includes('vpcepservice'));
  expect(others).toEqual([first, first, first]);
});

test.each(['add', 'remove'] as const)(
  'a list with a record that cannot be read is not written anew: nothing is sent to %s one',
  async (action) => {
    const world = emptyWorld();
    const cluster = makeCluster({ permissions: [makePermission(), makePermission()] });
    world.clusters.push(cluster);
    const { ask, sandbox } = await gateway({ sandbox: { world } });
    for (const value of [null, {}, '']) {
      sandbox.clearFaults();
      sandbox.fault({ path: /vpcepservice/, odd: { at: ['permissions', 0, 'permission'], value } });
      const readable = cluster.permissions[1]!.permission;
      const principals = [action === 'add' ? 'a'.repeat(32) : readable];
      const input = { parent: { clusterId: cluster.id }, principals };
      // oxlint-disable-next-line no-await-in-loop -- one fault at a time
      const { data } = await ask(MUTATIONS[action], { input });
      expect(data[`${action}Permissions`]).toMatchObject({
        added: [],
        removed: [],
        userErrors: [{ code: 'CONFLICT' }],
      });
    }
    expect(sandbox.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  },
);
