import type { GraphQLResolveInfo } from 'graphql';
import { badInput } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import { selectedSources } from '../../graph/lookahead.ts';
import type { Project } from '../../http/request.ts';
import { dataSourceById, dataSources, insightInstances } from './loader.ts';
import type { ConnectedInstanceRow, DataSourceRow } from './rest.ts';
import { findRow } from './whole-list.ts';
import type { InsightInstanceRow } from './workspace-rest.ts';

/** A connected instance: an endpoint of DataArts Insight to an endpoint service, made by verify-and-create. */
export interface ConnectedInstanceNode extends ConnectedInstanceRow {
  __typename: 'ConnectedInstance';
  project: Project;
}

export interface DataSourceNode extends DataSourceRow {
  __typename: 'DataSource';
  project: Project;
}

/** An instance of DataArts Insight: its identity, and its row where that was read. */
export interface InsightInstanceNode {
  __typename: 'InsightInstance';
  project: Project;
  instanceId: string;
  row?: InsightInstanceRow;
}

/**
 * The workspace to act in: the caller's, else the configured one. It is not the cloud project.
 * @throws `BAD_USER_INPUT` where there is neither.
 */
export const requireWorkspace = ({ workspaceId }: Context, project: Project): string => {
  const workspace = workspaceId ?? project.workspaceId;
  if (workspace === undefined) {
    throw badInput('DataArts Insight needs a workspace: send its id in the X-Workspace-Id header.');
  }
  return workspace;
};

/** The workspace to act in, with its project. */
export const workspaceKey = (context: Context, project: Project) => ({
  project,
  workspaceId: requireWorkspace(context, project),
});

export const connectedInstanceNode = (
  project: Project,
  row: ConnectedInstanceRow,
): ConnectedInstanceNode => ({ __typename: 'ConnectedInstance', project, ...row });

/**
 * Reads a connected instance by its id, out of the data sources that use it.
 * @throws `NOT_FOUND`
 */
export const readConnectedInstance = async (context: Context, project: Project, instanceId: string) => {
  const { connectedInstance } = findRow(
    await dataSources(context).load(workspaceKey(context, project)),
    (source) => source.connectedInstance?.instanceId === instanceId,
    'No data source of this workspace uses the connected instance, and the cloud has no way to read one by itself.',
  );
  return connectedInstanceNode(project, connectedInstance!);
};

export const dataSourceNode = (project: Project, row: DataSourceRow): DataSourceNode => ({
  __typename: 'DataSource',
  project,
  ...row,
});

/** The opaque id of a data source. */
export const dataSourceNodeId = ({ project, dataSourceId }: DataSourceNode) =>
  encodeNodeId('DataSource', project, dataSourceId);

export const readDataSource = async (context: Context, project: Project, dataSourceId: string) =>
  dataSourceNode(project, await dataSourceById(context).load(workspaceKey(context, project), dataSourceId));

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
 * Reads an instance as far as the selection needs it: its workspaces alone need no list of instances, and so no workspace
 * either. Otherwise a caller could not find a first workspace.
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
  const row = findRow(list, (one) => one.instanceId === instanceId, 'The project has no such instance.');
  return insightInstanceNode(project, row);
};
