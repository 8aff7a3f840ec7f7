import { optional, readBody, shape, text } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { attach, findConnectionLists, settleInto } from '../connections.ts';
import { INSIGHT_DOMAIN_ID, SANDBOX } from '../credentials.ts';
import { refuseParameter, refuseBody, insightRefusal, findWorkspace } from './errors.ts';
import { ok, type Call, type Deps } from '../http/exchange.ts';
import { nextId, makeNumber } from '../data/ids.ts';
import type { ConnectedInstance, ConnectionRow, Service, VisibleService, World } from '../model.ts';
import { makeServiceConnection } from '../data/rows.ts';
import { admits } from '../whitelist.ts';

/** Types of the international reference; sources differ in their letter case, so it does not count. */
const TYPES = ['MySQL', 'DWS', 'PostgreSQL', 'OpenGauss', 'Doris', 'HIVE', 'ClickHouse', 'API'];

const isBlank = (value: string | undefined): value is undefined | '' =>
  value === undefined || value.trim() === '';

const BODY = shape({
  ds_type: text({ min: 1, max: 32 }),
  vpc_ep_server_name: optional(text({ max: 200 })),
  vpc_ep_server_id: optional(text({ max: 200 })),
});

/** The service that the body names; a blank name or id counts as not given, two have to agree. */
const serviceFor = (
  world: World,
  name: string | undefined,
  id: string | undefined,
): Service | VisibleService => {
  if (isBlank(name) && isBlank(id))
    throw refuseParameter('vpc_ep_server_id', 'a service name or a service id is needed');
  const known: (Service | VisibleService)[] = [...world.services, ...world.visibleServices];
  const service = known.find(
    (candidate) => (isBlank(id) || candidate.id === id) && (isBlank(name) || candidate.service_name === name),
  );
  if (service === undefined) throw insightRefusal(404, '24010003', 'Endpoint service not found.');
  return service;
};

const verify = (service: Service | VisibleService): void => {
  if ('status' in service && service.status !== 'available')
    throw insightRefusal(404, '24010003', `The endpoint service is ${service.status}.`);
  const whitelist =
    'admits' in service ? service.admits : service.permissions.map((record) => record.permission);
  if (!admits(whitelist, INSIGHT_DOMAIN_ID))
    throw insightRefusal(
      400,
      '24010043',
      'The endpoint service does not admit the account of DataArts Insight.',
    );
};

/** The endpoint belongs to the account of DataArts Insight: the project sees it in the service's list only. */
const connect = (world: World, service: Service | VisibleService): ConnectionRow => {
  const id = nextId(world, 'endpoint');
  const row = makeServiceConnection({
    id,
    domain_id: INSIGHT_DOMAIN_ID,
    created_at: stamp(),
    vpcepIp: `10.0.8.${2 + makeNumber(id, 250)}`,
  });
  attach(world, service.id, row);
  return row;
};

const instanceFor = (
  world: World,
  dsType: string,
  service: Service | VisibleService,
  row: ConnectionRow,
): ConnectedInstance => {
  const now = Date.now();
  return {
    create_date: now,
    create_user: SANDBOX.domainId,
    create_user_name: 'sandbox',
    update_date: now,
    update_user: SANDBOX.domainId,
    update_user_name: 'sandbox',
    id: `8a8080c0${nextId(world, 'instance').replaceAll('-', '').slice(8)}`,
    project_id: SANDBOX.projectId,
    domain_id: SANDBOX.domainId,
    ds_type: dsType,
    vpc_ep_server_id: service.id,
    vpc_ep_server_name: service.service_name,
    vpc_ep_client_id: row.id,
    vpc_ep_client_status: row.status,
    scene: 'dii-app_to_data-source',
  };
};

/** Verifies an endpoint service and creates an endpoint to it; twice the same call makes two of them. */
export const verifyAndCreate = (call: Call, deps: Deps) => {
  const { world } = deps;
  findWorkspace(call, world);
  const body = readBody(call, BODY, refuseBody);
  const type = TYPES.find((known) => known.toLowerCase() === body.ds_type.toLowerCase());
  if (type === undefined) throw refuseParameter('ds_type', `ds_type must be one of ${TYPES.join(', ')}`);
  const service = serviceFor(world, body.vpc_ep_server_name, body.vpc_ep_server_id);
  verify(service);
  const row = connect(world, service);
  settleInto(row, service.approval_enabled ? 'pendingAcceptance' : 'accepted', deps);
  const instance = instanceFor(world, type, service, row);
  world.connectedInstances.push(instance);
  return ok(instance);
};

/** A connected instance as it is now: its client status follows the endpoint. */
export const formatConnectedInstance = (world: World, instance: ConnectedInstance): ConnectedInstance => {
  const row = findConnectionLists(world, instance.vpc_ep_server_id)
    .flat()
    .find(({ id }) => id === instance.vpc_ep_client_id);
  return row === undefined ? instance : { ...instance, vpc_ep_client_status: row.status };
};
