import { createAnswerCache, GENERATION_MS } from '../cache/response-cache.ts';
import { createMemoryStore } from '../cache/memory-store.ts';
import { namespaceOf } from '../cache/namespace.ts';
import { redisStore } from '../cache/store.ts';
import type { Config } from '../config/config.ts';
import { createGraphiql, type HeaderHints, wantsPage } from './graphiql/page.ts';
import { createGraphqlServer } from '../graphql/yoga.ts';
import { createAccess } from '../guards/authentication.ts';
import { createAdmission } from '../guards/concurrency-limit.ts';
import { createCors } from '../guards/cors.ts';
import { createClient } from '../http/client.ts';
import { type CallReport, hasFailed, isCallersFault } from '../http/call-report.ts';
import { listen, type Listener } from './http-server.ts';
import { createOperations } from './graphql-request.ts';
import { PATIENCE, type Patience } from './timeouts.ts';
import { createContexts } from '../request/create-context.ts';
import { createIdempotency } from '../writes/idempotency.ts';
import { createKeyedTurns } from '../writes/keyed-mutex.ts';
import { createResults } from '../graphql/format-result.ts';
import { beginWith, createRoutes, type Handler } from './routes.ts';
import { createSettling } from '../polling/polling.ts';
import { createLog, type Log } from '../observability/log.ts';
import { createMemory, type Memory } from '../capacity/memory-budget.ts';
import { createOutbox } from '../capacity/write-buffers.ts';
import { createAddressOf } from '../guards/client-address.ts';
import { createFairShare } from '../capacity/fair-share.ts';
import { watchHoldings } from './memory-usage.ts';
import { createTenants } from '../guards/tenants.ts';
import { createMetrics } from '../observability/metrics.ts';
import { useAnswerCache } from '../graphql/plugins/response-cache.ts';
import type { Redis } from '../cache/redis.ts';
import { startTracing } from '../observability/tracing.ts';

/** The gateway, listening. */
export interface Gateway {
  url: string;
  /** Where metrics are, if they have a port of their own. */
  metricsUrl?: string;
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

const reporter = (log: Log) => (call: CallReport) => {
  if (!hasFailed(call)) log.debug(call, 'upstream call');
  else if (isCallersFault(call)) log.info(call, 'upstream call refused');
  else log.warn(call, 'upstream call failed');
};

// What only some gateways need is loaded when it is.
const redisOf = async ({ redisUrl }: Config, log: Log): Promise<Redis | undefined> => {
  if (redisUrl === undefined) return undefined;
  const { connectRedis } = await import('../cache/redis.ts');
  return connectRedis(redisUrl, log);
};

/** What is right on several replicas only where they share it. */
const sharedBy = async (redis: Redis | undefined, { client, projects }: Config) => {
  const own = createKeyedTurns();
  if (!redis) return { turns: own, keys: undefined };
  const { createLeasedTurns } = await import('../writes/redis-lease.ts');
  const { createSharedKeys } = await import('../writes/redis-idempotency.ts');
  return {
    turns: createLeasedTurns(own, redis, client.answerTimeoutMs),
    keys: createSharedKeys(redis, projects),
  };
};

const rateLimitOf = async (config: Config, memory: Memory, redis: Redis | undefined) => {
  if (config.rateLimit === 0) return undefined;
  const { createRateLimit } = await import('../guards/rate-limit.ts');
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
  const redis = await redisOf(config, log);
  const { turns, keys } = await sharedBy(redis, config);
  const idempotency = createIdempotency(Date.now, config.keptBytes / 8, keys);
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
  const results = createResults(metrics, log, {
    suggestions: config.suggestions,
    maxBytes: config.answer.maxBytes,
  });
  const connections = createFairShare({ total: config.maxConnections, queue: 0 });
  watchHoldings(memory, config, { outbox, admission, settling, connections, idempotency, turns, client });
  const tenants = createTenants(memory);
  const contextOf = createContexts(config, client, { settling, idempotency, turns, tenants });
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
    results,
    metrics,
    log,
    tracing,
    patience,
  });
  const graphiql = createGraphiql(hintsOf(config, options.headerHints ?? NO_HINTS), outbox, addressOf);
  const begin = beginWith(patience.readingMs);
  const graph: Handler = async (request, response, requestId) => {
    if (config.graphiql && wantsPage(request)) {
      begin(response, requestId);
      return graphiql(request, response);
    }
    if (request.method === 'OPTIONS') begin(response, requestId);
    if (!cors(request, response)) await operations.answer(request, response, requestId);
  };

  let draining = false;
  const isDraining = () => draining;
  const { metricsPort } = config;
  const routes = createRoutes({
    begin,
    graph,
    graphiql: config.graphiql,
    metrics,
    isDraining,
    metricsApart: metricsPort !== undefined,
  });
  const free = async () => {
    await client.close();
    await redis?.close();
    await tracing?.close();
  };
  const shared = { patience, connections, begin, metrics, log, isDraining };
  const listeners: Listener[] = [];
  const open = async (setting: 'PORT' | 'METRICS_PORT', port: number) => {
    const { main, apart } = routes;
    const place = { setting, port, host: config.host };
    listeners.push(await listen(place, setting === 'PORT' ? main : apart, shared));
  };
  try {
    await open('PORT', config.port);
    if (metricsPort !== undefined) await open('METRICS_PORT', metricsPort);
  } catch (error) {
    await Promise.all(listeners.map((one) => one.close()));
    await free();
    throw error;
  }
  const [main, apart] = listeners as [Listener, Listener?];

  return {
    url: main.url,
    ...(apart && { metricsUrl: apart.url }),
    close: async () => {
      draining = true;
      operations.drain();
      settling.close();
      // The port stays open while requests run, so that `/ready` can say what is going on.
      await operations.idle(config.shutdownGraceMs);
      await main.close();
      // What was broken off is counted, logged and traced a moment after its connection ended.
      await operations.idle(BROKEN_OFF_MS);
      await apart?.close();
      await client.close();
      // Calls of mutations that were broken off fail now, and their audit lines say so.
      await operations.idle(BROKEN_OFF_MS);
      await free();
    },
  };
};
