import { builder } from '../../graph/builder.ts';
import { Connection, ConnectionFilter, ConnectionOrder, FailureType } from '../../graph/connection.ts';
import { checkFilter } from '../../graph/connection-filter.ts';
import { FROM_IDENTITY, FROM_OWN_CALL } from '../../graph/field-source.ts';
import { keyReader } from '../../graph/entity.ts';
import { requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { PAGED } from '../../guards/limits/cost-hints.ts';
import { loadNode, Node, registerNodeReader } from '../../graph/node.ts';
import { resolvePage, pageType } from '../../graph/page-field.ts';
import { Permission, PermissionFilter, PermissionOrder } from '../../graph/permission.ts';
import { prefetched } from '../../graph/lookahead.ts';
import { ResourceTag } from '../../graph/tag.ts';
import type { Context } from '../../request/context.ts';
import { endpointServiceDetail, endpointServiceInList } from './services/loader.ts';
import type { EndpointServiceRow } from './services/rest.ts';
import {
  EndpointEdition,
  EndpointServiceCidrType,
  EndpointServiceIpVersion,
  EndpointServiceStatus,
  EndpointServiceType,
  EndpointServerType,
  Ownership,
  PortMapping,
} from './subtypes.ts';
import { type EndpointServiceNode, readSelectedService, serviceNodeId } from './nodes.ts';
import { serviceConnectionSource } from './connections.ts';
import { servicePermissionSource } from './permissions.ts';
import { parseLabel } from './services/names.ts';

const foreign = 'null for a service of another account.';
const detailed = `${foreign} Only the detail has it, so a service of a list needs one more call.`;

/** Resolver of a value that only the detail is sure to have. */
const fromDetail =
  <T>(pick: (row: EndpointServiceRow) => T | null) =>
  (service: EndpointServiceNode, _args: object, context: Context): T | null | Promise<T | null> => {
    const value = pick(service);
    if (value !== null || service.ownership === 'VISIBLE' || service.isDetailed) return value;
    return endpointServiceDetail(context).load(service).then(pick);
  };

const [ConnectionPage, connectionEdge] = pageType(
  'EndpointServiceConnectionsConnection',
  'connections of an endpoint service',
);
export const ServiceConnectionEdge = builder.edgeObject({ ...connectionEdge, type: Connection });

const [PermissionPage, permissionEdge] = pageType(
  'EndpointServicePermissionsConnection',
  'whitelist records of an endpoint service',
);
export const ServicePermissionEdge = builder.edgeObject({ ...permissionEdge, type: Permission });

export const EndpointService = builder.objectRef<EndpointServiceNode>('EndpointService').implement({
  description: 'A VPC endpoint service, to which endpoints connect.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: serviceNodeId,
    }),
    serviceId: t.exposeID('serviceId', {
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Id of the service, as the console shows it.',
    }),
    region: t.string({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Region that the service is in, such as `cn-north-4`.',
      resolve: ({ project }) => project.region,
    }),
    projectId: t.id({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Cloud project from which the service is read.',
      resolve: ({ project }) => project.projectId,
    }),
    name: t.exposeString('name', {
      description:
        "Full name: `{region}.{label}.{service id}`, or `{region}.{service id}` without a label. Names of the cloud's own " +
        'services look like `com.myhuaweicloud.{region}.swr`.',
    }),
    label: t.string({
      description:
        'Label that its owner gave it: the middle part of the name. For a service of the cloud itself, the name without ' +
        'cloud and region, such as `swr`. Null if there is none.',
      resolve: ({ name, project }) => (name === null ? null : parseLabel(name, project.region)),
    }),
    ownership: t.expose('ownership', {
      type: Ownership,
      nullable: false,
      description: 'Whether the service belongs to the project.',
    }),
    domainId: t.exposeID('domainId', {
      description:
        'Account that owns the service (`domain_id`); the cloud returns it only in the list of own services.',
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
    serverType: t.expose('serverType', {
      type: EndpointServerType,
      description: `Type of the server; ${foreign}`,
    }),
    serverTypeRaw: t.exposeString('serverTypeRaw', {
      description: `Type of the server, as the cloud spells it; ${foreign}`,
    }),
    approvalRequired: t.exposeBoolean('approvalRequired', {
      description: `Whether the owner has to accept each endpoint (\`approval_enabled\`); ${foreign}`,
    }),
    ports: t.expose('ports', {
      type: [PortMapping],
      nullable: { list: true, items: false },
      description: 'Ports of the service; empty for a service of another account.',
    }),
    activeConnectionCount: t.int({
      description:
        `Endpoints that are accepted or being created (\`connection_count\`); ${foreign} Only the list is sure to have it, ` +
        'so a service that is read by itself needs one more call.',
      resolve: async ({ ownership, activeConnectionCount, project, serviceId }, _args, context) => {
        if (activeConnectionCount !== null || ownership === 'VISIBLE') return activeConnectionCount;
        return (await endpointServiceInList(context).load(project, serviceId))?.activeConnectionCount ?? null;
      },
    }),
    description: t.exposeString('description', { description: `Description by its owner; ${foreign}` }),
    vpcId: t.exposeID('vpcId', { description: `VPC of the server; ${foreign}` }),
    portId: t.exposeID('portId', { description: `Network port of the server; ${foreign}` }),
    tcpProxy: t.exposeString('tcpProxy', {
      description: `Facts about the client that the server receives: \`close\`, \`toa_open\`, \`proxy_open\`, …; ${foreign}`,
    }),
    serverAddress: t.exposeString('serverAddress', {
      description: `IPv4 address or domain name of the server (\`ip\`), where it has no network port; ${foreign}`,
    }),
    cidrType: t.field({
      type: EndpointServiceCidrType,
      nullable: true,
      description: `Addresses that it is reached at (\`cidr_type\`); ${detailed}`,
      resolve: fromDetail((row) => row.cidrType),
    }),
    cidrTypeRaw: t.string({
      description: `Addresses that it is reached at, as the cloud spells it; ${detailed}`,
      resolve: fromDetail((row) => row.cidrTypeRaw),
    }),
    ipVersion: t.field({
      type: EndpointServiceIpVersion,
      nullable: true,
      description: `Which addresses the server has (\`ip_version\`); null where the cloud does not return it, and ${detailed}`,
      resolve: fromDetail((row) => row.ipVersion),
    }),
    ipVersionRaw: t.string({
      description: `Which addresses the server has, as the cloud spells it; ${detailed}`,
      resolve: fromDetail((row) => row.ipVersionRaw),
    }),
    snatNetworkId: t.id({
      description: `Network that source addresses are taken from (\`snat_network_id\`); null where there is none, and ${detailed}`,
      resolve: fromDetail((row) => row.snatNetworkId),
    }),
    poolId: t.exposeID('poolId', {
      description: `Dedicated cluster that it is in (\`pool_id\`); null where the cloud does not return it, and ${foreign}`,
    }),
    publicBorderGroup: t.exposeString('publicBorderGroup', {
      description: 'Edge site that it is at (`public_border_group`); null in a region without edge sites.',
    }),
    policySupported: t.exposeBoolean('policySupported', {
      description:
        'Whether endpoints to it may have a policy (`enable_policy`); null where the cloud does not return it.',
    }),
    supportedEditions: t.expose('supportedEditions', {
      type: [EndpointEdition],
      nullable: { list: true, items: false },
      description: `Editions that endpoints to it can have (\`supported_editions\`); empty for a service of another account.`,
    }),
    supportedEditionsRaw: t.exposeStringList('supportedEditionsRaw', {
      nullable: { list: true, items: false },
      description: 'Editions as the cloud spells them.',
    }),
    charged: t.exposeBoolean('charged', {
      description: 'Whether endpoints to it cost money (`is_charge`); known only of `VISIBLE` services.',
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
        extensions: { ...PAGED, ...FROM_OWN_CALL },
        description: `Endpoints connected, or asking to connect, to the service, newest first; ${foreign}`,
        args: {
          filter: t.arg({ type: ConnectionFilter, description: 'Which connections to list.' }),
          orderBy: t.arg({
            type: ConnectionOrder,
            description: 'Order of the rows; by default the newest first.',
          }),
        },
        resolve: prefetched((service, { filter, orderBy, ...page }, context, info) => {
          const checked = checkFilter(filter);
          if (service.ownership === 'VISIBLE') return null;
          const source = serviceConnectionSource(service, checked, orderBy, context);
          return resolvePage(source, page, context, info, 'EndpointServiceConnectionsConnection');
        }),
      },
      ConnectionPage,
      ServiceConnectionEdge,
    ),
    permissions: t.connection(
      {
        type: Permission,
        nullable: true,
        extensions: { ...PAGED, ...FROM_OWN_CALL },
        description: `Whitelist of the service; ${foreign}`,
        args: {
          filter: t.arg({ type: PermissionFilter, description: 'Which records to list.' }),
          orderBy: t.arg({
            type: PermissionOrder,
            description: 'Order of the rows; by default that of the cloud.',
          }),
        },
        resolve: prefetched((service, { filter, orderBy, ...page }, context, info) => {
          if (service.ownership === 'VISIBLE') return null;
          const source = servicePermissionSource(service, filter, orderBy, context);
          return resolvePage(source, page, context, info, 'EndpointServicePermissionsConnection');
        }),
      },
      PermissionPage,
      ServicePermissionEdge,
    ),
  }),
});

const keyIn = keyReader(['id'], ['region', 'projectId', 'serviceId']);

builder.asEntity(EndpointService, {
  key: [
    builder.selection<{ id: string }>('id'),
    builder.selection<{ region: string; projectId: string; serviceId: string }>('region projectId serviceId'),
  ],
  // Not async: an error in the reference is thrown at once.
  resolveReference: (reference, context, info) => {
    const { id, region, projectId, serviceId } = keyIn(reference);
    if (id !== undefined)
      return loadNode(context, id, info, 'EndpointService') as Promise<EndpointServiceNode>;
    const project = requireProject(context, { region: region!, projectId: projectId! });
    return readSelectedService(context, project, checkVendorId('serviceId', serviceId!), info);
  },
});

registerNodeReader('EndpointService', null, 1, (context, project, [serviceId], info) =>
  readSelectedService(context, project, serviceId!, info),
);
