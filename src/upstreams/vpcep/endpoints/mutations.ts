import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { requireProject, checkVendorId } from '../../../graph/validate-input.ts';
import {
  commonInput,
  isDeleted,
  runWrite,
  userErrorsField,
  type PayloadFields,
} from '../../../graph/mutation.ts';
import type { UserErrors, ErrorMessages } from '../../../graph/user-error.ts';
import { newEndpointBody, newEndpointFields, toWireWhitelist } from './input.ts';
import {
  createEndpoint,
  deleteEndpoint,
  type EndpointCreate,
  type EndpointRow,
  updateEndpointWhitelist,
} from './rest.ts';
import { Endpoint, endpointNode, type EndpointNode, endpointNodeId } from './graph.ts';
import { endpointById, ownEndpoint } from './loader.ts';
import { edgesOf } from '../../../paging/relay-connection.ts';
import { EndpointEdge, endpointSource } from './queries.ts';

interface EndpointPayload {
  endpoint: EndpointNode | null;
  userErrors: UserErrors;
}

const endpointField = (t: PayloadFields<EndpointPayload>) =>
  t.expose('endpoint', {
    type: Endpoint,
    nullable: true,
    description:
      'The endpoint as the cloud returned it; null if nothing was changed or the outcome is not known (see `userErrors`).',
  });

/** Full names of services end in their ids, so that an id finds the endpoints to it as well. */
const messagesForCreation = ({
  endpoint_service_id: service,
  vpc_id: vpc,
}: EndpointCreate): ErrorMessages => ({
  howToFindOut:
    'The endpoint may have been created. Look for it, the newest first, in ' +
    `\`endpoints(filter: { serviceName: "${service}", vpcId: "${vpc}" })\` before trying again: each try can create one ` +
    'more, and each costs money.',
  refusals: {
    NOT_FOUND: { message: 'No such endpoint service, or VPC, can be used.' },
    FORBIDDEN: {
      message: 'The owner of the endpoint service has to whitelist the account.',
      field: ['input', 'serviceId'],
    },
    CONFLICT: { message: 'The endpoint service cannot be used now.', field: ['input', 'serviceId'] },
    QUOTA_EXCEEDED: { message: '`quotas` shows how many endpoints there are, and may be.' },
    BAD_USER_INPUT: {
      message: 'An interface service needs `subnetId`; a gateway service takes `routeTableIds` instead.',
    },
  },
});

