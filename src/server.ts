import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from './config.ts';
import { type Refusal, refusalOf, refuse, requestIdOf } from './front-door.ts';
import { createGraphiql, type HeaderHints, wantsPage } from './graphiql.ts';
import { createGraphqlServer } from './graphql-server.ts';
import { createClient } from './http/client.ts';
import type { CallReport } from './http/report.ts';
import { createSettling } from './settling/settling.ts';
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
const REQUEST_TIMEOUT_MS = 30_000;
const DRAIN_STEP_MS = 10;
/** nginx's number for a caller who hung up; it goes nowhere but into the metrics. */
const HUNG_UP = 499;
const NO_HINTS: HeaderHints = { 'X-Auth-Token': '', 'X-Workspace-Id': '' };

const DRAINING: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway is shutting down. Send the request again: another one takes it.',
};

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void> | void;

const plain = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

const reporter = (log: Log) => (call: CallReport) =>
  call.outcome === 'ok' || call.outcome === 'ABORTED'
    ? log.debug(call, 'upstream call')
    : log.warn(call, 'upstream call failed');

/** Starts the gateway of a configuration: the graph, GraphiQL, health, readiness and metrics on one port. */
export const startGateway = async (config: Config, options: GatewayOptions = {}): Promise<Gateway> => {
  const log = options.log ?? createLog(config.logLevel);
  const metrics = createMetrics();
  const report = reporter(log);
  const client = createClient(config.client, (call) => {
    metrics.countCall(call);
    report(call);
  });
  const settling = createSettling(config.settling);
  const graphql = createGraphqlServer(config, client, log, metrics, settling);
  const graphiql = createGraphiql(options.headerHints ?? NO_HINTS);
  let draining = false;
  const running = new Set<ServerResponse>();

  const counted = (response: ServerResponse): void => {
    const started = performance.now();
    running.add(response);
    response.once('close', () => {
      running.delete(response);
      metrics.countRequest(
        response.writableFinished ? response.statusCode : HUNG_UP,
        performance.now() - started,
      );
    });
  };

  const graph: Handler = async (request, response, requestId) => {
    if (config.graphiql && wantsPage(request)) return graphiql(request, response);
    counted(response);
    const refusal = draining ? DRAINING : await refusalOf(request);
    if (refusal) return refuse(request, response, refusal, requestId);
    await graphql(request, response, { requestId });
  };

  const routes: Record<string, Handler> = {
    '/graphql': graph,
    '/health': (_request, response) => plain(response, 200, 'alive'),
    '/ready': (_request, response) =>
      draining ? plain(response, 503, 'draining') : plain(response, 200, 'ready'),
    '/metrics': async (_request, response) => {
      response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.text());
    },
    ...(config.graphiql && {
      '/': (_request, response) => {
        response.writeHead(302, { location: '/graphql' }).end();
      },
    }),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(request);
    response.setHeader('x-request-id', requestId);
    if (draining) response.setHeader('connection', 'close');
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const handler = routes[path];
    try {
      if (handler) await handler(request, response, requestId);
      else plain(response, 404, 'There is nothing here. The graph is at /graphql.');
    } catch (error) {
      // The caller hung up in mid-request: nobody is left to answer, and nothing went wrong here.
      if (response.destroyed) return;
      log.error({ err: error, requestId }, 'request failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  };

  const limits = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer(limits, (request, response) => void answer(request, response));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not listening on a port.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  return {
    url: `http://${host}:${address.port}`,
    close: async () => {
      draining = true;
      settling.close();
      // The port stays open while requests run, so that `/ready` can say what is going on.
      const end = Date.now() + config.shutdownGraceMs;
      while (running.size > 0 && Date.now() < end) await wait(DRAIN_STEP_MS);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await client.close();
    },
  };
};
