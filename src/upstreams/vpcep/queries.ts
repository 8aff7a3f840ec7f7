import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { badInput } from '../../errors/client-error.ts';
import { builder, described } from '../../graph/builder.ts';
import { allConditions, type Condition, equals, includesText, isOneOf } from '../../graph/conditions.ts';
import { rowOrder } from '../../graph/order.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { checkPlainText, requireProject, checkVendorId } from '../../graph/validate-input.ts';
import { pagedOverParentsIf } from '../../guards/limits/cost-hints.ts';
import { ProjectInput } from '../../graph/project.ts';
import { EndpointServiceBy } from '../../graph/target-input.ts';
import { pageOfProjects, projectsPageType } from '../../graph/projects-page.ts';
import type { Project } from '../../http/request.ts';
import { endpointServiceInList, endpointServiceList, endpointServiceByName } from './services/loader.ts';
import type { EndpointServiceQuery } from './services/rest.ts';
import { listLimits } from './rest.ts';
import { parseTagFilter, ResourceTagFilter, TAGS_FILTER } from '../../graph/tag.ts';
import { taggedSource } from './tags/loader.ts';

import { serviceConnections } from './connections-loader.ts';
import { createRowCheck } from '../../paging/row-check.ts';
import { keyOfService } from './service-key.ts';
import { EndpointService } from './graph.ts';
import { type EndpointServiceNode, endpointServiceNode, readSelectedService } from './nodes.ts';
import { EndpointServiceOrder, SERVICE_VALUES } from './services/order.ts';
import { EndpointServiceStatus, EndpointServiceType } from './subtypes.ts';
import { sortParameters } from './sort.ts';

const EndpointServiceNetType = builder.enumType(
  'EndpointServiceNetType',
  described('Kind of the network of a server.', {
    VLAN: 'A network outside the VPC, where servers have addresses and no network port (`vlan`).',
    VXLAN: 'The VPC (`vxlan`).',
  }),
);

const EndpointServiceFilter = builder.inputType('EndpointServiceFilter', {
  description: 'Which endpoint services to list; all given conditions must hold.',
  fields: (t) => ({
    name: t.string({
      description: 'Text that the full name contains, in upper or lower case; an empty text is no condition.',
    }),
    status: t.field({
      type: [EndpointServiceStatus],
      description: 'In one of these states; an empty list is no condition.',
    }),
    serviceType: t.field({
      type: [EndpointServiceType],
      description: 'Reached in one of these ways; an empty list is no condition.',
    }),
    approvalRequired: t.boolean({
      description: 'Whose owner has to accept each endpoint, or does not have to.',
    }),
    vpcId: t.id({ description: 'With the server in exactly this VPC.' }),
    publicBorderGroup: t.string({ description: 'At exactly this edge site.' }),
    netType: t.field({
      type: EndpointServiceNetType,
      description:
        'With a server in a network of this kind. No field shows it, so it cannot be combined with `tags`, which the cloud does not ' +
        'combine with other conditions.',
    }),
    hasConnections: t.boolean({
      description:
        'With any connection, in whatever state, or with none. Services without an active connection (`activeConnectionCount`) that ' +
        'meet the other conditions take one more call each; those whose call fails are left out, and `unavailable` says so.',
    }),
    tags: t.field({
      type: [ResourceTagFilter],
      description: `${TAGS_FILTER} The cloud finds the resources by their tags, in one more call.`,
    }),
  }),
});

