import { builder } from '../../../graph/builder.ts';
import { requireProject, checkVendorId } from '../../../graph/validate-input.ts';
import { commonInput, runWrite, userErrorsField, type PayloadFields } from '../../../graph/mutation.ts';
import type { UserErrors, ErrorMessages } from '../../../graph/user-error.ts';
import type { Project } from '../../../http/request.ts';
import { EndpointService } from '../graph.ts';
import { endpointServiceNode, type EndpointServiceNode, readEndpointService } from '../nodes.ts';
import { edgesOf } from '../../../paging/relay-connection.ts';
import { EndpointServiceEdge, serviceListSource } from '../queries.ts';
import type { EndpointServiceRow } from './rest.ts';
import {
  checkLabel,
  newServiceBody,
  newServiceFields,
  serviceChangeBody,
  serviceChangeFields,
} from './input.ts';
import { parseLabel } from './names.ts';
import {
  createEndpointService,
  type EndpointServiceUpdate,
  renameEndpointService,
  updateEndpointService,
} from './rest-writes.ts';
import { endpointServiceById } from './loader.ts';

/** Payload of a mutation whose upstream response is the service. */
interface ServicePayload {
  endpointService: EndpointServiceNode | null;
  userErrors: UserErrors;
}

const serviceField = (t: PayloadFields<ServicePayload>) =>
  t.expose('endpointService', {
    type: EndpointService,
    nullable: true,
    description:
      'The service as the cloud returned it; null if nothing was changed or the outcome is not known (see `userErrors`).',
  });

const ownNode = (project: Project, row: EndpointServiceRow | null) =>
  row && endpointServiceNode(project, { ...row, ownership: 'OWN' });

const messagesForCreation = (label: string | undefined): ErrorMessages => ({
  howToFindOut:
    'The service may have been created. Look for it, the newest first, in ' +
    `\`endpointServices${label === undefined ? '' : `(filter: { name: "${label}" })`}\` before trying again: each try can ` +
    'create one more.',
  refusals: {
    NOT_FOUND: { message: 'No such VPC, or network port, can be used.' },
    QUOTA_EXCEEDED: { message: '`quotas` shows how many endpoint services there are, and may be.' },
  },
});

builder.relayMutationField(
  'createEndpointService',
  {
    description: 'Which endpoint service to publish.',
    inputFields: (t) => ({ ...newServiceFields(t), ...commonInput(t) }),
  },
  {
    nullable: true,
    description:
      'Publishes an endpoint service. It is sent once: after a time-out the payload has the error `INDETERMINATE`. The ' +
      'service is `CREATING` at first. Until its whitelist names other accounts, none of them can connect.',
    example: `
      mutation {
        createEndpointService(
          input: {
            label: "stock-api"
            vpcId: "84758cf5-9c62-43ae-a778-3dbd8370c0a4"
            portId: "4a2f5d1c-8b1e-4f1e-9d3a-6c7f0e9b2a11"
            serverType: LB
            ports: [{ clientPort: 443, serverPort: 8443 }]
          }
        ) {
          endpointService { serviceId name status }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const body = newServiceBody(input);
      const messages = messagesForCreation(body.service_name);
      const { value, userErrors } = await runWrite(context, 'createEndpointService', input, messages, () =>
        createEndpointService(context.cloud, project, body),
      );
      return { endpointService: ownNode(project, value), userErrors };
    },
  },
  {
    description: 'Result of `createEndpointService`.',
    outputFields: (t) => ({
      endpointService: serviceField(t),
      endpointServiceEdge: t.field({
        type: EndpointServiceEdge,
        nullable: true,
        description:
          "Its edge at the front of its project's `endpointServices`, without filter and order; null where `endpointService` is.",
        resolve: ({ endpointService }, _args, context) => {
          if (!endpointService) return null;
          const source = serviceListSource(endpointService.project, {}, null, context, true);
          return edgesOf(source, [endpointService])[0];
        },
      }),
      userErrors: userErrorsField(t),
    }),
  },
);

const messagesForChange = (serviceId: string, fields: string): ErrorMessages => ({
  howToFindOut:
    `The service may have been changed. \`endpointService(by: { id: "${serviceId}" }) { ${fields} }\` tells; trying again does ` +
    'no harm.',
  refusals: {
    NOT_FOUND: { message: 'The project has no such endpoint service.', field: ['input', 'serviceId'] },
    FORBIDDEN: { message: 'Only its owner can change an endpoint service.', field: ['input', 'serviceId'] },
    CONFLICT: {
      message: 'Only a service that is `AVAILABLE` can be changed; `status` shows it.',
      field: ['input', 'serviceId'],
    },
  },
});

