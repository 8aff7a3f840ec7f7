import type { IncomingMessage, ServerResponse } from 'node:http';

/** Request headers that pages of other origins may send. */
const ALLOWED_HEADERS =
  'content-type, authorization, x-auth-token, x-workspace-id, x-request-id, traceparent, x-explain, x-cost';

/** Sets the CORS headers of a response; true if the request was a preflight, which is then answered. */
export type Cors = (request: IncomingMessage, response: ServerResponse) => boolean;

/** CORS for the given origins, or for all with `*`. Applies to every response, errors too; without origins it does nothing. */
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
    response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
    response.setHeader('access-control-max-age', '600');
    response.writeHead(204).end();
    return true;
  };
};
