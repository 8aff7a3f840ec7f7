import type { Plugin } from 'graphql-yoga';
import type { ServerContext } from '../../request/server-context.ts';

/** Takes the parameters from the body that the fast path has parsed. */
export const useParsedBody = (): Plugin<ServerContext, ServerContext> => ({
  onRequestParse: ({ serverContext: { prepared }, setRequestParser }) => {
    const { json } = prepared;
    if (json) setRequestParser(() => json);
  },
});
