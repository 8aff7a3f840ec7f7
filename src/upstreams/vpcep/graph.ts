import { clientError } from '../../client-error.ts';
import type { Context } from '../../context.ts';
import { builder, described } from '../../graph/builder.ts';
import {
  Connection,
  ConnectionFilter,
  type ConnectionNode,
  ConnectionOrder,
  FailureType,
  OrderDirection,
} from '../../graph/connection.ts';
import {
  checkedFilter,
  connectionMatcher,
  connectionOrder,
  type Filter,
  identityOf,
  type Order,
} from '../../graph/connection-query.ts';
import { keyOf } from '../../graph/entity.ts';
import { plainText, servedProject, vendorId } from '../../graph/input.ts';
import { loadNode, Node, readNodesWith } from '../../graph/node.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import { pageOf, pageType } from '../../graph/page.ts';
import {
  Permission,
  PermissionFilter,
  permissionMatcher,
  permissionNode,
  type PermissionNode,
} from '../../graph/permission.ts';
import { ProjectInput } from '../../graph/project.ts';
import { ResourceTag } from '../../graph/tag.ts';
import type { Project } from '../../http/client.ts';
import type { PageSource } from '../../paging/connection.ts';
import {
  endpointServiceFacts,
  endpointServiceList,
  endpointServiceNamed,
  endpointServiceRow,
  type KnownService,
  serviceConnectionFacts,
  serviceConnections,
  servicePermissions,
} from './loader.ts';
import {
  type EndpointServiceFacts,
  type EndpointServiceQuery,
  listLimits,
  type ServiceConnectionFacts,
  type ServiceConnectionQuery,
  whitelistLimits,
} from './rest.ts';

/** An endpoint service, with what is known of it. */
export interface EndpointServiceNode extends KnownService {
  __typename: 'EndpointService';
  project: Project;
}

/** A service that was read, as a node. */
export const endpointServiceNode = (project: Project, facts: KnownService): EndpointServiceNode => ({
  __typename: 'EndpointService',
  project,
  ...facts,
});

type ServiceIdentity = Pick<EndpointServiceNode, '__typename' | 'project' | 'serviceId'>;

const serviceNodeId = ({ project, serviceId }: ServiceIdentity) =>
  encodeNodeId('EndpointService', project, serviceId);

/** A service by its id, own or merely visible. */
export const readEndpointService = async (context: Context, project: Project, serviceId: string) =>
  endpointServiceNode(project, await endpointServiceFacts(context).load(project, serviceId));

/** A row of a service's connections as a node. */
const connectionNode = (parent: ServiceIdentity, row: ServiceConnectionFacts): ConnectionNode => ({
  __typename: 'Connection',
  parent,
  ...row,
  endpointSide: null,
  serviceSide: row,
});

/** The states that every source says the list can be filtered by; the others are filtered after reading. */
const FILTERABLE = new Map([
  ['PENDING_ACCEPTANCE', 'pendingAcceptance'],
  ['ACCEPTED', 'accepted'],
  ['FAILED', 'failed'],
]);

/** What of filter and order the upstream does, and what is left for the gateway. */
const connectionQuery = (filter: Filter, order: Order | null | undefined) => {
  const { endpointId, markerId, status, ...rest } = filter;
  const only = status?.length === 1 ? FILTERABLE.get(status[0]!) : undefined;
  const query: ServiceConnectionQuery = {
    ...(endpointId != null && { id: endpointId }),
    ...(markerId != null && { marker_id: markerId }),
    ...(only && { status: only }),
    // The spelling of `sort_key` differs between regions; creation time is what leaving it out means everywhere.
    ...(order?.field === 'CREATED_AT' && order.direction === 'ASC' && { sort_dir: 'asc' as const }),
  };
  return {
    query,
    matches: connectionMatcher({ ...rest, status: only ? null : status }),
    order: order?.field === 'UPDATED_AT' ? connectionOrder(order) : undefined,
  };
};

const serviceConnectionSource = (
  service: EndpointServiceNode,
  filter: Filter,
  order: Order | null | undefined,
  context: Context,
): PageSource<ConnectionNode> => {
  const { query, ...left } = connectionQuery(filter, order);
  return {
    identity: identityOf('connections', serviceNodeId(service), filter, order),
    limits: listLimits,
    keyOf: ({ endpointId }) => endpointId,
    createdAtOf: ({ createdAt }) => createdAt,
    load: async (window) => {
      const { project, serviceId } = service;
      const rows = await serviceConnections(context).load({ project, serviceId, query }, window);
      return { ...rows, items: rows.items.map((row) => connectionNode(service, row)) };
    },
    ...left,
  };
};

