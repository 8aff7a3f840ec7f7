/** Query.connections: the connections of all clusters (CSS) and of all own endpoint services (VPCEP) as one list. */
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../request/context.ts';
import { builder, type UnavailableParent } from '../graph/builder.ts';
import { Connection, ConnectionFilter, type ConnectionNode, ConnectionOrder } from '../graph/connection.ts';
import {
  checkFilter,
  connectionMatcher,
  connectionOrder,
  type Filter,
  namedConnection,
  type Order,
} from '../graph/connection-filter.ts';
import { selectedSources } from '../graph/lookahead.ts';
import { resolvePage } from '../graph/page-field.ts';
import { ProjectInput } from '../graph/project.ts';
import { describeGap, parentsPageType, reportGaps } from '../graph/unavailable-parent.ts';
import { requireProject } from '../graph/validate-input.ts';
import { PAGED_OVER_PARENTS } from '../guards/limits/cost-hints.ts';
import { CallLimitReached } from '../http/errors.ts';
import type { Service } from '../http/service.ts';
import { concatenateSources, ROWS_WORTH_A_CALL, type SourcePart } from '../paging/concatenated-source.ts';
import type { PageArguments } from '../paging/page-request.ts';
import { listIdentity, type PageSource } from '../paging/page-source.ts';
import type { SourceError } from '../paging/partial-source.ts';
import { css } from '../upstreams/css/service.ts';
import { serviceConnectionSource } from '../upstreams/vpcep/connections.ts';
import { vpcep } from '../upstreams/vpcep/service.ts';
import { filteredClusterSource } from './connection-source.ts';
import {
  chooseViews,
  compareParents,
  keyOfParent,
  type ListedParent,
  listParents,
  parentFacts,
  type Parents,
  readClusterAccess,
  rowsOfEach,
} from './parents.ts';

const TYPE = 'QueryConnectionsConnection';

/** One list over many parents, and what is missing from it once it was read. */
interface AcrossList extends Pick<PageSource<ConnectionNode>, 'load'> {
  gaps: () => UnavailableParent[];
}

interface Part extends SourcePart<ConnectionNode> {
  parent: ListedParent;
}

const describePart = (parent: ListedParent, error: SourceError): UnavailableParent =>
  describeGap(parentFacts(parent), error);

const sourceOf = (parent: ListedParent, filter: Filter, context: Context): PageSource<ConnectionNode> =>
  parent.__typename === 'Cluster'
    ? filteredClusterSource(parent, filter, null, context)
    : serviceConnectionSource(parent, filter, null, context);

/** Reads the first rows of a list together: who counts a short list has read it. */
const readAhead = ({ load }: SourcePart<ConnectionNode>, rows: number): SourcePart<ConnectionNode> => ({
  limits: { pageSize: rows },
  load: async (window) => {
    if (window.offset + window.limit <= rows) await load({ offset: 0, limit: rows });
    return load(window);
  },
});

/** How the lists of many parents are read. */
interface Reading {
  filter: Filter;
  /** How many rows of each list are read with its total. */
  ahead: number;
  /** Calls that are left for what else is needed. */
  reserved: number;
}

/** Opens the lists of all parents, one after the other and each in the order of its cloud. */
const openLists = async (
  { clusters, services }: Parents,
  { filter, ahead, reserved }: Reading,
  context: Context,
): Promise<AcrossList> => {
  const callsLeft = () => Math.max(0, context.budget.callsLeft() - reserved);
  const read = (parent: ListedParent): Part => ({
    parent,
    ...readAhead(sourceOf(parent, filter, context), ahead),
  });
  const leave = (service: Pick<Service, 'name'>) => {
    const error = new CallLimitReached(service.name, context.budget.callLimit);
    return (parent: ListedParent): Part => ({
      parent,
      limits: { pageSize: ahead },
      load: () => Promise.reject(error),
    });
  };
  const readable = clusters.slice(0, callsLeft());
  const views = chooseViews(
    { clusters: readable, services },
    await readClusterAccess(context, readable, ahead),
  );
  const readableServices = views.services.slice(0, callsLeft());
  const { load, gaps } = concatenateSources<ConnectionNode, Part>(
    [
      ...views.clusters.map(read),
      ...clusters.slice(readable.length).map(leave(css)),
      ...readableServices.map(read),
      ...views.services.slice(readableServices.length).map(leave(vpcep)),
    ],
    context.sizes.maxRows,
  );
  return { load, gaps: () => gaps().map(({ part, error }) => describePart(part.parent, error)) };
};

