/** Accepting and rejecting connections: through CSS under a cluster, through VPCEP under an endpoint service. */
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { Connection, type ConnectionNode, type Parent } from '../graph/connection.ts';
import { requireProject, checkVendorId } from '../graph/validate-input.ts';
import { commonInput, runWrite, userErrorsField, type PayloadFields } from '../graph/mutation.ts';
import { parseParent, ParentReference } from '../graph/target-input.ts';
import { mayHaveEffect, throwIfAllFailed, userErrorsOfPart } from '../graph/batch-writes.ts';
import { afterVerification, type UserErrors } from '../graph/user-error.ts';
import type { Project } from '../http/request.ts';
import type { ConnectionStatus } from '../graph/connection-status.ts';
import { type Action, decideOnTarget, type Target, messagesForDecision } from './connection-decision.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';
import { readSelectedService } from '../upstreams/vpcep/nodes.ts';
import { readConnections } from './connections-by-id.ts';

/** Payload of both mutations: the endpoints that were changed, or may have been. They are read when they are selected. */
interface ConnectionsPayload {
  touched: readonly { parent: Parent; endpointIds: readonly string[] }[];
  userErrors: UserErrors;
}

const touchedParents = (touched: ConnectionsPayload['touched']): Parent[] =>
  touched.filter(({ endpointIds }) => endpointIds.length > 0).map(({ parent }) => parent);

const payload = (name: string, description: string) => ({
  description: `Result of \`${name}\`.`,
  outputFields: (t: PayloadFields<ConnectionsPayload>) => ({
    connections: t.field({
      type: [Connection],
      nullable: { list: true, items: false },
      description,
      resolve: async ({ touched }, _args, context: Context): Promise<ConnectionNode[]> => {
        const read = touched.map(({ parent, endpointIds }) => readConnections(context, parent, endpointIds));
        return (await Promise.all(read)).flat();
      },
    }),
    clusters: t.field({
      type: [Cluster],
      nullable: { list: true, items: false },
      description: 'The clusters that these are connections of, each once, in the order of the input.',
      resolve: ({ touched }) => touchedParents(touched).filter((parent) => parent.__typename === 'Cluster'),
    }),
    endpointServices: t.field({
      type: [EndpointService],
      nullable: { list: true, items: false },
      description:
        'The endpoint services that these are connections of, each once, in the order of the input; null if they cannot be read.',
      resolve: ({ touched }, _args, context: Context, info) =>
        Promise.all(
          touchedParents(touched)
            .filter((parent) => parent.__typename === 'EndpointService')
            .map(({ project, serviceId }) => readSelectedService(context, project, serviceId, info)),
        ),
    }),
    userErrors: userErrorsField(t),
  }),
});

const MAX_ENDPOINTS = 100;

const ConnectionTargetInput = builder.inputType('ConnectionTargetInput', {
  description: 'Endpoints that are connected, or ask to connect, to one cluster or one endpoint service.',
  fields: (t) => ({
    parent: t.field({
      type: ParentReference,
      required: true,
      description: 'The cluster or the endpoint service; each may be named only once.',
    }),
    endpointIds: t.idList({
      required: true,
      description: 'Ids of the VPC endpoints (`Connection.endpointId`), at least one.',
    }),
  }),
});

const parseTarget = (
  { parent, endpointIds }: typeof ConnectionTargetInput.$inferInput,
  at: number,
  project: Project,
): Target => {
  const argument = `input.targets.${at}`;
  if (endpointIds.length === 0) throw badInput(`\`${argument}.endpointIds\` must have at least one item.`);
  const endpoints = new Map<string, number>();
  for (const [index, id] of endpointIds.entries()) {
    checkVendorId(`${argument}.endpointIds.${index}`, id);
    if (!endpoints.has(id)) endpoints.set(id, index);
  }
  return { at, parent: parseParent(`${argument}.parent`, parent, project), endpoints };
};

const keyOf = ({ parent }: Target) =>
  parent.__typename === 'Cluster' ? `cluster ${parent.clusterId}` : `service ${parent.serviceId}`;

/**
 * Checks all targets.
 * @throws `BAD_USER_INPUT`
 */
const parseTargets = (
  inputs: readonly (typeof ConnectionTargetInput.$inferInput)[],
  project: Project,
): readonly Target[] => {
  const targets = inputs.map((input, at) => parseTarget(input, at, project));
  const endpoints = targets.reduce((sum, target) => sum + target.endpoints.size, 0);
  if (endpoints === 0 || endpoints > MAX_ENDPOINTS)
    throw badInput(`\`input.targets\` must name 1 to ${MAX_ENDPOINTS} endpoints in all.`);
  if (new Set(targets.map(keyOf)).size < targets.length)
    throw badInput('`input.targets` must name each cluster and each endpoint service once.');
  return targets;
};

