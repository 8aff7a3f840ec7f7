/** Reason of a failed job. VPCEP has two spellings of its properties. */
export interface ErrorItem {
  error_code?: string;
  error_message?: string;
  code?: string;
  message?: string;
}

export interface Tag {
  key: string;
  value: string;
}

/** One whitelist record of a cluster or an endpoint service. */
export interface Permission {
  id: string;
  permission: string;
  permission_type: string;
  description: string;
  created_at: string;
}

/**
 * One endpoint as its cluster, its endpoint service and `/vpc-endpoints` show it. All three hold the same
 * object, so a change seen by one is seen by all.
 */
export interface ConnectionRow {
  id: string;
  status: string;
  /** Status after the accept or reject in progress; never sent. */
  settlesTo?: string;
  domain_id: string;
  created_at: string;
  /** `update_at` in CSS, `updated_at` in VPCEP; null: never changed. */
  updated_at: string | null;
  /** Digits, because packet ids exceed 2^53. */
  marker_id: string;
  description: string;
  error?: ErrorItem[];
  maxSession: string;
  specificationName: string;
  vpcepIp: string | null;
  vpcepIpv6Address?: string;
  vpcepDnsName?: string;
}

interface ClusterNode {
  id: string;
  name: string;
  type: string;
  status: string;
  specCode: string;
  azCode: string;
  ip: string;
  volume: { type: string; size: number };
}

/** A CSS cluster: what the list sends, what only the detail sends, and the state of its endpoint access. */
export interface Cluster {
  id: string;
  name: string;
  desc?: string;
  status: string;
  created: string;
  updated: string;
  datastore: { type: string; version: string; supportSecuritymode: boolean };
  instances: ClusterNode[];
  endpoint: string | null;
  publicIp: string | null;
  publicKibanaResp: { eipSize: number; publicKibanaIp: string } | null;
  elbWhiteList: { enableWhiteList: boolean; whiteList: string } | null;
  vpcId: string;
  subnetId: string;
  securityGroupId: string;
  bandwidthSize: number;
  httpsEnable: boolean;
  authorityEnable: boolean;
  diskEncrypted: boolean;
  backupAvailable: boolean;
  actionProgress: Record<string, string>;
  actions: string[];
  enterpriseProjectId: string;
  tags: Tag[];
  failedReason?: { errorCode: string; errorMsg: string };
  period: boolean;
  vpcepIp: string | null;
  vpcepIpv6Address: string | null;
  supportVpcep: boolean;
  orderId: string | null;
  snapshotPolicy: Record<string, unknown> | null;
  endpointAccess: boolean;
  /** Shape of the connections answer: the fields grew in 2024 and 2025. */
  generation: 'current' | 'middle' | 'oldest';
  /** Position parameter of the connections answer: `offset` from 0 or `start` from 1. */
  paging: 'offset' | 'start';
  vpcServiceName: string | null;
  vpcepUpdateSwitch: boolean;
  /** Shared with the endpoint service of `vpcServiceName` when that is an own one. */
  connections: ConnectionRow[];
  /** Shared likewise. */
  permissions: Permission[];
}

export interface PortMapping {
  client_port: number;
  server_port: number;
  protocol: string;
}

/** An endpoint service of the project. */
export interface Service {
  id: string;
  port_id: string;
  vpc_id: string;
  pool_id: string;
  service_name: string;
  server_type: string;
  service_type: string;
  approval_enabled: boolean;
  status: string;
  created_at: string;
  updated_at: string;
  ports: PortMapping[];
  tags: Tag[];
  tcp_proxy: string;
  error?: ErrorItem[];
  description: string;
  supported_editions: string[];
  public_border_group?: string;
  enable_policy: boolean;
  ip?: string;
  ip_version?: string;
  snat_network_id?: string;
  cidr_type: string;
  /** Kind of the network of the server; never sent. */
  net_type: 'vlan' | 'vxlan';
  /** Load balancers that were added; never sent. */
  server_resources?: { resource_id: string; availability_zone_id?: string }[];
  connections: ConnectionRow[];
  permissions: Permission[];
}

/** An endpoint service of another account: `describe` shows it, reading its details is refused. */
export interface VisibleService {
  id: string;
  service_name: string;
  service_type: string;
  created_at: string;
  owner: string;
  /** Listed by `/public`. */
  public: boolean;
  enable_policy: boolean;
  public_border_group?: string;
  approval_enabled: boolean;
  /** Permission texts of its whitelist, which the caller cannot read. */
  admits: string[];
  /** Error code with which reading its details is refused. */
  refusal: 'EndPoint.0004' | 'EndPoint.0005';
}

