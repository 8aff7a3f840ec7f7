import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAnswerCache } from './cache/answer-cache.ts';
import { createMemoryStore } from './cache/memory-store.ts';
import { namespaceOf } from './cache/namespace.ts';
import { redisStore } from './cache/store.ts';
import type { Config } from './config.ts';
import { requestIdOf } from './front-door.ts';
import { createGraphiql, type HeaderHints, wantsPage } from './graphiql.ts';
import { createGraphqlServer } from './graphql-server.ts';
import { createAccess } from './guards/access.ts';
import { createAdmission } from './guards/admission.ts';
import { createCors } from './guards/cors.ts';
import { createClient } from './http/client.ts';
import { type CallReport, hasFailed, isCallersFault } from './http/report.ts';
import { createOperations } from './operations.ts';
import { hurry, PATIENCE, type Patience } from './patience.ts';
import { createContexts } from './request-context.ts';
import { createResults } from './result.ts';
import { createSettling } from './settling/settling.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { useAnswerCache } from './plugins/answer-cache.ts';
import type { Redis } from './redis.ts';
import { startTracing } from './tracing.ts';

/** The gateway, listening. */
export interface Gateway {
  url: string;
  /** Takes no new work, lets what runs end, and frees everything. */
  close(): Promise<void>;
}

/** What a gateway can be given beside its configuration. */
export interface GatewayOptions {
  /** Other times than the usual ones; tests have less of it. */
  patience?: Partial<Patience>;
  log?: Log;
  headerHints?: HeaderHints;
}

const BROKEN_OFF_MS = 500;
const NO_HINTS: HeaderHints = { 'X-Auth-Token': '', 'X-Workspace-Id': '' };

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void> | void;

const plain = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

const reporter = (log: Log) => (call: CallReport) => {
  if (!hasFailed(call)) log.debug(call, 'upstream call');
  else if (isCallersFault(call)) log.info(call, 'upstream call refused');
  else log.warn(call, 'upstream call failed');
};

/** Of the answers that are kept in this process. */
const KEPT_CHARACTERS = 16_000_000;

// What only some gateways need is loaded when it is.
const redisOf = async ({ redisUrl, cacheTtlMs, rateLimit }: Config, log: Log): Promise<Redis | undefined> => {
  if (redisUrl === undefined || (cacheTtlMs === 0 && rateLimit === 0)) return undefined;
  const { connectRedis } = await import('./redis.ts');
  return connectRedis(redisUrl, log);
};

const rateLimitOf = async (config: Config, redis: Redis | undefined) => {
  if (config.rateLimit === 0) return undefined;
  const { createRateLimit } = await import('./guards/rate-limit.ts');
  return createRateLimit({ operations: config.rateLimit, namespace: namespaceOf(config), redis });
};

const answerCacheOf = (config: Config, redis: Redis | undefined) => {
  if (config.cacheTtlMs === 0) return undefined;
  const store = redis ? redisStore(redis) : createMemoryStore(KEPT_CHARACTERS);
  return createAnswerCache(store, namespaceOf(config), config.cacheTtlMs);
};

/** What GraphiQL sends: with what is asked of callers here, and, where it is told, what an operation cost. */
const hintsOf = ({ access, explain }: Config, hints: HeaderHints): HeaderHints => ({
  ...hints,
  ...((access.apiKeys.length > 0 || access.jwt) && { Authorization: '' }),
  ...(explain && { 'X-Explain': '1' }),
});

/** Starts the gateway of a configuration: the graph, GraphiQL, health, readiness and metrics on one port. */
export const startGateway = async (config: Config, options: GatewayOptions = {}): Promise<Gateway> => {
  const patience = { ...PATIENCE, ...options.patience };
  const log = options.log ?? createLog(config);
  const admission = createAdmission(config.admission);
  const metrics = createMetrics({ admission: admission.state, hosts: () => client.states() });
  const report = reporter(log);
  const client = createClient(config.client, (call) => {
    metrics.countCall(call);
    report(call);
  });
  const settling = createSettling(config.settling);
  const tracing = config.tracing && (await startTracing(config.tracing, log));
  const access = createAccess(config.access);
  const cors = createCors(config.corsOrigins);
  const results = createResults(metrics, config.suggestions, log);
  const contextOf = createContexts(config, client, settling);
  const redis = await redisOf(config, log);
  const rateLimit = await rateLimitOf(config, redis);
  const answers = answerCacheOf(config, redis);
  const cachePlugin = answers && useAnswerCache(answers, (found) => metrics.countLookup(found));
  const graphql = createGraphqlServer(config, { contextOf, results, metrics, log, cachePlugin });
  const operations = createOperations(config, {
    access,
    rateLimit,
    admission,
    graphql,
    results,
    metrics,
    log,
    tracing,
    patience,
  });
  const graphiql = createGraphiql(hintsOf(config, options.headerHints ?? NO_HINTS));
  /** Of an answer that is no operation's: those do so themselves. */
  const begin = (response: ServerResponse, requestId: string): void => {
    response.setHeader('x-request-id', requestId);
    response.once('close', hurry(response, patience.readingMs));
  };
  const graph: Handler = async (request, response, requestId) => {
    if (config.graphiql && wantsPage(request)) {
      begin(response, requestId);
      return graphiql(request, response);
    }
    if (request.method === 'OPTIONS') begin(response, requestId);
    if (!cors(request, response)) await operations.answer(request, response, requestId);
  };

  let draining = false;
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
    if (draining) response.setHeader('connection', 'close');
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const handler = routes[path];
    if (handler !== graph) begin(response, requestId);
    try {
      if (handler) await handler(request, response, requestId);
      else plain(response, 404, 'There is nothing here. The graph is at /graphql.');
    } catch (error) {
      // The caller hung up in mid-request: nobody is left to answer, and nothing went wrong here.
      if (response.destroyed) return;
      log.error({ err: error, requestId }, 'request failed');
      if (!response.headersSent) response.writeHead(500, { 'x-request-id': requestId });
      response.end();
    }
  };

  const server = createServer(patience, (request, response) => void answer(request, response));
  server.maxConnections = config.maxConnections;

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
      operations.drain();
      settling.close();
      // The port stays open while requests run, so that `/ready` can say what is going on.
      await operations.idle(config.shutdownGraceMs);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      // What was broken off is counted, logged and traced a moment after its connection ended.
      await operations.idle(BROKEN_OFF_MS);
      await client.close();
      await redis?.close();
      await tracing?.close();
    },
  };
};
