/** Changes of the policy of an endpoint. */
import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { readBeforeWrite } from '../../../graph/batch-writes.ts';
import { commonInput, runWrite, userErrorsField, type PayloadFields } from '../../../graph/mutation.ts';
import type { ErrorMessages, UserError, UserErrors } from '../../../graph/user-error.ts';
import { checkVendorId, requireProject } from '../../../graph/validate-input.ts';
import type { Context } from '../../../request/context.ts';
import type { Project } from '../../../http/request.ts';
import { unlessOutOfReach } from '../out-of-reach.ts';
import { describeEndpointService } from '../services/rest.ts';
import { Endpoint, readEndpoint } from './graph.ts';
import { ownEndpoint } from './loader.ts';
import {
  EndpointPolicyStatementInput,
  isOpenPolicy,
  OPEN_POLICY,
  toWirePolicy,
  toWireStatements,
} from './policy.ts';
import {
  deleteEndpointPolicy,
  hasNoPolicy,
  type PolicyStatement,
  type PolicyStatementRow,
  updateEndpointPolicy,
} from './policy-rest.ts';

/** An endpoint whose policy was changed; it is read when it is selected. */
interface PolicyPayload {
  project: Project;
  endpointId: string;
  userErrors: UserErrors;
}

const payload = (name: string) => ({
  description: `Result of \`${name}\`.`,
  outputFields: (t: PayloadFields<PolicyPayload>) => ({
    endpoint: t.field({
      type: Endpoint,
      nullable: true,
      description:
        'The endpoint, read again; null if nothing was changed or the outcome is not known (see `userErrors`).',
      resolve: ({ project, endpointId, userErrors }, _args, context: Context) =>
        userErrors.length > 0 ? null : readEndpoint(context, project, endpointId),
    }),
    userErrors: userErrorsField(t),
  }),
});

const messagesFor = (endpointId: string, badPolicy: string): ErrorMessages => ({
  howToFindOut:
    `The policy may have been changed. \`endpoint(endpointId: "${endpointId}") { policy { statements { effect actions resources } } }\` ` +
    'tells; trying again does no harm.',
  refusals: {
    NOT_FOUND: { message: 'The project has no such endpoint (any more).', field: ['input', 'endpointId'] },
    CONFLICT: {
      message: 'An endpoint that is `CREATING`, `DELETING` or `FAILED` cannot be changed; `status` shows it.',
      field: ['input', 'endpointId'],
    },
    BAD_USER_INPUT: { message: badPolicy },
  },
});

/** Statements in a form that is equal where they mean the same. */
const canonical = (statements: readonly PolicyStatementRow[] | null): string =>
  JSON.stringify(
    (statements ?? []).map(({ sid, effect, actions, resources, conditions }) => [
      sid || null,
      effect,
      actions?.toSorted(),
      resources?.toSorted(),
      conditions.map(({ operator, key, values }) => [operator, key, values]),
    ]),
  );

const toRow = ({ Sid, Effect, Action, Resource, Condition = {} }: PolicyStatement): PolicyStatementRow => ({
  sid: Sid ?? null,
  effect: Effect === 'Allow' ? 'ALLOW' : 'DENY',
  effectRaw: Effect,
  principals: [],
  actions: [...Action],
  resources: [...Resource],
  conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
  ),
});

const NOT_SUPPORTED: UserError = {
  code: 'BAD_USER_INPUT',
  message:
    'The endpoint service does not let its endpoints have a policy (`policySupported`); nothing was changed.',
  field: ['input', 'endpointId'],
};

/** Sends the statements in the form that the endpoint's service takes, if that service supports policies at all. */
const replacePolicy = async (
  context: Context,
  project: Project,
  endpointId: string,
  statements: readonly PolicyStatement[],
): Promise<UserErrors> => {
  const { serviceType, serviceId } = await readBeforeWrite(ownEndpoint(context, project, endpointId));
  const service =
    serviceId === null
      ? null
      : await readBeforeWrite(
          unlessOutOfReach(describeEndpointService(context.cloud, project, { id: serviceId })),
        );
  if (service?.policySupported === false) return [NOT_SUPPORTED];
  await updateEndpointPolicy(
    context.cloud,
    project,
    endpointId,
    toWirePolicy(serviceType === 'GATEWAY', statements),
  );
  return [];
};

