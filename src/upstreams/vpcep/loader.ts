import DataLoader from 'dataloader';
import { clientError } from '../../errors/client-error.ts';
import { type Context, perRequest } from '../../request/context.ts';
import type { Cloud, Project } from '../../http/client.ts';
import { idLoader } from '../../paging/id-loader.ts';
import { findIn } from '../../paging/extent.ts';
import { windowLoader } from '../../paging/window-loader.ts';
import type { Page } from '../../paging/window.ts';
import { type EndpointFacts, type EndpointQuery, getEndpoint, listEndpoints } from './endpoints/rest.ts';
import {
  describeEndpointService,
  type EndpointServiceFacts,
  type EndpointServiceQuery,
  getEndpointService,
  listEndpointServices,
  listLimits,
  listServiceConnections,
  listServicePermissions,
  type ServiceConnectionFacts,
  type ServiceConnectionQuery,
  type ServicePermissionFacts,
  whitelistLimits,
} from './rest.ts';
import { isOutOfReach } from './service.ts';
import { serviceIdIn } from './services/names.ts';

/** Which service is meant. */
export interface ServiceKey {
  project: Project;
  serviceId: string;
}

/** A service, and whether it is the project's own. */
export type KnownService = EndpointServiceFacts & { ownership: 'OWN' | 'VISIBLE' };

const nameOfProject = ({ region, projectId }: Project) => `${region} ${projectId}`;
const nameOfService = ({ project, serviceId }: ServiceKey) => `${nameOfProject(project)} ${serviceId}`;
const nameOfQuery = (query: object) => JSON.stringify(query, Object.keys(query).toSorted());

/** `null` where the other side may not be seen: absence is normal there. The calls of such reads declare it (`answers`). */
export const unlessOutOfReach = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (isOutOfReach(error)) return null;
    throw error;
  });

const own = (facts: EndpointServiceFacts): KnownService => ({ ...facts, ownership: 'OWN' });
const visible = (facts: EndpointServiceFacts): KnownService => ({ ...facts, ownership: 'VISIBLE' });

/** Windows of the list of the project's own services. */
export const endpointServiceList = perRequest(({ cloud, merging }) =>
  windowLoader<
    { project: Project; query: EndpointServiceQuery },
    EndpointServiceFacts,
    Page<EndpointServiceFacts>
  >({
    merging: merging('endpoint services'),
    limits: listLimits,
    nameOf: ({ project, query }) => `${nameOfProject(project)} ${nameOfQuery(query)}`,
    keyOf: ({ serviceId }) => serviceId,
    read: ({ project, query }, window) => listEndpointServices(cloud, project, window, query),
  }),
);

const describeById = async (cloud: Cloud, project: Project, serviceId: string) =>
  visible(await describeEndpointService(cloud, project, { id: serviceId }));

