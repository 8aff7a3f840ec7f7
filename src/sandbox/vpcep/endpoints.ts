import { choice, coded, flag, list, optional, readBody, shape, text } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { attach, detach, findService, settleInto } from '../connections.ts';
import { SANDBOX } from '../credentials.ts';
import { ok, pathId, type Call, type Deps } from '../http/exchange.ts';
import { nextId, makeNumber } from '../data/ids.ts';
import type { Endpoint, Service, VisibleService, World } from '../model.ts';
import { readQuery } from '../http/query.ts';
import { DEFAULT_ROUTE_TABLE, makeEndpoint, makeServiceConnection } from '../data/rows.ts';
import { refuseParameter, refuseBody, notFound, vpcepRefusal } from './errors.ts';
import { isInOrAny, isOrAny, readPage } from './pages.ts';
import { checkPolicy, DOCUMENT, STATEMENTS } from './policy.ts';
import { TAGS } from './services.ts';
import { formatEndpoint } from './wire.ts';
import { admits } from '../whitelist.ts';

const ID = text({ min: 1, max: 64 });
const ADDRESSES = list(
  coded('EndPoint.2044', text({ max: 32, pattern: /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/ })),
);
const listEndpoints = (call: Call, deps: Deps) => {
  const query = readQuery(call.query, refuseParameter);
  const page = readPage<Endpoint>('endpoints', query, deps, (endpoint) => endpoint.connection);
  const name = query.text('endpoint_service_name', 128);
  const vpc = query.text('vpc_id', 64);
  const id = query.text('id', 64);
  const matching = shownEndpoints(deps).filter(
    (endpoint) =>
      isInOrAny(name, endpoint.endpoint_service_name) &&
      isOrAny(vpc, endpoint.vpc_id) &&
      isOrAny(id, endpoint.connection.id),
  );
  const { rows, total } = page.cut(matching);
  return ok({ endpoints: rows.map(formatEndpoint), total_count: total });
};

/** Endpoints as reads show them: each with the lag of its connection. */
const shownEndpoints = ({ world, lag }: Deps): Endpoint[] =>
  world.endpoints.flatMap((endpoint) =>
    lag.shown([endpoint.connection]).map((connection) => ({ ...endpoint, connection })),
  );

const findEndpoint = (call: Call, world: World): Endpoint => {
  const id = pathId(call, 'vpc_endpoint_id', refuseParameter);
  const endpoint = world.endpoints.find((candidate) => candidate.connection.id === id);
  if (endpoint === undefined) throw notFound();
  return endpoint;
};

const getEndpoint = (call: Call, deps: Deps) => {
  const { id } = findEndpoint(call, deps.world).connection;
  const shown = shownEndpoints(deps).find(({ connection }) => connection.id === id);
  if (shown === undefined) throw notFound();
  return ok(formatEndpoint(shown));
};

const CREATE = shape({
  endpoint_service_id: ID,
  vpc_id: coded('EndPoint.0020', ID),
  subnet_id: optional(coded('EndPoint.0023', ID)),
  enable_dns: optional(flag),
  tags: optional(TAGS),
  routetables: optional(list(text(), { min: 1, max: 10 })),
  port_ip: optional(text()),
  whitelist: optional(ADDRESSES),
  enable_whitelist: optional(flag),
  description: optional(text({ max: 512, pattern: /^[^<>]*$/ })),
  policy_statement: optional(STATEMENTS),
  policy_document: optional(DOCUMENT),
  ip_version: optional(choice('ipv4', 'dualstack')),
  ipv6_address: optional(text()),
  specification_name: optional(text()),
});

type Wish = ReturnType<typeof CREATE>;

/** A service that lets the project connect now. */
const joinable = (world: World, id: string): Service | VisibleService => {
  const service = findService(world, id);
  if (service === undefined) throw vpcepRefusal(400, 'EndPoint.2003', 'No such endpoint service.');
  if ('status' in service && service.status !== 'available')
    throw vpcepRefusal(400, 'EndPoint.2004', `The service is ${service.status}.`);
  // The owner needs no entry in its own whitelist, everyone else does.
  if ('admits' in service && !admits(service.admits, SANDBOX.domainId, ''))
    throw vpcepRefusal(400, 'EndPoint.2012', 'The account is not on the whitelist of the service.');
  return service;
};

const checkNetwork = (service: Service | VisibleService, wish: Wish): void => {
  if (service.service_type === 'interface' && wish.subnet_id === undefined)
    throw vpcepRefusal(400, 'EndPoint.0023', 'subnet_id is needed for an interface service.');
  if (service.service_type === 'interface' && wish.routetables !== undefined)
    throw refuseParameter('routetables', 'routetables belong to gateway services');
};