builder.relayMutationField(
  'updateEndpointPolicy',
  {
    description: 'The endpoint whose policy to replace, and the new policy.',
    inputFields: (t) => ({
      endpointId: t.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      statements: t.field({
        type: [EndpointPolicyStatementInput],
        required: true,
        description: 'The new policy, 1 to 10 statements. They replace the whole policy.',
      }),
      openToEveryone: t.boolean({ description: OPEN_POLICY }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Replaces the policy of one of the project's own endpoints: what may be done through it. The endpoint service must have " +
      '`policySupported`. Not available on Open Telekom Cloud.',
    example: `
      mutation {
        updateEndpointPolicy(
          input: {
            endpointId: "83db72ee-dbcb-4cfa-889e-592afcd10040"
            statements: [
              {
                effect: ALLOW
                actions: ["obs:object:GetObject"]
                resources: ["obs:*:*:object:reports/*"]
              }
            ]
          }
        ) {
          endpoint { policy { statements { effect actions resources } } }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const endpointId = checkVendorId('input.endpointId', input.endpointId);
      const statements = toWireStatements('input.statements', input.statements, input.openToEveryone);
      const messages = messagesFor(
        endpointId,
        'The cloud does not take such a policy: actions and resources must be those of the endpoint service.',
      );
      const { value, userErrors } = await runWrite(
        context,
        'updateEndpointPolicy',
        input,
        messages,
        () => replacePolicy(context, project, endpointId, statements),
        {
          partialOutcome: (refusals) => ({ changed: refusals.length === 0, userErrors: refusals }),
          isDone: async () => {
            const { policy } = await ownEndpoint(context, project, endpointId);
            return canonical(policy) === canonical(statements.map(toRow));
          },
        },
      );
      return { project, endpointId, userErrors: value ?? userErrors };
    },
  },
  payload('updateEndpointPolicy'),
);

builder.relayMutationField(
  'deleteEndpointPolicy',
  {
    description: 'The gateway endpoint whose policy to delete.',
    inputFields: (t) => ({
      endpointId: t.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      openToEveryone: t.boolean({
        description: 'Must be true: without a policy everyone may do everything through the endpoint.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Deletes the policy of one of the project's own gateway endpoints; everything is allowed then. The cloud finishes the " +
      'deletion after the response. It has announced that this call will go: `updateEndpointPolicy` with a policy that allows ' +
      'everything has the same effect, also for other endpoints. Not available on Open Telekom Cloud.',
    example: `
      mutation {
        deleteEndpointPolicy(
          input: { endpointId: "83db72ee-dbcb-4cfa-889e-592afcd10040", openToEveryone: true }
        ) {
          endpoint { policy { opensToEveryone } }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const endpointId = checkVendorId('input.endpointId', input.endpointId);
      if (!input.openToEveryone)
        throw badInput(
          'Without a policy everyone may do everything through the endpoint. Say `input.openToEveryone: true` if that is meant.',
        );
      const messages = messagesFor(
        endpointId,
        'Only the policy of a gateway endpoint can be deleted: give others one that allows everything (`updateEndpointPolicy`).',
      );
      const remove = () =>
        deleteEndpointPolicy(context.cloud, project, endpointId).catch((error: unknown) => {
          if (hasNoPolicy(error)) return null;
          throw error;
        });
      const isDone = async () => {
        const { policy } = await ownEndpoint(context, project, endpointId);
        return isOpenPolicy(policy) === true;
      };
      const { userErrors } = await runWrite(context, 'deleteEndpointPolicy', input, messages, remove, {
        isDone,
      });
      return { project, endpointId, userErrors };
    },
  },
  payload('deleteEndpointPolicy'),
);
