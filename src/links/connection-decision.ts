/** Decisions on connection requests: many endpoints in a call under a cluster (CSS), one in a call under an endpoint service (VPCEP). */
import type { Parent } from '../graph/connection.ts';
import { queryFieldOf } from '../graph/target-input.ts';
import { type WriteResult, runWritePart, runWritesInOrder } from '../graph/batch-writes.ts';
import type { ErrorMessages } from '../graph/user-error.ts';
import type { Cloud } from '../http/cloud.ts';
import { isRefusedWith } from '../http/refusal.ts';
import { updateClusterConnections } from '../upstreams/css/rest-writes.ts';
import { decideServiceConnection } from '../upstreams/vpcep/rest-writes.ts';
import { isConnectedAlready } from '../upstreams/vpcep/service.ts';

/** Decision of the owner of a cluster or a service, as both APIs spell it. */
export type Action = 'receive' | 'reject';

/** Endpoints of one cluster or service, each once, with their positions in the input. */
export interface Target {
  at: number;
  parent: Parent;
  endpoints: ReadonlyMap<string, number>;
}

/** Result of one call, with its endpoints and its input field. */
interface Decision {
  part: WriteResult;
  endpointIds: readonly string[];
  field: readonly string[];
}

/** Error messages of a decision on these endpoints. */
export const messagesForDecision = ({
  parent,
  endpoints,
}: Pick<Target, 'parent' | 'endpoints'>): ErrorMessages => {
  const [first] = endpoints.keys();
  const rows =
    endpoints.size === 1
      ? `connections(filter: { endpointId: "${first}" }) { nodes { status } }`
      : 'connections { nodes { endpointId status } }';
  const cluster = parent.__typename === 'Cluster';
  const where = cluster ? 'cluster' : 'endpoint service';
  return {
    howToFindOut: `The decision may have been taken. \`${queryFieldOf(parent)} { ${rows} }\` tells; trying again does no harm.`,
    refusals: {
      NOT_FOUND: { message: `No such ${where}, or no such endpoint at it.` },
      FORBIDDEN: {
        message: `Only the owner of the ${where} can decide, and a frozen endpoint cannot be decided on.`,
      },
      CONFLICT: {
        message:
          (cluster ? 'Endpoint access of the cluster is off, or an' : 'An') +
          ' endpoint is `CREATING`, `DELETING` or `FAILED`: `status` shows it.',
      },
      UPSTREAM_BUSY: { message: 'Try again when `actions` of the cluster is empty.' },
    },
  };
};

/** Whether a refusal concerns the service itself, so that decisions on its other endpoints would fail too. */
const isServiceOutOfReach = isRefusedWith('EndPoint.0004', 'EndPoint.0005');

/** Treats a refusal because the endpoint is already connected as success; throws any other error. */
const unlessConnected = (action: Action, error: unknown): null => {
  if (action === 'receive' && isConnectedAlready(error)) return null;
  throw error;
};

/** Accepts or rejects the endpoints of one cluster, in one call, or of one service, in one call each. */
export const decideOnTarget = async (
  cloud: Cloud,
  action: Action,
  { at, parent, endpoints }: Target,
): Promise<Decision[]> => {
  const field = ['input', 'targets', String(at)];
  const { project } = parent;
  if (parent.__typename === 'Cluster') {
    const endpointIds = [...endpoints.keys()];
    const part = await runWritePart(
      () => updateClusterConnections(cloud, project, parent.clusterId, action, endpointIds),
      messagesForDecision({ parent, endpoints }),
    );
    return [{ part, endpointIds, field }];
  }
  const parts = await runWritesInOrder(
    [...endpoints],
    ([endpointId, index]) =>
      runWritePart(
        () =>
          decideServiceConnection(cloud, project, parent.serviceId, action, endpointId).catch(
            (error: unknown) => unlessConnected(action, error),
          ),
        messagesForDecision({ parent, endpoints: new Map([[endpointId, index]]) }),
      ),
    isServiceOutOfReach,
  );
  return parts.map(({ item: [endpointId, index], part }) => ({
    part,
    endpointIds: [endpointId],
    field: [...field, 'endpointIds', String(index)],
  }));
};
