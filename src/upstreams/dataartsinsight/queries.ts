import type { Context } from '../../request/context.ts';
import { builder } from '../../graph/builder.ts';
import { allConditions, includesText, isOneOf } from '../../graph/conditions.ts';
import { defineOrder, rowOrder } from '../../graph/order.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { checkPlainText, requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { PAGED } from '../../guards/limits/cost-hints.ts';
import { resolvePage, pageType } from '../../graph/page-field.ts';
import { ProjectInput } from '../../graph/project.ts';
import type { Project } from '../../http/request.ts';
import { dataSources, insightInstances } from './loader.ts';

import { DataSource } from './graph.ts';
import { InsightInstance } from './instance.ts';
import {
  type DataSourceNode,
  dataSourceNode,
  type InsightInstanceNode,
  insightInstanceNode,
  readDataSource,
  readInsightInstance,
  workspaceKey,
} from './nodes.ts';
import { DataSourceType } from './subtypes.ts';
import { wholeListSource } from './whole-list.ts';

const DataSourceFilter = builder.inputType('DataSourceFilter', {
  description: 'Which data sources to list; all given conditions must hold.',
  fields: (t) => ({
    name: t.string({
      description: 'Text that the name contains, in upper or lower case; an empty text is no condition.',
    }),
    type: t.field({
      type: [DataSourceType],
      description: 'Of one of these kinds; an empty list is no condition.',
    }),
  }),
});

const DataSourceOrder = defineOrder('DataSourceOrder', 'data sources', 'id', {
  NAME: 'Name of the data source, in upper or lower case.',
  CREATED_AT: 'When it was created; in regions that do not return that time, all are equal.',
  UPDATED_AT: 'When it last changed; in regions that do not return that time, all are equal.',
});

const InsightInstanceOrder = defineOrder('InsightInstanceOrder', 'instances of DataArts Insight', 'id', {
  NAME: 'Name of the instance, in upper or lower case; instances without a name come last.',
});

/**
 * Builds the filter. The gateway applies all of it, since one call reads the whole list for all fields.
 * @throws `BAD_USER_INPUT`
 */
const dataSourceMatcher = ({ name, type }: typeof DataSourceFilter.$inferInput) => {
  if (name) checkPlainText('filter.name', name, 512);
  return allConditions<DataSourceNode>([
    includesText(name, (node: DataSourceNode) => node.name),
    isOneOf(type, (node: DataSourceNode) => node.type),
  ]);
};

const dataSourceList = (
  project: Project,
  filter: typeof DataSourceFilter.$inferInput,
  orderBy: typeof DataSourceOrder.$inferInput | null | undefined,
  context: Context,
): PageSource<DataSourceNode> => {
  const matches = dataSourceMatcher(filter);
  const workspace = workspaceKey(context, project);
  const { limits, load } = wholeListSource(() => dataSources(context).load(workspace));
  return {
    identity: () =>
      listIdentity(
        'dataSources',
        project.region,
        project.projectId,
        workspace.workspaceId,
        orderBy ? [filter, orderBy] : filter,
      ),
    limits,
    keyOf: ({ dataSourceId }) => dataSourceId,
    sortTimeOf: ({ createdAt }) => createdAt,
    load: async (window) => {
      const rows = await load(window);
      return { ...rows, items: rows.items.map((row) => dataSourceNode(project, row)) };
    },
    matches,
    order: rowOrder(orderBy, {
      NAME: ({ name }) => name,
      CREATED_AT: ({ createdAt }) => createdAt,
      UPDATED_AT: ({ updatedAt }) => updatedAt,
    }),
  };
};

