import type { WhitelistRecord } from '../model/whitelists.ts';
import type { Client } from './client.ts';
import { WHITELISTS } from './documents.ts';
import { type Batch, type List, readLists } from './read-lists.ts';

/** Reads the whitelists of parents. */
export const readWhitelists = (
  client: Client,
  batch: Batch,
  onRead: (key: string, list: List<WhitelistRecord>) => void,
): Promise<void> =>
  readLists<WhitelistRecord>(
    async (variables) => {
      const { data, problems } = await client.ask(WHITELISTS, variables);
      const nodes = data?.nodes.map(
        (node) => node && { list: 'permissions' in node ? node.permissions : null },
      );
      return { nodes: nodes ?? null, problems };
    },
    batch,
    ({ key }, list) => onRead(key, list),
  );
