import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeClusterConnection,
  makeEndpoint,
  makeService,
  SANDBOX,
} from '../../../../src/sandbox/world.ts';
import { subscribe } from '../../../support/server-sent-events.ts';
import { type Answer, gateway } from '../../../support/gateway.ts';

const WATCH = `subscription ($ids: [ID!]!, $until: [ConnectionStatus!]) {
  endpointStatusChanged(endpointIds: $ids, until: $until) { endpointId status }
}`;

const status = ({ data }: Answer) => data?.endpointStatusChanged?.status;

/** Own endpoints of a service, and a gateway that looks often. */
const room = async (count: number) => {
  const world = emptyWorld();
  const rows = Array.from({ length: count }, () => makeClusterConnection({ status: 'creating' }));
  const service = makeService({ connections: rows });
  world.services.push(service);
  for (const row of rows) world.endpoints.push(makeEndpoint(row, service));
  const server = await gateway({ sandbox: { world }, settings: { SETTLING_POLL_MS: '40' } });
  return { server, world, rows };
};

test('an endpoint is reported until it reaches a final status', async () => {
  const { server, rows } = await room(1);
  const [row] = rows;
  const events = await subscribe(server, WATCH, { ids: [row!.id] });
  expect((await events.next())?.data).toEqual({
    endpointStatusChanged: { endpointId: row!.id, status: 'CREATING' },
  });
  row!.status = 'pendingAcceptance';
  expect((await events.rest()).map(status)).toEqual(['PENDING_ACCEPTANCE']);
});

test('several endpoints of one caller are watched with one list call a look', async () => {
  const { server, rows } = await room(3);
  const events = await subscribe(server, WATCH, { ids: rows.map(({ id }) => id) });
  await events.next();
  for (const row of rows) row.status = 'accepted';
  await events.rest();
  expect(new Set(server.calls())).toEqual(
    new Set([`GET /v1/${SANDBOX.projectId}/vpc-endpoints?offset=0&limit=100`]),
  );
});

test('a deletion ends with an endpoint that is not there', async () => {
  const { server, world, rows } = await room(1);
  const [row] = rows;
  row!.status = 'deleting';
  const events = await subscribe(server, WATCH, { ids: [row!.id] });
  expect(status((await events.next())!)).toBe('DELETING');
  world.endpoints.length = 0;
  const [last, ...more] = await events.rest();
  expect(more).toEqual([]);
  expect(last).toMatchObject({
    data: { endpointStatusChanged: null },
    errors: [{ extensions: { code: 'NOT_FOUND', endpointId: row!.id } }],
  });
});

test('no endpoint at all is refused before anything is read', async () => {
  const { server } = await room(1);
  const events = await subscribe(server, WATCH, { ids: [] });
  expect((await events.next())?.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(server.calls()).toEqual([]);
});

test('an endpoint that was just created, and is not there yet, is waited for', async () => {
  const world = emptyWorld();
  world.services.push(makeService({ id: 's', approval_enabled: false }));
  const server = await gateway({
    sandbox: { world, lagMs: 300, settleMs: 400 },
    settings: { SETTLING_POLL_MS: '40', SETTLING_LAG_MS: '2000' },
  });
  const create = `mutation { createEndpoint(input: { serviceId: "s", vpcId: "v", subnetId: "n" }) {
    endpoint { endpointId } } }`;
  const { data } = await server.ask(create);
  const events = await subscribe(server, WATCH, { ids: [data.createEndpoint.endpoint.endpointId] });
  const told = await events.rest();
  // A busy machine can look away while it is being made.
  expect(told.map(status).filter((one) => one !== 'CREATING')).toEqual(['ACCEPTED']);
  expect(told.flatMap(({ errors = [] }) => errors)).toEqual([]);
});
