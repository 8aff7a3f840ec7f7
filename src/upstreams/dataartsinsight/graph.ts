import { badInput, clientError } from '../../client-error.ts';
import type { Context } from '../../context.ts';
import { builder } from '../../graph/builder.ts';
import { ConnectionStatusEnum } from '../../graph/connection.ts';
import { plainText, servedProject, vendorId } from '../../graph/input.ts';
import { loadEntity, Node, readNodesWith } from '../../graph/node.ts';
import { commonInput, runWrite, userErrorsField } from '../../graph/mutation.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import type { Words } from '../../graph/user-error.ts';
import type { Project } from '../../http/client.ts';
import { connectedInstances } from './loader.ts';
import { type ConnectedInstanceFacts, verifyAndCreateEndpoint } from './rest.ts';

/** What verify-and-create made: an endpoint of DataArts Insight to an endpoint service. */
export interface ConnectedInstanceNode extends ConnectedInstanceFacts {
  __typename: 'ConnectedInstance';
  project: Project;
}

const connectedInstanceNode = (project: Project, facts: ConnectedInstanceFacts): ConnectedInstanceNode => ({
  __typename: 'ConnectedInstance',
  project,
  ...facts,
});

/** The workspace to act in: the caller's, else the configured one. It is not the cloud project. */
const workspaceOf = ({ workspaceId }: Context, project: Project): string => {
  const workspace = workspaceId ?? project.workspaceId;
  if (workspace === undefined) {
    throw badInput('DataArts Insight needs a workspace: send its id in the X-Workspace-Id header.');
  }
  return workspace;
};

export const ConnectedInstance = builder.objectRef<ConnectedInstanceNode>('ConnectedInstance').implement({
  description:
    'What DataArts Insight makes when it verifies an endpoint service: an endpoint of its own, for data sources to use.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: ({ project, instanceId }) => encodeNodeId('ConnectedInstance', project, instanceId),
    }),
    instanceId: t.exposeID('instanceId', {
      nullable: false,
      description: 'Id of the connected instance; neither an endpoint nor a data source has it.',
    }),
    dataSourceType: t.exposeString('dataSourceType', {
      description: 'Kind of data source, such as `DWS` (`ds_type`).',
    }),
    serviceId: t.exposeID('serviceId', {
      description: 'Endpoint service connected to (`vpc_ep_server_id`).',
    }),
    serviceName: t.exposeString('serviceName', { description: 'Its full name (`vpc_ep_server_name`).' }),
    endpointId: t.exposeID('endpointId', {
      description: 'The endpoint made (`vpc_ep_client_id`). It belongs to the account of DataArts Insight.',
    }),
    endpointStatus: t.expose('endpointStatus', {
      type: ConnectionStatusEnum,
      description: 'State of the endpoint (`vpc_ep_client_status`).',
    }),
    endpointStatusRaw: t.exposeString('endpointStatusRaw', {
      description: 'That state as the cloud spells it.',
    }),
    scene: t.exposeString('scene', { description: 'Network scenario, such as `dii-app_to_data-source`.' }),
    domainId: t.exposeID('domainId', { description: 'Account of the user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made (`create_date`).' }),
    createdBy: t.exposeString('createdBy', { description: 'Who made it.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed (`update_date`).',
    }),
    updatedBy: t.exposeString('updatedBy', { description: 'Who changed it last.' }),
  }),
});

builder.asEntity(ConnectedInstance, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: loadEntity<ConnectedInstanceNode>('ConnectedInstance'),
});

readNodesWith('ConnectedInstance', null, 1, async (context, project, [instanceId]) => {
  const instances = await connectedInstances(context).load({
    project,
    workspaceId: workspaceOf(context, project),
  });
  const facts = instances.find((one) => one.instanceId === instanceId);
  if (facts) return connectedInstanceNode(project, facts);
  throw clientError(
    'NOT_FOUND',
    'No data source of this workspace uses the connected instance, and the cloud has no way to read one by itself.',
  );
});

const EndpointServiceReference = builder.inputType('EndpointServiceReference', {
  description: 'Which endpoint service to connect to: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Id of the service, as the console shows it.' }),
    name: t.string({ description: 'Full name of the service, up to 200 characters.' }),
  }),
});

/** The service in the request's own words, checked before anything is sent. */
const serverOf = ({ id, name }: { id?: string | null; name?: string | null }) =>
  id != null
    ? { vpc_ep_server_id: vendorId('input.service.id', id) }
    : { vpc_ep_server_name: plainText('input.service.name', name!, 200) };

const WORDS: Words = {
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

builder.relayMutationField(
  'verifyAndCreateEndpoint',
  {
    description: 'What to verify and connect to.',
    inputFields: (t) => ({
      service: t.field({
        type: EndpointServiceReference,
        required: true,
        description:
          'The endpoint service. Its owner has to have whitelisted the account of DataArts Insight.',
      }),
      dataSourceType: t.string({
        required: true,
        description:
          'Kind of data source, 1 to 32 characters: `MySQL`, `DWS`, `PostgreSQL`, `OpenGauss`, `Doris`, `HIVE`, ' +
          '`ClickHouse` or `API`; which of them exist differs between regions.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Verifies an endpoint service and has DataArts Insight create a billable endpoint to it. It goes out once: after a ' +
      'time-out the payload says `INDETERMINATE`. Needs a workspace (`X-Workspace-Id`).',
    resolve: async (_root, { input }, context) => {
      const project = servedProject(context, input.project);
      const body = {
        ds_type: plainText('input.dataSourceType', input.dataSourceType, 32),
        ...serverOf(input.service),
      };
      const workspaceId = workspaceOf(context, project);
      const { value, userErrors } = await runWrite(context, 'verifyAndCreateEndpoint', input, WORDS, () =>
        verifyAndCreateEndpoint(context.cloud, project, workspaceId, body),
      );
      return { connectedInstance: value && connectedInstanceNode(project, value), userErrors };
    },
  },
  {
    description: 'What came of `verifyAndCreateEndpoint`.',
    outputFields: (t) => ({
      connectedInstance: t.expose('connectedInstance', {
        type: ConnectedInstance,
        nullable: true,
        description: 'What was made; null where `userErrors` says why not, or that it is not known.',
      }),
      userErrors: userErrorsField(t),
    }),
  },
);
