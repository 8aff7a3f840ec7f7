/** Mutations of whitelists, with the same input under a cluster (CSS) and under an endpoint service (VPCEP). */
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import type { Parent } from '../graph/connection.ts';
import { requireProject } from '../graph/validate-input.ts';
import { commonInput, runWrite, userErrorsField, type PayloadFields } from '../graph/mutation.ts';
import { queryFieldOf, parseParent, ParentReference } from '../graph/target-input.ts';
import { Permission, permissionNode, type PermissionNode } from '../graph/permission.ts';
import { isIndeterminate, type ErrorMessages } from '../graph/user-error.ts';
import { EVERYONE, isOrgPath, parsePrincipals, type WhitelistOutcome } from '../graph/whitelist.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { EndpointService, ServicePermissionEdge } from '../upstreams/vpcep/graph.ts';
import { readEndpointService } from '../upstreams/vpcep/nodes.ts';
import {
  ClusterPermissionEdge,
  clusterPermissionSource,
  readClusterWhitelist,
} from '../upstreams/css/permissions.ts';
import { servicePermissionSource } from '../upstreams/vpcep/permissions.ts';
import type { PageSource } from '../paging/page-source.ts';
import { edgesOf } from '../paging/relay-connection.ts';
import { changeClusterWhitelist, recheckClusterWhitelist } from '../upstreams/css/whitelist.ts';
import {
  addServicePermissions,
  recheckServiceWhitelist,
  removeServicePermissions,
  readServiceWhitelist,
} from '../upstreams/vpcep/whitelist.ts';

/** Payload of both mutations; the whitelist is read when it is selected. */
interface WhitelistPayload extends WhitelistOutcome {
  /** Null where the cloud refused the change. */
  parent: Parent | null;
}

const readWhitelist = async (context: Context, parent: Parent): Promise<readonly PermissionNode[] | null> =>
  parent.__typename === 'Cluster'
    ? readClusterWhitelist(parent, context)
    : (await readServiceWhitelist(context, parent)).map((row) => permissionNode(parent, row));

const payloadFields = (t: PayloadFields<WhitelistPayload>) => ({
  permissions: t.field({
    type: [Permission],
    nullable: { list: true, items: false },
    description:
      'The whole whitelist, read again, also if nothing had to change or the outcome is not known; null if the cloud ' +
      'refused the change, or if the whitelist cannot be read.',
    resolve: async ({ parent }, _args, context: Context) =>
      parent && ((await readWhitelist(context, parent)) as PermissionNode[] | null),
  }),
  cluster: t.field({
    type: Cluster,
    nullable: true,
    description:
      'The cluster that the whitelist is of; null for an endpoint service, and if the change was refused as a whole.',
    resolve: ({ parent }) => (parent?.__typename === 'Cluster' ? parent : null),
  }),
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description:
      'The endpoint service that the whitelist is of; null for a cluster, and if the change was refused as a whole.',
    resolve: ({ parent }, _args, context: Context) =>
      parent?.__typename === 'EndpointService'
        ? readEndpointService(context, parent.project, parent.serviceId)
        : null,
  }),
  added: t.stringList({
    nullable: { list: false, items: false },
    description:
      'Records that were added, as `Permission.permission` spells them; without records that were there before, and ' +
      'without those whose outcome is not known.',
    resolve: ({ added }) => [...added],
  }),
  removed: t.stringList({
    nullable: { list: false, items: false },
    description:
      'Records that were removed, as `Permission.permission` spells them; without records that were not there before, and ' +
      'without those whose outcome is not known.',
    resolve: ({ removed }) => [...removed],
  }),
  userErrors: userErrorsField(t),
});

/** The added records of a whitelist, with their places in it. */
const readAddedEdges = async <P extends Parent>(
  parent: P,
  { added }: WhitelistPayload,
  context: Context,
  sourceOf: (parent: P) => PageSource<PermissionNode>,
) => {
  const whitelist = await readWhitelist(context, parent);
  return (
    whitelist && edgesOf(sourceOf(parent), whitelist).filter(({ node }) => added.includes(node.permission))
  );
};

