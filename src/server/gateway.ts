import { createResponseCache, GENERATION_MS } from '../cache/response-cache.ts';
import { createMemoryStore } from '../cache/memory-store.ts';
import { redisNamespace } from '../cache/namespace.ts';
import { redisStore } from '../cache/store.ts';
import type { Config } from '../config/config.ts';
import { createGraphiql, type HeaderHints, wantsPage } from './graphiql/page.ts';
import { createGraphqlHandler } from '../graphql/handler.ts';
import { createAuthentication } from '../guards/authentication.ts';
import { createConcurrencyLimit } from '../guards/concurrency-limit.ts';
import { createCors } from '../guards/cors.ts';
import { createClient } from '../http/client.ts';
import { type CallReport, hasFailed, isCallersFault } from '../http/call-report.ts';
import { listen, type Listener } from './http-server.ts';
import { createGraphqlRequests } from './graphql-request.ts';
import { TIMEOUTS, type Timeouts } from './timeouts.ts';
import { createContextFactory } from '../request/create-context.ts';
import { createIdempotency } from '../writes/idempotency.ts';
import { createKeyedMutex } from '../writes/keyed-mutex.ts';
import { createResultFormatter } from '../graphql/format-result.ts';
import { prepareResponses, createRoutes, type Handler } from './routes.ts';
import { createPolling } from '../polling/polling.ts';
import { createLog, type Log } from '../observability/log.ts';
import { createMemoryBudget, type MemoryBudget } from '../capacity/memory-budget.ts';
import { createWriteBuffers } from '../capacity/write-buffers.ts';
import { createAddressOf } from '../guards/client-address.ts';
import { createFairShare } from '../capacity/fair-share.ts';
import { registerUsage } from './memory-usage.ts';
import { createTenants } from '../guards/tenants.ts';
import { createMetrics } from '../observability/metrics.ts';
import { useResponseCache } from '../graphql/plugins/response-cache.ts';
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
  timeouts?: Partial<Timeouts>;
  log?: Log;
  headerHints?: HeaderHints;
}

const BROKEN_OFF_MS = 500;
const NO_HINTS: HeaderHints = { 'X-Auth-Token': '', 'X-Workspace-Id': '' };

const createCallLogger = (log: Log) => (call: CallReport) => {
  if (!hasFailed(call)) log.debug(call, 'upstream call');
  else if (isCallersFault(call)) log.info(call, 'upstream call refused');
  else log.warn(call, 'upstream call failed');
};

// What only some gateways need is loaded when it is.
const connectRedisIfSet = async ({ redisUrl }: Config, log: Log): Promise<Redis | undefined> => {
  if (redisUrl === undefined) return undefined;
  const { connectRedis } = await import('../cache/redis.ts');
  return connectRedis(redisUrl, log);
};

/** What is right on several replicas only where they share it. */
const createWriteGuards = async (redis: Redis | undefined, { client, projects }: Config) => {
  const own = createKeyedMutex();
  if (!redis) return { mutex: own, keys: undefined };
  const { createReplicatedMutex } = await import('../writes/redis-lease.ts');
  const { createRedisIdempotency } = await import('../writes/redis-idempotency.ts');
  return {
    mutex: createReplicatedMutex(own, redis, client.answerTimeoutMs),
    keys: createRedisIdempotency(redis, projects),
  };
};

const createRateLimitIfSet = async (config: Config, memory: MemoryBudget, redis: Redis | undefined) => {
  if (config.rateLimit === 0) return undefined;
  const { createRateLimit } = await import('../guards/rate-limit.ts');
  return createRateLimit({ operations: config.rateLimit, namespace: redisNamespace(config), memory, redis });
};

const createResponseCacheIfSet = (config: Config, memory: MemoryBudget, redis: Redis | undefined) => {
  if (config.cacheTtlMs === 0) return undefined;
  const store = redis ? redisStore(redis) : createMemoryStore(memory, config.cacheTtlMs + GENERATION_MS);
  return createResponseCache(store, redisNamespace(config), config.cacheTtlMs, memory);
};

