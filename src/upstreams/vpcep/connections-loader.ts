import { perRequest } from '../../request/context.ts';
import { findIn } from '../../paging/extent.ts';
import { createIdLoader } from '../../paging/id-loader.ts';
import { createWindowLoader } from '../../paging/window-loader.ts';
import type { Page } from '../../paging/window.ts';
import { keyOfQuery } from '../keys.ts';
import {
  listServiceConnections,
  type ServiceConnectionQuery,
  type ServiceConnectionRow,
} from './connections-rest.ts';
import { listLimits } from './rest.ts';
import { keyOfService, type ServiceKey } from './service-key.ts';

/** Windows of a service's connections, as the upstream filters them. */
export const serviceConnections = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<
    ServiceKey & { query: ServiceConnectionQuery },
    ServiceConnectionRow,
    Page<ServiceConnectionRow>
  >({
    observer: observeBatches('connections of an endpoint service'),
    limits: listLimits,
    nameOf: ({ query, ...service }) => `${keyOfService(service)} ${keyOfQuery(query)}`,
    keyOf: ({ endpointId }) => endpointId,
    read: ({ project, serviceId, query }, window) =>
      listServiceConnections(cloud, project, serviceId, window, query),
  }),
);

/** Connections of a service by endpoint id: one is read by the filter of the list, several out of the whole list. */
export const serviceConnectionById = perRequest((context) =>
  createIdLoader<ServiceKey, ServiceConnectionRow | null>({
    observer: context.observeBatches('connections by id'),
    nameOf: keyOfService,
    idOf: (row) => row?.endpointId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (service, window) => serviceConnections(context).load({ ...service, query: {} }, window),
    isListed: (service, window) => serviceConnections(context).has({ ...service, query: {} }, window),
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
