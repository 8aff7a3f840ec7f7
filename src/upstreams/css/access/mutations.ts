import { badInput } from '../../../errors/client-error.ts';
import type { Context } from '../../../request/context.ts';
import { builder } from '../../../graph/builder.ts';
import { requireProject, checkVendorId } from '../../../graph/validate-input.ts';
import { commonInput, runWrite, userErrorsField } from '../../../graph/mutation.ts';
import type { UserErrors, ErrorMessages } from '../../../graph/user-error.ts';
import type { Project } from '../../../http/request.ts';
import { disableEndpointAccess, enableEndpointAccess, type EndpointAccessOptions } from './rest.ts';
import { Cluster } from '../graph.ts';
import { clusterEndpointAccess } from '../loader.ts';
import { readCluster } from '../nodes.ts';

/** Payload of both mutations; `cluster` is read when it is selected. */
interface AccessPayload {
  project: Project;
  clusterId: string;
  userErrors: UserErrors;
}

const payload = (name: string) => ({
  description: `Result of \`${name}\`.`,
  outputFields: (
    t: PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, AccessPayload>,
  ) => ({
    cluster: t.field({
      type: Cluster,
      nullable: true,
      description:
        'The cluster, read again, with the change among its `actions`; null if nothing was started or the outcome is not ' +
        'known (see `userErrors`).',
      resolve: ({ project, clusterId, userErrors }, _args, context, info) =>
        userErrors.length > 0 ? null : readCluster(context, project, clusterId, info),
    }),
    userErrors: userErrorsField(t),
  }),
});

const messagesFor = (clusterId: string, conflict: string): ErrorMessages => ({
  howToFindOut:
    `The change may have been started. \`cluster(clusterId: "${clusterId}") { actions { name } endpointAccess }\` tells: ` +
    'while it runs it is among `actions`, after that `endpointAccess` has changed.',
  refusals: {
    NOT_FOUND: { message: 'No such cluster.', field: ['input', 'clusterId'] },
    FORBIDDEN: { message: 'The caller needs the role VPC Endpoint Administrator.' },
    CONFLICT: { message: conflict, field: ['input', 'clusterId'] },
    UPSTREAM_BUSY: {
      message: 'Try again when `actions` of the cluster is empty.',
      field: ['input', 'clusterId'],
    },
    QUOTA_EXCEEDED: { message: '`quotas` shows how many endpoints there may be.' },
  },
});

const parseOptions = (input: {
  privateDomainName?: boolean | null | undefined;
  professional?: boolean | null | undefined;
  dualStack?: boolean | null | undefined;
}): EndpointAccessOptions => {
  if (input.dualStack && !input.professional)
    throw badInput('`input.dualStack` needs `input.professional: true` beside it.');
  return {
    privateDomainName: input.privateDomainName ?? undefined,
    professional: input.professional ?? undefined,
    dualStack: input.dualStack ?? undefined,
  };
};

const isAccessOn = async (context: Context, project: Project, clusterId: string) => {
  const cluster = { __typename: 'Cluster' as const, project, clusterId };
  return (await clusterEndpointAccess(context).load(cluster, { offset: 0, limit: 1 })).access;
};

builder.relayMutationField(
  'enableEndpointAccess',
  {
    description: 'The cluster whose endpoint access to switch on, and the options.',
    inputFields: (t) => ({
      clusterId: t.id({ required: true, description: 'Id of the cluster, as the console shows it.' }),
      privateDomainName: t.boolean({
        description: 'Give the endpoint a private domain name (`endpoint_with_dns_name`); by default none.',
      }),
      professional: t.boolean({
        description: 'Make a professional endpoint (`profession_vpcep`); by default a basic one.',
      }),
      dualStack: t.boolean({
        description:
          'Give it an IPv6 address too (`dualstack_enable`); needs `professional` and an IPv6 subnet; by default none.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Switches a cluster's endpoint access on. The cloud finishes the change after the response: `actions` of the cluster " +
      'shows it until it is done. Not possible in a shared VPC. Traffic then comes from 198.19.128.0/17, which the access ' +
      'control of the cluster must allow.',
    example: `
      mutation {
        enableEndpointAccess(
          input: { clusterId: "ee60e787-8d45-46a2-876b-e70269d02a09" }
        ) {
          cluster { actions { name } }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context: Context) => {
      const project = requireProject(context, input.project);
      const clusterId = checkVendorId('input.clusterId', input.clusterId);
      const options = parseOptions(input);
      const messages = messagesFor(
        clusterId,
        'Endpoint access is on already, another change is running, or the cluster cannot have it (`endpointAccessSupported`).',
      );
      const enable = () => enableEndpointAccess(context.cloud, project, clusterId, options);
      const isDone = () => isAccessOn(context, project, clusterId);
      const { userErrors } = await runWrite(context, 'enableEndpointAccess', input, messages, enable, {
        isDone,
      });
      return { project, clusterId, userErrors };
    },
  },
  payload('enableEndpointAccess'),
);

builder.relayMutationField(
  'disableEndpointAccess',
  {
    description: 'The cluster whose endpoint access to switch off.',
    inputFields: (t) => ({
      clusterId: t.id({ required: true, description: 'Id of the cluster, as the console shows it.' }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      "Switches a cluster's endpoint access off, which ends all of its connections. When it is switched on again, address " +
      'and domain name can be others. The cloud finishes the change after the response: `actions` of the cluster shows it ' +
      'until it is done.',
    example: `
      mutation {
        disableEndpointAccess(
          input: { clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8" }
        ) {
          cluster { actions { name } }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context: Context) => {
      const project = requireProject(context, input.project);
      const clusterId = checkVendorId('input.clusterId', input.clusterId);
      const messages = messagesFor(
        clusterId,
        'Endpoint access is off already, or another change is running.',
      );
      const disable = () => disableEndpointAccess(context.cloud, project, clusterId);
      const isDone = async () => !(await isAccessOn(context, project, clusterId));
      const { userErrors } = await runWrite(context, 'disableEndpointAccess', input, messages, disable, {
        isDone,
      });
      return { project, clusterId, userErrors };
    },
  },
  payload('disableEndpointAccess'),
);
