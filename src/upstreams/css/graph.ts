import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { builder } from '../../graph/builder.ts';
import { FailureType } from '../../graph/connection.ts';
import { FROM_IDENTITY, FROM_OWN_CALL } from '../../graph/field-source.ts';
import { identityOf } from '../../graph/connection-filter.ts';
import { keyReader } from '../../graph/entity.ts';
import { requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { PAGED } from '../../guards/limits/cost-hints.ts';
import { loadNode, Node, registerNodeReader } from '../../graph/node.ts';
import { sourceOfArray, resolvePage, pageType } from '../../graph/connection-field.ts';
import { Permission, PermissionFilter, permissionMatcher } from '../../graph/permission.ts';
import { findIn } from '../../paging/extent.ts';
import { ResourceTag } from '../../graph/tag.ts';
import { clusterDetail, clusterEndpointAccess } from './loader.ts';
import { ClusterAction, ClusterEngine, ClusterInstance, ClusterStatus } from './subtypes.ts';
import { type ClusterEndpointAccess, type ClusterFacts } from './rest.ts';

import {
  clusterConnectionNode,
  type ClusterNode,
  clusterNodeId,
  clusterWhitelist,
  endpointAccessOf,
  factsOf,
  readCluster,
} from './nodes.ts';

/** A field of what CSS says about a cluster, which may have to be read first. */
const fact =
  <T>(pick: (facts: ClusterFacts) => T) =>
  (cluster: ClusterNode, _args: object, context: Context): T | Promise<T> =>
    cluster.facts ? pick(cluster.facts) : factsOf(cluster, context).then(pick);

/** A field that only the detail answer has. */
const detail =
  <T>(pick: (facts: ClusterFacts) => T) =>
  ({ project, clusterId }: ClusterNode, _args: object, context: Context): Promise<T> =>
    clusterDetail(context).load({ project, clusterId }).then(pick);

/** A field that comes with the cluster's connections. */
const access =
  <T>(pick: (answer: Omit<ClusterEndpointAccess, 'items'>) => T) =>
  (cluster: ClusterNode, _args: object, context: Context): Promise<T> =>
    endpointAccessOf(cluster, context).then(pick);

export const Cluster = builder.objectRef<ClusterNode>('Cluster').implement({
  description: 'A Cloud Search Service cluster, and who may reach it over VPC endpoints.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: clusterNodeId,
    }),
    clusterId: t.exposeID('clusterId', {
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Id of the cluster, as the console shows it.',
    }),
    region: t.string({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Region that the cluster is in, such as `cn-north-4`.',
      resolve: ({ project }) => project.region,
    }),
    projectId: t.id({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Cloud project that the cluster is in.',
      resolve: ({ project }) => project.projectId,
    }),
    name: t.string({ nullable: false, description: 'Name of the cluster.', resolve: fact((c) => c.name) }),
    description: t.string({
      description: "The owner's words (`desc`).",
      resolve: fact((c) => c.description),
    }),
    status: t.field({
      type: ClusterStatus,
      nullable: false,
      description: 'State of the cluster.',
      resolve: fact((c) => c.status),
    }),
    statusRaw: t.string({
      nullable: false,
      description: 'State as the cloud spells it, in digits.',
      resolve: fact((c) => c.statusRaw),
    }),
    actions: t.field({
      type: [ClusterAction],
      nullable: { list: true, items: false },
      description: 'What is being done to the cluster now; empty when nothing is.',
      resolve: fact((c) => c.actions),
    }),
    failure: t.field({
      type: FailureType,
      description: 'Why the cluster is unusable; null while it is healthy (`failedReason`).',
      resolve: fact((c) => c.failure),
    }),
    engine: t.field({ type: ClusterEngine, description: 'Search engine.', resolve: fact((c) => c.engine) }),
    engineRaw: t.string({ description: 'Engine as the cloud spells it.', resolve: fact((c) => c.engineRaw) }),
    engineVersion: t.string({ description: 'Version of the engine.', resolve: fact((c) => c.engineVersion) }),
    engineEndOfSupport: t.boolean({
      description: 'Whether the version is no longer supported; null where the cloud does not say.',
      resolve: fact((c) => c.engineEndOfSupport),
    }),
    instances: t.field({
      type: [ClusterInstance],
      nullable: { list: true, items: false },
      description: 'The machines of the cluster.',
      resolve: fact((c) => c.instances),
    }),
    addresses: t.stringList({
      nullable: { list: true, items: false },
      description: 'Private IPv4 addresses with port (`endpoint`).',
      resolve: fact((c) => c.addresses),
    }),
    ipv6Addresses: t.stringList({
      nullable: { list: true, items: false },
      description: 'Private IPv6 addresses with port (`ipv6Endpoint`).',
      resolve: fact((c) => c.ipv6Addresses),
    }),
    publicAddress: t.string({
      description: 'Public address with port; null without public access (`publicIp`).',
      resolve: fact((c) => c.publicAddress),
    }),
    publicKibanaAddress: t.string({
      description: 'Public address of Kibana; null where it has none.',
      resolve: fact((c) => c.publicKibanaAddress),
    }),
    publicAccessControlled: t.boolean({
      description: 'Whether `publicWhitelist` is in force; null without public access.',
      resolve: fact((c) => c.publicAccessControlled),
    }),
    publicWhitelist: t.stringList({
      nullable: { list: true, items: false },
      description: 'Addresses that public access is limited to (`elbWhiteList`).',
      resolve: fact((c) => c.publicWhitelist),
    }),
    publicBandwidthMbits: t.int({
      description: 'Public bandwidth in Mbit/s (`bandwidthSize`).',
      resolve: fact((c) => c.publicBandwidthMbits),
    }),
    vpcId: t.id({ description: 'VPC of the cluster.', resolve: fact((c) => c.vpcId) }),
    subnetIds: t.idList({
      nullable: { list: true, items: false },
      description: 'Subnets of the cluster (`currentSubnetIds`, else `subnetId`).',
      resolve: fact((c) => c.subnetIds),
    }),
    securityGroupId: t.id({ description: 'Security group.', resolve: fact((c) => c.securityGroupId) }),
    httpsEnabled: t.boolean({
      description: 'Whether HTTPS is on (`httpsEnable`).',
      resolve: fact((c) => c.httpsEnabled),
    }),
    securityMode: t.boolean({
      description: 'Whether users have to sign in (`authorityEnable`).',
      resolve: fact((c) => c.securityMode),
    }),
    diskEncrypted: t.boolean({
      description: 'Whether disks are encrypted.',
      resolve: fact((c) => c.diskEncrypted),
    }),
    encryptionKeyId: t.id({
      description: 'Key that encrypts the disks (`cmkId`); null where they are not.',
      resolve: fact((c) => c.encryptionKeyId),
    }),
    backupAvailable: t.boolean({
      description: 'Whether snapshots are on.',
      resolve: fact((c) => c.backupAvailable),
    }),
    prepaid: t.boolean({
      description: 'Whether it is paid by the period (`period`).',
      resolve: fact((c) => c.prepaid),
    }),
    enterpriseProjectId: t.id({
      description: 'Enterprise project; null where that feature is off.',
      resolve: fact((c) => c.enterpriseProjectId),
    }),
    tags: t.field({
      type: [ResourceTag],
      nullable: { list: true, items: false },
      description: 'Labels put on the cluster.',
      resolve: fact((c) => c.tags),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the cluster was created; the cloud gives no zone, it is taken as UTC.',
      resolve: fact((c) => c.createdAt),
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When the cluster last changed; the cloud gives no zone, it is taken as UTC.',
      resolve: fact((c) => c.updatedAt),
    }),
    endpointIpv4: t.string({
      description:
        "IPv4 address of the cluster's own endpoint (`vpcepIp`); one more call, for the cluster's detail.",
      resolve: detail((c) => c.endpointIpv4),
    }),
    endpointIpv6: t.string({
      description: "IPv6 address of the cluster's own endpoint; one more call, for the cluster's detail.",
      resolve: detail((c) => c.endpointIpv6),
    }),
    endpointAccessSupported: t.boolean({
      description: "Whether the cluster can have endpoint access; one more call, for the cluster's detail.",
      resolve: detail((c) => c.endpointAccessSupported),
    }),
    endpointAccess: t.boolean({
      extensions: FROM_OWN_CALL,
      description:
        'Whether endpoint access is on. While it is off there are no connections and no whitelist.',
      resolve: access((answer) => answer.access),
    }),
    endpointServiceName: t.string({
      extensions: FROM_OWN_CALL,
      description:
        'Full name of the endpoint service in front of the cluster; null while access is off, and from the oldest ' +
        'generation of the API, which does not tell it.',
      resolve: access((answer) => answer.serviceName),
    }),
    endpointUpdateSwitch: t.boolean({
      extensions: FROM_OWN_CALL,
      description:
        'The raw flag `vpcepUpdateSwitch`. Its pages disagree on what it means; `endpointAccess` is what tells ' +
        'whether access is on.',
      resolve: access((answer) => answer.updateSwitch),
    }),
    permissions: t.connection(
      {
        type: Permission,
        nullable: true,
        extensions: { ...PAGED, ...FROM_OWN_CALL },
        description:
          'Whitelist of the cluster. An empty one lets every account connect. Null from the oldest generation of the ' +
          'API, which does not tell it.',
        args: { filter: t.arg({ type: PermissionFilter, description: 'Which records to list.' }) },
        resolve: async (cluster, { filter, ...page }, context, info) => {
          const identity = identityOf('permissions', clusterNodeId(cluster), filter);
          const source = {
            identity,
            ...sourceOfArray(async () => (await clusterWhitelist(cluster, context)) ?? []),
            keyOf: (node: { permissionId: string }) => node.permissionId,
            createdAtOf: (node: { createdAt: string | null }) => node.createdAt,
            matches: permissionMatcher(filter),
          };
          const result = await resolvePage(source, page, context, info, 'ClusterPermissionsConnection');
          return (await clusterWhitelist(cluster, context)) === null ? null : result;
        },
      },
      ...pageType('ClusterPermissionsConnection', 'whitelist records of a cluster'),
    ),
  }),
});

