import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import type { ConnectClient } from './client.ts';

/** urql with Graphcache and `relayPagination`, as its documentation has it. */
export const urql: ConnectClient = ({ text, type, field, url, fetch, shownIn }) => {
  const client = new Client({
    url,
    fetch,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        resolvers: { [type]: { [field]: relayPagination() } },
        keys: { InsightWorkspace: ({ workspaceId }) => workspaceId as string },
      }),
      fetchExchange,
    ],
  });
  const ask = async (after: string | null, requestPolicy: 'network-only' | 'cache-first') => {
    const { error } = await client.query(text, { after }, { requestPolicy }).toPromise();
    if (error) throw error;
  };
  // All pages are one list, whichever of them is asked for.
  const shown = () => shownIn(client.readQuery(text, { after: null })?.data);
  return {
    load: () => ask(null, 'network-only'),
    more: () => ask(shown()?.endCursor ?? null, 'cache-first'),
    shown,
  };
};
