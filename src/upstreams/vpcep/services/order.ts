import { defineOrder } from '../../../graph/order.ts';
import type { EndpointServiceNode } from '../nodes.ts';

/** The order of endpoint services: the same meaning for own and for public ones. */
export const EndpointServiceOrder = defineOrder('EndpointServiceOrder', 'endpoint services', 'id', {
  NAME: 'Full name, in upper or lower case; services without a name come last.',
  CREATED_AT: 'When the service was created.',
  UPDATED_AT: 'When it last changed; services without that time come last.',
});

/** The values to order by. */
export const SERVICE_VALUES = {
  NAME: ({ name }: EndpointServiceNode) => name,
  CREATED_AT: ({ createdAt }: EndpointServiceNode) => createdAt,
  UPDATED_AT: ({ updatedAt }: EndpointServiceNode) => updatedAt,
};
