import type { Project } from '../http/request.ts';
import type { Failure } from '../http/wire-values.ts';
import type { ConnectionStatus } from './connection-status.ts';
import { builder, described } from './builder.ts';
import { loadEntity, Node, type ParentKind } from './node.ts';
import { encodeNodeId } from './node-id.ts';
import { defineOrder } from './order.ts';

/** The cluster or endpoint service that a connection or whitelist record belongs to. */
export type Parent =
  | { __typename: 'Cluster'; project: Project; clusterId: string }
  | { __typename: 'EndpointService'; project: Project; serviceId: string };

const kindAndId = (parent: Parent): [ParentKind, string] =>
  parent.__typename === 'Cluster' ? ['cluster', parent.clusterId] : ['service', parent.serviceId];

/** The opaque id of a connection or whitelist record. */
export const rowId = (type: string, parent: Parent, id: string): string =>
  encodeNodeId(type, parent.project, ...kindAndId(parent), id);

/** Values that the endpoint's own API has. */
export interface EndpointSide {
  maxSessions: number | null;
  specification: string | null;
  ipv4: string | null;
  ipv6: string | null;
  dnsNames: readonly string[] | null;
}

/** Values that only the API of endpoint services has. */
export interface ServiceSide {
  markerId: string | null;
  description: string | null;
  failures: Failure[] | null;
}

/** Values that all APIs have. */
interface ConnectionRow {
  endpointId: string;
  status: ConnectionStatus;
  statusRaw: string;
  domainId: string | null;
  createdAt: string | null;
  updatedAt: string | null;
}

/** One VPC endpoint connected to a cluster or to an endpoint service, whichever API it was reached through. */
export class ConnectionNode implements ConnectionRow {
  readonly parent: Parent;
  readonly row: ConnectionRow;
  // A side is null where the API that gave the connection does not have it; a link reads it from the other API.
  readonly endpointSide: EndpointSide | null;
  readonly serviceSide: ServiceSide | null;

  constructor(
    parent: Parent,
    row: ConnectionRow,
    endpointSide: EndpointSide | null,
    serviceSide: ServiceSide | null,
  ) {
    this.parent = parent;
    this.row = row;
    this.endpointSide = endpointSide;
    this.serviceSide = serviceSide;
  }
  get __typename() {
    return 'Connection' as const;
  }
  get endpointId() {
    return this.row.endpointId;
  }
  get status() {
    return this.row.status;
  }
  get statusRaw() {
    return this.row.statusRaw;
  }
  get domainId() {
    return this.row.domainId;
  }
  get createdAt() {
    return this.row.createdAt;
  }
  get updatedAt() {
    return this.row.updatedAt;
  }
}

export const ConnectionStatusEnum = builder.enumType(
  'ConnectionStatus',
  described('The state of an endpoint and of its connection.', {
    PENDING_ACCEPTANCE: 'Waits for the owner of the endpoint service (`pendingAcceptance`).',
    CREATING: 'Being made, accepted or rejected (`creating`); it settles by itself.',
    ACCEPTED: 'Usable (`accepted`).',
    REJECTED: 'Rejected by the owner, or disconnected by the owner after acceptance (`rejected`).',
    FAILED: 'Could not be made (`failed`); `failures` has the reasons.',
    DELETING: 'Being removed (`deleting`); it settles by itself.',
    UNKNOWN: 'A state that this graph does not know; `statusRaw` has it.',
    GONE: 'No longer there. Only for `until` of subscriptions: no query returns this state.',
  }),
);

export const FailureType = builder.objectRef<Failure>('ResourceFailure').implement({
  shareable: true,
  description: 'Why something failed, in the words of the cloud.',
  fields: (t) => ({
    code: t.exposeString('code', { description: "The cloud's error code; null where it gave none." }),
    message: t.exposeString('message', { description: "The cloud's message; null where it gave none." }),
  }),
});

export const Connection = builder.objectRef<ConnectionNode>('Connection').implement({
  description: 'One VPC endpoint connected, or asking to connect, to a cluster or to an endpoint service.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: ({ parent, endpointId }) => rowId('Connection', parent, endpointId),
    }),
    region: t.string({
      nullable: false,
      description: 'Region of the cluster or endpoint service, such as `cn-north-4`.',
      resolve: ({ parent }) => parent.project.region,
    }),
    projectId: t.id({
      nullable: false,
      description: 'Cloud project from which the cluster or endpoint service is read.',
      resolve: ({ parent }) => parent.project.projectId,
    }),
    endpointId: t.exposeID('endpointId', {
      nullable: false,
      description: 'Id of the VPC endpoint, as the console shows it; the same in all three APIs.',
    }),
    status: t.expose('status', {
      type: ConnectionStatusEnum,
      nullable: false,
      description: 'State of the connection.',
    }),
    statusRaw: t.exposeString('statusRaw', {
      nullable: false,
      description: 'State as the cloud spells it; empty where the cloud sent no text.',
    }),
    domainId: t.exposeID('domainId', { description: 'Account that owns the endpoint (`domain_id`).' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the endpoint was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description:
        'When it last changed (`update_at`). CSS mostly leaves it out, so null does not mean that it never changed.',
    }),
  }),
});

builder.asEntity(Connection, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: loadEntity<ConnectionNode>('Connection'),
});

/** The filter of connections: the same meaning under a cluster and under an endpoint service. */
export const ConnectionFilter = builder.inputType('ConnectionFilter', {
  description: 'Which connections to list; all given conditions must hold.',
  fields: (t) => ({
    status: t.field({
      type: [ConnectionStatusEnum],
      description: 'In one of these states; an empty list is no condition.',
    }),
    endpointId: t.id({ description: 'Of exactly this VPC endpoint.' }),
    domainId: t.id({ description: 'Of endpoints of exactly this account.' }),
    ipv4: t.string({
      description:
        'Of endpoints with exactly this IPv4 address. Addresses that `ipv4` does not show do not match: under an endpoint service, ' +
        'those of endpoints of other projects.',
    }),
    createdAfter: t.field({
      type: 'DateTime',
      description: 'Of endpoints that were created after this time; those without a time do not match.',
    }),
    markerId: t.string({ description: 'With exactly this packet id (`marker_id`), in digits.' }),
  }),
});

/** The order of connections: the same meaning under a cluster and under an endpoint service. */
export const ConnectionOrder = defineOrder('ConnectionOrder', 'connections', 'endpoint id', {
  CREATED_AT: 'When the endpoint was created.',
  UPDATED_AT: 'When it last changed; connections without that time come last.',
});
