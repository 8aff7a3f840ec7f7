import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAnswerCache, GENERATION_MS } from './cache/answer-cache.ts';
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
import type { CallReport } from './http/report.ts';
import { createOperations } from './operations.ts';
import { hurry, PATIENCE, type Patience } from './patience.ts';
import { createContexts } from './request-context.ts';
import { createIdempotency } from './idempotency.ts';
import { createKeyedTurns } from './keyed-turns.ts';
import { createResults } from './result.ts';
import { createSettling } from './settling/settling.ts';
import { createLog, type Log } from './log.ts';
import { createMemory, type Holding, type Memory } from './memory.ts';
import { createOutbox } from './outbox.ts';
import { createAddressOf, hostOfAddress } from './client-address.ts';
import { createFairShare, type FairShare } from './fair-share.ts';
import { createTenants } from './guards/tenants.ts';
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

const reporter = (log: Log) => (call: CallReport) =>
  call.outcome === 'ok' || call.outcome === 'ABORTED'
    ? log.debug(call, 'upstream call')
    : log.warn(call, 'upstream call failed');

// What only some gateways need is loaded when it is.
const redisOf = async ({ redisUrl, cacheTtlMs, rateLimit }: Config, log: Log): Promise<Redis | undefined> => {
  if (redisUrl === undefined || (cacheTtlMs === 0 && rateLimit === 0)) return undefined;
  const { connectRedis } = await import('./redis.ts');
  return connectRedis(redisUrl, log);
};

const rateLimitOf = async (config: Config, memory: Memory, redis: Redis | undefined) => {
  if (config.rateLimit === 0) return undefined;
  const { createRateLimit } = await import('./guards/rate-limit.ts');
  return createRateLimit({ operations: config.rateLimit, namespace: namespaceOf(config), memory, redis });
};

const answerCacheOf = (config: Config, memory: Memory, redis: Redis | undefined) => {
  if (config.cacheTtlMs === 0) return undefined;
  const store = redis ? redisStore(redis) : createMemoryStore(memory, config.cacheTtlMs + GENERATION_MS);
  return createAnswerCache(store, namespaceOf(config), config.cacheTtlMs, memory);
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
  const memory = createMemory(config.keptBytes);
  const outbox = createOutbox(config.answer.maxUnreadBytes);
  const idempotency = createIdempotency();
  const turns = createKeyedTurns();
  const metrics = createMetrics({
    admission: admission.state,
    hosts: () => client.states(),
    turns: turns.state,
    holdings: memory.holdings,
    outbox: outbox.state,
  });
  const report = reporter(log);
  const client = createClient(config.client, (call) => {
    metrics.countCall(call);
    report(call);
  });
  const settling = createSettling(config.settling);
  const tracing = config.tracing && (await startTracing(config.tracing, log));
  const access = createAccess(config.access);
  const cors = createCors(config.corsOrigins);
  const results = createResults(metrics, config.suggestions, config.answer.maxBytes);
  const { maxUnreadBytes } = config.answer;
  const { bodyBytes, runningCost, inFlight, queue, subscriptions } = config.admission;
  const heldBy = (share: FairShare) => () => share.state().held;
  const holdings: Holding[] = [
    { name: 'unread_answers', unit: 'bytes', limit: maxUnreadBytes, held: () => outbox.state().bytes },
    { name: 'request_bodies', unit: 'bytes', limit: bodyBytes, held: heldBy(admission.bodies) },
    { name: 'running_cost', unit: 'entries', limit: runningCost, held: heldBy(admission.cost) },
    { name: 'running_operations', unit: 'entries', limit: inFlight, held: heldBy(admission.places) },
    { name: 'waiting_operations', unit: 'entries', limit: queue, held: () => admission.state().waiting },
    { name: 'subscriptions', unit: 'entries', limit: subscriptions, held: heldBy(admission.subscriptions) },
    { name: 'polls', unit: 'entries', limit: subscriptions, held: settling.polls },
    { name: 'connections', unit: 'entries', limit: config.maxConnections, held: () => heldBy(connections)() },
    {
      name: 'idempotency_keys',
      unit: 'bytes',
      limit: idempotency.limit,
      held: () => idempotency.state().bytes,
    },
    {
      name: 'whitelist_changes',
      unit: 'entries',
      limit: inFlight,
      held: () => turns.state().running + turns.state().waiting,
    },
    {
      name: 'shared_reads',
      unit: 'entries',
      limit: inFlight * config.client.callLimit,
      held: () => client.sharedReads(),
    },
  ];
  for (const holding of holdings) memory.watch(holding);
  const tenants = createTenants(memory);
  const contextOf = createContexts(config, client, { settling, idempotency, turns, tenants });
  const redis = await redisOf(config, log);
  const rateLimit = await rateLimitOf(config, memory, redis);
  const answers = answerCacheOf(config, memory, redis);
  const cachePlugin = answers && useAnswerCache(answers, (found) => metrics.countLookup(found));
  const addressOf = createAddressOf(config.trustedProxies);
  const graphql = createGraphqlServer(config, {
    addressOf,
    outbox,
    cost: admission.cost,
    memory,
    contextOf,
    results,
    metrics,
    log,
    cachePlugin,
  });
  const operations = createOperations(config, {
    access,
    addressOf,
    tenants,
    rateLimit,
    admission,
    graphql,
    metrics,
    log,
    tracing,
    patience,
  });
  const graphiql = createGraphiql(hintsOf(config, options.headerHints ?? NO_HINTS), outbox, addressOf);
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
  const connections = createFairShare({ total: config.maxConnections, queue: 0 });
  // No address may have all connections; one that cannot be had is closed at once.
  server.on('connection', (socket) => {
    const release = connections.takeNow(hostOfAddress(socket.remoteAddress ?? ''));
    if (release) socket.once('close', () => release());
    else socket.destroy();
  });

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
      // Calls of mutations that were broken off fail now, and their audit lines say so.
      await operations.idle(BROKEN_OFF_MS);
      await redis?.close();
      await tracing?.close();
    },
  };
};