const servicePermissionSource = (
  service: ServiceIdentity,
  filter: typeof PermissionFilter.$inferInput | null | undefined,
  context: Context,
): PageSource<PermissionNode> => ({
  identity: identityOf('permissions', serviceNodeId(service), filter),
  limits: whitelistLimits,
  keyOf: ({ permissionId }) => permissionId,
  createdAtOf: ({ createdAt }) => createdAt,
  load: async (window) => {
    const rows = await servicePermissions(context).load(service, window);
    return { ...rows, items: rows.items.map((facts) => permissionNode(service, facts)) };
  },
  matches: permissionMatcher(filter),
});

const EndpointServiceStatus = builder.enumType(
  'EndpointServiceStatus',
  described('The state of an endpoint service.', {
    CREATING: 'Being made (`creating`).',
    AVAILABLE: 'Usable (`available`).',
    FAILED: 'Could not be made (`failed`); `failures` tells why.',
    DELETING: 'Being removed (`deleting`).',
    UNKNOWN: 'A state that this graph does not know; `statusRaw` has it.',
  }),
);

const EndpointServiceType = builder.enumType(
  'EndpointServiceType',
  described('How endpoints reach a service.', {
    INTERFACE: 'Through an address in the subnet of the endpoint (`interface`).',
    GATEWAY: 'Through a route of the VPC (`gateway`).',
    UNKNOWN: 'A way that this graph does not know; `serviceTypeRaw` has it.',
  }),
);

const EndpointServerType = builder.enumType(
  'EndpointServerType',
  described('What answers behind an endpoint service.', {
    VM: 'A virtual machine.',
    VIP: 'A virtual address.',
    LB: 'A load balancer.',
    BMS: 'A bare metal server.',
    UNKNOWN: 'Something that this graph does not know; `serverTypeRaw` has it.',
  }),
);

const Ownership = builder.enumType(
  'EndpointServiceOwnership',
  described('Whose an endpoint service is.', {
    OWN: 'Of the project; everything of it can be read.',
    VISIBLE: 'Of another account; only its basic facts can be read.',
  }),
);

const PortMapping = builder
  .objectRef<EndpointServiceFacts['ports'][number]>('EndpointServicePort')
  .implement({
    description: 'A port of an endpoint service, and the port behind it.',
    fields: (t) => ({
      clientPort: t.exposeInt('clientPort', { description: 'Port on the side of the endpoint, 1 to 65535.' }),
      serverPort: t.exposeInt('serverPort', { description: 'Port on the side of the server, 1 to 65535.' }),
      protocol: t.exposeString('protocol', { nullable: false, description: 'Protocol, mostly `TCP`.' }),
    }),
  });

const foreign = 'null for a service of another account.';