/** Text that is equal for equal ports, in whatever order. */
const textOfPorts = (ports: readonly (readonly [number | null, number | null, string])[] | undefined) =>
  ports && JSON.stringify(ports.map((port) => port.join(' ')).toSorted());

/** Whether a service is as a change of it says. */
const hasChange = (row: EndpointServiceRow, body: EndpointServiceUpdate, { region }: Project): boolean => {
  const pairs = [
    [body.service_name, row.name && parseLabel(row.name, region)],
    [body.approval_enabled, row.approvalRequired],
    [body.port_id, row.portId],
    [body.ip, row.serverAddress],
    [body.tcp_proxy, row.tcpProxy],
    [body.description, row.description ?? ''],
    [
      textOfPorts(body.ports?.map((port) => [port.client_port, port.server_port, port.protocol ?? 'TCP'])),
      textOfPorts(row.ports?.map((port) => [port.clientPort, port.serverPort, port.protocol])),
    ],
  ];
  return pairs.every(([wanted, current]) => wanted === undefined || wanted === current);
};

builder.relayMutationField(
  'updateEndpointService',
  {
    description: 'Which endpoint service to change, and how; omitted values stay as they are.',
    inputFields: (t) => ({ ...serviceChangeFields(t), ...commonInput(t) }),
  },
  {
    nullable: true,
    description: 'Changes an endpoint service; omitted values stay as they are.',
    example: `
      mutation {
        updateEndpointService(
          input: { serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be", approvalRequired: false, description: "Open to partners" }
        ) {
          endpointService { approvalRequired description }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const body = serviceChangeBody(input);
      const messages = messagesForChange(
        serviceId,
        'label approvalRequired ports { clientPort serverPort } portId serverAddress tcpProxy description',
      );
      const update = () => updateEndpointService(context.cloud, project, serviceId, body);
      const findDone = async () => {
        const row = await endpointServiceById(context).load(project, serviceId);
        return hasChange(row, body, project) ? row : null;
      };
      const { value, userErrors } = await runWrite<EndpointServiceRow>(
        context,
        'updateEndpointService',
        input,
        messages,
        update,
        { findDone },
      );
      return { endpointService: ownNode(project, value), userErrors };
    },
  },
  {
    description: 'Result of `updateEndpointService`.',
    outputFields: (t) => ({ endpointService: serviceField(t), userErrors: userErrorsField(t) }),
  },
);

builder.relayMutationField(
  'renameEndpointService',
  {
    description: 'Which endpoint service to rename, and how.',
    inputFields: (t) => ({
      serviceId: t.id({ required: true, description: 'Id of the service, as the console shows it.' }),
      label: t.string({
        required: true,
        description:
          'The new middle part of its full name, 1 to 16 letters, digits, hyphens or underscores (`endpoint_service_name`).',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Renames an endpoint service: its full name changes everywhere. On Open Telekom Cloud use `updateEndpointService` ' +
      'instead.',
    example: `
      mutation {
        renameEndpointService(
          input: { serviceId: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be", label: "fleet-api-2" }
        ) {
          endpointService { name }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const project = requireProject(context, input.project);
      const serviceId = checkVendorId('input.serviceId', input.serviceId);
      const label = checkLabel(input.label);
      const messages = messagesForChange(serviceId, 'name');
      const rename = () => renameEndpointService(context.cloud, project, serviceId, label);
      const isDone = async () => {
        const { name } = await readEndpointService(context, project, serviceId);
        return name !== null && parseLabel(name, project.region) === label;
      };
      const { userErrors } = await runWrite(context, 'renameEndpointService', input, messages, rename, {
        isDone,
      });
      return { project, serviceId, userErrors };
    },
  },
  {
    description: 'Result of `renameEndpointService`.',
    outputFields: (t) => ({
      endpointService: t.field({
        type: EndpointService,
        nullable: true,
        description:
          'The service, read again; null if nothing was changed or the outcome is not known (see `userErrors`).',
        resolve: ({ project, serviceId, userErrors }, _args, context) =>
          userErrors.length > 0 ? null : readEndpointService(context, project, serviceId),
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