const rowFor = (world: World, service: Service | VisibleService, wish: Wish) => {
  const id = nextId(world, 'endpoint');
  const address = wish.port_ip ?? `192.168.2.${2 + makeNumber(id, 250)}`;
  return makeServiceConnection({
    id,
    created_at: stamp(),
    description: wish.description ?? '',
    specificationName: wish.specification_name ?? 'default',
    vpcepIp: service.service_type === 'gateway' ? null : address,
    ...(wish.ip_version === 'dualstack' ? { vpcepIpv6Address: wish.ipv6_address ?? 'fd00:c55::2' } : {}),
    ...(wish.enable_dns === true ? { vpcepDnsName: `${id}.${SANDBOX.region}.vpcep.example.com` } : {}),
  });
};

const createEndpoint = (call: Call, deps: Deps) => {
  const { world } = deps;
  const wish = readBody(call, CREATE, refuseBody);
  const service = joinable(world, wish.endpoint_service_id);
  checkNetwork(service, wish);
  if (wish.policy_statement !== undefined || wish.policy_document !== undefined) checkPolicy(service, wish);
  if (world.endpoints.length >= world.quotas.endpoint) throw vpcepRefusal(400, 'EndPoint.1018');
  const connection = rowFor(world, service, wish);
  const endpoint = makeEndpoint(connection, service, {
    vpc_id: wish.vpc_id,
    subnet_id: wish.subnet_id ?? '',
    tags: wish.tags ?? [],
    whitelist: wish.whitelist ?? [],
    enable_whitelist: wish.enable_whitelist ?? false,
    routetables: wish.routetables ?? (service.service_type === 'gateway' ? [DEFAULT_ROUTE_TABLE] : []),
    ...(wish.policy_statement === undefined ? {} : { policy_statement: wish.policy_statement }),
    ...(wish.policy_document === undefined ? {} : { policy_document: wish.policy_document }),
  });
  settleInto(connection, service.approval_enabled ? 'pendingAcceptance' : 'accepted', deps, true);
  world.endpoints.unshift(endpoint);
  attach(world, service.id, connection);
  return ok(formatEndpoint(endpoint));
};

const STATES: Record<string, string> = {
  failed: 'EndPoint.2047',
  creating: 'EndPoint.2019',
  deleting: 'EndPoint.2018',
};

/** The endpoint that the path names, in a state that can be changed. */
export const changeableEndpoint = (call: Call, world: World): Endpoint => {
  const endpoint = findEndpoint(call, world);
  const { status } = endpoint.connection;
  const code = STATES[status];
  if (code !== undefined) throw vpcepRefusal(400, code, `The endpoint is ${status}.`);
  return endpoint;
};

const updateEndpoint = (call: Call, deps: Deps) => {
  const endpoint = changeableEndpoint(call, deps.world);
  const body = readBody(
    call,
    shape({ whitelist: optional(ADDRESSES), enable_whitelist: optional(flag) }),
    refuseBody,
  );
  endpoint.whitelist = body.whitelist ?? endpoint.whitelist;
  endpoint.enable_whitelist = body.enable_whitelist ?? endpoint.enable_whitelist;
  endpoint.connection.updated_at = stamp();
  return ok(formatEndpoint(endpoint));
};

const deleteEndpoint = (call: Call, deps: Deps) => {
  const { world } = deps;
  const endpoint = findEndpoint(call, world);
  const { connection } = endpoint;
  if (connection.status === 'deleting') throw vpcepRefusal(400, 'EndPoint.2018', 'The endpoint is deleting.');
  deps.lag.hide(connection, { status: connection.status, updated_at: connection.updated_at });
  connection.status = 'deleting';
  connection.updated_at = stamp();
  delete connection.settlesTo;
  deps.later(() => {
    world.endpoints = world.endpoints.filter((other) => other !== endpoint);
    detach(world, endpoint.endpoint_service_id, connection);
  });
  return { status: deps.world.edition === 'otc' ? 200 : 204 };
};

const listQuotas = (call: Call, deps: Deps) => {
  const { world } = deps;
  const type = readQuery(call.query, refuseParameter).choice('type', ['endpoint_service', 'endpoint']);
  const resources = [
    { type: 'endpoint_service', used: world.services.length, quota: world.quotas.endpoint_service },
    { type: 'endpoint', used: world.endpoints.length, quota: world.quotas.endpoint },
  ];
  return ok({ quotas: { resources: resources.filter((resource) => isOrAny(type, resource.type)) } });
};

/** The operations on the project's own endpoints, and its quotas. */
export const endpoints = {
  listEndpoints,
  getEndpoint,
  createEndpoint,
  updateEndpoint,
  deleteEndpoint,
  listQuotas,
};
