import type { Project } from '../../http/request.ts';

interface TimeOrder {
  field: 'CREATED_AT' | 'UPDATED_AT';
  direction: 'ASC' | 'DESC';
}

/** Query parameters for an order, as far as the upstream can make it. */
export interface Sort {
  query: { sort_key?: string; sort_dir?: 'asc' | 'desc' };
  /** Whether the gateway has to make the order. */
  left: boolean;
}

const KEYS = {
  create_at: { CREATED_AT: 'create_at', UPDATED_AT: 'update_at' },
  created_at: { CREATED_AT: 'created_at', UPDATED_AT: 'updated_at' },
};

/**
 * Builds the query parameters of an order. The spelling of `sort_key` differs between regions; creation time is what leaving it out
 * means everywhere, and the rest needs to know the spelling.
 */
export const sortOf = ({ sortKey }: Project, order: TimeOrder | null | undefined): Sort => {
  if (!order) return { query: {}, left: false };
  const { field, direction } = order;
  if (sortKey) {
    return {
      query: { sort_key: KEYS[sortKey][field], sort_dir: direction === 'ASC' ? 'asc' : 'desc' },
      left: false,
    };
  }
  if (field === 'UPDATED_AT') return { query: {}, left: true };
  return { query: direction === 'ASC' ? { sort_dir: 'asc' } : {}, left: false };
};
