import { choice, coded, flag, list, optional, readBody, shape, text, whole } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { SANDBOX } from '../credentials.ts';
import { ok, type Call, type Deps } from '../http/exchange.ts';
import { nextId } from '../data/ids.ts';
import type { Service, VisibleService, World } from '../model.ts';
import { readQuery } from '../http/query.ts';
import { makeService } from '../data/rows.ts';
import { refuseParameter, refuseBody, notFound, ownService, vpcepRefusal } from './errors.ts';
import { isInOrAny, isOrAny, readPage } from './pages.ts';
import {
  connectionCount,
  formatPublicService,
  formatService,
  formatServiceDetail,
  formatServiceRow,
  formatSummary,
} from './wire.ts';

const TCP_PROXY = choice('close', 'toa_open', 'proxy_open', 'open', 'proxy_vni');
const PORTS = list(
  shape({
    client_port: whole(1, 65_535),
    server_port: whole(1, 65_535),
    protocol: optional(choice('TCP', 'UDP')),
  }),
  { min: 1, max: 200 },
);
const ID = text({ min: 1, max: 64 });
/** An IPv4 address or a domain name. */
const ADDRESS = coded('EndPoint.3058', text({ max: 253, pattern: /^[A-Za-z0-9.-]+$/ }));

/** Key and value pairs, at most 20. */
export const TAGS = list(shape({ key: text({ min: 1, max: 128 }), value: text({ max: 255 }) }), { max: 20 });

const serviceName = (min: number) =>
  coded('EndPoint.1003', text({ min, max: 16, pattern: /^[A-Za-z0-9_-]*$/ }));

const listServices = (call: Call, deps: Deps) => {
  const query = readQuery(call.query, refuseParameter);
  const page = readPage<Service>('services', query, deps, (service) => service);
  const name = query.text('endpoint_service_name', 128);
  const id = query.text('id', 64);
  const status = query.choice('status', ['creating', 'available', 'failed', 'deleting']);
  const border = query.text('public_border_group', 1024);
  const net = query.choice('net_type', ['vlan', 'vxlan', 'all']);
  const matching = deps.lag
    .shown(deps.world.services)
    .filter(
      (service) =>
        isInOrAny(name, service.service_name) &&
        isOrAny(id, service.id) &&
        isOrAny(status, service.status) &&
        isOrAny(border, service.public_border_group) &&
        isOrAny(net === 'all' ? undefined : net, service.net_type),
    );
  const { rows, total } = page.cut(matching);
  return ok({ endpoint_services: rows.map(formatServiceRow), total_count: total });
};

const listPublic = (call: Call, deps: Deps) => {
  const query = readQuery(call.query, refuseParameter);
  const page = readPage<VisibleService>('publicServices', query, deps, (service) => service);
  const name = query.text('endpoint_service_name', 128);
  const id = query.text('id', 64);
  const matching = deps.world.visibleServices.filter(
    (service) => service.public && isInOrAny(name, service.service_name) && isOrAny(id, service.id),
  );
  const { rows, total } = page.cut(matching);
  return ok({ endpoint_services: rows.map(formatPublicService), total_count: total });
};

const describe = (call: Call, deps: Deps) => {
  const query = readQuery(call.query, refuseParameter);
  const id = query.text('id', 64);
  const name = query.text('endpoint_service_name', 128);
  if ((id === undefined) === (name === undefined))
    throw refuseParameter('id', 'exactly one of id and endpoint_service_name is needed');
  const known: (Service | VisibleService)[] = [
    ...deps.lag.shown(deps.world.services),
    ...deps.world.visibleServices,
  ];
  const service = known.find(
    (candidate) => isOrAny(id, candidate.id) && isOrAny(name, candidate.service_name),
  );
  if (service === undefined) throw notFound();
  return ok(formatSummary(service));
};

const getService = (call: Call, deps: Deps) => {
  const [shown] = deps.lag.shown([ownService(call, deps.world)]);
  if (shown === undefined) throw notFound();
  return ok(formatServiceDetail(shown));
};

const withProtocol = (ports: { client_port: number; server_port: number; protocol?: string }[]) =>
  ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' }));

const fullName = (middle: string | undefined, id: string): string =>
  [SANDBOX.region, middle, id].filter((part) => part !== undefined && part !== '').join('.');

interface Wish {
  service_type?: string;
  ip?: string;
  ip_version?: string;
  snat_network_id?: string;
  enable_policy?: boolean;
}