/** Own services by id, with the fewest calls; of others' the basic facts that everybody may see. */
export const endpointServiceFacts = perRequest((context) => {
  const { cloud } = context;
  return idLoader<Project, KnownService>({
    merging: context.merging('endpoint services by id'),
    nameOf: nameOfProject,
    idOf: ({ serviceId }) => serviceId,
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: async (project, window) => {
      const rows = await endpointServiceList(context).load({ project, query: {} }, window);
      return { ...rows, items: rows.items.map(own) };
    },
    oneWithoutList: true,
    one: async (project, serviceId) => {
      try {
        return own(await getEndpointService(cloud, project, serviceId));
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

const described = perRequest(
  ({ cloud }) =>
    new DataLoader<{ project: Project; name: string }, EndpointServiceFacts, string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, name }) =>
            describeEndpointService(cloud, project, { endpoint_service_name: name }).catch(
              (error: Error) => error,
            ),
          ),
        ),
      { cacheKeyFn: ({ project, name }) => `${nameOfProject(project)} ${name}` },
    ),
);

/**
 * The service that a full name means. Its last part is the id; only a name without one (masked, or short) has to be looked up,
 * and not in the list, whose name filter is a substring match.
 */
export const endpointServiceNamed = async (
  context: Context,
  project: Project,
  name: string,
): Promise<KnownService> => {
  const serviceId = serviceIdIn(name) ?? (await described(context).load({ project, name })).serviceId;
  return endpointServiceFacts(context).load(project, serviceId);
};

/** Own services as the list shows them: only there is the connection count promised. */
export const endpointServiceRow = perRequest((context) =>
  idLoader<Project, EndpointServiceFacts | null>({
    merging: context.merging('endpoint services by id'),
    nameOf: nameOfProject,
    idOf: (facts) => facts?.serviceId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => endpointServiceList(context).load({ project, query: {} }, window),
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

/** Windows of a service's connections, as the upstream filters them. */
export const serviceConnections = perRequest(({ cloud, merging }) =>
  windowLoader<
    ServiceKey & { query: ServiceConnectionQuery },
    ServiceConnectionFacts,
    Page<ServiceConnectionFacts>
  >({
    merging: merging('connections of an endpoint service'),
    limits: listLimits,
    nameOf: ({ query, ...service }) => `${nameOfService(service)} ${nameOfQuery(query)}`,
    keyOf: ({ endpointId }) => endpointId,
    read: ({ project, serviceId, query }, window) =>
      listServiceConnections(cloud, project, serviceId, window, query),
  }),
);

/** A service's connections by endpoint id: one through the list's filter, several out of the list. */
export const serviceConnectionFacts = perRequest((context) =>
  idLoader<ServiceKey, ServiceConnectionFacts | null>({
    merging: context.merging('connections by id'),
    nameOf: nameOfService,
    idOf: (facts) => facts?.endpointId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (service, window) => serviceConnections(context).load({ ...service, query: {} }, window),
    one: async (service, id) => {
      const rows = await serviceConnections(context).load(
        { ...service, query: { id } },
        { offset: 0, limit: 1 },
      );
      return findIn(rows, ({ endpointId }) => endpointId === id) ?? null;
    },
    missing: async () => null,
  }),
);

/** Windows of a service's whitelist. */
const permissionLoader =
  (fresh: boolean) =>
  ({ cloud, merging }: Pick<Context, 'cloud' | 'merging'>) =>
    windowLoader<ServiceKey, ServicePermissionFacts, Page<ServicePermissionFacts>>({
      merging: merging('permissions of an endpoint service'),
      limits: whitelistLimits,
      nameOf: nameOfService,
      keyOf: ({ permissionId }) => permissionId,
      read: ({ project, serviceId }, window) =>
        listServicePermissions(cloud, project, serviceId, window, fresh),
    });

export const servicePermissions = perRequest(permissionLoader(false));

/** The same, by reads that join no other one: for those who change the list. */
export const freshServicePermissions = perRequest(permissionLoader(true));

/** Windows of the list of the project's own endpoints. */
export const endpointList = perRequest(({ cloud, merging }) =>
  windowLoader<{ project: Project; query: EndpointQuery }, EndpointFacts, Page<EndpointFacts>>({
    merging: merging('endpoints'),
    limits: listLimits,
    nameOf: ({ project, query }) => `${nameOfProject(project)} ${nameOfQuery(query)}`,
    keyOf: ({ endpointId }) => endpointId,
    read: ({ project, query }, window) => listEndpoints(cloud, project, window, query),
  }),
);

/** The project's own endpoints by id; null where the list lacks one, and a refusal where it cannot be read by itself. */
const endpointById = perRequest((context) =>
  idLoader<Project, EndpointFacts | null>({
    merging: context.merging('endpoints by id'),
    nameOf: nameOfProject,
    idOf: (facts) => facts?.endpointId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => endpointList(context).load({ project, query: {} }, window),
    one: (project, endpointId) => getEndpoint(context.cloud, project, endpointId),
    missing: async () => null,
  }),
);

/** The project's own endpoints by id; null for an endpoint of another project. */
export const endpointFacts = (context: Context) => ({
  load: (project: Project, endpointId: string) =>
    unlessOutOfReach(endpointById(context).load(project, endpointId)),
});

/** One of the project's own endpoints, refused in the words of the cloud where it cannot be read. */
export const ownEndpoint = async (
  context: Context,
  project: Project,
  endpointId: string,
): Promise<EndpointFacts> => {
  const facts = await endpointById(context).load(project, endpointId);
  if (facts) return facts;
  throw clientError('NOT_FOUND', 'The project has no such endpoint. Those of other projects cannot be read.');
};
