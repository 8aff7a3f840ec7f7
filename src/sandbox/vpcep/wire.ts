import { SANDBOX } from '../credentials.ts';
import type { ConnectionRow, Endpoint, Service, VisibleService } from '../model.ts';

const formatError = ({ status, error }: Pick<ConnectionRow, 'status' | 'error'>) =>
  status === 'failed' && error !== undefined ? { error } : {};

/** A connection as an endpoint service lists it; the packet id is a bigint so that no digit is lost. */
export const formatConnection = (row: ConnectionRow) => ({
  id: row.id,
  status: row.status,
  marker_id: BigInt(row.marker_id),
  domain_id: row.domain_id,
  created_at: row.created_at,
  updated_at: row.updated_at ?? row.created_at,
  description: row.description,
  ...formatError(row),
});

/** Properties that every answer with an endpoint service has. */
export const formatService = (service: Service) => ({
  id: service.id,
  port_id: service.port_id,
  pool_id: service.pool_id,
  service_name: service.service_name,
  server_type: service.server_type,
  vpc_id: service.vpc_id,
  approval_enabled: service.approval_enabled,
  status: service.status,
  service_type: service.service_type,
  created_at: service.created_at,
  updated_at: service.updated_at,
  project_id: SANDBOX.projectId,
  ports: service.ports,
  tags: service.tags,
  tcp_proxy: service.tcp_proxy,
  description: service.description,
  supported_editions: service.supported_editions,
  enable_policy: service.enable_policy,
  ...(service.public_border_group === undefined ? {} : { public_border_group: service.public_border_group }),
  ...(service.ip === undefined ? {} : { ip: service.ip }),
  ...formatError(service),
});

const occupies = (row: ConnectionRow): boolean => row.status === 'creating' || row.status === 'accepted';

/** Endpoints that hold a service: those in `creating` and `accepted`. */
export const connectionCount = (service: Service): number => service.connections.filter(occupies).length;

/** The detail of a service, which alone has these. */
export const formatServiceDetail = (service: Service) => ({
  ...formatService(service),
  cidr_type: service.cidr_type,
  ...(service.ip_version === undefined ? {} : { ip_version: service.ip_version }),
  ...(service.snat_network_id === undefined ? {} : { snat_network_id: service.snat_network_id }),
});

/** A row of the service list: only it is documented to have the owner and the number of connections. */
export const formatServiceRow = (service: Service) => ({
  ...formatService(service),
  domain_id: SANDBOX.domainId,
  connection_count: connectionCount(service),
});

/** The answer of `describe`, the same for own services and those of others. */
export const formatSummary = (service: Service | VisibleService) => ({
  id: service.id,
  service_name: service.service_name,
  service_type: service.service_type,
  created_at: service.created_at,
  // Declared boolean, sent as text ("Querying Basic Information of a VPC Endpoint Service").
  is_charge: 'true',
  enable_policy: service.enable_policy,
  ...(service.public_border_group === undefined ? {} : { public_border_group: service.public_border_group }),
});

/** A row of the public list. */
export const formatPublicService = (service: VisibleService) => {
  const { public_border_group: _left, ...summary } = formatSummary(service);
  return { ...summary, owner: service.owner };
};

/** An endpoint of the project. */
export const formatEndpoint = ({ connection, edition: _edition, ...endpoint }: Endpoint) => ({
  id: connection.id,
  status: connection.status,
  marker_id: BigInt(connection.marker_id),
  created_at: connection.created_at,
  updated_at: connection.updated_at ?? connection.created_at,
  project_id: SANDBOX.projectId,
  specification_name: connection.specificationName,
  description: connection.description,
  ip: connection.vpcepIp ?? '',
  ...(connection.vpcepIpv6Address === undefined ? {} : { ipv6_address: connection.vpcepIpv6Address }),
  dns_names: connection.vpcepDnsName === undefined ? [] : [connection.vpcepDnsName],
  ...endpoint,
  ...formatError(connection),
});
