/** The route tables that lead to a gateway endpoint. */
import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { commonInput, runWrite, userErrorsField } from '../../../graph/mutation.ts';
import type { ErrorMessages, UserError } from '../../../graph/user-error.ts';
import { checkVendorId, isVendorId, requireProject } from '../../../graph/validate-input.ts';
import { Endpoint, readEndpoint } from './graph.ts';
import { checkRouteTables } from './input.ts';
import { ownEndpoint } from './loader.ts';
import { type RouteTableFailures, updateEndpointRouteTables } from './route-tables-rest.ts';

const messagesFor = (endpointId: string): ErrorMessages => ({
  howToFindOut:
    `The route tables may have been changed. \`endpoint(endpointId: "${endpointId}") { routeTableIds }\` tells; trying again does ` +
    'no harm.',
  refusals: {
    NOT_FOUND: { message: 'The project has no such endpoint (any more).', field: ['input', 'endpointId'] },
    CONFLICT: {
      message:
        'Only an endpoint to a gateway service has route tables, and one that is `CREATING`, `DELETING` or `FAILED` cannot be ' +
        'changed. A route table leads to one endpoint of a service only.',
    },
    BAD_USER_INPUT: {
      message: 'Each has to be a route table of the VPC that the endpoint is in.',
      field: ['input', 'routeTableIds'],
    },
  },
});

const FIELD = ['input', 'routeTableIds'];

const namedTable = (id: string | null): string =>
  id !== null && isVendorId(id) ? `The route table \`${id}\`` : 'A route table';

const userErrorsOf = (
  wanted: readonly string[],
  { bindFailed, unbindFailed }: RouteTableFailures,
): UserError[] => [
  ...bindFailed.map((id): UserError => {
    const at = id === null ? -1 : wanted.indexOf(id);
    return {
      code: 'CONFLICT',
      message: `${namedTable(id)} does not lead to the endpoint: another endpoint may use it, or it is not in the VPC.`,
      field: at < 0 ? FIELD : [...FIELD, String(at)],
    };
  }),
  ...unbindFailed.map((id): UserError => ({
    code: 'CONFLICT',
    message: `${namedTable(id)} still leads to the endpoint: it could not be taken away.`,
    field: FIELD,
  })),
];

builder.relayMutationField(
  'updateEndpointRouteTables',
  {
    description: 'The gateway endpoint whose route tables to replace, and the new ones.',
    inputFields: (t) => ({
      endpointId: t.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      routeTableIds: t.idList({
        required: true,
        description:
          'Route tables that are to lead to the endpoint, 1 to 10 (`routetables`). They replace all others; the last one cannot ' +
          'be taken away.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Replaces the route tables of one of the project's own gateway endpoints. Some may fail while others are changed: each of " +
      'them has its own user error. Not available on Open Telekom Cloud.',
    example: `
      mutation {
        updateEndpointRouteTables(
          input: {
            endpointId: "83db72ee-dbcb-4cfa-889e-592afcd10040"
            routeTableIds: ["a129683e-72b4-4a9d-8649-d720a9f37246"]
          }
        ) {
          endpoint { routeTableIds }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const endpointId = checkVendorId('input.endpointId', input.endpointId);
      const wanted = checkRouteTables(input.routeTableIds);
      if (new Set(wanted).size < wanted.length)
        throw badInput('`input.routeTableIds` must name each route table once.');
      const { value, userErrors } = await runWrite(
        context,
        'updateEndpointRouteTables',
        input,
        messagesFor(endpointId),
        async () => {
          const failures = await updateEndpointRouteTables(context.cloud, project, endpointId, wanted);
          const changed = wanted.some((id) => !failures.bindFailed.includes(id));
          return { changed, userErrors: userErrorsOf(wanted, failures) };
        },
        {
          partialOutcome: (outcome) => outcome,
          isDone: async () => {
            const current = new Set((await ownEndpoint(context, project, endpointId)).routeTableIds);
            return current.size === wanted.length && wanted.every((id) => current.has(id));
          },
        },
      );
      const errors = value?.userErrors ?? userErrors;
      return { project, endpointId, userErrors: errors, changed: value?.changed ?? errors.length === 0 };
    },
  },
  {
    description: 'Result of `updateEndpointRouteTables`.',
    outputFields: (t) => ({
      endpoint: t.field({
        type: Endpoint,
        nullable: true,
        description:
          'The endpoint, read again, also if some of its route tables failed; null if nothing was changed or the outcome is not ' +
          'known (see `userErrors`).',
        resolve: ({ project, endpointId, changed }, _args, context) =>
          changed ? readEndpoint(context, project, endpointId) : null,
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
