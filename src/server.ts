import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from './config.ts';
import { refusalOf, refuse, requestIdOf } from './front-door.ts';
import { createGraphiql, type HeaderHints, wantsPage } from './graphiql.ts';
import { createGraphqlServer } from './graphql-server.ts';
import { createClient } from './http/client.ts';
import { createLog, createMetrics, type Log } from './telemetry.ts';

/** The gateway, listening. */
export interface Gateway {
  url: string;
  /** Takes no new work, lets what runs end, and frees everything. */
  close(): Promise<void>;
}

/** What a gateway can be given beside its configuration. */
export interface GatewayOptions {
  log?: Log;
  headerHints?: HeaderHints;
}

const MAX_HEADER_BYTES = 32 * 1024;
const NO_HINTS: HeaderHints = { 'X-Auth-Token': '', 'X-Workspace-Id': '' };

type Handler = (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<void> | void;

const plain = (status: number, text: string): Handler => (_request, response) => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

/** Starts the gateway of a configuration: the graph, GraphiQL, health, readiness and metrics on one port. */
export const startGateway = async (config: Config, options: GatewayOptions = {}): Promise<Gateway> => {
  const log = options.log ?? createLog(config.logLevel);
  const metrics = createMetrics();
  const client = createClient(config.client, (call) => {
    metrics.countCall(call);
    if (call.outcome === 'ok') log.debug(call, 'upstream call');
    else log.warn(call, 'upstream call failed');
  });
  const graphql = createGraphqlServer(config, client, log, metrics);
  const graphiql = createGraphiql(options.headerHints ?? NO_HINTS);
  let draining = false;

  const graph: Handler = async (request, response, requestId) => {
    if (config.graphiql && wantsPage(request)) return graphiql(request, response);
    const refusal = await refusalOf(request);
    if (refusal) return refuse(response, refusal, requestId);
    const started = performance.now();
    response.once('close', () => metrics.countRequest(response.statusCode, performance.now() - started));
    await graphql(request, response, { requestId });
  };

  const routes: Record<string, Handler> = {
    '/graphql': graph,
    '/health': plain(200, 'alive'),
    '/ready': (...args) => (draining ? plain(503, 'draining') : plain(200, 'ready'))(...args),
    '/metrics': async (_request, response) => {
      response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.text());
    },
    ...(config.graphiql && {
      '/': (_request, response) => response.writeHead(302, { location: '/graphql' }).end() as never,
    }),
  };

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    const requestId = requestIdOf(request);
    response.setHeader('x-request-id', requestId);
    if (draining) response.setHeader('connection', 'close');
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const handler = routes[path] ?? plain(404, 'There is nothing here. The graph is at /graphql.');
    Promise.resolve()
      .then(() => handler(request, response, requestId))
      .catch((error: unknown) => {
        log.error({ err: error, requestId }, 'request failed');
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;

  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: async () => {
      draining = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      // A socket kept alive becomes idle only after its last answer, which close() has no eye on.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      const force = setTimeout(() => server.closeAllConnections(), config.shutdownGraceMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(force);
      await client.close();
    },
  };
};
