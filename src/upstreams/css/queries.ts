import { builder } from '../../graph/builder.ts';
import { allConditions, equals, includesText, isOneOf } from '../../graph/conditions.ts';
import { defineOrder, rowOrder } from '../../graph/order.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { checkPlainText, requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { meetsConditions, parseTagFilter, ResourceTagFilter, TAGS_FILTER } from '../../graph/tag.ts';
import { pagedOverParentsIf } from '../../guards/limits/cost-hints.ts';
import { ProjectInput } from '../../graph/project.ts';
import { pageOfProjects, projectsPageType } from '../../graph/projects-page.ts';
import type { Project } from '../../http/request.ts';
import { createRowCheck } from '../../paging/row-check.ts';
import type { Context } from '../../request/context.ts';
import { readEndpointAccess } from './connections.ts';
import { clusterList, keyOfCluster } from './loader.ts';
import { ClusterEngine, ClusterStatus } from './subtypes.ts';
import { clusterListLimits } from './rest.ts';

import { Cluster } from './graph.ts';
import { clusterNode, type ClusterNode, readCluster } from './nodes.ts';

const ClusterFilter = builder.inputType('ClusterFilter', {
  description: 'Which clusters to list; all given conditions must hold.',
  fields: (t) => ({
    name: t.string({
      description: 'Text that the name contains, in upper or lower case; an empty text is no condition.',
    }),
    engine: t.field({ type: ClusterEngine, description: 'Running this engine.' }),
    status: t.field({
      type: [ClusterStatus],
      description: 'In one of these states; an empty list is no condition.',
    }),
    endpointAccess: t.boolean({
      description:
        'With endpoint access on, or off. It takes one more call for each cluster that meets the other conditions; clusters whose call ' +
        'fails are left out, and `unavailable` says so.',
    }),
    vpcId: t.id({ description: 'In exactly this VPC.' }),
    enterpriseProjectId: t.id({ description: 'In exactly this enterprise project; `0` is the default one.' }),
    tags: t.field({ type: [ResourceTagFilter], description: TAGS_FILTER }),
  }),
});

const ClusterOrder = defineOrder('ClusterOrder', 'clusters', 'id', {
  NAME: 'Name of the cluster, in upper or lower case.',
  CREATED_AT: 'When the cluster was created.',
  UPDATED_AT: 'When it last changed; clusters without that time come last.',
});

/** Divides the filter between the upstream (`datastoreType`) and the gateway (`matches`). */
const clusterQuery = (filter: typeof ClusterFilter.$inferInput | null | undefined) => {
  const { name, engine, status, vpcId, enterpriseProjectId, tags } = filter ?? {};
  if (name) checkPlainText('filter.name', name, 128);
  if (vpcId != null) checkVendorId('filter.vpcId', vpcId);
  if (enterpriseProjectId != null) checkVendorId('filter.enterpriseProjectId', enterpriseProjectId);
  const conditions = parseTagFilter(tags);
  const isUnknown = engine === 'UNKNOWN';
  return {
    datastoreType: engine == null || isUnknown ? undefined : engine.toLowerCase(),
    matches: allConditions<ClusterNode>([
      includesText(name, ({ row }: ClusterNode) => row!.name),
      isUnknown ? ({ row }) => row!.engine === 'UNKNOWN' : undefined,
      isOneOf(status, ({ row }: ClusterNode) => row!.status),
      equals(vpcId, ({ row }: ClusterNode) => row!.vpcId),
      equals(enterpriseProjectId, ({ row }: ClusterNode) => row!.enterpriseProjectId),
      conditions === null ? undefined : ({ row }) => meetsConditions(row!.tags, conditions),
    ]),
  };
};

const accessCheck = (wanted: boolean | null | undefined, context: Context) =>
  wanted == null
    ? undefined
    : {
        what: 'Whether endpoint access is on',
        rows: createRowCheck<ClusterNode>(
          async (cluster) => (await readEndpointAccess(cluster, context)).access === wanted,
          keyOfCluster,
        ),
      };

builder.queryFields((t) => ({
  cluster: t.field({
    type: Cluster,
    nullable: true,
    description: 'One cluster, by the id that the console shows.',
    args: {
      clusterId: t.arg.id({ required: true, description: 'Id of the cluster.' }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project it is in; needed only where several are served.',
      }),
    },
    example: `
      {
        cluster(clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8") {
          name
          status
          connectionCounts { status count }
          permissions { nodes { permission } }
        }
      }
    `,
    resolve: (_root, { clusterId, project }, context, info) =>
      readCluster(context, requireProject(context, project), checkVendorId('clusterId', clusterId), info),
  }),
  clusters: t.connection(
    {
      type: Cluster,
      nullable: true,
      extensions: pagedOverParentsIf('endpointAccess'),
      description:
        'The clusters of a project, newest first; without `project` those of all projects served, project by project unless `orderBy` is given.',
      args: {
        filter: t.arg({ type: ClusterFilter, description: 'Which clusters to list.' }),
        orderBy: t.arg({
          type: ClusterOrder,
          description: 'Order of the rows; by default the newest first.',
        }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to list; by default all that are served.',
        }),
      },
      example: `
        {
          clusters(first: 5, filter: { status: [AVAILABLE] }) {
            totalCount
            nodes { clusterId name endpointAccess }
            pageInfo { hasNextPage endCursor }
          }
        }
      `,
      resolve: (_root, args, context, info) => {
        const { datastoreType, matches } = clusterQuery(args.filter);
        const sourceOf = (project: Project): PageSource<ClusterNode> => ({
          identity: () =>
            listIdentity(
              'clusters',
              project.region,
              project.projectId,
              args.orderBy ? [args.filter, args.orderBy] : args.filter,
            ),
          limits: clusterListLimits,
          keyOf: ({ clusterId }) => clusterId,
          sortTimeOf: ({ row }) => row!.createdAt,
          load: async (window) => {
            const rows = await clusterList(context).load({ project, datastoreType }, window);
            return { ...rows, items: rows.items.map((row) => clusterNode(project, row)) };
          },
          matches,
          order: rowOrder(args.orderBy, {
            NAME: ({ row }) => row!.name,
            CREATED_AT: ({ row }) => row!.createdAt,
            UPDATED_AT: ({ row }) => row!.updatedAt,
          }),
        });
        const check = accessCheck(args.filter?.endpointAccess, context);
        const list = { name: 'clusters', type: 'QueryClustersConnection', sourceOf, check };
        return pageOfProjects(list, args, context, info);
      },
    },
    ...projectsPageType('QueryClustersConnection', 'clusters'),
  ),
}));