/** An endpoint of the project. Id, status, times, address and error are those of its connection. */
export interface Endpoint {
  connection: ConnectionRow;
  endpoint_service_id: string;
  endpoint_service_name: string;
  service_type: string;
  active_status: string[];
  enable_status: string;
  enable_dns: boolean;
  ip_version: string;
  vpc_id: string;
  subnet_id: string;
  tags: Tag[];
  whitelist: string[];
  enable_whitelist: boolean;
  routetables: string[];
  /** Of a gateway endpoint. */
  policy_statement?: object[];
  /** Of any other endpoint. */
  policy_document?: object;
  /** Never sent: no answer has the edition of an endpoint. */
  edition?: 'upgrading' | 'professional';
}

/** A connected instance as verify-and-create returns it. Its client status is that of the endpoint's connection. */
export interface ConnectedInstance {
  id: string;
  create_date: number;
  create_user: string;
  create_user_name: string;
  update_date: number;
  update_user: string;
  update_user_name: string;
  project_id: string;
  domain_id: string;
  ds_type: string;
  vpc_ep_server_id: string;
  vpc_ep_server_name: string;
  vpc_ep_client_id: string;
  vpc_ep_client_status: string;
  scene: string;
}

/** A DataArts Insight data source, secrets included. */
export interface DataConnection {
  id: string;
  name: string;
  description: string;
  host: string | null;
  port: number | null;
  database_name: string | null;
  user_name: string | null;
  url: string | null;
  password: string;
  vpc_connection_id: string | null;
  work_space_id: string;
  config: Record<string, unknown>;
  type: string;
  source: string;
  default_schema: string | null;
  creation_user: string;
  creation_user_name: string;
  creation_date: number;
  update_user: string;
  update_user_name: string;
  update_date: number;
}

export interface InsightInstance {
  instance_id: string;
  instance_name: string;
  order_type: string;
  resource_spec_code: string;
  status: number;
  eps_id: string;
}

export interface Workspace {
  id: string;
  name: string;
  description: string | null;
  instance_id: string;
  is_default: number;
  owner_name: string;
  create_time: number;
  update_time: number;
}

/** A token that IAM issued; tests can end it early. */
interface IssuedToken {
  value: string;
  expiresAt: number;
  ended: boolean;
}

/** Deviations of a list; none by default. */
export interface ListOddity {
  /** Only this many rows are returned, from the start; the total counts all. */
  served?: number;
  /** Maximum rows of a page, regardless of the limit. */
  pageAtMost?: number;
  /** Added to its total, also if negative. */
  miscounted?: number;
  /** Without a total. */
  uncounted?: boolean;
  /** Every position returns the first page. */
  stuck?: boolean;
}

/** The lists of all services, and their deviations. */
interface Lists {
  clusters: ListOddity;
  clusterConnections: ListOddity;
  services: ListOddity;
  publicServices: ListOddity;
  serviceConnections: ListOddity;
  servicePermissions: ListOddity;
  endpoints: ListOddity;
  taggedResources: ListOddity;
  dataConnections: ListOddity;
  insightInstances: ListOddity;
  workspaces: ListOddity;
}

export type ListName = keyof Lists;

/** State of the sandbox: plain data, which tests may change at any time. */
export interface World {
  clusters: Cluster[];
  services: Service[];
  visibleServices: VisibleService[];
  endpoints: Endpoint[];
  dataConnections: DataConnection[];
  connectedInstances: ConnectedInstance[];
  instances: InsightInstance[];
  workspaces: Workspace[];
  /** Quotas of the project; its use of them is counted. */
  quotas: { endpoint_service: number; endpoint: number };
  /** Vendor of the cloud. Open Telekom Cloud lacks some operations, and answers deletions with 200. */
  edition: 'huawei' | 'otc';
  /** Spelling of VPCEP sort keys; the other one is refused with EndPoint.0017. */
  sortKeySpelling: 'create_at' | 'created_at';
  /** Spelling of CSS request bodies; the other one is refused with CSS.0001. */
  cssBodyCase: 'snake' | 'camel';
  /** Unit of offsets of DataArts Insight lists; its references disagree. */
  insightOffsetUnit: 'items' | 'pages';
  /** Answer of VPCEP to an offset at or past the total: `EndPoint.0010`, or an empty page. No source says which. */
  pastTheTotal: 'refused' | 'empty';
  /** Deviations of lists. */
  lists: Partial<Lists>;
  /** The one project that is served; for several projects, start several sandboxes. */
  projectId: string;
  /** The IAM user that tokens are issued to. */
  user: { name: string; password: string; domain: string };
  /** Lifetime of new tokens, in milliseconds. */
  tokenLifeMs: number;
  tokens: IssuedToken[];
  /** Number of ids created, so that every start creates the same ones. */
  sequence: number;
}
