import { builder } from '../../graph/builder.ts';
import { FROM_IDENTITY, FROM_OWN_CALL } from '../../graph/field-source.ts';
import { includesText } from '../../graph/conditions.ts';
import { defineOrder, rowOrder } from '../../graph/order.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { checkPlainText } from '../../graph/validate-input.ts';
import { PAGED } from '../../guards/limits/cost-hints.ts';
import { loadEntity, Node, registerNodeReader } from '../../graph/node.ts';
import { resolvePage, pageType } from '../../graph/page-field.ts';
import { instanceWorkspaces } from './loader.ts';
import { type InsightInstanceNode, insightInstanceNodeId, readInsightInstance } from './nodes.ts';
import { InsightInstanceStatus } from './subtypes.ts';
import { wholeListSource } from './whole-list.ts';
import type { InsightInstanceRow, WorkspaceRow } from './workspace-rest.ts';

const Workspace = builder.objectRef<WorkspaceRow>('InsightWorkspace').implement({
  description:
    'A workspace of DataArts Insight, which its console calls a project. It is not a cloud project.',
  fields: (t) => ({
    workspaceId: t.exposeID('workspaceId', {
      nullable: false,
      description: 'Id of the workspace: the value of the header `X-Workspace-Id`.',
    }),
    name: t.exposeString('name', { description: 'Name of the workspace.' }),
    description: t.exposeString('description', {
      description: 'Description by its owner; null where there is none.',
    }),
    isDefault: t.exposeBoolean('isDefault', {
      description: 'Whether it is the default workspace of its instance; null where the cloud does not say.',
    }),
    owner: t.exposeString('owner', { description: 'Name of the owner (`owner_name`).' }),
    domainId: t.exposeID('domainId', { description: 'Account of the workspace (`domain_id`).' }),
    enterpriseProjectId: t.exposeID('enterpriseProjectId', {
      description: 'Enterprise project of the workspace (`eps_id`); null where it has none.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was created (`create_time`).',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed (`update_time`).',
    }),
  }),
});

const WorkspaceFilter = builder.inputType('InsightWorkspaceFilter', {
  description: 'Which workspaces to list; all given conditions must hold.',
  fields: (t) => ({
    name: t.string({
      description: 'Text that the name contains, in upper or lower case; an empty text is no condition.',
    }),
  }),
});

const WorkspaceOrder = defineOrder('InsightWorkspaceOrder', 'workspaces', 'id', {
  NAME: 'Name of the workspace, in upper or lower case; workspaces without a name come last.',
  CREATED_AT: 'When it was created; workspaces without that time come last.',
  UPDATED_AT: 'When it last changed; workspaces without that time come last.',
});

const fromList =
  <Value>(pick: (row: InsightInstanceRow) => Value) =>
  ({ row }: InsightInstanceNode): Value | null =>
    row ? pick(row) : null;

export const InsightInstance = builder.objectRef<InsightInstanceNode>('InsightInstance').implement({
  description: 'An instance of DataArts Insight: the unit that is bought, with its workspaces.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: insightInstanceNodeId,
    }),
    instanceId: t.exposeID('instanceId', {
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Id of the instance, as the console shows it.',
    }),
    name: t.string({
      description: 'Name of the instance (`instance_name`).',
      resolve: fromList(({ name }) => name),
    }),
    status: t.field({
      type: InsightInstanceStatus,
      description: 'State of the instance; null where the cloud does not say.',
      resolve: fromList(({ status }) => status),
    }),
    statusRaw: t.string({
      description: 'State as the cloud spells it: a number, in digits.',
      resolve: fromList(({ statusRaw }) => statusRaw),
    }),
    orderType: t.string({
      description: 'Payment mode: `ON_DEMAND` or `PERIOD`.',
      resolve: fromList(({ orderType }) => orderType),
    }),
    specification: t.string({
      description: 'Specification that was bought (`resource_spec_code`).',
      resolve: fromList(({ specification }) => specification),
    }),
    region: t.string({
      extensions: FROM_IDENTITY,
      nullable: false,
      description: 'Region that the instance is in, such as `cn-north-4`.',
      resolve: ({ project }) => project.region,
    }),
    domainId: t.id({
      description: 'Account of the instance (`domain_id`).',
      resolve: fromList(({ domainId }) => domainId),
    }),
    enterpriseProjectId: t.id({
      description: 'Enterprise project of the instance (`eps_id`); null where it has none.',
      resolve: fromList(({ enterpriseProjectId }) => enterpriseProjectId),
    }),
    workspaces: t.connection(
      {
        type: Workspace,
        nullable: true,
        extensions: { ...PAGED, ...FROM_OWN_CALL },
        description: 'The workspaces of the instance that the caller may see, as the cloud orders them.',
        args: {
          filter: t.arg({ type: WorkspaceFilter, description: 'Which workspaces to list.' }),
          orderBy: t.arg({
            type: WorkspaceOrder,
            description: 'Order of the rows; by default that of the cloud.',
          }),
        },
        resolve: (instance, { filter, orderBy, ...page }, context, info) => {
          if (filter?.name) checkPlainText('filter.name', filter.name, 100);
          const source: PageSource<WorkspaceRow> = {
            ...wholeListSource(() => instanceWorkspaces(context).load(instance)),
            identity: () =>
              listIdentity(
                'workspaces',
                insightInstanceNodeId(instance),
                orderBy ? [filter, orderBy] : filter,
              ),
            keyOf: ({ workspaceId }) => workspaceId,
            sortTimeOf: ({ createdAt }) => createdAt,
            matches: includesText(filter?.name, (workspace: WorkspaceRow) => workspace.name),
            order: rowOrder(orderBy, {
              NAME: ({ name }) => name,
              CREATED_AT: ({ createdAt }) => createdAt,
              UPDATED_AT: ({ updatedAt }) => updatedAt,
            }),
          };
          return resolvePage(source, page, context, info, 'InsightInstanceWorkspacesConnection');
        },
      },
      ...pageType('InsightInstanceWorkspacesConnection', 'workspaces of an instance'),
    ),
  }),
});

builder.asEntity(InsightInstance, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: loadEntity<InsightInstanceNode>('InsightInstance'),
});

registerNodeReader('InsightInstance', null, 1, (context, project, [instanceId], info) =>
  readInsightInstance(context, project, instanceId!, info),
);
