import DataLoader from 'dataloader';
import { type Context, perRequest } from '../../../request/context.ts';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { findIn } from '../../../paging/extent.ts';
import { createIdLoader } from '../../../paging/id-loader.ts';
import { createWindowLoader } from '../../../paging/window-loader.ts';
import type { Page } from '../../../paging/window.ts';
import { keyOfProject, keyOfQuery } from '../../keys.ts';
import { listLimits } from '../rest.ts';
import { isOutOfReach } from '../service.ts';
import { keyOfService, type ServiceKey } from '../service-key.ts';
import { parseServiceId } from './names.ts';
import {
  describeEndpointService,
  type EndpointServiceRow,
  type EndpointServiceQuery,
  getEndpointService,
  listEndpointServices,
} from './rest.ts';

/** A service, whether it is the project's own, and whether its detail was read. */
export type KnownService = EndpointServiceRow & { ownership: 'OWN' | 'VISIBLE'; isDetailed?: boolean };

const own = (row: EndpointServiceRow): KnownService => ({ ...row, ownership: 'OWN' });
const visible = (row: EndpointServiceRow): KnownService => ({ ...row, ownership: 'VISIBLE' });

/** Windows of the list of the project's own services. */
export const endpointServiceList = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<
    { project: Project; query: EndpointServiceQuery },
    EndpointServiceRow,
    Page<EndpointServiceRow>
  >({
    observer: observeBatches('endpoint services'),
    limits: listLimits,
    nameOf: ({ project, query }) => `${keyOfProject(project)} ${keyOfQuery(query)}`,
    keyOf: ({ serviceId }) => serviceId,
    read: ({ project, query }, window) => listEndpointServices(cloud, project, window, query),
  }),
);

/** Details of own services: one call for each service. */
export const endpointServiceDetail = perRequest(
  ({ cloud }) =>
    new DataLoader<ServiceKey, EndpointServiceRow, string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, serviceId }) =>
            getEndpointService(cloud, project, serviceId).catch((error: Error) => error),
          ),
        ),
      { cacheKeyFn: keyOfService },
    ),
);

const describeById = async (cloud: Cloud, project: Project, serviceId: string) =>
  visible(await describeEndpointService(cloud, project, { id: serviceId }));

/** Ids of the own services, by project, where the whole list of them was read. */
const listedServices = perRequest(() => new Map<string, ReadonlySet<string>>());

/** Whether a service is known not to be one of the project's own. */
const isForeign = (context: Context, project: Project, serviceId: string): boolean =>
  listedServices(context).get(keyOfProject(project))?.has(serviceId) === false;

/** Services by id, with the fewest calls: own ones from detail or list, others by their basic information. */
export const endpointServiceById = perRequest((context) => {
  const { cloud } = context;
  return createIdLoader<Project, KnownService>({
    observer: context.observeBatches('endpoint services by id'),
    nameOf: keyOfProject,
    idOf: ({ serviceId }) => serviceId,
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: async (project, window) => {
      const rows = await endpointServiceList(context).load({ project, query: {} }, window);
      return { ...rows, items: rows.items.map(own) };
    },
    isListed: (project, window) => endpointServiceList(context).has({ project, query: {} }, window),
    oneWithoutList: true,
    one: async (project, serviceId) => {
      if (isForeign(context, project, serviceId)) return describeById(cloud, project, serviceId);
      try {
        return {
          ...own(await endpointServiceDetail(context).load({ project, serviceId })),
          isDetailed: true,
        };
      } catch (refusal) {
        if (!isOutOfReach(refusal)) throw refusal;
        return describeById(cloud, project, serviceId).catch((error: unknown) => {
          throw isOutOfReach(error) ? refusal : error;
        });
      }
    },
    missing: (project, serviceId) => describeById(cloud, project, serviceId),
  });
});

/** Keeps the whole list of a project's own services, so that no further call is needed to find one of them, or to miss it. */
export const keepListedServices = (
  context: Context,
  project: Project,
  rows: readonly EndpointServiceRow[],
): void => {
  listedServices(context).set(keyOfProject(project), new Set(rows.map(({ serviceId }) => serviceId)));
  for (const row of rows) endpointServiceById(context).keep(project, own(row));
};

const described = perRequest(
  ({ cloud }) =>
    new DataLoader<{ project: Project; name: string }, EndpointServiceRow, string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, name }) =>
            describeEndpointService(cloud, project, { endpoint_service_name: name }).catch(
              (error: Error) => error,
            ),
          ),
        ),
      { cacheKeyFn: ({ project, name }) => `${keyOfProject(project)} ${name}` },
    ),
);

/**
 * Finds a service by its full name. The last part is the id; only a name without one (masked, or short) needs a call of its own,
 * and not in the list, whose name filter is a substring match.
 */
export const endpointServiceByName = (
  context: Context,
  project: Project,
  name: string,
): Promise<KnownService> => {
  const services = endpointServiceById(context);
  const id = parseServiceId(name);
  if (id !== null) return services.load(project, id);
  return described(context)
    .load({ project, name })
    .then(({ serviceId }) => services.load(project, serviceId));
};

/** Finds an own service by its full name; null if it belongs to another account. */
export const ownServiceByName = async (
  context: Context,
  project: Project,
  name: string,
): Promise<KnownService | null> => {
  const serviceId = parseServiceId(name);
  if (serviceId !== null && isForeign(context, project, serviceId)) return null;
  const service = await endpointServiceByName(context, project, name);
  return service.ownership === 'OWN' ? service : null;
};

/** Own services by id, out of the list: only the list is sure to have the connection count. */
export const endpointServiceInList = perRequest((context) =>
  createIdLoader<Project, EndpointServiceRow | null>({
    observer: context.observeBatches('endpoint services by id'),
    nameOf: keyOfProject,
    idOf: (row) => row?.serviceId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => endpointServiceList(context).load({ project, query: {} }, window),
    isListed: (project, window) => endpointServiceList(context).has({ project, query: {} }, window),
    one: async (project, id) => {
      const rows = await endpointServiceList(context).load(
        { project, query: { id } },
        { offset: 0, limit: 1 },
      );
      return findIn(rows, ({ serviceId }) => serviceId === id) ?? null;
    },
    missing: async () => null,
  }),
);
