import type { Project } from '../../http/request.ts';

interface Order {
  field: 'NAME' | 'CREATED_AT' | 'UPDATED_AT';
  direction: 'ASC' | 'DESC';
}

/** Query parameters for an order that the upstream supports. */
export interface Sort {
  query: { sort_key?: string; sort_dir?: 'asc' | 'desc' };
  /** True if the upstream does not support the order, so that the gateway sorts. */
  gatewaySorts: boolean;
}

const KEYS = {
  create_at: { CREATED_AT: 'create_at', UPDATED_AT: 'update_at' },
  created_at: { CREATED_AT: 'created_at', UPDATED_AT: 'updated_at' },
};

/**
 * Builds the query parameters of an order. The spelling of `sort_key` differs between regions; every region orders by creation time
 * without it, and for other orders the spelling must be known.
 */
export const sortParameters = ({ sortKey }: Project, order: Order | null | undefined): Sort => {
  if (!order) return { query: {}, gatewaySorts: false };
  const { field, direction } = order;
  if (field === 'NAME') return { query: {}, gatewaySorts: true };
  if (sortKey) {
    return {
      query: { sort_key: KEYS[sortKey][field], sort_dir: direction === 'ASC' ? 'asc' : 'desc' },
      gatewaySorts: false,
    };
  }
  if (field === 'UPDATED_AT') return { query: {}, gatewaySorts: true };
  return { query: direction === 'ASC' ? { sort_dir: 'asc' } : {}, gatewaySorts: false };
};
