import type { Context } from '../../request/context.ts';
import { builder } from '../../graph/builder.ts';
import { FailureType } from '../../graph/connection.ts';
import { keyReader } from '../../graph/entity.ts';
import { FROM_IDENTITY, FROM_OWN_CALL } from '../../graph/field-source.ts';
import { loadNode, Node, registerNodeReader } from '../../graph/node.ts';
import { ResourceTag } from '../../graph/tag.ts';
import { checkVendorId, requireProject } from '../../graph/validate-input.ts';
import { readEndpointAccess } from './connections.ts';
import type { ClusterEndpointAccess } from './connections-rest.ts';
import { clusterDetail } from './loader.ts';
import { type ClusterNode, clusterNodeId, readCluster, readClusterRow } from './nodes.ts';
import type { ClusterDetail, ClusterRow } from './rest.ts';
import { ClusterAction, ClusterEngine, ClusterInstance, ClusterStatus } from './subtypes.ts';

/** Resolver of a value of the row, which list and detail have; reads the row where it is not there yet. */
const fromList =
  <T>(pick: (row: ClusterRow) => T) =>
  (cluster: ClusterNode, _args: object, context: Context): T | Promise<T> =>
    cluster.row ? pick(cluster.row) : readClusterRow(cluster, context).then(pick);

/** Resolver of a value that only the detail has. */
const fromDetail =
  <T>(pick: (detail: ClusterDetail) => T) =>
  ({ project, clusterId }: ClusterNode, _args: object, context: Context): Promise<T> =>
    clusterDetail(context).load({ project, clusterId }).then(pick);

