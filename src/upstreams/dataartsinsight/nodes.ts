import type { GraphQLResolveInfo } from 'graphql';
import { badInput } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import { selectedSources } from '../../graph/lookahead.ts';
import type { Project } from '../../http/request.ts';
import { dataSourceById, dataSources, insightInstances } from './loader.ts';
import type { ConnectedInstanceRow, DataSourceRow } from './rest.ts';
import { rowIn } from './whole-list.ts';
import type { InsightInstanceRow } from './workspace-rest.ts';

/** What verify-and-create made: an endpoint of DataArts Insight to an endpoint service. */
export interface ConnectedInstanceNode extends ConnectedInstanceRow {
  __typename: 'ConnectedInstance';
  project: Project;
}

/** A data source that was read. */
export interface DataSourceNode extends DataSourceRow {
  __typename: 'DataSource';
  project: Project;
}

/** An instance of DataArts Insight: which one it is, and what is known of it so far. */
export interface InsightInstanceNode {
  __typename: 'InsightInstance';
  project: Project;
  instanceId: string;
  row?: InsightInstanceRow;
}

/** The workspace to act in: the caller's, else the configured one. It is not the cloud project. */
export const workspaceOf = ({ workspaceId }: Context, project: Project): string => {
  const workspace = workspaceId ?? project.workspaceId;
  if (workspace === undefined) {
    throw badInput('DataArts Insight needs a workspace: send its id in the X-Workspace-Id header.');
  }
  return workspace;
};

/** The workspace to act in, with the project it is in. */
export const workspaceKey = (context: Context, project: Project) => ({
  project,
  workspaceId: workspaceOf(context, project),
});

/** A connected instance as a node. */
export const connectedInstanceNode = (
  project: Project,
  row: ConnectedInstanceRow,
): ConnectedInstanceNode => ({ __typename: 'ConnectedInstance', project, ...row });

/** A connected instance by its id: it is read with the data sources that use it. */
export const readConnectedInstance = async (context: Context, project: Project, instanceId: string) => {
  const { connectedInstance } = rowIn(
    await dataSources(context).load(workspaceKey(context, project)),
    (source) => source.connectedInstance?.instanceId === instanceId,
    'No data source of this workspace uses the connected instance, and the cloud has no way to read one by itself.',
  );
  return connectedInstanceNode(project, connectedInstance!);
};

/** A data source that was read, as a node. */
export const dataSourceNode = (project: Project, row: DataSourceRow): DataSourceNode => ({
  __typename: 'DataSource',
  project,
  ...row,
});

/** The opaque id of a data source. */
export const dataSourceNodeId = ({ project, dataSourceId }: DataSourceNode) =>
  encodeNodeId('DataSource', project, dataSourceId);

/** A data source by its id. */
export const readDataSource = async (context: Context, project: Project, dataSourceId: string) =>
  dataSourceNode(project, await dataSourceById(context).load(workspaceKey(context, project), dataSourceId));

/** An instance that was read, as a node. */
export const insightInstanceNode = (project: Project, row: InsightInstanceRow): InsightInstanceNode => ({
  __typename: 'InsightInstance',
  project,
  instanceId: row.instanceId,
  row,
});

/** The opaque id of an instance of DataArts Insight. */
export const insightInstanceNodeId = ({ project, instanceId }: InsightInstanceNode) =>
  encodeNodeId('InsightInstance', project, instanceId);

/**
 * An instance by its id, read as far as the selection needs: its workspaces alone need no list of instances, and so no workspace
 * either. Without that, nobody could find a first workspace.
 */
export const readInsightInstance = async (
  context: Context,
  project: Project,
  instanceId: string,
  info: GraphQLResolveInfo,
): Promise<InsightInstanceNode> => {
  const sources = selectedSources(info, 'InsightInstance');
  if (sources.has('ownCall') && !sources.has('object'))
    return { __typename: 'InsightInstance', project, instanceId };
  const list = await insightInstances(context).load(workspaceKey(context, project));
  const row = rowIn(list, (one) => one.instanceId === instanceId, 'The project has no such instance.');
  return insightInstanceNode(project, row);
};
