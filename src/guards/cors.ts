import type { IncomingMessage, ServerResponse } from 'node:http';

/** The headers that pages of other sites may send. */
const SENT =
  'content-type, authorization, x-auth-token, x-workspace-id, x-request-id, traceparent, x-explain, x-cost';

/** Lets pages of other sites in, as far as their browsers ask. */
export type Cors = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Says in every answer, refusals too, which other sites' pages may read it; none where no origins are given. Gives true where
 * the request only asked that, and is answered.
 */
export const createCors = (origins: readonly string[]): Cors => {
  const isAllowed = (origin: string | undefined): origin is string =>
    origin !== undefined && (origins.includes('*') || origins.includes(origin));
  return (request, response) => {
    if (origins.length === 0) return false;
    const { origin } = request.headers;
    response.setHeader('vary', 'origin');
    if (!isAllowed(origin)) return false;
    response.setHeader('access-control-allow-origin', origins.includes('*') ? '*' : origin);
    response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
    if (request.method !== 'OPTIONS') return false;
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader('access-control-allow-headers', SENT);
    response.setHeader('access-control-max-age', '600');
    response.writeHead(204).end();
    return true;
  };
};