/** Resolver of a value that every page of the cluster's connections has beside its rows. */
const fromConnections =
  <T>(pick: (answer: Omit<ClusterEndpointAccess, 'items'>) => T) =>
  (cluster: ClusterNode, _args: object, context: Context): Promise<T> =>
    readEndpointAccess(cluster, context).then(pick);

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
    name: t.string({
      nullable: false,
      description: 'Name of the cluster.',
      resolve: fromList((c) => c.name),
    }),
    description: t.string({
      description: 'Description by its owner (`desc`).',
      resolve: fromList((c) => c.description),
    }),
    status: t.field({
      type: ClusterStatus,
      nullable: false,
      description: 'State of the cluster.',
      resolve: fromList((c) => c.status),
    }),
    statusRaw: t.string({
      nullable: false,
      description: 'State as the cloud spells it, in digits.',
      resolve: fromList((c) => c.statusRaw),
    }),
    actions: t.field({
      type: [ClusterAction],
      nullable: { list: true, items: false },
      description: 'Operations that are running on the cluster; empty if there are none.',
      resolve: fromList((c) => c.actions),
    }),
    failures: t.field({
      type: [FailureType],
      nullable: { list: true, items: false },
      description: 'Why the cluster is unusable (`failedReason`); empty while it is healthy.',
      resolve: fromList((c) => c.failures),
    }),
    engine: t.field({
      type: ClusterEngine,
      description: 'Search engine.',
      resolve: fromList((c) => c.engine),
    }),
    engineRaw: t.string({
      description: 'Engine as the cloud spells it.',
      resolve: fromList((c) => c.engineRaw),
    }),
    engineVersion: t.string({
      description: 'Version of the engine.',
      resolve: fromList((c) => c.engineVersion),
    }),
    engineEndOfSupport: t.boolean({
      description: 'Whether the version is no longer supported; null where the cloud does not say.',
      resolve: fromList((c) => c.engineEndOfSupport),
    }),
    instances: t.field({
      type: [ClusterInstance],
      nullable: { list: true, items: false },
      description: 'The machines of the cluster.',
      resolve: fromList((c) => c.instances),
    }),
    addresses: t.stringList({
      nullable: { list: true, items: false },
      description: 'Private IPv4 addresses with port (`endpoint`).',
      resolve: fromList((c) => c.addresses),
    }),
    ipv6Addresses: t.stringList({
      nullable: { list: true, items: false },
      description: 'Private IPv6 addresses with port (`ipv6Endpoint`).',
      resolve: fromList((c) => c.ipv6Addresses),
    }),
    publicAddress: t.string({
      description: 'Public address with port; null without public access (`publicIp`).',
      resolve: fromList((c) => c.publicAddress),
    }),
    publicKibanaAddress: t.string({
      description: 'Public address of Kibana; null where it has none.',
      resolve: fromList((c) => c.publicKibanaAddress),
    }),
    publicAccessControlled: t.boolean({
      description: 'Whether `publicWhitelist` is in force; null without public access.',
      resolve: fromList((c) => c.publicAccessControlled),
    }),
    publicWhitelist: t.stringList({
      nullable: { list: true, items: false },
      description: 'Addresses that public access is limited to (`elbWhiteList`).',
      resolve: fromList((c) => c.publicWhitelist),
    }),
    publicBandwidthMbits: t.int({
      description: 'Public bandwidth in Mbit/s (`bandwidthSize`).',
      resolve: fromList((c) => c.publicBandwidthMbits),
    }),
    vpcId: t.id({ description: 'VPC of the cluster.', resolve: fromList((c) => c.vpcId) }),
    subnetIds: t.idList({
      nullable: { list: true, items: false },
      description: 'Subnets of the cluster (`currentSubnetIds`, else `subnetId`).',
      resolve: fromList((c) => c.subnetIds),
    }),
    securityGroupId: t.id({ description: 'Security group.', resolve: fromList((c) => c.securityGroupId) }),
    httpsEnabled: t.boolean({
      description: 'Whether HTTPS is on (`httpsEnable`).',
      resolve: fromList((c) => c.httpsEnabled),
    }),
    securityMode: t.boolean({
      description: 'Whether users have to sign in (`authorityEnable`).',
      resolve: fromList((c) => c.securityMode),
    }),
    diskEncrypted: t.boolean({
      description: 'Whether disks are encrypted.',
      resolve: fromList((c) => c.diskEncrypted),
    }),
    encryptionKeyId: t.id({
      description: 'Key that encrypts the disks (`cmkId`); null where they are not.',
      resolve: fromList((c) => c.encryptionKeyId),
    }),
    backupAvailable: t.boolean({
      description: 'Whether snapshots are on.',
      resolve: fromList((c) => c.backupAvailable),
    }),
    prepaid: t.boolean({
      description: 'Whether it is prepaid for a period (`period`).',
      resolve: fromList((c) => c.prepaid),
    }),
    enterpriseProjectId: t.id({
      description: 'Enterprise project; null where that feature is off.',
      resolve: fromList((c) => c.enterpriseProjectId),
    }),
    tags: t.field({
      type: [ResourceTag],
      nullable: { list: true, items: false },
      description: 'Labels put on the cluster.',
      resolve: fromList((c) => c.tags),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the cluster was created; the cloud gives no zone, it is taken as UTC.',
      resolve: fromList((c) => c.createdAt),
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When the cluster last changed; the cloud gives no zone, it is taken as UTC.',
      resolve: fromList((c) => c.updatedAt),
    }),
    endpointIpv4: t.string({
      description:
        "IPv4 address of the cluster's own endpoint (`vpcepIp`); one more call, for the cluster's detail.",
      resolve: fromDetail((c) => c.endpointIpv4),
    }),
    endpointIpv6: t.string({
      description: "IPv6 address of the cluster's own endpoint; one more call, for the cluster's detail.",
      resolve: fromDetail((c) => c.endpointIpv6),
    }),
    endpointAccessSupported: t.boolean({
      description: "Whether the cluster can have endpoint access; one more call, for the cluster's detail.",
      resolve: fromDetail((c) => c.endpointAccessSupported),
    }),
    endpointAccess: t.boolean({
      extensions: FROM_OWN_CALL,
      description:
        'Whether endpoint access is on. While it is off there are no connections and no whitelist.',
      resolve: fromConnections((answer) => answer.access),
    }),
    serviceName: t.string({
      extensions: FROM_OWN_CALL,
      description:
        'Full name of the endpoint service in front of the cluster; null while access is off, and from the oldest generation ' +
        'of the API, which does not return it.',
      resolve: fromConnections((answer) => answer.serviceName),
    }),
    endpointUpdateSwitch: t.boolean({
      extensions: FROM_OWN_CALL,
      description:
        "The raw flag `vpcepUpdateSwitch`. The vendor's pages disagree on its meaning; use `endpointAccess` to see whether " +
        'access is on.',
      resolve: fromConnections((answer) => answer.updateSwitch),
    }),
  }),
});

const keyIn = keyReader(['id'], ['region', 'projectId', 'clusterId']);

builder.asEntity(Cluster, {
  key: [
    builder.selection<{ id: string }>('id'),
    builder.selection<{ region: string; projectId: string; clusterId: string }>('region projectId clusterId'),
  ],
  // Not async: an error in the reference is thrown at once.
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
