import { describe, expect, test } from 'vitest';
import { emptyWorld, makeCluster, makePermission, makeService, SANDBOX } from '../../../src/sandbox/world.ts';
import type { World } from '../../../src/sandbox/model.ts';
import type { FaultRule } from '../../../src/sandbox/server.ts';
import { getOnlyError } from '../../support/sample-operations.ts';
import { gateway } from '../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../support/writes.ts';

const FIELDS = 'added removed permissions { permission } userErrors { code message field }';
const ADD = `mutation ($input: AddPermissionsInput!) { change: addPermissions(input: $input) { ${FIELDS} } }`;
const REMOVE = `mutation ($input: RemovePermissionsInput!) { change: removePermissions(input: $input) { ${FIELDS} } }`;

const account = (digit: number) => String(digit).padStart(32, '0');
const domain = (digit: number) => `iam:domain::${account(digit)}`;
const record = (digit: number) => makePermission({ permission: domain(digit), id: `record-${digit}` });

const CLUSTER = { clusterId: 'cluster-1' };
const SERVICE = { serviceId: 'service-1' };
const WRITE = { method: 'POST', path: /permissions/ } as const;
const READ = { method: 'GET', path: /vpcepservice|permissions/ } as const;

/** A cluster and a service, each with the accounts 1 and 2 on its whitelist. */
const cloud = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  world.clusters.push(makeCluster({ id: 'cluster-1', permissions: [record(1), record(2)] }));
  world.services.push(makeService({ id: 'service-1', permissions: [record(1), record(2)] }));
  const gate = await gateway({ sandbox: { world }, settings });
  const { sandbox } = gate;
  const change = async (
    mutation: string,
    parent: object,
    principals: readonly number[],
    more: object = {},
    token: string = SANDBOX.token,
  ) => {
    const input = { parent, principals: principals.map(account), ...more };
    return (await gate.ask(mutation, { input }, { 'x-auth-token': token })).data.change;
  };
  const listOf = (of: World, parent: object) =>
    'clusterId' in parent ? of.clusters[0]!.permissions : of.services[0]!.permissions;
  const texts = (parent: object) =>
    listOf(sandbox.world, parent)
      .map(({ permission }) => permission)
      .toSorted();
  const reads = () => sandbox.calls.filter(({ method }) => method === 'GET').length;
  return { ...gate, change, listOf, texts, reads };
};

/** Takes an account from a whitelist, as another program does. */
const without =
  (listOf: (world: World, parent: object) => { permission: string }[], parent: object, digit: number) =>
  (world: World) => {
    const list = listOf(world, parent);
    list.splice(0, Infinity, ...list.filter(({ permission }) => permission !== domain(digit)));
  };

const PARENTS = [
  { name: 'a cluster', parent: CLUSTER },
  { name: 'an endpoint service', parent: SERVICE },
];

test('while a slow read of the caller is on its way, a change rests on a read of its own: what was removed stays so', async () => {
  const { ask, sandbox, change, listOf, texts } = await cloud();
  const old = sandbox.world.clusters[0]!.permissions.map((one) => ({ ...one }));
  // Another caller has the turn, and a third one takes account 1 away just before it ends.
  sandbox.fault({
    ...WRITE,
    times: 1,
    delayMs: 400,
    meanwhile: without(listOf, CLUSTER, 1),
  });
  const first = change(ADD, CLUSTER, [3], {}, 'another');
  await expect.poll(() => listWrites(sandbox).length).toBe(1);
  const second = change(ADD, CLUSTER, [4]);
  // It has proven itself by the third read, and waits for its turn.
  await expect.poll(() => sandbox.calls.filter(({ status }) => status === 200).length).toBe(3);
  sandbox.fault({
    method: 'GET',
    path: /vpcepservice/,
    times: 1,
    delayMs: 1_000,
    mutate: (body: object) => ({ ...body, permissions: old }),
  });
  const slow = ask(`{ cluster(clusterId: "cluster-1") { permissions { nodes { permission } } } }`);
  await expect
    .poll(() => sandbox.calls.filter(({ path }) => /vpcepservice\/connections/.test(path)).length)
    .toBe(4);
  for (const { userErrors } of [await first, await second]) expect(userErrors).toEqual([]);
  expect(texts(CLUSTER)).toEqual([2, 3, 4].map(domain));
  await slow;
});

