import { builder } from '../../graph/builder.ts';
import { EndpointServiceBy } from '../../graph/target-input.ts';
import { checkPlainText, requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { commonInput, runWrite, userErrorsField } from '../../graph/mutation.ts';
import type { ErrorMessages } from '../../graph/user-error.ts';
import { ConnectedInstance } from './graph.ts';
import { connectedInstanceNode, requireWorkspace } from './nodes.ts';
import { verifyAndCreateEndpoint } from './rest.ts';

/**
 * Turns the reference to a service into its part of the request body.
 * @throws `BAD_USER_INPUT`
 */
const parseService = ({ id, name }: { id?: string | null; name?: string | null }) =>
  id != null
    ? { vpc_ep_server_id: checkVendorId('input.service.id', id) }
    : { vpc_ep_server_name: checkPlainText('input.service.name', name!, 200) };

const MESSAGES: ErrorMessages = {
  howToFindOut:
    'The endpoint may have been created. Look for it in `connections` of the endpoint service before trying again: each try ' +
    'can create one more, and each costs money.',
  refusals: {
    NOT_FOUND: { message: 'No such endpoint service can be connected to.', field: ['input', 'service'] },
    FORBIDDEN: {
      message:
        'The owner of the endpoint service has to whitelist the account of DataArts Insight, and the caller needs the role ' +
        'VPC Endpoint Administrator.',
    },
  },
};

export const { payloadType: VerifyAndCreateEndpointPayload } = builder.relayMutationField(
  'verifyAndCreateEndpoint',
  {
    description: 'Endpoint service to verify and connect to.',
    inputFields: (t) => ({
      service: t.field({
        type: EndpointServiceBy,
        required: true,
        description:
          'The endpoint service. Its owner must have added the account of DataArts Insight to its whitelist.',
      }),
      dataSourceType: t.string({
        required: true,
        description:
          'Kind of data source, 1 to 32 characters: `MySQL`, `DWS`, `PostgreSQL`, `OpenGauss`, `Doris`, `HIVE`, `ClickHouse` ' +
          'or `API`; the kinds available differ between regions.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Verifies an endpoint service and has DataArts Insight create a billable endpoint to it. It is sent once: after a ' +
      'time-out the payload has the error `INDETERMINATE`. Needs a workspace (`X-Workspace-Id`).',
    example: `
      mutation {
        verifyAndCreateEndpoint(
          input: { service: { id: "247a5541-d3b3-4a3b-8916-e21c679ecbfe" }, dataSourceType: "DWS" }
        ) {
          connectedInstance { instanceId endpointId endpointStatus }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const body = {
        ds_type: checkPlainText('input.dataSourceType', input.dataSourceType, 32),
        ...parseService(input.service),
      };
      const workspaceId = requireWorkspace(context, project);
      const keyedInput = { ...input, workspaceId };
      const { value, userErrors } = await runWrite(
        context,
        'verifyAndCreateEndpoint',
        keyedInput,
        MESSAGES,
        () => verifyAndCreateEndpoint(context.cloud, project, workspaceId, body),
      );
      return { connectedInstance: value && connectedInstanceNode(project, value), userErrors };
    },
  },
  {
    description: 'Result of `verifyAndCreateEndpoint`.',
    outputFields: (t) => ({
      connectedInstance: t.expose('connectedInstance', {
        type: ConnectedInstance,
        nullable: true,
        description:
          'The new connected instance; null if none was made or the outcome is not known (see `userErrors`).',
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
