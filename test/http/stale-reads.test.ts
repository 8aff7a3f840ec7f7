import { expect, test } from 'vitest';
import { emptyWorld, makePermission, makeService } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { listWrites } from '../support/writes.ts';

const READ =
  '{ endpointService(by: { id: "service-1" }) { permissions(first: 5) { nodes { description } } } }';
const WRITE = `mutation { updatePermissionDescription(input: { serviceId: "service-1", permissionId: "record-1", description: "new" }) {
  userErrors { code } } }`;

/** A gateway, and a slow read that shows what was there before a write. */
const noted = async () => {
  const world = emptyWorld();
  world.services.push(
    makeService({
      id: 'service-1',
      permissions: [makePermission({ id: 'record-1', permission: '*', description: 'old' })],
    }),
  );
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const reads = () => sandbox.calls.filter(({ path }) => /permissions\?/.test(path)).length;
  const read = async () => (await ask(READ)).data.endpointService.permissions.nodes[0].description as string;
  const slowRead = async () => {
    const before = reads();
    const mutate = (body: { permissions: object[] }) => ({
      ...body,
      permissions: body.permissions.map((one) => ({ ...one, description: 'old' })),
    });
    sandbox.fault({ method: 'GET', path: /permissions\?/, times: 1, delayMs: 1_500, mutate });
    const slow = read();
    await expect.poll(reads).toBe(before + 1);
    return { slow };
  };
  return { ask, sandbox, read, slowRead, reads };
};

test('what is read after a write joins no read that began before it', async () => {
  const { ask, slowRead, read } = await noted();
  let isOver = false;
  const { slow } = await slowRead();
  void slow.finally(() => (isOver = true));
  await ask(WRITE);
  expect(await read()).toBe('new');
  expect(isOver).toBe(false);
  expect(await slow).toBe('old');
});

test('what is read after a write joins no read that began while the write was on its way', async () => {
  const { ask, sandbox, slowRead, read } = await noted();
  sandbox.fault({ method: 'PUT', path: /permissions/, times: 1, delayMs: 500 });
  const writing = ask(WRITE);
  await expect.poll(() => listWrites(sandbox).length).toBe(1);
  let isOver = false;
  const { slow } = await slowRead();
  void slow.finally(() => (isOver = true));
  await writing;
  expect(await read()).toBe('new');
  expect(isOver).toBe(false);
  expect(await slow).toBe('old');
});
