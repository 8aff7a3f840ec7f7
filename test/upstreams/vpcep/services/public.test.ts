import { expect, test } from 'vitest';
import { emptyWorld, makeService, makeVisibleService, SANDBOX } from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';

const SERVICES = `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services`;

const world = () => {
  const one = (id: string, partial: object) =>
    makeVisibleService({ id, service_name: `cn-north-4.${id}.x`, public: true, ...partial });
  return {
    ...emptyWorld(),
    services: [makeService({ id: 'mine' })],
    visibleServices: [
      one('dns', { owner: 'dns', created_at: '2019-04-01T00:00:00Z' }),
      one('obs', { owner: 'obs', created_at: '2019-04-02T00:00:00Z', service_type: 'gateway' }),
      one('hidden', { public: false, owner: 'css' }),
    ],
  };
};

test('public services are endpoint services of others, newest first', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: world() } });
  const { data, errors } = await ask(
    `{ publicEndpointServices { totalCount nodes { serviceId name label owner ownership serviceType charged createdAt status
         connections { totalCount } } } }`,
  );
  expect(errors).toBeUndefined();
  const visible = { ownership: 'VISIBLE', charged: true, status: null, connections: null };
  expect(data.publicEndpointServices).toEqual({
    totalCount: 2,
    nodes: [
      {
        serviceId: 'obs',
        name: 'cn-north-4.obs.x',
        label: 'obs',
        owner: 'obs',
        serviceType: 'GATEWAY',
        createdAt: '2019-04-02T00:00:00Z',
        ...visible,
      },
      {
        serviceId: 'dns',
        name: 'cn-north-4.dns.x',
        label: 'dns',
        owner: 'dns',
        serviceType: 'INTERFACE',
        createdAt: '2019-04-01T00:00:00Z',
        ...visible,
      },
    ],
  });
  expect(calls()).toEqual([`${SERVICES}/public?offset=0&limit=21`]);
});

test('the cloud filters them by name, and pages are cut as in every list', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: world() } });
  const { data, errors } = await ask(
    `{ named: publicEndpointServices(filter: { name: "DNS" }) { nodes { label } }
       last: publicEndpointServices(last: 1, filter: { name: "" }) { totalCount nodes { label } pageInfo { hasPreviousPage } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    named: { nodes: [{ label: 'dns' }] },
    last: { totalCount: 2, nodes: [{ label: 'dns' }], pageInfo: { hasPreviousPage: true } },
  });
  expect(calls()).toContain(`${SERVICES}/public?endpoint_service_name=DNS&offset=0&limit=21`);
});

test('a filter that is no name is refused before any call', async () => {
  const { ask, calls } = await gateway();
  const { errors } = await ask('{ publicEndpointServices(filter: { name: "a..b" }) { totalCount } }');
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(calls()).toEqual([]);
});

test('the same service has the same id and the same owner, whichever way it is reached', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: world() } });
  const { data } = await ask('{ publicEndpointServices { nodes { id owner } } }');
  const [obs] = data.publicEndpointServices.nodes;
  calls();
  const again = await ask('query ($id: ID!) { node(id: $id) { id ... on EndpointService { owner } } }', {
    id: obs.id,
  });
  expect(again).toEqual({ data: { node: obs } });
  expect(calls()).toEqual([
    `${SERVICES}/obs`,
    `${SERVICES}/describe?id=obs`,
    `${SERVICES}/public?id=obs&offset=0&limit=1`,
  ]);
});

test('own services, and others that are not public, have no owner to tell', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: world() } });
  const { data, errors } = await ask(
    `{ mine: endpointService(by: { id: "mine" }) { owner } hidden: endpointService(by: { id: "hidden" }) { owner } }`,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({ mine: { owner: null }, hidden: { owner: null } });
  expect(calls().filter((call) => call.includes('/public'))).toHaveLength(1);
});

test('owners of several services cost one call', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: world() } });
  const { data } = await ask(
    `{ a: endpointService(by: { id: "dns" }) { owner } b: endpointService(by: { id: "obs" }) { owner }
       c: endpointService(by: { id: "hidden" }) { owner } }`,
  );
  expect(data).toEqual({ a: { owner: 'dns' }, b: { owner: 'obs' }, c: { owner: null } });
  expect(calls().filter((call) => call.includes('/public'))).toEqual([
    `${SERVICES}/public?offset=0&limit=100`,
  ]);
});

test('where public services may not be listed, owners are null and the list says so', async () => {
  const { ask, sandbox } = await gateway({ sandbox: { world: world() } });
  sandbox.fault({ path: /public/, respond: { status: 403, body: { error_code: 'EndPoint.0004' } } });
  const { data, errors } = await ask(
    '{ endpointService(by: { id: "dns" }) { owner name } publicEndpointServices { totalCount } }',
  );
  expect(data).toEqual({
    endpointService: { owner: null, name: 'cn-north-4.dns.x' },
    publicEndpointServices: null,
  });
  expect(errors).toMatchObject([{ path: ['publicEndpointServices'], extensions: { code: 'FORBIDDEN' } }]);
});