/** The endpoint services of one project as a source of pages; `alone` is false if its list is concatenated with others. */
export const serviceListSource = (
  project: Project,
  filter: typeof EndpointServiceFilter.$inferInput,
  order: typeof EndpointServiceOrder.$inferInput | null | undefined,
  context: Context,
  alone: boolean,
): PageSource<EndpointServiceNode> => {
  const { name, status, serviceType, approvalRequired, vpcId, publicBorderGroup, netType } = filter;
  const conditions = parseTagFilter(filter.tags);
  if (vpcId != null) checkVendorId('filter.vpcId', vpcId);
  if (publicBorderGroup != null) checkPlainText('filter.publicBorderGroup', publicBorderGroup, 1024);
  if (netType != null && conditions)
    throw badInput('`filter.netType` cannot be combined with `filter.tags`.');
  const only = status?.length === 1 && status[0] !== 'UNKNOWN' ? status[0]!.toLowerCase() : undefined;
  // Lists of several projects are ordered after they are merged.
  const sort = alone && !conditions ? sortParameters(project, order) : { query: {}, gatewaySorts: true };
  const query: EndpointServiceQuery = {
    ...(name && { endpoint_service_name: checkPlainText('filter.name', name, 128) }),
    ...(only && { status: only }),
    ...(publicBorderGroup != null && { public_border_group: publicBorderGroup }),
    ...(netType != null && { net_type: netType === 'VLAN' ? 'vlan' : 'vxlan' }),
    ...sort.query,
  };
  /** The conditions that the cloud does not know; beside tags it takes none. */
  const left: Condition<EndpointServiceNode>[] = [
    conditions ? includesText(name, (service: EndpointServiceNode) => service.name) : undefined,
    only && !conditions ? undefined : isOneOf(status, (service: EndpointServiceNode) => service.status),
    conditions
      ? equals(publicBorderGroup, (service: EndpointServiceNode) => service.publicBorderGroup)
      : undefined,
    isOneOf(serviceType, (service: EndpointServiceNode) => service.serviceType),
    equals(approvalRequired, (service: EndpointServiceNode) => service.approvalRequired),
    equals(vpcId, (service: EndpointServiceNode) => service.vpcId),
  ];
  const timeOf = (service: EndpointServiceNode) =>
    order?.field === 'UPDATED_AT' ? service.updatedAt : service.createdAt;
  return {
    identity: () => listIdentity('endpointServices', project.region, project.projectId, filter, order),
    limits: listLimits,
    keyOf: ({ serviceId }) => serviceId,
    sortTimeOf: timeOf,
    load: async (window) => {
      const rows = await endpointServiceList(context).load({ project, query }, window);
      return {
        ...rows,
        items: rows.items.map((row) => endpointServiceNode(project, { ...row, ownership: 'OWN' })),
      };
    },
    matches: allConditions(left),
    ...(conditions &&
      taggedSource(context, { project, type: 'endpoint_service', conditions }, async (id) => {
        const row = await endpointServiceInList(context).load(project, id);
        return row && endpointServiceNode(project, { ...row, ownership: 'OWN' });
      })),
    order: sort.gatewaySorts ? rowOrder(order, SERVICE_VALUES) : undefined,
  };
};

const [EndpointServicePage, edge] = projectsPageType('QueryEndpointServicesConnection', 'endpoint services');
export const EndpointServiceEdge = builder.edgeObject({ ...edge, type: EndpointService });

const hasAnyConnection = async (
  { project, serviceId, activeConnectionCount }: EndpointServiceNode,
  context: Context,
): Promise<boolean> => {
  if ((activeConnectionCount ?? 0) > 0) return true;
  const list = { project, serviceId, query: {} };
  const { items, total } = await serviceConnections(context).load(list, { offset: 0, limit: 1 });
  return items.length > 0 || (total ?? 0) > 0;
};

const connectionsCheck = (wanted: boolean | null | undefined, context: Context) =>
  wanted == null
    ? undefined
    : {
        what: 'Whether there are connections',
        rows: createRowCheck<EndpointServiceNode>(
          async (service) => (await hasAnyConnection(service, context)) === wanted,
          keyOfService,
        ),
      };

builder.queryFields((t) => ({
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description: "One endpoint service: the project's own, or a visible one of another account.",
    args: {
      by: t.arg({ type: EndpointServiceBy, required: true, description: 'Id or name of the service.' }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project to read it from; needed only where several are served.',
      }),
    },
    example: `
      {
        endpointService(by: { id: "f0f5e5d7-d4e7-4294-84cb-f5a54315d7be" }) {
          name
          approvalRequired
          connections(first: 5, filter: { status: [PENDING_ACCEPTANCE] }) {
            nodes { endpointId domainId createdAt }
          }
          permissions { nodes { permission description } }
        }
      }
    `,
    resolve: async (_root, { by, project: named }, context, info) => {
      const project = requireProject(context, named);
      if (by.id != null) return readSelectedService(context, project, checkVendorId('by.id', by.id), info);
      const name = checkPlainText('by.name', by.name, 128);
      const row = await endpointServiceByName(context, project, name);
      if (row.name !== name) throw clientError('NOT_FOUND', 'No endpoint service has exactly this name.');
      return endpointServiceNode(project, row);
    },
  }),
  endpointServices: t.connection(
    {
      type: EndpointService,
      nullable: true,
      extensions: pagedOverParentsIf('hasConnections'),
      description:
        'The endpoint services of a project, newest first; without `project` those of all projects served, project by ' +
        'project unless `orderBy` is given.',
      args: {
        filter: t.arg({ type: EndpointServiceFilter, description: 'Which services to list.' }),
        orderBy: t.arg({
          type: EndpointServiceOrder,
          description: 'Order of the rows; by default the newest first.',
        }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to list; by default all that are served.',
        }),
      },
      example: `
        {
          endpointServices(first: 5, filter: { name: "fleet" }) {
            nodes { serviceId name activeConnectionCount ports { serverPort } }
          }
        }
      `,
      resolve: (_root, args, context, info) => {
        const sourceOf = (project: Project, alone: boolean) =>
          serviceListSource(project, args.filter ?? {}, args.orderBy, context, alone);
        const check = connectionsCheck(args.filter?.hasConnections, context);
        const list = { name: 'endpointServices', type: 'QueryEndpointServicesConnection', sourceOf, check };
        return pageOfProjects(list, args, context, info);
      },
    },
    EndpointServicePage,
    EndpointServiceEdge,
  ),
}));
