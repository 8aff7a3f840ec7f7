import { expect, test } from 'vitest';
import { ClientAborted, DeadlineExceeded } from '../../src/http/errors.ts';
import { createIdempotency, type Idempotency } from '../../src/writes/idempotency.ts';
import {
  emptyWorld,
  INSIGHT_DOMAIN_ID,
  makeCluster,
  makePermission,
  makeService,
  makeServiceConnection,
} from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { listWrites } from '../support/writes.ts';

const counting = () => {
  let runs = 0;
  return { run: async () => (runs += 1), runs: () => runs };
};

/** Submits a write; whoever owns the keys is also who shares the memory. */
const submitTo =
  ({ runOnce }: Idempotency) =>
  <T>(
    owner: string,
    key: string | null | undefined,
    input: unknown,
    run: () => Promise<T>,
    mayHaveRun: (result: T) => boolean = () => true,
  ): Promise<T> =>
    runOnce({
      owner,
      borrower: owner,
      key,
      input,
      run,
      mayHaveRun,
      unknownOutcome: () => expect.unreachable(),
      replay: async (result) => result,
      left: () => 1_000,
      signal: undefined,
    });

const memory = (...made: Parameters<typeof createIdempotency>) => {
  const idempotency = createIdempotency(...made);
  return { submit: submitTo(idempotency), state: idempotency.state };
};

test('the same key runs a write once, also while the first is under way', async () => {
  const { submit } = memory();
  const { run, runs } = counting();
  const results = await Promise.all([submit('me', 'k', { a: 1 }, run), submit('me', 'k', { a: 1 }, run)]);
  expect(await submit('me', 'k', { a: 1 }, run)).toBe(1);
  expect(results).toEqual([1, 1]);
  expect(runs()).toBe(1);
});

test('the same key with another input is a conflict, and sends nothing', async () => {
  const { submit } = memory();
  const { run, runs } = counting();
  await submit('me', 'k', { a: 1 }, run);
  await expect(submit('me', 'k', { a: 2 }, run)).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
  expect(runs()).toBe(1);
});

