/** Query.accessFor: what an account may reach, from the whitelists of all clusters (CSS) and own endpoint services (VPCEP). */
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../request/context.ts';
import { builder, type UnavailableParent } from '../graph/builder.ts';
import { Connection, ConnectionFilter, ConnectionOrder } from '../graph/connection.ts';
import { checkFilter } from '../graph/connection-filter.ts';
import { pageType, resolvePage, sourceOfArray } from '../graph/page-field.ts';
import { admitsAccount, Permission, permissionNode, type PermissionNode } from '../graph/permission.ts';
import { ProjectInput } from '../graph/project.ts';
import { describeGap, parentsPageType, reportGaps } from '../graph/unavailable-parent.ts';
import { checkVendorId, requireProject } from '../graph/validate-input.ts';
import { PAGED, PAGED_OVER_PARENTS } from '../guards/limits/cost-hints.ts';
import type { PageArguments } from '../paging/page-request.ts';
import { listIdentity, type PageSource } from '../paging/page-source.ts';
import { isSourceError, rowsMissingError } from '../paging/partial-source.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { readEndpointAccess } from '../upstreams/css/connections.ts';
import { serviceConnectionSource } from '../upstreams/vpcep/connections.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';
import { servicePermissions } from '../upstreams/vpcep/permissions-loader.ts';
import { filteredClusterSource } from './connection-source.ts';
import {
  chooseViews,
  compareParents,
  keyOfParent,
  type ListedParent,
  listParents,
  parentFacts,
  readClusterAccess,
} from './parents.ts';

const TYPE = 'QueryAccessForConnection';

/** Why an account may reach a cluster or an endpoint service. */
interface AccessNode {
  account: string;
  parent: ListedParent;
  permissions: PermissionNode[];
  possiblePermissions: PermissionNode[];
  openToEveryone: boolean;
  isOwner: boolean;
}

interface Whitelist {
  /** Whether an empty whitelist admits everyone. */
  emptyAdmitsAll: boolean;
  records: readonly PermissionNode[];
  isWhole: boolean;
}

/** Reads the whitelist of a parent; null where nobody can connect, since endpoint access is off. */
const readWhitelist = async (parent: ListedParent, context: Context): Promise<Whitelist | null> => {
  if (parent.__typename === 'Cluster') {
    const { access, permissions } = await readEndpointAccess(parent, context);
    if (!access) return null;
    const records = permissions?.map((row) => permissionNode(parent, row)) ?? [];
    return { records, isWhole: permissions !== null, emptyAdmitsAll: permissions !== null };
  }
  const window = { offset: 0, limit: context.sizes.maxRows };
  const { items, extent } = await servicePermissions(context).load(parent, window);
  return {
    records: items.map((row) => permissionNode(parent, row)),
    isWhole: extent.kind === 'WHOLE',
    emptyAdmitsAll: false,
  };
};

interface Judged {
  access: AccessNode[];
  gaps: UnavailableParent[];
}

/** Decides whether an account may reach a parent. */
const judge = async (parent: ListedParent, account: string, context: Context): Promise<Judged> => {
  try {
    const whitelist = await readWhitelist(parent, context);
    if (whitelist === null) return { access: [], gaps: [] };
    const { records, isWhole, emptyAdmitsAll } = whitelist;
    const permissions = records.filter((record) => admitsAccount(record, account));
    const possiblePermissions = records.filter(({ kind }) => kind === 'ORG_PATH' || kind === 'UNKNOWN');
    const openToEveryone =
      records.some(({ kind }) => kind === 'ANY') || (emptyAdmitsAll && records.length === 0);
    const isOwner = parent.__typename === 'EndpointService' && parent.domainId === account;
    const admits = permissions.length > 0 || possiblePermissions.length > 0 || openToEveryone || isOwner;
    const row = { account, parent, permissions, possiblePermissions, openToEveryone, isOwner };
    return {
      access: admits ? [row] : [],
      gaps: isWhole ? [] : [describeGap(parentFacts(parent), rowsMissingError(records.length))],
    };
  } catch (error) {
    if (!isSourceError(error)) throw error;
    return { access: [], gaps: [describeGap(parentFacts(parent), error)] };
  }
};