test.each(PARENTS)(
  'what another program undoes at $name before the look is told, not claimed',
  async ({ parent }) => {
    const { sandbox, change, listOf, texts } = await cloud();
    sandbox.fault({ ...WRITE, times: 1, meanwhile: without(listOf, parent, 3) });
    expect(await change(ADD, parent, [3, 4])).toEqual({
      added: [domain(4)],
      removed: [],
      permissions: expect.arrayContaining([1, 2, 4].map((digit) => ({ permission: domain(digit) }))),
      userErrors: [
        {
          code: 'CONFLICT',
          message: expect.stringContaining(domain(3)),
          field: ['input', 'principals', '0'],
        },
      ],
    });
    expect(texts(parent)).toEqual([1, 2, 4].map(domain));

    sandbox.fault({ ...WRITE, times: 1, meanwhile: (world) => void listOf(world, parent).push(record(2)) });
    expect(await change(REMOVE, parent, [2])).toMatchObject({
      removed: [],
      userErrors: [{ code: 'CONFLICT', field: ['input', 'principals', '0'] }],
    });
  },
);

test.each(PARENTS)(
  'a look at $name that shows no list, or not all of one, is no sign of a removal',
  async ({ parent }) => {
    const odd: { what: string; fault: Partial<FaultRule>; code: string }[] = [
      {
        what: 'a record that is no text',
        fault: { odd: { at: ['permissions', 0, 'permission'], value: null } },
        code: 'CONFLICT',
      },
      { what: 'no list', fault: { odd: { at: ['permissions'], value: 'none' } }, code: 'INDETERMINATE' },
      {
        what: 'access that is off, or no service',
        fault: { respond: { status: 400, body: { errCode: 'CSS.5182', error_code: 'EndPoint.0005' } } },
        code: 'INDETERMINATE',
      },
    ];
    for (const { what, fault, code } of odd) {
      const { sandbox, change } = await cloud();
      const blind = () => sandbox.fault({ ...READ, ...fault });
      sandbox.fault({ ...WRITE, times: 1, meanwhile: blind });
      const input = [REMOVE, parent, [2], { idempotencyKey: 'k' }] as const;
      expect(await change(...input), what).toMatchObject({ removed: [], userErrors: [{ code }] });
      expect(await change(...input), what).toMatchObject({ removed: [], userErrors: [{ code }] });
      expect(listWrites(sandbox)).toHaveLength(1);
    }
  },
);

test.each(PARENTS)(
  'a change at $name that the cloud takes and does not make is no success',
  async ({ parent }) => {
    const { sandbox, change } = await cloud();
    sandbox.fault({ ...WRITE, respond: { status: 200, body: {} } });
    expect(await change(ADD, parent, [3])).toMatchObject({ added: [], userErrors: [{ code: 'CONFLICT' }] });
    expect(await change(REMOVE, parent, [2])).toMatchObject({
      removed: [],
      userErrors: [{ code: 'CONFLICT' }],
    });
  },
);

test('one who is told CONFLICT after a write and sends the same key again is told the same, and nothing is sent', async () => {
  const { sandbox, change, listOf } = await cloud();
  sandbox.fault({ ...WRITE, times: 1, meanwhile: without(listOf, CLUSTER, 3) });
  const first = await change(ADD, CLUSTER, [3], { idempotencyKey: 'k' });
  expect(first.userErrors).toMatchObject([{ code: 'CONFLICT' }]);
  expect(await change(ADD, CLUSTER, [3], { idempotencyKey: 'k' })).toEqual(first);
  expect(listWrites(sandbox)).toHaveLength(1);
});