test('null, missing and the order of names make no other input; what is said does', async () => {
  const { submit } = memory();
  const { run, runs } = counting();
  await submit('me', 'k', { a: { b: 1, c: null }, project: null, list: [null, 1] }, run);
  expect(await submit('me', 'k', { list: [null, 1], a: { b: 1 } }, run)).toBe(1);
  for (const other of [
    { list: [1], a: { b: 1 } },
    { list: [null, 1], a: {} },
    { list: [null, 1], a: { b: '' } },
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect(submit('me', 'k', other, run)).rejects.toThrow('another input');
  }
  expect(runs()).toBe(1);
});

test('keys of different callers have nothing to do with each other, and writes without a key just run', async () => {
  const { submit } = memory();
  const { run, runs } = counting();
  await submit('me', 'k', {}, run);
  await submit('you', 'k', {}, run);
  await submit('me', null, {}, run);
  await submit('me', undefined, {}, run);
  expect(runs()).toBe(4);
});

test('a write that failed may be tried again with its key', async () => {
  const { submit, state } = memory();
  await expect(submit('me', 'k', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(state()).toEqual({ keys: 0, bytes: 0 });
  expect(await submit('me', 'k', {}, async () => 'yes')).toBe('yes');
});

test('a write that certainly did not run may be tried again with its key, also with another input', async () => {
  const { submit, state } = memory();
  expect(
    await submit(
      'me',
      'k',
      { a: 1 },
      async () => 'refused',
      () => false,
    ),
  ).toBe('refused');
  expect(state()).toEqual({ keys: 0, bytes: 0 });
  expect(await submit('me', 'k', { a: 2 }, async () => 'done')).toBe('done');
});

test.each([new ClientAborted(), new DeadlineExceeded('css')])(
  'where the first of two submits ends with %s, nothing was sent, and the second one runs',
  async (failure) => {
    const { submit } = memory();
    const { promise, reject } = Promise.withResolvers<string>();
    const first = submit('me', 'k', {}, () => promise);
    const second = submit('me', 'k', {}, async () => 'second');
    reject(failure);
    await expect(first).rejects.toBe(failure);
    expect(await second).toBe('second');
  },
);

test('a key is forgotten ten minutes after its write ended, and not before', async () => {
  let now = 0;
  const { submit, state } = memory(() => now);
  const { run, runs } = counting();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = submit('me', 'k', {}, () => promise.then(run));
  now = 20 * 60 * 1000;
  const joined = submit('me', 'k', {}, run);
  resolve();
  expect([await first, await joined]).toEqual([1, 1]);
  now += 10 * 60 * 1000 - 1;
  expect(await submit('me', 'k', {}, run)).toBe(1);
  now += 1;
  expect(state()).toEqual({ keys: 0, bytes: 0 });
  expect(await submit('me', 'k', {}, run)).toBe(2);
  expect(runs()).toBe(2);
});

/** Submits writes with new keys until one is refused; gives how many were not, and why. */
const fill = async (submit: ReturnType<typeof submitTo>, owner: string, run: () => Promise<unknown>) => {
  for (let at = 0; ; at += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await submit(owner, `key ${at}`, {}, run);
    } catch (error) {
      return { taken: at, error: error as { message: string; extensions: Record<string, unknown> } };
    }
  }
};

test('10,000 writes of one caller push out no key of another, and hinder no new one', async () => {
  let now = 0;
  const { submit, state } = memory(() => now);
  const mine = counting();
  await submit('me', 'k', {}, mine.run);
  now = 60_000;
  const theirs = counting();
  const { taken, error } = await fill(submit, 'you', theirs.run);
  expect(taken).toBeGreaterThan(3_000);
  expect(error).toMatchObject({
    message: expect.stringContaining('nothing was sent'),
    extensions: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 600_000 },
  });
  expect(theirs.runs()).toBe(taken);
  for (let at = 0; at < 10_000 - taken; at += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await submit('you', `more ${at}`, {}, theirs.run).catch(() => {});
  }
  expect(theirs.runs()).toBe(taken);

  expect(await submit('me', 'k', {}, mine.run)).toBe(1);
  expect(await submit('me', 'new', {}, mine.run)).toBe(2);
  expect(await submit('you', 'key 0', {}, theirs.run)).toBe(1);
  expect(state().bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
});

test('a caller whose share is used up gets room again when the time of a key is over', async () => {
  let now = 0;
  const { submit } = memory(() => now, 64 * 1024);
  const { run } = counting();
  const { error } = await fill(submit, 'me', run);
  now += error.extensions['retryAfterMs'] as number;
  expect(await submit('me', 'later', {}, run)).toEqual(expect.any(Number));
});

test('what runs counts too', async () => {
  const { submit, state } = memory(Date.now, 64 * 1024);
  const { promise, resolve } = Promise.withResolvers<string>();
  const runs = Array.from({ length: 100 }, (_, at) => submit('me', `${at}`, {}, () => promise));
  resolve('done');
  const ended = await Promise.allSettled(runs);
  const refused = ended.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(50);
  expect(refused[0]).toMatchObject({ reason: { extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } } });
  expect(state().keys).toBe(100 - refused.length);
});

test('a result counts as long as it is, and one without room is not told again, nor run again', async () => {
  const { submit, state } = memory(Date.now, 64 * 1024);
  await submit('me', 'small', {}, async () => 'x'.repeat(1_000));
  expect(state().bytes).toBe(1024 + 2 * 1_002);
  await submit('me', 'long', {}, async () => 'x'.repeat(10_000));
  expect(state().bytes).toBe(2 * 1024 + 2 * 1_002 + 2 * 10_002);
  const { run, runs } = counting();
  const huge = async () => {
    await run();
    return 'x'.repeat(1_000_000);
  };
  expect(await submit('me', 'huge', {}, huge)).toHaveLength(1_000_000);
  await expect(submit('me', 'huge', {}, huge)).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
  expect(runs()).toBe(1);
  expect(state()).toEqual({ keys: 3, bytes: 3 * 1024 + 2 * 1_002 + 2 * 10_002 });
});

const ADD = `mutation ($input: AddPermissionsInput!) { addPermissions(input: $input) { added userErrors { code } } }`;
const REMOVE = `mutation ($input: RemovePermissionsInput!) { removePermissions(input: $input) { userErrors { code } } }`;
const ACCEPT = `mutation ($input: AcceptConnectionsInput!) { acceptConnections(input: $input) { userErrors { code } } }`;
const ACCOUNT = 'd'.repeat(32);

test('a refused change runs again with the same key, and one that had nothing to do does not', async () => {
  const world = emptyWorld();
  const cluster = makeCluster({ permissions: [] });
  world.clusters.push(cluster);
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const input = { parent: { clusterId: cluster.id }, principals: [ACCOUNT], idempotencyKey: 'k' };
  const add = async () => (await ask(ADD, { input })).data.addPermissions;
  const respond = { status: 403, body: { errCode: 'CSS.0006', externalMessage: 'no' } };
  sandbox.fault({ method: 'POST', path: /permissions/, times: 1, respond });
  expect(await add()).toEqual({ added: [], userErrors: [{ code: 'BAD_USER_INPUT' }] });
  expect(await add()).toEqual({ added: [`iam:domain::${ACCOUNT}`], userErrors: [] });
  expect(await add()).toEqual({ added: [`iam:domain::${ACCOUNT}`], userErrors: [] });
  expect(listWrites(sandbox)).toHaveLength(2);

  const again = { ...input, idempotencyKey: 'another' };
  expect((await ask(ADD, { input: again })).data.addPermissions).toEqual({ added: [], userErrors: [] });
  sandbox.world.clusters[0]!.permissions.splice(0);
  expect((await ask(ADD, { input: again })).data.addPermissions).toEqual({ added: [], userErrors: [] });
  expect(listWrites(sandbox)).toHaveLength(2);
});

test('a change that the gateway itself refused runs again with the same key', async () => {
  const world = emptyWorld();
  const permissions = [makePermission({ permission: `iam:domain::${ACCOUNT}` })];
  world.clusters.push(makeCluster({ permissions }));
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const parent = { clusterId: world.clusters[0]!.id };
  const remove = async () => {
    const input = { parent, principals: [ACCOUNT], idempotencyKey: 'k' };
    return (await ask(REMOVE, { input })).data.removePermissions.userErrors;
  };
  expect(await remove()).toEqual([{ code: 'CONFLICT' }]);
  await ask(ADD, { input: { parent, principals: ['e'.repeat(32)] } });
  expect(await remove()).toEqual([]);
  const [left, ...others] = sandbox.world.clusters[0]!.permissions;
  expect([left!.permission, others]).toEqual([`iam:domain::${'e'.repeat(32)}`, []]);
});

test('where one of several parts was done, or may have been, the key is remembered', async () => {
  const world = emptyWorld();
  const connections = ['a', 'b'].map((id) => makeServiceConnection({ id, status: 'pendingAcceptance' }));
  world.services.push(makeService({ connections }));
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const targets = [{ parent: { serviceId: world.services[0]!.id }, endpointIds: ['a', 'b'] }];
  const accept = async (idempotencyKey: string) =>
    (await ask(ACCEPT, { input: { targets, idempotencyKey } })).data.acceptConnections.userErrors.map(
      ({ code }: { code: string }) => code,
    );
  const refusal = { respond: { status: 400, body: { error_code: 'EndPoint.2013' } } };
  const refuse = (times: number) => sandbox.fault({ method: 'POST', path: /action/, times, ...refusal });

  refuse(2);
  expect(await accept('k')).toHaveLength(2);
  refuse(1);
  expect(await accept('k')).toHaveLength(1);
  expect(await accept('k')).toHaveLength(1);
  expect(listWrites(sandbox)).toHaveLength(4);

  sandbox.fault({ method: 'POST', path: /action/, times: 1, respond: { status: 502 } });
  expect((await accept('unclear'))[0]).toBe('INDETERMINATE');
  expect((await accept('unclear'))[0]).toBe('INDETERMINATE');
  expect(listWrites(sandbox)).toHaveLength(5);
});

test('a double submit through the graph creates one endpoint', async () => {
  const world = emptyWorld();
  const service = makeService({
    permissions: [makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` })],
  });
  world.services.push(service);
  const { ask, sandbox, url } = await gateway({ sandbox: { world } });
  const mutation = `mutation ($id: ID!) { verifyAndCreateEndpoint(input: { service: { id: $id }, dataSourceType: "DWS",
    idempotencyKey: "once", clientMutationId: "c" }) { clientMutationId userErrors { code } connectedInstance { instanceId } } }`;
  const headers = { 'x-workspace-id': world.workspaces[0]!.id };
  const answers = [
    await ask(mutation, { id: service.id }, headers),
    await ask(mutation, { id: service.id }, headers),
  ];
  expect(answers[0]!.errors).toBeUndefined();
  expect(answers[0]!.data.verifyAndCreateEndpoint).toMatchObject({ clientMutationId: 'c', userErrors: [] });
  expect(answers[1]).toEqual(answers[0]);
  expect(sandbox.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^gateway_held\{what="idempotency_keys",unit="bytes"\} [1-9]\d*$/m);
});
