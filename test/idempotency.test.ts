import { expect, test } from 'vitest';
import { createIdempotency } from '../src/idempotency.ts';
import { INSIGHT_DOMAIN_ID, makePermission, makeService, emptyWorld } from '../src/sandbox/world.ts';
import { gateway } from './support/gateway.ts';

const counting = () => {
  let runs = 0;
  return { run: async () => (runs += 1), runs: () => runs };
};

test('the same key runs a write once, also while the first is under way', async () => {
  const { once } = createIdempotency();
  const { run, runs } = counting();
  const results = await Promise.all([once('me', 'k', { a: 1 }, run), once('me', 'k', { a: 1 }, run)]);
  expect(await once('me', 'k', { a: 1 }, run)).toBe(1);
  expect(results).toEqual([1, 1]);
  expect(runs()).toBe(1);
});

test('the same key with another input is a conflict, and sends nothing', async () => {
  const { once } = createIdempotency();
  const { run, runs } = counting();
  await once('me', 'k', { a: 1 }, run);
  await expect(once('me', 'k', { a: 2 }, run)).rejects.toMatchObject({ extensions: { code: 'CONFLICT' } });
  expect(runs()).toBe(1);
});

test('keys of different callers have nothing to do with each other, and writes without a key just run', async () => {
  const { once } = createIdempotency();
  const { run, runs } = counting();
  await once('me', 'k', {}, run);
  await once('you', 'k', {}, run);
  await once('me', null, {}, run);
  await once('me', undefined, {}, run);
  expect(runs()).toBe(4);
});

test('a write that failed may be tried again with its key', async () => {
  const { once } = createIdempotency();
  await expect(once('me', 'k', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await once('me', 'k', {}, async () => 'yes')).toBe('yes');
});

test('a key is forgotten after ten minutes', async () => {
  let now = 0;
  const { once } = createIdempotency(() => now);
  const { run } = counting();
  expect(await once('me', 'k', {}, run)).toBe(1);
  now = 10 * 60 * 1000 - 1;
  expect(await once('me', 'k', {}, run)).toBe(1);
  now += 1;
  expect(await once('me', 'k', {}, run)).toBe(2);
});

test('a double submit through the graph creates one endpoint', async () => {
  const world = emptyWorld();
  const service = makeService({
    permissions: [makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` })],
  });
  world.services.push(service);
  const { ask, sandbox } = await gateway({ sandbox: { world } });
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
});
