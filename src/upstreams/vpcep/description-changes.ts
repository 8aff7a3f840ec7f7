import { badInput } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { builder } from '../../graph/builder.ts';
import { Connection, type ConnectionNode, type Parent, rowId } from '../../graph/connection.ts';
import { requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { commonInput, runWrite, userErrorsField } from '../../graph/mutation.ts';
import { loadNode } from '../../graph/node.ts';
import { Permission, type PermissionNode } from '../../graph/permission.ts';
import type { ErrorMessages } from '../../graph/user-error.ts';
import { serviceConnectionById } from './connections-loader.ts';
import { servicePermissions } from './permissions-loader.ts';
import { findIn } from '../../paging/extent.ts';
import { updateConnectionDescriptions, updatePermissionDescription } from './rest-writes.ts';
import { readServiceConnection } from './connections.ts';
import { EndpointService } from './graph.ts';
import { readSelectedService } from './nodes.ts';

const ConnectionDescriptionInput = builder.inputType('ConnectionDescriptionInput', {
  description: 'A note to put on a connection.',
  fields: (t) => ({
    endpointId: t.id({
      required: true,
      description: 'Id of the VPC endpoint (`Connection.endpointId`), named once.',
    }),
    description: t.string({
      required: true,
      description: 'The note, at most 512 characters without `<` and `>`; empty to have none.',
    }),
  }),
});

const MAX_NOTES = 100;
const MAX_PERMISSION_NOTE_CHARACTERS = 256;
const CONNECTION_NOTE = /^[^<>]{0,512}$/;

const parseNotes = (inputs: readonly (typeof ConnectionDescriptionInput.$inferInput)[]) => {
  if (inputs.length === 0 || inputs.length > MAX_NOTES)
    throw badInput(`\`input.connections\` must have 1 to ${MAX_NOTES} items.`);
  const notes = inputs.map(({ endpointId, description }, at) => {
    const argument = `input.connections.${at}`;
    if (!CONNECTION_NOTE.test(description))
      throw badInput(`\`${argument}.description\` must be at most 512 characters, without \`<\` and \`>\`.`);
    return { id: checkVendorId(`${argument}.endpointId`, endpointId), description };
  });
  if (new Set(notes.map(({ id }) => id)).size < notes.length)
    throw badInput('`input.connections` must name each endpoint once.');
  return notes;
};

const messagesFor = (serviceId: string, list: string, notFound: string): ErrorMessages => ({
  howToFindOut:
    `The description may have been set. \`endpointService(by: { id: "${serviceId}" }) { ${list} }\` tells; trying again does ` +
    'no harm.',
  refusals: {
    NOT_FOUND: { message: notFound, field: ['input'] },
    FORBIDDEN: {
      message: 'Only the owner of an endpoint service can set it.',
      field: ['input', 'serviceId'],
    },
  },
});

/** Whether a row has this note; a row without a note has the empty one. */
const hasNote = (row: { description: string | null } | null | undefined, note: string): boolean =>
  row != null && (row.description ?? '') === note;

const readConnections = async (
  context: Context,
  { project, serviceId, endpointIds }: DescribedConnections,
) => {
  const nodes = endpointIds.map((id) => readServiceConnection(context, project, serviceId, id));
  return (await Promise.all(nodes)).filter((node): node is ConnectionNode => node !== null);
};

type Service = Extract<Parent, { __typename: 'EndpointService' }>;
interface DescribedConnections extends Omit<Service, '__typename'> {
  endpointIds: readonly string[];
}

builder.relayMutationField(
  'updateConnectionDescriptions',
  {
    description: 'Which connections to describe, and how.',
    inputFields: (t) => ({
      serviceId: t.id({
        required: true,
        description: 'Id of the endpoint service, as the console shows it.',
      }),
      connections: t.field({
        type: [ConnectionDescriptionInput],
        required: true,
        description: `The notes, each with its endpoint; at most ${MAX_NOTES}.`,
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Sets the owner's notes on connections of an endpoint service, all in one call. Not available on Open Telekom Cloud.",
    example: `
      mutation {
        updateConnectionDescriptions(
          input: {
            serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be"
            connections: [
              { endpointId: "0bdc40c5-a5e7-4f87-84c6-c2bcc05a1018", description: "Route planning" }
            ]
          }
        ) {
          connections { endpointId description }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const notes = parseNotes(input.connections);
      const notFound = 'The project has no such endpoint service, or the service no such endpoint.';
      const messages = messagesFor(serviceId, 'connections { nodes { endpointId description } }', notFound);
      const update = () => updateConnectionDescriptions(context.cloud, project, serviceId, notes);
      const isDone = async () => {
        const rows = await Promise.all(
          notes.map(({ id }) => serviceConnectionById(context).load({ project, serviceId }, id)),
        );
        return notes.every(({ description }, at) => hasNote(rows[at], description));
      };
      const { userErrors } = await runWrite(
        context,
        'updateConnectionDescriptions',
        input,
        messages,
        update,
        { isDone },
      );
      const endpointIds = notes.map(({ id }) => id);
      return { project, serviceId, endpointIds, userErrors };
    },
  },
  {
    description: 'Result of `updateConnectionDescriptions`.',
    outputFields: (t) => ({
      connections: t.field({
        type: [Connection],
        nullable: { list: true, items: false },
        description:
          'The connections, read again; null if nothing was changed or the outcome is not known (see `userErrors`).',
        resolve: (described, _args, context) =>
          described.userErrors.length > 0 ? null : readConnections(context, described),
      }),
      endpointService: t.field({
        type: EndpointService,
        nullable: true,
        description:
          'The endpoint service that they are connections of; null if nothing was changed or the outcome is not known (see `userErrors`).',
        resolve: ({ project, serviceId, userErrors }, _args, context, info) =>
          userErrors.length > 0 ? null : readSelectedService(context, project, serviceId, info),
      }),
      userErrors: userErrorsField(t),
    }),
  },
);

builder.relayMutationField(
  'updatePermissionDescription',
  {
    description: 'Which whitelist record to describe, and how.',
    inputFields: (t) => ({
      serviceId: t.id({
        required: true,
        description: 'Id of the endpoint service, as the console shows it.',
      }),
      permissionId: t.id({ required: true, description: 'Id of the record (`Permission.permissionId`).' }),
      description: t.string({
        required: true,
        description: 'The note, at most 256 characters; empty to have none.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Sets the owner's note on a record of an endpoint service's whitelist. Not available on Open Telekom Cloud.",
    example: `
      mutation {
        updatePermissionDescription(
          input: {
            serviceId: "17779ffc-c21a-49fd-813d-7506a8973938"
            permissionId: "06f63899-37c0-4952-812f-7d76415659be"
            description: "All of research"
          }
        ) {
          permission { permission description }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const permissionId = checkVendorId('input.permissionId', input.permissionId);
      const { description } = input;
      if (description.length > MAX_PERMISSION_NOTE_CHARACTERS)
        throw badInput(`\`input.description\` must be at most ${MAX_PERMISSION_NOTE_CHARACTERS} characters.`);
      const notFound = 'The project has no such endpoint service, or its whitelist no such record.';
      const messages = messagesFor(serviceId, 'permissions { nodes { permissionId description } }', notFound);
      const update = () =>
        updatePermissionDescription(context.cloud, project, serviceId, permissionId, description);
      const isDone = async () => {
        const window = { offset: 0, limit: context.sizes.maxRows };
        const listed = await servicePermissions(context).load({ project, serviceId }, window);
        return hasNote(
          findIn(listed, (row) => row.permissionId === permissionId),
          description,
        );
      };
      const { userErrors } = await runWrite(context, 'updatePermissionDescription', input, messages, update, {
        isDone,
      });
      return { project, serviceId, permissionId, userErrors };
    },
  },
  {
    description: 'Result of `updatePermissionDescription`.',
    outputFields: (t) => ({
      permission: t.field({
        type: Permission,
        nullable: true,
        description:
          'The record, read again; null if nothing was changed or the outcome is not known (see `userErrors`).',
        resolve: async ({ project, serviceId, permissionId, userErrors }, _args, context, info) => {
          if (userErrors.length > 0) return null;
          const parent: Service = { __typename: 'EndpointService', project, serviceId };
          return (await loadNode(context, rowId('Permission', parent, permissionId), info)) as PermissionNode;
        },
      }),
      endpointService: t.field({
        type: EndpointService,
        nullable: true,
        description:
          'The endpoint service that it is a whitelist record of; null if nothing was changed or the outcome is not known (see `userErrors`).',
        resolve: ({ project, serviceId, userErrors }, _args, context, info) =>
          userErrors.length > 0 ? null : readSelectedService(context, project, serviceId, info),
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
