import { expect, test } from 'vitest';
import { emptyWorld, makeService, makeServiceConnection } from '../../src/sandbox/world.ts';
import { openSandbox, stopClock, v1 } from './open-sandbox.ts';

const ENDPOINT = { endpoint_service_id: 's', vpc_id: 'vpc-1', subnet_id: 'subnet-1' };
const SERVICE = {
  port_id: 'p',
  vpc_id: 'vpc-1',
  server_type: 'VM',
  ports: [{ client_port: 1, server_port: 1 }],
};

/** A cloud whose reads lag 300 ms behind, and whose jobs take a second, with a clock that the test moves. */
const lagging = async () => {
  const world = emptyWorld();
  const connections = [makeServiceConnection({ id: 'e', status: 'accepted' })];
  world.services.push(
    makeService({ id: 's', connections, approval_enabled: false }),
    makeService({ id: 'old' }),
  );
  const cloud = await openSandbox({ world, lagMs: 300, settleMs: 1_000 });
  const clock = stopClock();
  /** The state that reads show now, after 300 ms, and at the end. */
  const states = async (look: () => Promise<unknown>): Promise<unknown[]> => {
    const seen = [await look()];
    clock.pass(301);
    seen.push(await look());
    clock.pass(1_000);
    return [...seen, await look()];
  };
  const statusAt = (path: string) => async () => {
    const { status, body } = await cloud.get(v1(path));
    return status === 404 ? 404 : body.status;
  };
  const remove = (path: string) => cloud.send('DELETE', path);
  return { ...cloud, remove, states, statusAt };
};

test('a new endpoint is not found at first, neither by its id nor in the list', async () => {
  const { post, get, states, statusAt } = await lagging();
  const { body } = await post(v1('/vpc-endpoints'), ENDPOINT);
  expect(body.status).toBe('creating');
  expect((await get(v1('/vpc-endpoints'))).body).toMatchObject({ endpoints: [], total_count: 0 });
  expect(await states(statusAt(`/vpc-endpoints/${body.id}`))).toEqual([404, 'creating', 'accepted']);
  expect((await get(v1('/vpc-endpoints'))).body.total_count).toBe(1);
});

test('a deleted endpoint shows its old state at first', async () => {
  const { post, remove, states, statusAt } = await lagging();
  const { body } = await post(v1('/vpc-endpoints'), ENDPOINT);
  await states(async () => {});
  expect((await remove(v1(`/vpc-endpoints/${body.id}`))).status).toBe(204);
  expect(await states(statusAt(`/vpc-endpoints/${body.id}`))).toEqual(['accepted', 'deleting', 404]);
});

test('a new service is not found at first, and a deleted one shows its old state', async () => {
  const { post, remove, states, statusAt } = await lagging();
  const { body } = await post(v1('/vpc-endpoint-services'), SERVICE);
  expect(await states(statusAt(`/vpc-endpoint-services/${body.id}`))).toEqual([404, 'creating', 'available']);
  expect((await remove(v1('/vpc-endpoint-services/old'))).status).toBe(204);
  expect(await states(statusAt('/vpc-endpoint-services/old'))).toEqual(['available', 'deleting', 404]);
});

test('a decided connection shows its old state at first, and a second decision meets the new one', async () => {
  const { post, get, states } = await lagging();
  const decide = (action: string) =>
    post(v1('/vpc-endpoint-services/s/connections/action'), { action, endpoints: ['e'] });
  expect((await decide('reject')).body.connections).toMatchObject([{ status: 'creating' }]);
  expect((await decide('receive')).body).toMatchObject({ error_code: 'EndPoint.2019' });
  const look = async () =>
    (await get(v1('/vpc-endpoint-services/s/connections'))).body.connections.map(
      ({ status }: { status: string }) => status,
    );
  expect(await states(look)).toEqual([['accepted'], ['creating'], ['rejected']]);
});
