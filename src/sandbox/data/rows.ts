import { randomUUID } from 'node:crypto';
import { SANDBOX } from '../credentials.ts';
import { makeMarkerId, makeUuid } from './ids.ts';
import type { Cluster, ConnectionRow, Endpoint, Permission, Service, VisibleService } from '../model.ts';

const VPC_ID = '84758cf5-9c62-43ae-a778-3dbd8370c0a4';
const SUBNET_ID = 'c0f79f7c-8eb1-4b5a-a78d-0f9a3a1b1d2e';

/** The default route table of every VPC. */
export const DEFAULT_ROUTE_TABLE = makeUuid('default route table');

/** A connection as a cluster lists it: accepted, from the caller's own account. */
export const makeClusterConnection = (partial: Partial<ConnectionRow> = {}): ConnectionRow => {
  const id = partial.id ?? randomUUID();
  return {
    id,
    status: 'accepted',
    domain_id: SANDBOX.domainId,
    created_at: '2024-06-11T09:36:24Z',
    updated_at: null,
    marker_id: makeMarkerId(id),
    description: '',
    maxSession: '3000',
    specificationName: 'default',
    vpcepIp: '192.168.0.122',
    ...partial,
  };
};

/** A connection as an endpoint service lists it: like a cluster's, with a time of change. */
export const makeServiceConnection = (partial: Partial<ConnectionRow> = {}): ConnectionRow => {
  const row = makeClusterConnection(partial);
  return { ...row, updated_at: row.updated_at ?? row.created_at };
};

const typeOfPermission = (permission: string): string =>
  permission.startsWith('organizations:orgPath::') ? 'orgPath' : 'domainId';

/** A whitelist record; the caller's own account unless told otherwise. */
export const makePermission = (partial: Partial<Permission> = {}): Permission => {
  const permission = partial.permission ?? `iam:domain::${SANDBOX.domainId}`;
  return {
    id: randomUUID(),
    permission,
    permission_type: typeOfPermission(permission),
    description: '',
    created_at: '2023-10-12T07:33:11Z',
    ...partial,
  };
};

const makeNode = (id: string, name: string, engine: string): Cluster['instances'] => [
  {
    id: makeUuid(`node of ${id}`),
    name: `${name}-${engine === 'logstash' ? 'lgs' : 'ess'}-esn-1-1`,
    type: engine === 'logstash' ? 'lgs' : 'ess',
    status: '200',
    specCode: engine === 'logstash' ? 'lgs.spec-4u16g' : 'ess.spec-4u8g',
    azCode: `${SANDBOX.region}a`,
    ip: '192.168.0.206',
    volume: { type: 'HIGH', size: 40 },
  },
];

/** A usable cluster of the current generation with endpoint access on and nothing connected yet. */
export const makeCluster = (partial: Partial<Cluster> = {}): Cluster => {
  const id = partial.id ?? randomUUID();
  const name = partial.name ?? 'css-sample';
  return {
    id,
    name,
    status: '200',
    created: '2023-10-09T02:07:13',
    updated: partial.created ?? '2023-10-09T02:20:41',
    datastore: { type: 'elasticsearch', version: '7.10.2', supportSecuritymode: false },
    instances: makeNode(id, name, partial.datastore?.type ?? 'elasticsearch'),
    endpoint: '192.168.0.206:9200',
    publicIp: null,
    publicKibanaResp: null,
    elbWhiteList: null,
    vpcId: VPC_ID,
    subnetId: SUBNET_ID,
    securityGroupId: 'd7f6c5b4-a392-4180-8f6e-5d4c3b2a1908',
    bandwidthSize: 0,
    httpsEnable: false,
    authorityEnable: false,
    diskEncrypted: false,
    backupAvailable: false,
    actionProgress: {},
    actions: [],
    enterpriseProjectId: '0',
    tags: [],
    period: false,
    vpcepIp: '192.168.0.122',
    vpcepIpv6Address: null,
    supportVpcep: true,
    orderId: null,
    snapshotPolicy: null,
    endpointAccess: true,
    generation: 'current',
    paging: 'offset',
    vpcServiceName: `${SANDBOX.region}.${name}.${makeUuid(`service of ${id}`)}`,
    vpcepUpdateSwitch: false,
    connections: [],
    permissions: [],
    ...partial,
  };
};

/** An available endpoint service of the project that asks for approval. */
export const makeService = (partial: Partial<Service> = {}): Service => {
  const id = partial.id ?? randomUUID();
  return {
    id,
    port_id: makeUuid(`port of ${id}`),
    vpc_id: VPC_ID,
    pool_id: makeUuid(`pool of ${id}`),
    service_name: `${SANDBOX.region}.${id}`,
    server_type: 'LB',
    service_type: 'interface',
    approval_enabled: true,
    status: 'available',
    created_at: '2023-10-12T07:33:00Z',
    updated_at: partial.created_at ?? '2023-10-12T07:33:02Z',
    ports: [{ client_port: 9200, server_port: 9200, protocol: 'TCP' }],
    tags: [],
    tcp_proxy: 'close',
    description: '',
    supported_editions: ['basic'],
    enable_policy: false,
    cidr_type: 'internal',
    net_type: partial.ip === undefined ? 'vxlan' : 'vlan',
    connections: [],
    permissions: [],
    ...partial,
  };
};

/** An endpoint service of another account that anyone may connect to. */
export const makeVisibleService = (partial: Partial<VisibleService> = {}): VisibleService => {
  const id = partial.id ?? randomUUID();
  return {
    id,
    service_name: `${SANDBOX.region}.${id}`,
    service_type: 'interface',
    created_at: '2023-10-12T07:33:00Z',
    owner: 'css',
    public: false,
    enable_policy: false,
    approval_enabled: false,
    admits: ['*'],
    refusal: 'EndPoint.0005',
    ...partial,
  };
};

/** An endpoint of the project at the given connection and service. */
export const makeEndpoint = (
  connection: ConnectionRow,
  service: { id: string; service_name: string; service_type: string },
  partial: Partial<Endpoint> = {},
): Endpoint => ({
  connection,
  endpoint_service_id: service.id,
  endpoint_service_name: service.service_name,
  service_type: service.service_type,
  active_status: ['active'],
  enable_status: 'enable',
  enable_dns: connection.vpcepDnsName !== undefined,
  ip_version: connection.vpcepIpv6Address === undefined ? 'ipv4' : 'dualstack',
  vpc_id: VPC_ID,
  subnet_id: SUBNET_ID,
  tags: [],
  whitelist: [],
  enable_whitelist: false,
  routetables: [],
  // What the cloud shows of a gateway endpoint without a policy of its own.
  ...(service.service_type === 'gateway' && {
    policy_statement: [{ Effect: 'Allow', Action: ['obs:*:*'], Resource: ['obs:*:*:*:*/*', 'obs:*:*:*:*'] }],
  }),
  ...partial,
});
