import type { Context } from '../../../request/context.ts';
import { builder } from '../../../graph/builder.ts';
import { ConnectionStatusEnum } from '../../../graph/connection.ts';
import { requireProject } from '../../../graph/validate-input.ts';
import { ProjectInput } from '../../../graph/project.ts';
import {
  unwrapEvent,
  LAG,
  watchOptions,
  UNTIL,
  checkWatchedIds,
} from '../../../graph/status-subscription.ts';
import type { Project } from '../../../http/request.ts';
import type { PollEvent } from '../../../polling/watch.ts';
import { endpointById } from './loader.ts';
import { vpcep } from '../service.ts';
import { Endpoint, endpointNode, type EndpointNode } from './graph.ts';

/** Reads endpoints by id; several of them cost one list call. */
const readEndpoints = async (project: Project, context: Context, ids: readonly string[]) => {
  const read = async (id: string) => {
    const row = await endpointById(context).load(project, id);
    return [id, row && endpointNode(project, row)] as const;
  };
  return new Map(await Promise.all(ids.map(read)));
};

builder.subscriptionField('endpointStatusChanged', (t) =>
  t.field({
    type: Endpoint,
    nullable: true,
    description:
      "The state of the project's own VPC endpoints, at once and after every change, until all of them are settled: then the " +
      'stream ends. An endpoint that is not there (any more) is null with the error `NOT_FOUND`, ' +
      `which has its \`endpointId\` in \`extensions\`. ${LAG} Failures and the time limit are as in \`connectionStatusChanged\`.`,
    args: {
      endpointIds: t.arg.idList({ required: true, description: 'VPC endpoints to watch, at most 50.' }),
      until: t.arg({ type: [ConnectionStatusEnum], description: UNTIL }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project to watch; needed only where several are served.',
      }),
    },
    example: `
      subscription {
        endpointStatusChanged(endpointIds: ["83db72ee-dbcb-4cfa-889e-592afcd10040"]) {
          endpointId
          status
        }
      }
    `,
    subscribe: (_root, { endpointIds, until, project: named }, context) => {
      const project = requireProject(context, named);
      const wanted = { ids: checkWatchedIds(endpointIds), ...watchOptions<EndpointNode>(until, vpcep) };
      const name = ['endpoints', project.region, project.projectId];
      return context.watch(name, wanted, (fresh, ids) => readEndpoints(project, fresh, ids));
    },
    resolve: (event: PollEvent<EndpointNode>, _args, context) => unwrapEvent(event, context),
  }),
);