export const EndpointService = builder.objectRef<EndpointServiceNode>('EndpointService').implement({
  description: 'A VPC endpoint service: what endpoints connect to.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: serviceNodeId,
    }),
    serviceId: t.exposeID('serviceId', {
      nullable: false,
      description: 'Id of the service, as the console shows it.',
    }),
    region: t.string({
      nullable: false,
      description: 'Region that the service is in, such as `cn-north-4`.',
      resolve: ({ project }) => project.region,
    }),
    projectId: t.id({
      nullable: false,
      description: 'Cloud project through which the service is seen.',
      resolve: ({ project }) => project.projectId,
    }),
    name: t.exposeString('name', {
      description: 'Full name, `{region}.{label}.{service id}`, or `{region}.{service id}` without a label.',
    }),
    label: t.string({
      description: 'The middle part of the name, which its owner chose; null where there is none.',
      resolve: ({ name }) => /^[^.]+\.(.+)\.[^.]+$/.exec(name ?? '')?.[1] ?? null,
    }),
    ownership: t.expose('ownership', {
      type: Ownership,
      nullable: false,
      description: 'Whose the service is.',
    }),
    domainId: t.exposeID('domainId', {
      description:
        'Account that owns the service (`domain_id`); the cloud tells it in the list of own services only.',
    }),
    status: t.expose('status', { type: EndpointServiceStatus, description: `State; ${foreign}` }),
    statusRaw: t.exposeString('statusRaw', { description: `State as the cloud spells it; ${foreign}` }),
    failures: t.expose('failures', {
      type: [FailureType],
      nullable: { list: true, items: false },
      description: 'Why the service failed; empty when it did not.',
    }),
    serviceType: t.expose('serviceType', {
      type: EndpointServiceType,
      description: 'How endpoints reach it.',
    }),
    serviceTypeRaw: t.exposeString('serviceTypeRaw', {
      description: 'How endpoints reach it, as the cloud spells it.',
    }),
    serverType: t.expose('serverType', { type: EndpointServerType, description: `What answers; ${foreign}` }),
    serverTypeRaw: t.exposeString('serverTypeRaw', {
      description: `What answers, as the cloud spells it; ${foreign}`,
    }),
    approvalRequired: t.exposeBoolean('approvalRequired', {
      description: `Whether the owner has to accept each endpoint (\`approval_enabled\`); ${foreign}`,
    }),
    ports: t.expose('ports', {
      type: [PortMapping],
      nullable: { list: true, items: false },
      description: 'Ports of the service; empty for a service of another account.',
    }),
    connectionCount: t.int({
      description:
        `Endpoints that are accepted or being created (\`connection_count\`); ${foreign} The cloud promises it in the list ` +
        'only, so that a service read by itself costs one more call.',
      resolve: async ({ ownership, connectionCount, project, serviceId }, _args, context) => {
        if (connectionCount !== null || ownership === 'VISIBLE') return connectionCount;
        return (await endpointServiceRow(context).load(project, serviceId))?.connectionCount ?? null;
      },
    }),
    description: t.exposeString('description', { description: `The owner's words; ${foreign}` }),
    vpcId: t.exposeID('vpcId', { description: `VPC of the server; ${foreign}` }),
    portId: t.exposeID('portId', { description: `Network port of the server; ${foreign}` }),
    tcpProxy: t.exposeString('tcpProxy', {
      description: `What of the client the server is told: \`close\`, \`toa_open\`, \`proxy_open\`, …; ${foreign}`,
    }),
    charged: t.exposeBoolean('charged', {
      description:
        'Whether endpoints to it cost money (`is_charge`); known of services that are read as visible.',
    }),
    tags: t.expose('tags', {
      type: [ResourceTag],
      nullable: { list: true, items: false },
      description: 'Labels put on the service.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the service was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: `When it last changed; ${foreign}` }),
    connections: t.connection(
      {
        type: Connection,
        nullable: true,
        description: `Endpoints connected, or asking to connect, to the service, newest first; ${foreign}`,
        args: {
          filter: t.arg({ type: ConnectionFilter, description: 'Which connections to list.' }),
          orderBy: t.arg({
            type: ConnectionOrder,
            description: 'How to order them; by default the newest first.',
          }),
        },
        resolve: (service, { filter, orderBy, ...page }, context, info) => {
          const checked = checkedFilter(filter);
          if (service.ownership === 'VISIBLE') return null;
          const source = serviceConnectionSource(service, checked, orderBy, context);
          return pageOf(source, page, context, info, 'EndpointServiceConnectionsConnection');
        },
      },
      ...pageType('EndpointServiceConnectionsConnection', 'connections of an endpoint service'),
    ),
    permissions: t.connection(
      {
        type: Permission,
        nullable: true,
        description: `Whitelist of the service; ${foreign}`,
        args: { filter: t.arg({ type: PermissionFilter, description: 'Which records to list.' }) },
        resolve: (service, { filter, ...page }, context, info) => {
          if (service.ownership === 'VISIBLE') return null;
          const source = servicePermissionSource(service, filter, context);
          return pageOf(source, page, context, info, 'EndpointServicePermissionsConnection');
        },
      },
      ...pageType('EndpointServicePermissionsConnection', 'whitelist records of an endpoint service'),
    ),
  }),
});

builder.asEntity(EndpointService, {
  key: [
    builder.selection<{ id: string }>('id'),
    builder.selection<{ region: string; projectId: string; serviceId: string }>('region projectId serviceId'),
  ],
  resolveReference: async (reference, context, info) => {
    const { id, region, projectId, serviceId } = keyOf(
      reference,
      ['id'],
      ['region', 'projectId', 'serviceId'],
    );
    if (id !== undefined)
      return (await loadNode(context, id, info, 'EndpointService')) as EndpointServiceNode;
    const project = servedProject(context, { region: region!, projectId: projectId! });
    return readEndpointService(context, project, vendorId('serviceId', serviceId!));
  },
});

readNodesWith('EndpointService', null, 1, (context, project, [serviceId]) =>
  readEndpointService(context, project, serviceId!),
);

/** One connection of a service; null where the service has no such endpoint. */
export const readServiceConnection = async (
  context: Context,
  project: Project,
  serviceId: string,
  endpointId: string,
): Promise<ConnectionNode | null> => {
  const service: ServiceIdentity = { __typename: 'EndpointService', project, serviceId };
  const row = await serviceConnectionFacts(context).load(service, endpointId);
  return row && connectionNode(service, row);
};

readNodesWith('Connection', 'service', 3, async (context, project, [, serviceId, endpointId]) => {
  const node = await readServiceConnection(context, project, serviceId!, endpointId!);
  if (!node) throw clientError('NOT_FOUND', 'The endpoint service has no such connection.');
  return node;
});