const Access = builder.objectRef<AccessNode>('Access').implement({
  description: 'A cluster or an own endpoint service that an account may reach, and why.',
  fields: (t) => ({
    cluster: t.field({
      type: Cluster,
      nullable: true,
      description: 'The cluster; null for an endpoint service.',
      resolve: ({ parent }) => (parent.__typename === 'Cluster' ? parent : null),
    }),
    endpointService: t.field({
      type: EndpointService,
      nullable: true,
      description:
        'The endpoint service; null for a cluster, whose own field leads to the service in front of it.',
      resolve: ({ parent }) => (parent.__typename === 'EndpointService' ? parent : null),
    }),
    permissions: t.expose('permissions', {
      type: [Permission],
      nullable: { list: false, items: false },
      description: 'The whitelist records that admit the account: its own, and those for everyone.',
    }),
    possiblePermissions: t.expose('possiblePermissions', {
      type: [Permission],
      nullable: { list: false, items: false },
      description:
        'The whitelist records that may admit the account: paths of an organisation, whose accounts the gateway does not know.',
    }),
    openToEveryone: t.exposeBoolean('openToEveryone', {
      nullable: false,
      description:
        'Whether every account is admitted: by a record for everyone, or by the empty whitelist of a cluster.',
    }),
    isOwner: t.exposeBoolean('isOwner', {
      nullable: false,
      description: 'Whether the account owns the endpoint service, and so needs no record.',
    }),
    connections: t.connection(
      {
        type: Connection,
        nullable: true,
        extensions: PAGED,
        description: 'Connections of the account to it; for an endpoint service one more call.',
        args: {
          filter: t.arg({ type: ConnectionFilter, description: 'Which of its connections to list.' }),
          orderBy: t.arg({ type: ConnectionOrder, description: 'Order of the rows.' }),
        },
        resolve: ({ parent, account }, { filter, orderBy, ...page }, context, info) => {
          const own = checkFilter({ ...filter, domainId: account });
          const source =
            parent.__typename === 'Cluster'
              ? filteredClusterSource(parent, own, orderBy, context)
              : serviceConnectionSource(parent, own, orderBy, context);
          return resolvePage(source, page, context, info, 'AccessConnectionsConnection');
        },
      },
      ...pageType('AccessConnectionsConnection', 'connections of an account'),
    ),
  }),
});

const resolveAccess = async (
  {
    domainId,
    project: named,
    ...args
  }: PageArguments & {
    domainId: string;
    project?: { region: string; projectId: string } | null | undefined;
  },
  context: Context,
  info: GraphQLResolveInfo,
) => {
  const account = checkVendorId('domainId', domainId);
  const projects = named ? [requireProject(context, named)] : context.projects;
  let gaps: readonly UnavailableParent[] = [];
  const read = async () => {
    const parents = await listParents(context, projects);
    const access = await readClusterAccess(context, parents.clusters, 1);
    const views = chooseViews(parents, access);
    const judged = await Promise.all(
      [...views.clusters, ...views.services].map((parent) => judge(parent, account, context)),
    );
    gaps = [...parents.gaps, ...judged.flatMap((one) => one.gaps)];
    return judged.flatMap((one) => one.access);
  };
  let rows: Promise<AccessNode[]> | undefined;
  const compare = compareParents(context);
  const keyOf = ({ parent }: AccessNode) => keyOfParent(parent);
  const source: PageSource<AccessNode> = {
    identity: () => listIdentity('access', account, named && [named.region, named.projectId]),
    ...sourceOfArray(() => (rows ??= read())),
    keyOf,
    sortTimeOf: () => null,
    rowsBeforeInGap: (key, listed) => listed.filter((row) => compare(keyOf(row), key) < 0).length,
  };
  const page = await resolvePage(source, args, context, info, TYPE);
  reportGaps(context, info, TYPE, gaps);
  return Object.assign(page, { unavailableParents: gaps });
};

builder.queryField('accessFor', (t) =>
  t.connection(
    {
      type: Access,
      nullable: true,
      extensions: PAGED_OVER_PARENTS,
      description:
        'What an account may reach: the clusters with endpoint access and the own endpoint services whose whitelist admits it, or ' +
        'may admit it. An own service in front of a cluster is listed as the cluster, whose whitelist it has. Clusters come first, ' +
        'then services, each by id. Every whitelist is read, side by side, with one call for each cluster and at least one for each ' +
        'service; what cannot be read is in `unavailable`.',
      args: {
        domainId: t.arg.id({ required: true, description: 'Id of the account.' }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to look in; by default all that are served.',
        }),
      },
      example: `
        {
          accessFor(domainId: "728c877445ec3857378ab2174f194ff3") {
            nodes {
              cluster { name }
              endpointService { name }
              permissions { permission }
              connections { nodes { endpointId status } }
            }
            unavailable { name code }
          }
        }
      `,
      resolve: (_root, args, context, info) => resolveAccess(args, context, info),
    },
    ...parentsPageType(TYPE, 'clusters and endpoint services that an account may reach'),
  ),
);