const checkCombination = (wish: Wish, { edition }: World): void => {
  if (wish.ip !== undefined && wish.service_type === 'gateway')
    throw refuseParameter('ip', 'ip belongs to interface services');
  if (wish.ip_version === 'ipv6' && wish.snat_network_id === undefined)
    throw refuseParameter('snat_network_id', 'snat_network_id is needed with ipv6');
  // Regions that do not support the property refuse it, and so it may only be sent where it says something.
  if (wish.enable_policy === false || (wish.enable_policy === true && edition === 'otc'))
    throw refuseParameter('enable_policy', 'enable_policy is not supported');
};

const createService = (call: Call, deps: Deps) => {
  const {
    ports,
    service_name: middle,
    ...rest
  } = readBody(
    call,
    shape({
      port_id: ID,
      vpc_id: ID,
      server_type: choice('VM', 'VIP', 'LB'),
      ports: PORTS,
      service_name: optional(serviceName(0)),
      approval_enabled: optional(flag),
      service_type: optional(choice('interface', 'gateway')),
      tcp_proxy: optional(TCP_PROXY),
      tags: optional(TAGS),
      description: optional(text({ max: 512 })),
      ip: optional(ADDRESS),
      ip_version: optional(choice('ipv4', 'ipv6')),
      snat_network_id: optional(ID),
      enable_policy: optional(flag),
      pool_id: optional(ID),
    }),
    refuseBody,
  );
  checkCombination(rest, deps.world);
  if (deps.world.services.length >= deps.world.quotas.endpoint_service)
    throw vpcepRefusal(400, 'EndPoint.1018');
  const id = nextId(deps.world, 'service');
  const service = makeService({
    id,
    service_name: fullName(middle, id),
    status: 'creating',
    created_at: stamp(),
    ports: withProtocol(ports),
    ...rest,
  });
  deps.lag.hide(service, null);
  deps.world.services.unshift(service);
  deps.later(() => {
    if (service.status === 'creating') service.status = 'available';
  });
  return ok(formatService(service));
};

/** The own service that the path names, in a state that can be changed. */
export const changeableService = (call: Call, world: World): Service => {
  const service = ownService(call, world);
  if (service.status !== 'available')
    throw vpcepRefusal(400, 'EndPoint.3045', `The service is ${service.status}.`);
  return service;
};

/** The new name shows wherever the old one did. */
const rename = (world: World, service: Service, middle: string): void => {
  const before = service.service_name;
  service.service_name = fullName(middle, service.id);
  for (const cluster of world.clusters)
    if (cluster.vpcServiceName === before) cluster.vpcServiceName = service.service_name;
  for (const endpoint of world.endpoints)
    if (endpoint.endpoint_service_id === service.id) endpoint.endpoint_service_name = service.service_name;
};

const updateService = (call: Call, deps: Deps) => {
  const service = changeableService(call, deps.world);
  const {
    ports,
    service_name: middle,
    ...rest
  } = readBody(
    call,
    shape({
      approval_enabled: optional(flag),
      service_name: optional(serviceName(1)),
      ports: optional(PORTS),
      port_id: optional(ID),
      tcp_proxy: optional(TCP_PROXY),
      description: optional(text({ max: 512 })),
      ip: optional(ADDRESS),
    }),
    refuseBody,
  );
  if (rest.ip !== undefined && rest.port_id !== undefined)
    throw vpcepRefusal(400, 'EndPoint.3052', 'port_id and ip cannot be changed together.');
  if (rest.ip !== undefined && service.net_type !== 'vlan')
    throw vpcepRefusal(400, 'EndPoint.3055', 'The server of the service has no address of its own.');
  if (middle !== undefined) rename(deps.world, service, middle);
  if (ports !== undefined) service.ports = withProtocol(ports);
  Object.assign(service, rest, { updated_at: stamp() });
  return ok(formatService(service));
};

const renameService = (call: Call, deps: Deps) => {
  const service = changeableService(call, deps.world);
  const body = readBody(call, shape({ endpoint_service_name: serviceName(1) }), refuseBody);
  rename(deps.world, service, body.endpoint_service_name);
  service.updated_at = stamp();
  return ok(body);
};

const deleteService = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  if (service.status === 'creating' || service.status === 'deleting')
    throw vpcepRefusal(400, 'EndPoint.3045', `The service is ${service.status}.`);
  if (connectionCount(service) > 0) throw vpcepRefusal(400, 'EndPoint.3006', 'The service is still in use.');
  deps.lag.hide(service, { status: service.status });
  service.status = 'deleting';
  deps.later(() => {
    deps.world.services = deps.world.services.filter((other) => other !== service);
  });
  return { status: deps.world.edition === 'otc' ? 200 : 204 };
};

/** The operations on endpoint services themselves. */
export const services = {
  listServices,
  listPublic,
  describe,
  getService,
  createService,
  updateService,
  renameService,
  deleteService,
};
