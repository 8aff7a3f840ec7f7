import type { Context } from '../../../request/context.ts';
import { builder } from '../../../graph/builder.ts';
import { allConditions, type Condition, equals, includesText, isOneOf } from '../../../graph/conditions.ts';
import { ConnectionStatusEnum } from '../../../graph/connection.ts';
import { defineOrder, rowOrder } from '../../../graph/order.ts';
import { listIdentity, type PageSource } from '../../../paging/page-source.ts';
import {
  checkIpv4,
  checkMarkerId,
  checkPlainText,
  requireProject,
  checkVendorId,
} from '../../../graph/validate-input.ts';
import { PAGED } from '../../../guards/limits/cost-hints.ts';
import { resolvePage, pageType } from '../../../graph/page-field.ts';
import { ProjectInput } from '../../../graph/project.ts';
import type { Project } from '../../../http/request.ts';
import type { EndpointQuery } from './rest.ts';
import { Endpoint, endpointNode, type EndpointNode, readEndpoint } from './graph.ts';
import { endpointById, endpointList } from './loader.ts';
import { listLimits } from '../rest.ts';
import { sortParameters } from '../sort.ts';
import { parseTagFilter, ResourceTagFilter, TAGS_FILTER } from '../../../graph/tag.ts';
import { taggedSource } from '../tags/loader.ts';

const EndpointFilter = builder.inputType('EndpointFilter', {
  description: 'Which endpoints to list; all given conditions must hold.',
  fields: (t) => ({
    serviceName: t.string({
      description:
        'Text that the full name of the endpoint service contains, in upper or lower case; an empty text is no condition. ' +
        'Full names end in the id of the service, so that its id works too.',
    }),
    serviceId: t.id({ description: 'Connecting to exactly this endpoint service.' }),
    status: t.field({
      type: [ConnectionStatusEnum],
      description: 'In one of these states; an empty list is no condition.',
    }),
    endpointId: t.id({ description: 'Exactly this endpoint.' }),
    ipv4: t.string({ description: 'With exactly this IPv4 address.' }),
    markerId: t.string({ description: 'With exactly this packet id (`marker_id`), in digits.' }),
    vpcId: t.id({ description: 'In exactly this VPC.' }),
    tags: t.field({
      type: [ResourceTagFilter],
      description: `${TAGS_FILTER} The cloud finds the resources by their tags, in one more call.`,
    }),
  }),
});

const EndpointOrder = defineOrder('EndpointOrder', 'endpoints', 'endpoint id', {
  CREATED_AT: 'When the endpoint was created.',
  UPDATED_AT: 'When it last changed; endpoints without that time come last.',
});

const ENDPOINT_VALUES = {
  CREATED_AT: ({ createdAt }: EndpointNode) => createdAt,
  UPDATED_AT: ({ updatedAt }: EndpointNode) => updatedAt,
};

/** The project's own endpoints as a source of pages. */
export const endpointSource = (
  project: Project,
  filter: typeof EndpointFilter.$inferInput,
  order: typeof EndpointOrder.$inferInput | null | undefined,
  context: Context,
): PageSource<EndpointNode> => {
  const { serviceName: name, serviceId, status, endpointId, ipv4, markerId, vpcId } = filter;
  const conditions = parseTagFilter(filter.tags);
  if (serviceId != null) checkVendorId('filter.serviceId', serviceId);
  if (ipv4 != null) checkIpv4('filter.ipv4', ipv4);
  if (markerId != null) checkMarkerId('filter.markerId', markerId);
  const sort = conditions ? { query: {}, gatewaySorts: true } : sortParameters(project, order);
  const query: EndpointQuery = {
    ...(name && { endpoint_service_name: checkPlainText('filter.serviceName', name, 128) }),
    ...(vpcId != null && { vpc_id: checkVendorId('filter.vpcId', vpcId) }),
    ...(endpointId != null && { id: checkVendorId('filter.endpointId', endpointId) }),
    ...sort.query,
  };
  /** The conditions that the cloud does not know; beside tags it takes none. */
  const left: Condition<EndpointNode>[] = [
    equals(serviceId, (endpoint: EndpointNode) => endpoint.serviceId),
    isOneOf(status, (endpoint: EndpointNode) => endpoint.status),
    equals(ipv4, (endpoint: EndpointNode) => endpoint.ipv4),
    equals(markerId, (endpoint: EndpointNode) => endpoint.markerId),
    ...(conditions
      ? [
          includesText(name, (endpoint: EndpointNode) => endpoint.serviceName),
          equals(vpcId, (endpoint: EndpointNode) => endpoint.vpcId),
          equals(endpointId, (endpoint: EndpointNode) => endpoint.endpointId),
        ]
      : []),
  ];
  return {
    identity: () =>
      listIdentity('endpoints', project.region, project.projectId, order ? [filter, order] : filter),
    limits: listLimits,
    keyOf: (endpoint) => endpoint.endpointId,
    sortTimeOf: ENDPOINT_VALUES[order?.field ?? 'CREATED_AT'],
    load: async (window) => {
      const rows = await endpointList(context).load({ project, query }, window);
      return { ...rows, items: rows.items.map((row) => endpointNode(project, row)) };
    },
    matches: allConditions(left),
    order: sort.gatewaySorts ? rowOrder(order, ENDPOINT_VALUES) : undefined,
    isNamed:
      equals(endpointId, (endpoint: EndpointNode) => endpoint.endpointId) ??
      equals(markerId, (endpoint: EndpointNode) => endpoint.markerId),
    ...(conditions &&
      taggedSource(context, { project, type: 'endpoint', conditions }, async (id) => {
        const row = await endpointById(context).load(project, id);
        return row && endpointNode(project, row);
      })),
  };
};

const [EndpointPage, edge] = pageType('QueryEndpointsConnection', 'VPC endpoints');
export const EndpointEdge = builder.edgeObject({ ...edge, type: Endpoint });

builder.queryFields((t) => ({
  endpoint: t.field({
    type: Endpoint,
    nullable: true,
    description:
      "One of the project's own VPC endpoints. Endpoints of other projects are in `connections` of the cluster or service " +
      'that they connect to.',
    args: {
      endpointId: t.arg.id({ required: true, description: 'Id of the endpoint, as the console shows it.' }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project it is in; needed only where several are served.',
      }),
    },
    example: `
      {
        endpoint(endpointId: "83db72ee-dbcb-4cfa-889e-592afcd10040") {
          status
          serviceName
          routeTableIds
          policy { opensToEveryone }
        }
      }
    `,
    resolve: (_root, { endpointId, project }, context) =>
      readEndpoint(context, requireProject(context, project), checkVendorId('endpointId', endpointId)),
  }),
  endpoints: t.connection(
    {
      type: Endpoint,
      nullable: true,
      extensions: PAGED,
      description: "The project's own VPC endpoints, the newest first unless `orderBy` is given.",
      args: {
        filter: t.arg({ type: EndpointFilter, description: 'Which endpoints to list.' }),
        orderBy: t.arg({
          type: EndpointOrder,
          description: 'Order of the rows; by default the newest first.',
        }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to list; needed only where several are served.',
        }),
      },
      example: `
        {
          endpoints(first: 5, filter: { serviceName: "orders" }) {
            nodes { endpointId status ipv4 vpcId connection { status } }
          }
        }
      `,
      resolve: (_root, { filter, orderBy, project, ...page }, context, info) => {
        const source = endpointSource(requireProject(context, project), filter ?? {}, orderBy, context);
        return resolvePage(source, page, context, info, 'QueryEndpointsConnection');
      },
    },
    EndpointPage,
    EndpointEdge,
  ),
}));