readNodesWith('Permission', 'service', 3, async (context, project, [, serviceId, permissionId]) => {
  const service: ServiceIdentity = { __typename: 'EndpointService', project, serviceId: serviceId! };
  const window = { offset: 0, limit: context.sizes.maxRows };
  const { items } = await servicePermissions(context).load(service, window);
  const facts = items.find((one) => one.permissionId === permissionId);
  if (!facts) throw clientError('NOT_FOUND', 'The endpoint service has no such whitelist record.');
  return permissionNode(service, facts);
});

const EndpointServiceBy = builder.inputType('EndpointServiceBy', {
  description: 'Which endpoint service is meant: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Id of the service, as the console shows it.' }),
    name: t.string({ description: 'Full name of the service, up to 128 characters; compared exactly.' }),
  }),
});

const EndpointServiceFilter = builder.inputType('EndpointServiceFilter', {
  description: 'Which endpoint services to list; each condition that is given has to hold.',
  fields: (t) => ({
    name: t.string({
      description: 'With this text in the full name, in any case; an empty one is no condition.',
    }),
    status: t.field({
      type: [EndpointServiceStatus],
      description: 'In one of these states; an empty list is no condition.',
    }),
  }),
});

const EndpointServiceOrderField = builder.enumType(
  'EndpointServiceOrderField',
  described('What endpoint services can be ordered by.', {
    CREATED_AT: 'When the service was created.',
    UPDATED_AT: 'When it last changed; services without that time come last.',
  }),
);

const EndpointServiceOrder = builder.inputType('EndpointServiceOrder', {
  description: 'How to order endpoint services; equal ones are ordered by id.',
  fields: (t) => ({
    field: t.field({ type: EndpointServiceOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
});

const serviceListSource = (
  project: Project,
  filter: typeof EndpointServiceFilter.$inferInput,
  order: typeof EndpointServiceOrder.$inferInput | null | undefined,
  context: Context,
): PageSource<EndpointServiceNode> => {
  const { name, status } = filter;
  const only = status?.length === 1 && status[0] !== 'UNKNOWN' ? status[0]!.toLowerCase() : undefined;
  const query: EndpointServiceQuery = {
    ...(name && { endpoint_service_name: plainText('filter.name', name, 128) }),
    ...(only && { status: only }),
    ...(order?.field === 'CREATED_AT' && order.direction === 'ASC' && { sort_dir: 'asc' as const }),
  };
  const someStates = !only && status?.length ? status : undefined;
  return {
    identity: identityOf('endpointServices', project.region, project.projectId, filter, order),
    limits: listLimits,
    keyOf: ({ serviceId }) => serviceId,
    createdAtOf: ({ createdAt }) => createdAt,
    load: async (window) => {
      const rows = await endpointServiceList(context).load({ project, query }, window);
      return {
        ...rows,
        items: rows.items.map((facts) => endpointServiceNode(project, { ...facts, ownership: 'OWN' })),
      };
    },
    matches: someStates && ((service) => service.status !== null && someStates.includes(service.status)),
    order:
      order?.field === 'UPDATED_AT'
        ? { valueOf: (service) => service.updatedAt, direction: order.direction }
        : undefined,
  };
};

builder.queryFields((t) => ({
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description: 'One endpoint service, own or merely visible.',
    args: {
      by: t.arg({ type: EndpointServiceBy, required: true, description: 'Which one.' }),
      project: t.arg({ type: ProjectInput, description: 'Project to look from; by default the one served.' }),
    },
    resolve: async (_root, { by, project: named }, context) => {
      const project = servedProject(context, named);
      if (by.id != null) return readEndpointService(context, project, vendorId('by.id', by.id));
      const name = plainText('by.name', by.name, 128);
      const facts = await endpointServiceNamed(context, project, name);
      if (facts.name !== name) throw clientError('NOT_FOUND', 'No endpoint service has exactly this name.');
      return endpointServiceNode(project, facts);
    },
  }),
  endpointServices: t.connection(
    {
      type: EndpointService,
      nullable: true,
      description: 'The endpoint services of a project, newest first.',
      args: {
        filter: t.arg({ type: EndpointServiceFilter, description: 'Which services to list.' }),
        orderBy: t.arg({
          type: EndpointServiceOrder,
          description: 'How to order them; by default the newest first.',
        }),
        project: t.arg({ type: ProjectInput, description: 'Project to list; by default the one served.' }),
      },
      resolve: (_root, { filter, orderBy, project, ...page }, context, info) => {
        const source = serviceListSource(servedProject(context, project), filter ?? {}, orderBy, context);
        return pageOf(source, page, context, info, 'QueryEndpointServicesConnection');
      },
    },
    ...pageType('QueryEndpointServicesConnection', 'endpoint services'),
  ),
}));