export const { payloadType: CreateEndpointPayload } = builder.relayMutationField(
  'createEndpoint',
  {
    description: 'Which endpoint to create.',
    inputFields: (t) => ({ ...newEndpointFields(t), ...commonInput(t) }),
  },
  {
    nullable: true,
    description:
      'Creates a billable VPC endpoint in the project. It is sent once: after a time-out the payload has the error ' +
      '`INDETERMINATE`. The endpoint is `CREATING` at first, and then `ACCEPTED`, or `PENDING_ACCEPTANCE` where the ' +
      'service wants approval.',
    example: `
      mutation {
        createEndpoint(
          input: {
            serviceId: "ab9dfecd-4965-4066-85e6-402d83482380"
            vpcId: "84758cf5-9c62-43ae-a778-3dbd8370c0a4"
            subnetId: "c0f79f7c-8eb1-4b5a-a78d-0f9a3a1b1d2e"
            idempotencyKey: "ticket-4711"
          }
        ) {
          endpoint { endpointId status }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const body = newEndpointBody(input);
      const { value, userErrors } = await runWrite(
        context,
        'createEndpoint',
        input,
        messagesForCreation(body),
        () => createEndpoint(context.cloud, project, body),
      );
      return { endpoint: value && endpointNode(project, value), userErrors };
    },
  },
  {
    description: 'Result of `createEndpoint`.',
    outputFields: (t) => ({
      endpoint: endpointField(t),
      endpointEdge: t.field({
        type: EndpointEdge,
        nullable: true,
        description:
          'Its edge at the front of `endpoints`, without filter and order; null where `endpoint` is.',
        resolve: ({ endpoint }, _args, context) =>
          endpoint && edgesOf(endpointSource(endpoint.project, {}, null, context), [endpoint])[0],
      }),
      userErrors: userErrorsField(t),
    }),
  },
);

const messagesFor = (howToFindOut: string): ErrorMessages => ({
  howToFindOut,
  refusals: {
    NOT_FOUND: { message: 'The project has no such endpoint (any more).', field: ['input', 'endpointId'] },
    CONFLICT: {
      message: 'An endpoint that is `CREATING`, `DELETING` or `FAILED` cannot be changed; `status` shows it.',
      field: ['input', 'endpointId'],
    },
    QUOTA_EXCEEDED: { message: 'The whitelist is longer than it may be.', field: ['input', 'whitelist'] },
  },
});

/** Whether a list has these items and no others, in whatever order; not where it cannot be read. */
const isSameSet = (wanted: readonly string[], current: readonly string[] | null): boolean =>
  current !== null && new Set(wanted).symmetricDifference(new Set(current)).size === 0;

builder.relayMutationField(
  'updateEndpointWhitelist',
  {
    description:
      'The endpoint whose whitelist to change, and the new values; omitted values stay as they are.',
    inputFields: (t) => ({
      endpointId: t.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      whitelist: t.stringList({
        description:
          'IPv4 addresses and CIDR blocks that may use it. They replace the whole whitelist; an empty list clears it.',
      }),
      whitelistEnabled: t.boolean({
        description: 'Whether the whitelist is to be in force (`enable_whitelist`).',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Replaces the whitelist of one of the project's own endpoints, or switches it on or off. Not available on Open " +
      'Telekom Cloud.',
    example: `
      mutation {
        updateEndpointWhitelist(
          input: {
            endpointId: "9b3642f6-47cd-4453-8de9-2c10cc72d5a7"
            whitelist: ["192.168.0.0/24"]
            whitelistEnabled: true
          }
        ) {
          endpoint { whitelist whitelistEnabled }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const endpointId = checkVendorId('input.endpointId', input.endpointId);
      const enabled = input.whitelistEnabled ?? undefined;
      const body = { whitelist: toWireWhitelist(input.whitelist), enable_whitelist: enabled };
      if (body.whitelist === undefined && enabled === undefined)
        throw badInput('Say in `input.whitelist` or `input.whitelistEnabled` what to change.');
      const messages = messagesFor(
        `The whitelist may have been changed. \`endpoint(endpointId: "${endpointId}") { whitelist whitelistEnabled }\` tells; ` +
          'trying again does no harm.',
      );
      const update = () => updateEndpointWhitelist(context.cloud, project, endpointId, body);
      const findDone = async () => {
        const row = await ownEndpoint(context, project, endpointId);
        const isListed = body.whitelist === undefined || isSameSet(body.whitelist, row.whitelist);
        return isListed && (enabled ?? row.whitelistEnabled) === row.whitelistEnabled ? row : null;
      };
      const { value, userErrors } = await runWrite<EndpointRow>(
        context,
        'updateEndpointWhitelist',
        input,
        messages,
        update,
        { findDone },
      );
      return { endpoint: value && endpointNode(project, value), userErrors };
    },
  },
  {
    description: 'Result of `updateEndpointWhitelist`.',
    outputFields: (t) => ({ endpoint: endpointField(t), userErrors: userErrorsField(t) }),
  },
);

builder.relayMutationField(
  'deleteEndpoint',
  {
    description: 'Which endpoint to delete.',
    inputFields: (t) => ({
      endpointId: t.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Deletes one of the project's own endpoints, and with it the connection. The cloud finishes the deletion after the " +
      'response: the endpoint is `DELETING` until it is gone.',
    example: `
      mutation {
        deleteEndpoint(
          input: { endpointId: "9b3642f6-47cd-4453-8de9-2c10cc72d5a7" }
        ) {
          deletedId
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const endpointId = checkVendorId('input.endpointId', input.endpointId);
      const messages = messagesFor(
        `The endpoint may be deleted, or being deleted. \`endpoint(endpointId: "${endpointId}") { status }\` tells: it is ` +
          '`DELETING`, and then `NOT_FOUND`. Trying again does no harm.',
      );
      const remove = () => deleteEndpoint(context.cloud, project, endpointId);
      const isDone = () => isDeleted(ownEndpoint(context, project, endpointId));
      const { userErrors } = await runWrite(context, 'deleteEndpoint', input, messages, remove, { isDone });
      return { project, endpointId, userErrors };
    },
  },
  {
    description: 'Result of `deleteEndpoint`.',
    outputFields: (t) => ({
      deletedId: t.id({
        nullable: true,
        description: 'The `id` of the endpoint; null if it is not being deleted (see `userErrors`).',
        resolve: (deleted) => (deleted.userErrors.length > 0 ? null : endpointNodeId(deleted)),
      }),
      endpoint: t.field({
        type: Endpoint,
        nullable: true,
        description: 'The endpoint, read again, while it is `DELETING`; null once it is gone.',
        resolve: async ({ project, endpointId, userErrors }, _args, context) => {
          if (userErrors.length > 0) return null;
          const row = await endpointById(context).load(project, endpointId);
          return row && endpointNode(project, row);
        },
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
