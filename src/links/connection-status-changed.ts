/** Subscription.connectionStatusChanged: connections of a cluster (CSS) or of an endpoint service (VPCEP), until they settle. */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { Connection, type ConnectionNode, ConnectionStatusEnum, type Parent } from '../graph/connection.ts';
import { ParentReference, parseParent } from '../graph/target-input.ts';
import { requireProject } from '../graph/validate-input.ts';
import { ProjectInput } from '../graph/project.ts';
import { unwrapEvent, LAG, watchOptions, UNTIL, checkWatchedIds } from '../graph/status-subscription.ts';
import type { Found, PollEvent } from '../polling/watch.ts';
import { findClusterConnections } from '../upstreams/css/connections.ts';
import { readServiceConnection } from '../upstreams/vpcep/connections.ts';
import { css } from '../upstreams/css/service.ts';
import { vpcep } from '../upstreams/vpcep/service.ts';

type FoundConnections = Promise<ReadonlyMap<string, Found<ConnectionNode>>>;

const readByIds = async (parent: Parent, context: Context, ids: readonly string[]): FoundConnections => {
  if (parent.__typename === 'Cluster') {
    const find = await findClusterConnections(parent, ids, context);
    return new Map(ids.map((id) => [id, find(id)]));
  }
  const { project, serviceId } = parent;
  const read = async (id: string) =>
    [id, await readServiceConnection(context, project, serviceId, id)] as const;
  return new Map(await Promise.all(ids.map(read)));
};

const pollKey = (parent: Parent): string[] => {
  const { region, projectId } = parent.project;
  const id = parent.__typename === 'Cluster' ? parent.clusterId : parent.serviceId;
  return ['connections', region, projectId, parent.__typename, id];
};

builder.subscriptionField('connectionStatusChanged', (t) =>
  t.field({
    type: Connection,
    nullable: true,
    description:
      'The state of connections, at once and after every change, until all of them are settled: then the stream ends. A ' +
      'connection that is not there (any more) is null with the error `NOT_FOUND`, which has its `endpointId` in ' +
      '`extensions`. ' +
      `${LAG} The subscription waits through temporary failures. Any other failure is the last event; so is ` +
      '`DEADLINE_EXCEEDED`, by default after ten minutes (`SETTLING_LIMIT_MS`).',
    args: {
      parent: t.arg({
        type: ParentReference,
        required: true,
        description: 'The cluster or the endpoint service of the connections.',
      }),
      endpointIds: t.arg.idList({ required: true, description: 'VPC endpoints to watch, at most 50.' }),
      until: t.arg({ type: [ConnectionStatusEnum], description: UNTIL }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project to watch; needed only where several are served.',
      }),
    },
    example: `
      subscription {
        connectionStatusChanged(
          parent: { clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8" }
          endpointIds: ["7860240d-fc33-40b6-85db-abd245fbfa5d"]
        ) {
          endpointId
          status
          failures { message }
        }
      }
    `,
    subscribe: (_root, args, context) => {
      const parent = parseParent('parent', args.parent, requireProject(context, args.project));
      const states = watchOptions<ConnectionNode>(args.until, parent.__typename === 'Cluster' ? css : vpcep);
      const wanted = { ids: checkWatchedIds(args.endpointIds), ...states };
      return context.watch(pollKey(parent), wanted, (fresh, ids) => readByIds(parent, fresh, ids));
    },
    resolve: (event: PollEvent<ConnectionNode>, _args, context) => unwrapEvent(event, context),
  }),
);