const decideAll = async (
  context: Context,
  action: Action,
  targets: readonly Target[],
): Promise<ConnectionsPayload> => {
  const decided = await Promise.all(targets.map((target) => decideOnTarget(context.cloud, action, target)));
  const all = decided.flat();
  throwIfAllFailed(all.map(({ part }) => part));
  return {
    touched: decided.map((ofTarget, at) => ({
      parent: targets[at]!.parent,
      endpointIds: ofTarget.flatMap(({ part, endpointIds }) => (mayHaveEffect(part) ? endpointIds : [])),
    })),
    userErrors: all.flatMap(({ part, field }) => userErrorsOfPart(part, field)),
  };
};

const DECIDED: Readonly<Record<Action, ConnectionStatus>> = { receive: 'ACCEPTED', reject: 'REJECTED' };

/** Reads connections to find out whether earlier decisions took effect: they did where all have the wanted state. Sends nothing. */
const recheckDecisions = async (
  context: Context,
  action: Action,
  targets: readonly Target[],
  unclear: Partial<ConnectionsPayload> & { userErrors: UserErrors },
): Promise<ConnectionsPayload> => {
  const touched =
    unclear.touched ??
    targets.map(({ parent, endpoints }) => ({ parent, endpointIds: [...endpoints.keys()] }));
  const found = await Promise.all(
    touched.map(async ({ parent, endpointIds }) => {
      const rows = await readConnections(context, parent, endpointIds);
      return rows.length === endpointIds.length && rows.every(({ status }) => status === DECIDED[action]);
    }),
  );
  return { touched, userErrors: afterVerification(unclear.userErrors, !found.includes(false)) };
};

const defineDecision = (
  name: 'acceptConnections' | 'rejectConnections',
  action: Action,
  description: string,
  example: string,
) =>
  builder.relayMutationField(
    name,
    {
      description: 'Which endpoints to decide on.',
      inputFields: (t) => ({
        targets: t.field({
          type: [ConnectionTargetInput],
          required: true,
          description: `The endpoints, grouped by cluster or endpoint service; at most ${MAX_ENDPOINTS} in all.`,
        }),
        ...commonInput(t),
      }),
    },
    {
      nullable: true,
      description: `${description} The cloud finishes the change after the response: a connection can first show its earlier state, then it is \`CREATING\` until the change is done.`,
      example,
      resolve: async (_root, { input }, context) => {
        const targets = parseTargets(input.targets, requireProject(context, input.project));
        const messages = messagesForDecision(targets[0]!);
        const { value, userErrors } = await runWrite(
          context,
          name,
          input,
          messages,
          () => decideAll(context, action, targets),
          {
            partialOutcome: (decided) => ({
              ...decided,
              changed: decided.touched.some(({ endpointIds }) => endpointIds.length > 0),
            }),
            verify: async (before) => ({
              value: await recheckDecisions(context, action, targets, before.value ?? before),
              userErrors: [],
            }),
          },
        );
        return value ?? { touched: [], userErrors };
      },
    },
    payload(
      name,
      'The connections that were changed, and those whose outcome is not known, read again, in the order of the input; ' +
        'null if they cannot be read.',
    ),
  );

defineDecision(
  'acceptConnections',
  'receive',
  'Accepts endpoints of one or more clusters and endpoint services. An endpoint that is connected already counts as ' +
    'accepted.',
  `
    mutation {
      acceptConnections(
        input: {
          targets: [
            {
              parent: { clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8" }
              endpointIds: ["7860240d-fc33-40b6-85db-abd245fbfa5d"]
            }
          ]
          idempotencyKey: "ticket-4711"
        }
      ) {
        connections { endpointId status }
        userErrors { code message field }
      }
    }
  `,
);
defineDecision(
  'rejectConnections',
  'reject',
  'Rejects endpoints, or disconnects accepted ones, of one or more clusters and endpoint services.',
  `
    mutation {
      rejectConnections(
        input: {
          targets: [
            {
              parent: { serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be" }
              endpointIds: ["0bdc40c5-a5e7-4f87-84c6-c2bcc05a1018"]
            }
          ]
        }
      ) {
        connections { endpointId status }
        userErrors { code message field }
      }
    }
  `,
);
