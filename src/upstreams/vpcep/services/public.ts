/**
 * Services that every account can see. They are nodes of the type that `endpointService`, `node` and links give for them, so that
 * one thing has one `id` and one entry in a client's cache; `owner`, which only this list has, is read from it wherever it is selected.
 */
import { perRequest } from '../../../request/context.ts';
import { builder } from '../../../graph/builder.ts';
import { rowOrder } from '../../../graph/order.ts';
import { listIdentity, type PageSource } from '../../../paging/page-source.ts';
import { checkPlainText, requireProject } from '../../../graph/validate-input.ts';
import { PAGED } from '../../../guards/limits/cost-hints.ts';
import { resolvePage, pageType } from '../../../graph/page-field.ts';
import { ProjectInput } from '../../../graph/project.ts';
import type { Project } from '../../../http/request.ts';
import { createIdLoader } from '../../../paging/id-loader.ts';
import { findIn } from '../../../paging/extent.ts';
import { createWindowLoader } from '../../../paging/window-loader.ts';
import type { Page } from '../../../paging/window.ts';
import { keyOfProject, keyOfQuery } from '../../keys.ts';
import { EndpointService } from '../graph.ts';
import { unlessOutOfReach } from '../out-of-reach.ts';
import { endpointServiceNode, type EndpointServiceNode } from '../nodes.ts';
import type { EndpointServiceRow } from './rest.ts';
import { listLimits } from '../rest.ts';
import { sortParameters } from '../sort.ts';
import { EndpointServiceOrder, SERVICE_VALUES } from './order.ts';
import { listPublicEndpointServices, type PublicServiceQuery } from './rest.ts';

/** Windows of the list of public services, by project and filter. */
const publicServiceList = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<
    { project: Project; query: PublicServiceQuery },
    EndpointServiceRow,
    Page<EndpointServiceRow>
  >({
    observer: observeBatches('public endpoint services'),
    limits: listLimits,
    nameOf: ({ project, query }) => `${keyOfProject(project)} ${keyOfQuery(query)}`,
    keyOf: ({ serviceId }) => serviceId,
    read: ({ project, query }, window) => listPublicEndpointServices(cloud, project, window, query),
  }),
);

/** Public services by id; null for one that is not public. */
const publicService = perRequest((context) =>
  createIdLoader<Project, EndpointServiceRow | null>({
    observer: context.observeBatches('public endpoint services by id'),
    nameOf: keyOfProject,
    idOf: (row) => row?.serviceId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => publicServiceList(context).load({ project, query: {} }, window),
    isListed: (project, window) => publicServiceList(context).has({ project, query: {} }, window),
    one: async (project, id) => {
      const rows = await publicServiceList(context).load({ project, query: { id } }, { offset: 0, limit: 1 });
      return findIn(rows, ({ serviceId }) => serviceId === id) ?? null;
    },
    missing: async () => null,
  }),
);

builder.objectField(EndpointService, 'owner', (t) =>
  t.string({
    description:
      'Owner of a public service, as the cloud names it; null for other services, and if the caller may not list public ' +
      'services. Outside `publicEndpointServices` it needs one more call.',
    resolve: async ({ owner, ownership, project, serviceId }, _args, context) => {
      if (owner !== null || ownership === 'OWN') return owner;
      return (await unlessOutOfReach(publicService(context).load(project, serviceId)))?.owner ?? null;
    },
  }),
);

const PublicEndpointServiceFilter = builder.inputType('PublicEndpointServiceFilter', {
  description: 'Which public endpoint services to list.',
  fields: (t) => ({
    name: t.string({
      description: 'Text that the full name contains, in upper or lower case; an empty text is no condition.',
    }),
  }),
});

builder.queryField('publicEndpointServices', (t) =>
  t.connection(
    {
      type: EndpointService,
      nullable: true,
      extensions: PAGED,
      description:
        'The endpoint services that every account can see and connect to, newest first. Only their basic facts can be read.',
      args: {
        filter: t.arg({ type: PublicEndpointServiceFilter, description: 'Which services to list.' }),
        orderBy: t.arg({
          type: EndpointServiceOrder,
          description: 'Order of the rows; by default the newest first.',
        }),
        project: t.arg({
          type: ProjectInput,
          description: 'Project to read it from; needed only where several are served.',
        }),
      },
      example: `
        {
          publicEndpointServices(filter: { name: "obs" }) {
            nodes { serviceId name owner serviceType charged }
          }
        }
      `,
      resolve: (_root, { filter, orderBy, project: named, ...page }, context, info) => {
        const project = requireProject(context, named);
        const name = filter?.name ? checkPlainText('filter.name', filter.name, 128) : undefined;
        // Public services have no time of change, so that the cloud is not asked to sort by it.
        const sort =
          orderBy?.field === 'UPDATED_AT'
            ? { query: {}, gatewaySorts: true }
            : sortParameters(project, orderBy);
        const source: PageSource<EndpointServiceNode> = {
          identity: () =>
            listIdentity(
              'publicEndpointServices',
              project.region,
              project.projectId,
              orderBy ? [filter, orderBy] : filter,
            ),
          limits: listLimits,
          keyOf: ({ serviceId }) => serviceId,
          sortTimeOf: ({ createdAt }) => createdAt,
          load: async (window) => {
            const query = { endpoint_service_name: name, ...sort.query };
            const rows = await publicServiceList(context).load({ project, query }, window);
            const visible = (row: EndpointServiceRow) =>
              endpointServiceNode(project, { ...row, ownership: 'VISIBLE' });
            return { ...rows, items: rows.items.map(visible) };
          },
          order: sort.gatewaySorts ? rowOrder(orderBy, SERVICE_VALUES) : undefined,
        };
        return resolvePage(source, page, context, info, 'QueryPublicEndpointServicesConnection');
      },
    },
    ...pageType('QueryPublicEndpointServicesConnection', 'public endpoint services'),
  ),
);
