/** Upgrades to the professional edition, and further servers behind a professional service. None of them can be undone. */
import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { commonInput, runWrite, userErrorsField, type PayloadFields } from '../../../graph/mutation.ts';
import type { ErrorMessages, UserErrors } from '../../../graph/user-error.ts';
import { checkList, checkPlainText, checkVendorId, requireProject } from '../../../graph/validate-input.ts';
import type { Context } from '../../../request/context.ts';
import type { Project } from '../../../http/request.ts';
import { Endpoint, readEndpoint } from '../endpoints/graph.ts';
import { EndpointService } from '../graph.ts';
import { readEndpointService } from '../nodes.ts';
import { ifGiven } from '../write-input.ts';
import { addServerResources, type ServerResource, upgradeEndpoint, upgradeEndpointService } from './rest.ts';

builder.relayMutationField(
  'upgradeEndpoint',
  {
    description: 'Which endpoint to upgrade.',
    inputFields: (t) => ({
      endpointId: t.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Upgrades one of the project's own endpoints from the basic to the professional edition, which costs more. There is no way " +
      'back. The endpoint service must support the professional edition (`supportedEditions`). It is sent once; the cloud ' +
      'finishes it after the response, and shows neither the upgrade nor the edition. Not available on Open Telekom Cloud.',
    example: `
      mutation {
        upgradeEndpoint(
          input: { endpointId: "b58ba94b-05b8-478d-87a2-ecfc9ee0bd38" }
        ) {
          endpoint { status }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const endpointId = checkVendorId('input.endpointId', input.endpointId);
      const messages: ErrorMessages = {
        howToFindOut:
          'The upgrade may have begun. The cloud does not show the edition of an endpoint in its API: look in the console before ' +
          'trying again.',
        refusals: {
          NOT_FOUND: {
            message: 'The project has no such endpoint (any more).',
            field: ['input', 'endpointId'],
          },
          CONFLICT: {
            message:
              'An endpoint that is `CREATING`, `DELETING`, `FAILED` or being upgraded cannot be upgraded, and its endpoint service ' +
              'must support the professional edition.',
            field: ['input', 'endpointId'],
          },
        },
      };
      const { userErrors } = await runWrite(context, 'upgradeEndpoint', input, messages, () =>
        upgradeEndpoint(context.cloud, project, endpointId),
      );
      return { project, endpointId, userErrors };
    },
  },
  {
    description: 'Result of `upgradeEndpoint`.',
    outputFields: (t) => ({
      endpoint: t.field({
        type: Endpoint,
        nullable: true,
        description:
          'The endpoint, read again; null if its upgrade did not begin or the outcome is not known (see `userErrors`).',
        resolve: ({ project, endpointId, userErrors }, _args, context) =>
          userErrors.length > 0 ? null : readEndpoint(context, project, endpointId),
      }),
      userErrors: userErrorsField(t),
    }),
  },
);

/** A service that was changed; it is read when it is selected. */
interface ServicePayload {
  project: Project;
  serviceId: string;
  userErrors: UserErrors;
}

const servicePayload = (name: string) => ({
  description: `Result of \`${name}\`.`,
  outputFields: (t: PayloadFields<ServicePayload>) => ({
    endpointService: t.field({
      type: EndpointService,
      nullable: true,
      description:
        'The service, read again; null if nothing was changed or the outcome is not known (see `userErrors`).',
      resolve: ({ project, serviceId, userErrors }, _args, context: Context) =>
        userErrors.length > 0 ? null : readEndpointService(context, project, serviceId),
    }),
    userErrors: userErrorsField(t),
  }),
});

const serviceRefusals: ErrorMessages['refusals'] = {
  NOT_FOUND: { message: 'The project has no such endpoint service.', field: ['input', 'serviceId'] },
  FORBIDDEN: { message: 'Only its owner can change an endpoint service.', field: ['input', 'serviceId'] },
  CONFLICT: {
    message: 'Only a service that is `AVAILABLE` can be changed; `status` shows it.',
    field: ['input', 'serviceId'],
  },
};

builder.relayMutationField(
  'upgradeEndpointService',
  {
    description: 'Which endpoint service to upgrade.',
    inputFields: (t) => ({
      serviceId: t.id({ required: true, description: 'Id of the service, as the console shows it.' }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Lets an endpoint service accept professional endpoints (`supportedEditions`). There is no way back. Only some regions have ' +
      'it: in others services are professional from the start, or never. Not available on Open Telekom Cloud.',
    example: `
      mutation {
        upgradeEndpointService(
          input: { serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be" }
        ) {
          endpointService { supportedEditions }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const messages: ErrorMessages = {
        howToFindOut:
          `The service may have been upgraded. \`endpointService(by: { id: "${serviceId}" }) { supportedEditions }\` tells: it has ` +
          '`PROFESSIONAL` then.',
        refusals: serviceRefusals,
      };
      const upgrade = () => upgradeEndpointService(context.cloud, project, serviceId);
      const isDone = async () => {
        const { supportedEditions } = await readEndpointService(context, project, serviceId);
        return supportedEditions?.includes('PROFESSIONAL') ?? false;
      };
      const { userErrors } = await runWrite(context, 'upgradeEndpointService', input, messages, upgrade, {
        isDone,
      });
      return { project, serviceId, userErrors };
    },
  },
  servicePayload('upgradeEndpointService'),
);

const ServerResourceInput = builder.inputType('ServerResourceInput', {
  description: 'A load balancer to put behind an endpoint service.',
  fields: (t) => ({
    loadBalancerId: t.id({ required: true, description: 'Id of the load balancer, a UUID (`resource_id`).' }),
    availabilityZone: t.string({
      description: 'Zone of the load balancer, such as `cn-east-4a` (`availability_zone_id`).',
    }),
  }),
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_RESOURCES = 20;

const toWireResources = (inputs: readonly (typeof ServerResourceInput.$inferInput)[]): ServerResource[] => {
  const resources = checkList('input.serverResources', inputs, 1, MAX_RESOURCES).map(
    ({ loadBalancerId, availabilityZone }, at): ServerResource => {
      if (!UUID.test(loadBalancerId))
        throw badInput(`\`input.serverResources.${at}.loadBalancerId\` must be a UUID in lower case.`);
      return {
        resource_id: loadBalancerId,
        availability_zone_id: ifGiven(availabilityZone, (zone) =>
          checkPlainText(`input.serverResources.${at}.availabilityZone`, zone, 64),
        ),
      };
    },
  );
  if (new Set(resources.map((one) => one.resource_id)).size < resources.length)
    throw badInput('`input.serverResources` must name each load balancer once.');
  return resources;
};

builder.relayMutationField(
  'addServerResources',
  {
    description: 'Load balancers to add, and to which endpoint service.',
    inputFields: (t) => ({
      serviceId: t.id({ required: true, description: 'Id of the service, as the console shows it.' }),
      serverResources: t.field({
        type: [ServerResourceInput],
        required: true,
        description: `The load balancers, 1 to ${MAX_RESOURCES}.`,
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Puts further load balancers behind an endpoint service. It is sent once: no call of the cloud shows or removes them. Not ' +
      'available on Open Telekom Cloud.',
    example: `
      mutation {
        addServerResources(
          input: {
            serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be"
            serverResources: [
              { loadBalancerId: "d3c1f3a2-5e0b-4c3e-9d39-0f6f2d1c7b55", availabilityZone: "cn-north-4a" }
            ]
          }
        ) {
          endpointService { name }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const resources = toWireResources(input.serverResources);
      const messages: ErrorMessages = {
        howToFindOut:
          'The load balancers may have been added. The cloud does not show them in its API: look in the console before trying again.',
        refusals: {
          ...serviceRefusals,
          BAD_USER_INPUT: {
            message: 'Each has to be a load balancer that can be behind this service.',
            field: ['input', 'serverResources'],
          },
        },
      };
      const { userErrors } = await runWrite(context, 'addServerResources', input, messages, () =>
        addServerResources(context.cloud, project, serviceId, resources),
      );
      return { project, serviceId, userErrors };
    },
  },
  servicePayload('addServerResources'),
);