const messagesFor = (parent: Parent): ErrorMessages => {
  const where = parent.__typename === 'Cluster' ? 'cluster' : 'endpoint service';
  const field = ['input', 'parent'];
  return {
    howToFindOut:
      `The whitelist may have been changed. \`${queryFieldOf(parent)} { permissions { nodes { permission } } }\` tells; trying again ` +
      'does no harm.',
    refusals: {
      NOT_FOUND: { message: `No such ${where} can be changed.`, field },
      FORBIDDEN: { message: `Only its owner can change the whitelist of the ${where}.`, field },
      CONFLICT: { message: `The state of the ${where} does not allow it now.`, field },
      UPSTREAM_BUSY: { message: `Try again when \`actions\` of the ${where} is empty.`, field },
      QUOTA_EXCEEDED: { message: 'The whitelist is as long as it may be.', field },
      BAD_USER_INPUT: {
        message: 'It may not be the account id, or the path, of anybody.',
        field: ['input', 'principals'],
      },
    },
  };
};

/** A change of a whitelist, and a read that finds out whether it took effect. */
interface WhitelistChange {
  run: (messages: ErrorMessages) => Promise<WhitelistOutcome>;
  recheck: (unclear: Pick<WhitelistOutcome, 'sent' | 'userErrors'>) => Promise<WhitelistOutcome>;
}

/** Runs a change of a whitelist, and makes its payload. */
const runChange = async (
  context: Context,
  mutation: string,
  input: Parameters<typeof runWrite>[2],
  parent: Parent,
  { run, recheck }: WhitelistChange,
): Promise<WhitelistPayload> => {
  const messages = messagesFor(parent);
  const { value, userErrors } = await runWrite(context, mutation, input, messages, () => run(messages), {
    partialOutcome: (outcome) => ({ ...outcome, changed: outcome.sent !== undefined }),
    verify: async (before) => ({ value: await recheck(before.value ?? before), userErrors: [] }),
  });
  if (value) return { parent, ...value };
  return { parent: isIndeterminate(userErrors) ? parent : null, added: [], removed: [], userErrors };
};

const createRecheck =
  (
    context: Context,
    parent: Parent,
    change: Parameters<typeof recheckClusterWhitelist>[2],
  ): WhitelistChange['recheck'] =>
  (unclear) =>
    parent.__typename === 'Cluster'
      ? recheckClusterWhitelist(context, parent, change, unclear)
      : recheckServiceWhitelist(context, parent, change, unclear);

const MAX_NOTE_CHARACTERS = 256;

const checkNote = (value: string): string => {
  if (value.length <= MAX_NOTE_CHARACTERS) return value;
  throw badInput(`\`input.description\` must be at most ${MAX_NOTE_CHARACTERS} characters.`);
};

const checkAddition = (
  parent: Parent,
  principals: ReadonlyMap<string, number>,
  {
    description,
    openToEveryone,
  }: { description?: string | null | undefined; openToEveryone?: boolean | null | undefined },
) => {
  if (principals.has(EVERYONE) && !openToEveryone)
    throw badInput('`*` lets every account connect. Say `input.openToEveryone: true` if that is meant.');
  if (parent.__typename === 'EndpointService') return;
  if (description) throw badInput('`input.description` is for endpoint services: CSS keeps no notes.');
  const path = principals.keys().find(isOrgPath);
  if (path !== undefined)
    throw badInput(
      `\`input.principals.${principals.get(path)}\` is a path of an organisation. A cluster takes account ids and \`*\` alone.`,
    );
};

const PRINCIPALS =
  'account ids, `*` for everyone, or paths of an organisation, with or without the prefix that `Permission.permission` ' +
  'has; at most 500.';