/** What GraphiQL sends: with what is asked of callers here, and, where it is told, what an operation cost. */
const graphiqlHeaders = ({ authentication, explain }: Config, hints: HeaderHints): HeaderHints => ({
  ...hints,
  ...((authentication.apiKeys.length > 0 || authentication.jwt) && { Authorization: '' }),
  ...(explain && { 'X-Explain': '1' }),
});

/** Starts the gateway of a configuration: the graph, GraphiQL, health, readiness and metrics on one port. */
export const startGateway = async (config: Config, options: GatewayOptions = {}): Promise<Gateway> => {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const log = options.log ?? createLog(config);
  const concurrency = createConcurrencyLimit(config.concurrency);
  const memory = createMemoryBudget(config.keptBytes);
  const writeBuffers = createWriteBuffers(config.answer.maxUnreadBytes);
  const redis = await connectRedisIfSet(config, log);
  const { mutex, keys } = await createWriteGuards(redis, config);
  const idempotency = createIdempotency(Date.now, config.keptBytes / 8, keys);
  const metrics = createMetrics({
    operations: concurrency.state,
    hosts: () => client.states(),
    whitelistLocks: mutex.state,
    usage: memory.usage,
    writeBuffers: writeBuffers.state,
  });
  const report = createCallLogger(log);
  const client = createClient(config.client, (call) => {
    metrics.countCall(call);
    report(call);
  });
  const polling = createPolling(config.polling);
  const tracing = config.tracing && (await startTracing(config.tracing, log));
  const authentication = createAuthentication(config.authentication);
  const cors = createCors(config.corsOrigins);
  const formatter = createResultFormatter(metrics, log, {
    suggestions: config.suggestions,
    maxBytes: config.answer.maxBytes,
  });
  const connections = createFairShare({ total: config.maxConnections, queue: 0 });
  registerUsage(memory, config, {
    writeBuffers,
    concurrency,
    polling,
    connections,
    idempotency,
    mutex,
    client,
  });
  const tenants = createTenants(memory);
  const createContext = createContextFactory(config, { client, polling, idempotency, mutex, tenants });
  const rateLimit = await createRateLimitIfSet(config, memory, redis);
  const responseCache = createResponseCacheIfSet(config, memory, redis);
  const cachePlugin = responseCache && useResponseCache(responseCache, (found) => metrics.countLookup(found));
  const addressOf = createAddressOf(config.trustedProxies);
  const graphql = createGraphqlHandler(config, {
    addressOf,
    writeBuffers,
    cost: concurrency.cost,
    memory,
    createContext,
    formatter,
    metrics,
    log,
    cachePlugin,
  });
  const operations = createGraphqlRequests(config, {
    authentication,
    addressOf,
    tenants,
    rateLimit,
    concurrency,
    graphql,
    formatter,
    metrics,
    log,
    tracing,
    timeouts,
  });
  const graphiql = createGraphiql(
    graphiqlHeaders(config, options.headerHints ?? NO_HINTS),
    writeBuffers,
    addressOf,
  );
  const prepareResponse = prepareResponses(timeouts.responseReadMs);
  const graph: Handler = async (request, response, requestId) => {
    if (config.graphiql && wantsPage(request)) {
      prepareResponse(response, requestId);
      return graphiql(request, response);
    }
    if (request.method === 'OPTIONS') prepareResponse(response, requestId);
    if (!cors(request, response)) await operations.answer(request, response, requestId);
  };

  let draining = false;
  const isDraining = () => draining;
  const { metricsPort } = config;
  const routes = createRoutes({
    prepareResponse,
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
  const shared = { timeouts, connections, prepareResponse, metrics, log, isDraining };
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
      operations.stopAccepting();
      polling.close();
      // The port stays open while requests run, so that `/ready` can say what is going on.
      await operations.untilIdle(config.shutdownGraceMs);
      await main.close();
      // What was broken off is counted, logged and traced a moment after its connection ended.
      await operations.untilIdle(BROKEN_OFF_MS);
      await apart?.close();
      await client.close();
      // Calls of mutations that were broken off fail now, and their audit lines say so.
      await operations.untilIdle(BROKEN_OFF_MS);
      await free();
    },
  };
};