const keyOfRow = ({ parent, endpointId }: ConnectionNode): string => `${keyOfParent(parent)} ${endpointId}`;

const parentInKey = (key: string): string => key.slice(0, key.lastIndexOf(' '));

const resolveConnections = async (
  {
    filter,
    orderBy,
    project: named,
    ...args
  }: PageArguments & {
    filter?: Filter | null | undefined;
    orderBy?: Order | null | undefined;
    project?: { region: string; projectId: string } | null | undefined;
  },
  context: Context,
  info: GraphQLResolveInfo,
) => {
  const projects = named ? [requireProject(context, named)] : context.projects;
  const checked = checkFilter(filter);
  const matches = connectionMatcher(checked);
  const isScan = matches !== undefined || orderBy != null;
  const { sizes } = context;

  const ahead = selectedSources(info, TYPE).has('object') ? ROWS_WORTH_A_CALL : 1;
  const wanted = args.first ?? args.last ?? sizes.default;
  const open = async () => {
    const parents = await listParents(context, projects);
    const reading = isScan
      ? { filter: checked, ahead: rowsOfEach(parents, sizes.maxRows), reserved: 0 }
      : { filter: {}, ahead, reserved: Math.ceil(wanted / ahead) };
    const list = await openLists(parents, reading, context);
    return { load: list.load, gaps: () => [...parents.gaps, ...list.gaps()] };
  };
  let opened: Promise<AcrossList> | undefined;
  const getOpened = () => (opened ??= open());

  const compare = compareParents(context);
  const isNamed = namedConnection(checked);
  /** Whether the one connection that the filter names was found: what is missing does not matter then. */
  let isFound = false;
  const source: PageSource<ConnectionNode> = {
    identity: () =>
      listIdentity('connections of all parents', named && [named.region, named.projectId], checked, orderBy),
    // The end of the list is found by its total, not by reading a first page.
    limits: { pageSize: 1 },
    keyOf: keyOfRow,
    // Rows of several parents are not sorted by time, so that a time does not locate a row.
    sortTimeOf: () => null,
    load: async (window) => {
      const rows = await (await getOpened()).load(window);
      isFound ||= isNamed !== undefined && rows.items.some(isNamed);
      return rows;
    },
    rowsBeforeInGap: (key, rows) => {
      const place = parentInKey(key);
      if (rows.some(({ parent }) => keyOfParent(parent) === place)) return null;
      return rows.filter(({ parent }) => compare(keyOfParent(parent), place) < 0).length;
    },
    matches,
    isNamed,
    order: connectionOrder(orderBy),
  };
  const page = await resolvePage(source, args, context, info, TYPE);
  const unavailableParents = opened && !isFound ? (await getOpened()).gaps() : [];
  reportGaps(context, info, TYPE, unavailableParents);
  return Object.assign(page, { unavailableParents });
};

builder.queryField('connections', (t) =>
  t.connection(
    {
      type: Connection,
      nullable: true,
      extensions: PAGED_OVER_PARENTS,
      description:
        'The connections of all clusters and own endpoint services of the projects served, or of `project`, each endpoint ' +
        'once. An endpoint that a cluster and an own endpoint service both show is shown by the cluster, unless the cluster ' +
        'cannot be read, or has more connections than can be read. Without `orderBy` the list has the clusters one after the ' +
        'other, then the services, each by id, and the connections of each as its cloud orders them. Clusters and services ' +
        'are read side by side, with at least one call each. `unavailable` names those that failed, that the caller may not ' +
        'read, that could be read only in part, and those for which no call was left.',
      args: {
        filter: t.arg({ type: ConnectionFilter, description: 'Which connections to list.' }),
        orderBy: t.arg({ type: ConnectionOrder, description: 'Order of the rows.' }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to list; by default all that are served.',
        }),
      },
      example: `
        {
          connections(filter: { status: [FAILED] }, first: 100) {
            totalCount
            nodes {
              endpointId
              domainId
              failures { message }
              cluster { name }
              endpointService { name }
            }
            unavailable { name code }
          }
        }
      `,
      resolve: (_root, args, context, info) => resolveConnections(args, context, info),
    },
    ...parentsPageType(TYPE, 'connections of clusters and endpoint services'),
  ),
);