const instanceList = (
  project: Project,
  orderBy: typeof InsightInstanceOrder.$inferInput | null | undefined,
  context: Context,
): PageSource<InsightInstanceNode> => {
  const workspace = workspaceKey(context, project);
  const { limits, load } = wholeListSource(() => insightInstances(context).load(workspace));
  return {
    identity: () =>
      listIdentity('insightInstances', project.region, project.projectId, ...(orderBy ? [orderBy] : [])),
    limits,
    keyOf: ({ instanceId }) => instanceId,
    sortTimeOf: () => null,
    load: async (window) => {
      const rows = await load(window);
      return { ...rows, items: rows.items.map((row) => insightInstanceNode(project, row)) };
    },
    order: rowOrder(orderBy, { NAME: ({ row }) => row?.name ?? null }),
  };
};

builder.queryFields((t) => ({
  dataSource: t.field({
    type: DataSource,
    nullable: true,
    description: 'One data source of a workspace of DataArts Insight (`X-Workspace-Id`).',
    args: {
      dataSourceId: t.arg.id({ required: true, description: 'Id of the data source.' }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project it is in; needed only where several are served.',
      }),
    },
    example: `
      {
        dataSource(dataSourceId: "8a8080c121e42f290d6abb3ec1ddc9da") {
          name
          type
          connectedInstance { endpointId endpointStatus }
        }
      }
    `,
    resolve: (_root, { dataSourceId, project }, context) =>
      readDataSource(context, requireProject(context, project), checkVendorId('dataSourceId', dataSourceId)),
  }),
  dataSources: t.connection(
    {
      type: DataSource,
      nullable: true,
      extensions: PAGED,
      description:
        'The data sources of a workspace of DataArts Insight (`X-Workspace-Id`), as the cloud orders them: by name.',
      args: {
        filter: t.arg({ type: DataSourceFilter, description: 'Which data sources to list.' }),
        orderBy: t.arg({
          type: DataSourceOrder,
          description: 'Order of the rows; by default that of the cloud.',
        }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to list; needed only where several are served.',
        }),
      },
      example: `
        {
          dataSources(filter: { type: [DWS] }) {
            nodes { dataSourceId name endpointService { name } }
          }
        }
      `,
      resolve: (_root, { filter, orderBy, project, ...page }, context, info) => {
        const source = dataSourceList(requireProject(context, project), filter ?? {}, orderBy, context);
        return resolvePage(source, page, context, info, 'QueryDataSourcesConnection');
      },
    },
    ...pageType('QueryDataSourcesConnection', 'data sources'),
  ),
  insightInstance: t.field({
    type: InsightInstance,
    nullable: true,
    description:
      'One instance of DataArts Insight. If only its workspaces are selected, `X-Workspace-Id` is not needed: this is the ' +
      'way to find a first workspace.',
    args: {
      instanceId: t.arg.id({ required: true, description: 'Id of the instance, as the console shows it.' }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project it is in; needed only where several are served.',
      }),
    },
    example: `
      {
        insightInstance(instanceId: "0c9068d37ed9d75f5461e171509ba90d") {
          workspaces { nodes { workspaceId name } }
        }
      }
    `,
    resolve: (_root, { instanceId, project }, context, info) =>
      readInsightInstance(
        context,
        requireProject(context, project),
        checkVendorId('instanceId', instanceId),
        info,
      ),
  }),
  insightInstances: t.connection(
    {
      type: InsightInstance,
      nullable: true,
      extensions: PAGED,
      description:
        'The instances of DataArts Insight, as the cloud orders them. The cloud requires a workspace (`X-Workspace-Id`) here ' +
        'too.',
      args: {
        orderBy: t.arg({
          type: InsightInstanceOrder,
          description: 'Order of the rows; by default that of the cloud.',
        }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to list; needed only where several are served.',
        }),
      },
      example: `
        {
          insightInstances {
            nodes { instanceId name status }
          }
        }
      `,
      resolve: (_root, { orderBy, project, ...page }, context, info) => {
        const source = instanceList(requireProject(context, project), orderBy, context);
        return resolvePage(source, page, context, info, 'QueryInsightInstancesConnection');
      },
    },
    ...pageType('QueryInsightInstancesConnection', 'instances of DataArts Insight'),
  ),
}));
