import { builder } from '../../../graph/builder.ts';
import { requireProject, checkVendorId } from '../../../graph/validate-input.ts';
import { commonInput, isDeleted, runWrite, userErrorsField } from '../../../graph/mutation.ts';
import type { ErrorMessages } from '../../../graph/user-error.ts';
import { EndpointService } from '../graph.ts';
import { unlessOutOfReach } from '../out-of-reach.ts';
import { readEndpointService, serviceNodeId } from '../nodes.ts';
import { deleteEndpointService } from './rest-writes.ts';

const messagesForDeletion = (serviceId: string): ErrorMessages => ({
  howToFindOut:
    `The service may be deleted, or being deleted. \`endpointService(by: { id: "${serviceId}" }) { status }\` tells: it is ` +
    '`DELETING`, and then `NOT_FOUND`. Trying again does no harm.',
  refusals: {
    NOT_FOUND: {
      message: 'The project has no such endpoint service (any more).',
      field: ['input', 'serviceId'],
    },
    FORBIDDEN: { message: 'Only its owner can delete an endpoint service.', field: ['input', 'serviceId'] },
    CONFLICT: {
      message:
        'Neither a service that is `CREATING` or `DELETING` can be deleted, nor one with endpoints that are `ACCEPTED` or ' +
        '`CREATING`: reject these first (`rejectConnections`), or have their owners delete them.',
      field: ['input', 'serviceId'],
    },
  },
});

builder.relayMutationField(
  'deleteEndpointService',
  {
    description: 'Which endpoint service to delete.',
    inputFields: (t) => ({
      serviceId: t.id({ required: true, description: 'Id of the service, as the console shows it.' }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Deletes an endpoint service that no endpoint uses. The cloud finishes the deletion after the response: the service ' +
      'is `DELETING` until it is gone.',
    example: `
      mutation {
        deleteEndpointService(
          input: { serviceId: "65248e38-5e77-4570-83c5-12b57825fcea" }
        ) {
          deletedId
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const messages = messagesForDeletion(serviceId);
      const remove = () => deleteEndpointService(context.cloud, project, serviceId);
      const isDone = () => isDeleted(readEndpointService(context, project, serviceId));
      const { userErrors } = await runWrite(context, 'deleteEndpointService', input, messages, remove, {
        isDone,
      });
      return { project, serviceId, userErrors };
    },
  },
  {
    description: 'Result of `deleteEndpointService`.',
    outputFields: (t) => ({
      deletedId: t.id({
        nullable: true,
        description: 'The `id` of the service; null if it is not being deleted (see `userErrors`).',
        resolve: ({ project, serviceId, userErrors }) =>
          userErrors.length > 0 ? null : serviceNodeId({ __typename: 'EndpointService', project, serviceId }),
      }),
      endpointService: t.field({
        type: EndpointService,
        nullable: true,
        description: 'The service, read again, while it is `DELETING`; null once it is gone.',
        resolve: ({ project, serviceId, userErrors }, _args, context) =>
          userErrors.length > 0 ? null : unlessOutOfReach(readEndpointService(context, project, serviceId)),
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
