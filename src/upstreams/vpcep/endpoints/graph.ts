import type { Context } from '../../../request/context.ts';
import { builder } from '../../../graph/builder.ts';
import { ConnectionStatusEnum, FailureType } from '../../../graph/connection.ts';
import { keyReader } from '../../../graph/entity.ts';
import { requireProject, checkVendorId } from '../../../graph/validate-input.ts';
import { loadNode, Node, registerNodeReader } from '../../../graph/node.ts';
import { encodeNodeId } from '../../../graph/node-id.ts';
import { ResourceTag } from '../../../graph/tag.ts';
import type { Project } from '../../../http/request.ts';
import { EndpointActiveStatus, EndpointIpVersion } from './subtypes.ts';
import type { EndpointRow } from './rest.ts';
import { ownEndpoint } from './loader.ts';
import { EndpointServiceType } from '../subtypes.ts';
import { EndpointPolicy } from './policy.ts';

/** One of the project's own VPC endpoints. */
export interface EndpointNode extends EndpointRow {
  __typename: 'Endpoint';
  project: Project;
}

/** Converts a row to a node. */
export const endpointNode = (project: Project, row: EndpointRow): EndpointNode => ({
  __typename: 'Endpoint',
  project,
  ...row,
});

/** The opaque id of an endpoint. */
export const endpointNodeId = ({ project, endpointId }: Pick<EndpointNode, 'project' | 'endpointId'>) =>
  encodeNodeId('Endpoint', project, endpointId);

/**
 * Reads one of the project's own endpoints.
 * @throws `NOT_FOUND`
 */
export const readEndpoint = async (context: Context, project: Project, endpointId: string) =>
  endpointNode(project, await ownEndpoint(context, project, endpointId));

export const Endpoint = builder.objectRef<EndpointNode>('Endpoint').implement({
  description:
    "One of the project's own VPC endpoints. As its endpoint service sees it, it is a `Connection` with the same `endpointId`.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: endpointNodeId,
    }),
    endpointId: t.exposeID('endpointId', {
      nullable: false,
      description: 'Id of the endpoint, as the console shows it; the same in all three APIs.',
    }),
    region: t.string({
      nullable: false,
      description: 'Region that the endpoint is in, such as `cn-north-4`.',
      resolve: ({ project }) => project.region,
    }),
    projectId: t.id({
      nullable: false,
      description: 'Cloud project that the endpoint is in.',
      resolve: ({ project }) => project.projectId,
    }),
    status: t.expose('status', {
      type: ConnectionStatusEnum,
      description: 'State of the endpoint; null where the cloud does not return it.',
    }),
    statusRaw: t.exposeString('statusRaw', { description: 'State as the cloud spells it.' }),
    failures: t.expose('failures', {
      type: [FailureType],
      nullable: { list: true, items: false },
      description: 'Why the endpoint failed; empty when it did not (`error`).',
    }),
    activeStatus: t.expose('activeStatus', {
      type: [EndpointActiveStatus],
      nullable: { list: true, items: false },
      description: 'Whether it is frozen, and why (`active_status`); there can be several reasons.',
    }),
    activeStatusRaw: t.exposeStringList('activeStatusRaw', {
      nullable: { list: true, items: false },
      description: '`activeStatus` as the cloud spells it.',
    }),
    enabled: t.exposeBoolean('enabled', {
      description: 'Whether it is enabled (`enable_status`); null where the cloud does not return it.',
    }),
    serviceType: t.expose('serviceType', {
      type: EndpointServiceType,
      description: 'How it reaches its endpoint service.',
    }),
    serviceTypeRaw: t.exposeString('serviceTypeRaw', {
      description: 'How it reaches its endpoint service, as the cloud spells it.',
    }),
    specification: t.exposeString('specification', {
      description: 'Specification (`specification_name`), such as `default`.',
    }),
    serviceId: t.exposeID('serviceId', {
      description: 'Id of the endpoint service that it connects to.',
    }),
    serviceName: t.exposeString('serviceName', {
      description: 'Full name of the endpoint service that it connects to.',
    }),
    markerId: t.exposeString('markerId', {
      description: 'Packet id in digits (`marker_id`); it can exceed 2^53.',
    }),
    ipVersion: t.expose('ipVersion', {
      type: EndpointIpVersion,
      description: 'Which addresses it has (`ip_version`); null where the cloud does not return it.',
    }),
    ipVersionRaw: t.exposeString('ipVersionRaw', {
      description: 'Which addresses it has, as the cloud spells it.',
    }),
    ipv4: t.exposeString('ipv4', {
      description: 'Private IPv4 address (`ip`); null for an endpoint to a gateway service.',
    }),
    ipv6: t.exposeString('ipv6', { description: 'IPv6 address (`ipv6_address`); null where it has none.' }),
    dnsEnabled: t.exposeBoolean('dnsEnabled', {
      description: 'Whether it has private domain names (`enable_dns`).',
    }),
    dnsNames: t.exposeStringList('dnsNames', {
      nullable: { list: true, items: false },
      description: 'Its private domain names; empty where it has none.',
    }),
    vpcId: t.exposeID('vpcId', { description: 'VPC that the endpoint is in.' }),
    subnetId: t.exposeID('subnetId', {
      description: 'Subnet of its address; null for an endpoint to a gateway service.',
    }),
    routeTableIds: t.exposeIDList('routeTableIds', {
      nullable: { list: true, items: false },
      description: 'Route tables that lead to a gateway service (`routetables`); else empty.',
    }),
    whitelist: t.exposeStringList('whitelist', {
      nullable: { list: true, items: false },
      description: 'IPv4 addresses and CIDR blocks that may use it, while `whitelistEnabled` is true.',
    }),
    whitelistEnabled: t.exposeBoolean('whitelistEnabled', {
      description: 'Whether `whitelist` is in force (`enable_whitelist`).',
    }),
    policy: t.field({
      type: EndpointPolicy,
      description: 'What may be done through it; null without a policy, which allows everything.',
      resolve: ({ policy }) => policy && { statements: policy },
    }),
    description: t.exposeString('description', { description: 'Description by its owner.' }),
    publicBorderGroup: t.exposeString('publicBorderGroup', {
      description: 'Edge site that it is at (`public_border_group`); null for any other endpoint.',
    }),
    tags: t.expose('tags', {
      type: [ResourceTag],
      nullable: { list: true, items: false },
      description: 'Labels put on the endpoint.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the endpoint was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
});

const keyIn = keyReader(['id'], ['region', 'projectId', 'endpointId']);

builder.asEntity(Endpoint, {
  key: [
    builder.selection<{ id: string }>('id'),
    builder.selection<{ region: string; projectId: string; endpointId: string }>(
      'region projectId endpointId',
    ),
  ],
  // Not async: an error in the reference is thrown at once.
  resolveReference: (reference, context, info) => {
    const { id, region, projectId, endpointId } = keyIn(reference);
    if (id !== undefined) return loadNode(context, id, info, 'Endpoint') as Promise<EndpointNode>;
    const project = requireProject(context, { region: region!, projectId: projectId! });
    return readEndpoint(context, project, checkVendorId('endpointId', endpointId!));
  },
});

registerNodeReader('Endpoint', null, 1, (context, project, [endpointId]) =>
  readEndpoint(context, project, endpointId!),
);
