import type { IncomingMessage, ServerResponse } from 'node:http';
import { hurry } from './timeouts.ts';
import type { Metrics } from '../observability/metrics.ts';

/** Answers one request. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void> | void;

/** What one port answers: a handler for each path, and one for all others. */
export interface Routes {
  paths: Readonly<Record<string, Handler>>;
  nothing: Handler;
}

/** Prepares an answer that is no operation's: it has a request id, and its client has a time to read it. */
export type Begin = (response: ServerResponse, requestId: string) => void;

export const beginWith =
  (readingMs: number): Begin =>
  (response, requestId) => {
    response.setHeader('x-request-id', requestId);
    response.once('close', hurry(response, readingMs));
  };

/** What the routes are made of. */
interface Parts {
  begin: Begin;
  /** The graph; it prepares its answers itself. */
  graph: Handler;
  graphiql: boolean;
  metrics: Pick<Metrics, 'text' | 'contentType'>;
  isDraining: () => boolean;
  /** Whether metrics have a port of their own. */
  metricsApart: boolean;
}

const plain = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

/** The routes of the main port, and those of the port for metrics. */
export const createRoutes = ({ begin, graph, graphiql, metrics, isDraining, metricsApart }: Parts) => {
  const page =
    (answer: (response: ServerResponse) => Promise<void> | void): Handler =>
    (_request, response, requestId) => {
      begin(response, requestId);
      return answer(response);
    };
  const nothing = (text: string) =>
    page((response) => plain(response, 404, `There is nothing here. ${text}`));
  const probes = {
    '/health': page((response) => plain(response, 200, 'alive')),
    '/ready': page((response) =>
      isDraining() ? plain(response, 503, 'draining') : plain(response, 200, 'ready'),
    ),
  };
  const ofMetrics = {
    '/metrics': page(async (response) => {
      response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.text());
    }),
  };
  const toGraphiql = {
    '/': page((response) => {
      response.writeHead(302, { location: '/graphql' }).end();
    }),
  };
  const main: Routes = {
    paths: {
      '/graphql': graph,
      ...probes,
      ...(!metricsApart && ofMetrics),
      ...(graphiql && toGraphiql),
    },
    nothing: nothing('The graph is at /graphql.'),
  };
  const apart: Routes = { paths: { ...probes, ...ofMetrics }, nothing: nothing('Metrics are at /metrics.') };
  return { main, apart };
};