const keyIn = keyReader(['id'], ['region', 'projectId', 'clusterId']);

builder.asEntity(Cluster, {
  key: [
    builder.selection<{ id: string }>('id'),
    builder.selection<{ region: string; projectId: string; clusterId: string }>('region projectId clusterId'),
  ],
  // Not async: what is wrong with a reference is thrown at once.
  resolveReference: (reference, context, info) => {
    const { id, region, projectId, clusterId } = keyIn(reference);
    if (id !== undefined) return loadNode(context, id, info, 'Cluster') as Promise<ClusterNode>;
    const project = requireProject(context, { region: region!, projectId: projectId! });
    return readCluster(context, project, checkVendorId('clusterId', clusterId!), info);
  },
});

registerNodeReader('Cluster', null, 1, (context, project, [clusterId], info) =>
  readCluster(context, project, clusterId!, info),
);

const notThere = (what: string) => clientError('NOT_FOUND', `The cluster has no such ${what}.`);

registerNodeReader('Connection', 'cluster', 3, async (context, project, [, clusterId, endpointId]) => {
  const cluster: ClusterNode = { __typename: 'Cluster', project, clusterId: clusterId! };
  const window = { offset: 0, limit: context.sizes.maxRows };
  const listed = await clusterEndpointAccess(context).load(cluster, window);
  const row = findIn(listed, (one) => one.endpointId === endpointId);
  if (!row) throw notThere('connection');
  return clusterConnectionNode(cluster, row);
});

registerNodeReader('Permission', 'cluster', 3, async (context, project, [, clusterId, permissionId]) => {
  const cluster: ClusterNode = { __typename: 'Cluster', project, clusterId: clusterId! };
  const node = (await clusterWhitelist(cluster, context))?.find((one) => one.permissionId === permissionId);
  if (!node) throw notThere('whitelist record');
  return node;
});