builder.relayMutationField(
  'addPermissions',
  {
    description: 'Accounts to add, and to which whitelist.',
    inputFields: (t) => ({
      parent: t.field({
        type: ParentReference,
        required: true,
        description: 'The cluster or the endpoint service whose whitelist to change.',
      }),
      principals: t.stringList({
        required: true,
        description: `Records to add: ${PRINCIPALS} A cluster does not accept paths.`,
      }),
      description: t.string({
        description:
          'Note on the new records, at most 256 characters; existing records keep their notes. Not for a cluster.',
      }),
      openToEveryone: t.boolean({
        description: 'Must be true if `*` is among the principals; by default false.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Adds records to the whitelist of a cluster or of an endpoint service; existing records are not sent again. The ' +
      'cloud can only replace the whole whitelist of a cluster: the gateway reads it, merges the change, writes it and ' +
      'reads it again to check. It makes one change at a time for each cluster, also over all replicas if they share a ' +
      'Redis. If the check does not show the change, the error is `CONFLICT`. A change that another program makes between ' +
      'reading and writing is lost. An empty whitelist lets every account connect to the cluster; the first record ends ' +
      'that.',
    example: `
      mutation {
        addPermissions(
          input: { parent: { clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8" }, principals: ["5fc973eea581490997e82ea11a1df31f"] }
        ) {
          added
          permissions { permission }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const parent = parseParent('input.parent', input.parent, requireProject(context, input.project));
      const principals = parsePrincipals('input.principals', input.principals);
      const description = checkNote(input.description ?? '');
      checkAddition(parent, principals, input);
      const openToEveryone = input.openToEveryone ?? false;
      const change = { action: 'add' as const, principals, openToEveryone };
      return runChange(context, 'addPermissions', input, parent, {
        run: (messages) =>
          parent.__typename === 'Cluster'
            ? changeClusterWhitelist(context, parent, change, messages)
            : addServicePermissions(context, parent, principals, description, messages),
        recheck: createRecheck(context, parent, change),
      });
    },
  },
  {
    description: 'Result of `addPermissions`.',
    outputFields: (t) => ({
      ...payloadFields(t),
      clusterPermissionEdges: t.field({
        type: [ClusterPermissionEdge],
        nullable: { list: true, items: false },
        description:
          "Edges of the added records in the cluster's `permissions`, without filter and order; null for an endpoint service, and if the " +
          'whitelist cannot be read.',
        resolve: (outcome, _args, context) =>
          outcome.parent?.__typename === 'Cluster'
            ? readAddedEdges(outcome.parent, outcome, context, (cluster) =>
                clusterPermissionSource(cluster, null, null, async () => []),
              )
            : null,
      }),
      endpointServicePermissionEdges: t.field({
        type: [ServicePermissionEdge],
        nullable: { list: true, items: false },
        description:
          "Edges of the added records in the endpoint service's `permissions`, without filter and order; null for a cluster, and if the " +
          'whitelist cannot be read.',
        resolve: (outcome, _args, context) =>
          outcome.parent?.__typename === 'EndpointService'
            ? readAddedEdges(outcome.parent, outcome, context, (service) =>
                servicePermissionSource(service, null, null, context),
              )
            : null,
      }),
    }),
  },
);

builder.relayMutationField(
  'removePermissions',
  {
    description: 'Accounts to remove, and from which whitelist.',
    inputFields: (t) => ({
      parent: t.field({
        type: ParentReference,
        required: true,
        description: 'The cluster or the endpoint service whose whitelist to change.',
      }),
      principals: t.stringList({
        required: true,
        description: `Records to remove: ${PRINCIPALS}`,
      }),
      openToEveryone: t.boolean({
        description:
          "Must be true if the change would leave no record on a cluster's whitelist. `*` then replaces the last record, which " +
          'opens the cluster to every account. By default false; not needed for an endpoint service.',
      }),
      ...commonInput(t),
    }),
  },
  {
    nullable: true,
    description:
      'Removes records from the whitelist of a cluster or of an endpoint service; records that are not on it are not sent. ' +
      'Accepted connections stay: `rejectConnections` ends them. The cloud can only replace the whole whitelist of a ' +
      'cluster: the gateway reads it, merges the change, writes it and reads it again to check. It makes one change at a ' +
      'time for each cluster, also over all replicas if they share a Redis. If the check does not show the change, the ' +
      'error is `CONFLICT`. A change that another program makes between reading and writing is lost.',
    example: `
      mutation {
        removePermissions(
          input: { parent: { clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8" }, principals: ["728c877445ec3857378ab2174f194ff3"] }
        ) {
          removed
          permissions { permission }
          userErrors { code message field }
        }
      }
    `,
    resolve: async (_root, { input }, context) => {
      const parent = parseParent('input.parent', input.parent, requireProject(context, input.project));
      const principals = parsePrincipals('input.principals', input.principals);
      const openToEveryone = input.openToEveryone ?? false;
      const change = { action: 'remove' as const, principals, openToEveryone };
      return runChange(context, 'removePermissions', input, parent, {
        run: (messages) =>
          parent.__typename === 'Cluster'
            ? changeClusterWhitelist(context, parent, change, messages)
            : removeServicePermissions(context, parent, principals, messages),
        recheck: createRecheck(context, parent, change),
      });
    },
  },
  { description: 'Result of `removePermissions`.', outputFields: payloadFields },
);
