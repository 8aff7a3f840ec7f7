/** A connection in a topology. */
export interface ConnectionNode {
  endpointId: string;
  status: string;
  domainId: string | null;
  ipv4: string | null;
  createdAt: string | null;
  failure: string | null;
  /** The whitelist record that lets it in. */
  admittedBy: string | null;
}

/** A cluster or an endpoint service, and who is connected to it. */
export interface ParentNode {
  kind: 'cluster' | 'service';
  /** `clusterId` or `serviceId`. */
  id: string;
  name: string;
  status: string;
  region: string;
  projectId: string;
  /** `serviceId` of the endpoint service that leads to a cluster, where it is known. */
  serviceId: string | null;
  /** How many connections there are, those that a filter leaves out too; null where the cloud does not say. */
  totalCount: number | null;
  connections: ConnectionNode[];
}

/** A cluster or a project that could not be read, or not to its end. */
export interface Gap {
  /** `clusterId`, `serviceId`, or region and project. */
  id: string;
  code: string;
  message: string;
}

/** Who is connected to what. A connection that leads through a service to a cluster is listed with the cluster. */
export interface Topology {
  parents: ParentNode[];
  gaps: Gap[];
}