test.each(PARENTS)(
  'a list of $name that shows a change a moment later is looked at again',
  async ({ parent }) => {
    const { sandbox, change, listOf, reads } = await cloud();
    const old = listOf(sandbox.world, parent).map((one) => ({ ...one }));
    const lags: Partial<FaultRule> = {
      meanwhile: () =>
        sandbox.fault({
          ...READ,
          times: 1,
          mutate: (body: object) => ({ ...body, permissions: old, total_count: old.length }),
        }),
    };
    const before = reads();
    sandbox.fault({ ...WRITE, times: 1, ...lags });
    expect(await change(ADD, parent, [3])).toMatchObject({ added: [domain(3)], userErrors: [] });
    const ofProof = parent === CLUSTER ? 2 : 1;
    // What it is merged with, two looks, and the list in the answer.
    expect(reads() - before).toBe(ofProof + 3);
  },
);

test.each(PARENTS)(
  'where no look at $name is possible the outcome is not known, and a repeat looks',
  async ({ parent }) => {
    const { sandbox, change } = await cloud();
    const blind: Partial<FaultRule> = {
      meanwhile: () =>
        sandbox.fault({ ...READ, times: 2, respond: { status: 403, body: { error_code: 'APIGW.0302' } } }),
    };
    sandbox.fault({ ...WRITE, times: 1, ...blind });
    expect(await change(ADD, parent, [3], { idempotencyKey: 'k' })).toMatchObject({
      added: [],
      userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining('could not be seen') }],
    });
    sandbox.clearFaults();
    expect(await change(ADD, parent, [3], { idempotencyKey: 'k' })).toMatchObject({
      added: [domain(3)],
      userErrors: [],
    });
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);

const TOOK_EFFECT = UNCLEAR.filter(({ fault }) => fault.reset === 'after');
const TOOK_NONE = UNCLEAR.filter(({ fault }) => fault.reset !== 'after');

describe.each(PARENTS)('after an unclear write at $name', ({ parent }) => {
  test.each(TOOK_EFFECT)('a repeat after $what sends nothing and finds it done', async ({ fault }) => {
    const { sandbox, change, texts } = await cloud();
    sandbox.fault({ ...WRITE, times: 1, ...fault });
    const key = { idempotencyKey: 'k' };
    expect((await change(ADD, parent, [3], key)).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
    expect(await change(ADD, parent, [3], key)).toMatchObject({ added: [domain(3)], userErrors: [] });
    sandbox.fault({ ...WRITE, times: 1, ...fault });
    const other = { idempotencyKey: 'l' };
    expect((await change(REMOVE, parent, [1], other)).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
    expect(await change(REMOVE, parent, [1], other)).toMatchObject({ removed: [domain(1)], userErrors: [] });
    expect(listWrites(sandbox)).toHaveLength(2);
    expect(texts(parent)).toEqual([2, 3].map(domain));
  });

  test.each(TOOK_NONE)(
    'a repeat after $what sends nothing, and tells that nothing shows until it does',
    async ({ fault }) => {
      const { sandbox, change, listOf } = await cloud({ UPSTREAM_TIMEOUT_MS: '400' });
      sandbox.fault({ ...WRITE, times: 1, ...fault });
      const key = { idempotencyKey: 'k' };
      expect((await change(ADD, parent, [3], key)).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
      const again = await change(ADD, parent, [3], key);
      expect(again).toMatchObject({
        added: [],
        userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining('does not show') }],
      });
      // It arrives after all, or somebody else made it.
      listOf(sandbox.world, parent).push(record(3));
      expect(await change(ADD, parent, [3], key)).toMatchObject({ added: [domain(3)], userErrors: [] });
      expect(listWrites(sandbox)).toHaveLength(1);
    },
  );
});

test('a change that the cloud refused is told as before, and no look follows', async () => {
  const { sandbox, change, reads, ask } = await cloud();
  sandbox.fault({ ...WRITE, respond: { status: 403, body: { errCode: 'CSS.0006', externalMessage: 'no' } } });
  expect(await change(ADD, CLUSTER, [3])).toMatchObject({
    added: [],
    userErrors: [{ code: 'BAD_USER_INPUT' }],
  });
  expect(reads()).toBe(2);
  sandbox.clearFaults();
  sandbox.fault({ ...WRITE, respond: { status: 429, body: { error_code: 'APIGW.0308' } } });
  const input = { parent: CLUSTER, principals: [account(3)] };
  expect(getOnlyError(await ask(ADD, { input })).extensions.code).toBe('RATE_LIMITED');
});
