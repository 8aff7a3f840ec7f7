import type { Counts, Status } from './status.ts';

/** Why something could not be read or done. */
export interface Problem {
  /** A code of the graph, or `OFFLINE` if the gateway did not answer. */
  code: string;
  message: string;
  retryable: boolean;
  /** Milliseconds to wait before another try, where the gateway says so. */
  retryAfterMs?: number;
}

export interface Failure {
  code: string | null;
  message: string | null;
}

/** A connection as it is in a list. */
export interface Connection {
  /** Unique on the page. */
  key: string;
  /** Key of the cluster or service that it is listed with. */
  parentKey: string;
  endpointId: string;
  status: Status;
  statusRaw: string;
  domainId: string | null;
  ipv4: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  failures: readonly Failure[];
}

export interface ProjectKey {
  region: string;
  projectId: string;
}

/** A cluster or an endpoint service, and how many connections it has. */
export interface Parent {
  /** Unique on the page, and the same after a reload. */
  key: string;
  /** The `id` by which the graph finds it again. */
  nodeId: string;
  kind: 'cluster' | 'service';
  /** `clusterId` or `serviceId`. */
  id: string;
  name: string;
  status: string;
  project: ProjectKey;
  /** Whether the cluster's endpoint access is on; null for a service. */
  endpointAccess: boolean | null;
  /** Full name of the endpoint service, of a cluster the one in front of it. */
  serviceName: string | null;
  /** Whether the service's owner has to accept each endpoint; null if not known. */
  approvalRequired: boolean | null;
  /** Null where the connections could not be counted without reading them, or not at all. */
  counts: Counts | null;
  /** Null until they are read, which is done once something shows them. */
  connections: readonly Connection[] | null;
  /** Whether the connections were read before everything was read again. */
  isStale: boolean;
  /** Connections that there are; null where the cloud does not say. */
  totalCount: number | null;
  /** Connections that can be read, where the cloud does not give all. */
  truncatedAt: number | null;
  /** Why its connections are missing, all or some. */
  problem: Problem | null;
}

/** A project or a list whose rows are missing. */
export interface Gap {
  label: string;
  problem: Problem;
}

export const keyOfParent = (kind: Parent['kind'], id: string, { region, projectId }: ProjectKey): string =>
  `${kind}/${region}/${projectId}/${id}`;

/** The `serviceId` at the end of a service's full name. */
export const serviceIdOf = (serviceName: string | null): string | null =>
  serviceName?.slice(serviceName.lastIndexOf('.') + 1) ?? null;

/** A short word for a parent's kind. */
export const describeKind = (kind: Parent['kind']): string =>
  kind === 'cluster' ? 'cluster' : 'endpoint service';
