import { createFairShare } from '../capacity/fair-share.ts';
import { createMemoryBudget } from '../capacity/memory-budget.ts';
import { createWriteBuffers } from '../capacity/write-buffers.ts';
import type { Config } from '../config/config.ts';
import { createResultFormatter } from '../graphql/format-result.ts';
import { createGraphqlHandler } from '../graphql/handler.ts';
import { useResponseCache } from '../graphql/plugins/response-cache.ts';
import { createAuthentication } from '../guards/authentication.ts';
import { createAddressOf } from '../guards/client-address.ts';
import { createConcurrencyLimit } from '../guards/concurrency-limit.ts';
import { createCors } from '../guards/cors.ts';
import { createTenants } from '../guards/tenants.ts';
import { createClient } from '../http/client.ts';
import { logUpstreamCall } from '../observability/log-upstream-call.ts';
import { createLog, type Log } from '../observability/log.ts';
import { createMetrics } from '../observability/metrics.ts';
import { startTracing } from '../observability/tracing.ts';
import { createPolling } from '../polling/shared-polls.ts';
import { createContextFactory } from '../request/create-context.ts';
import { createIdempotency } from '../writes/idempotency.ts';
import type { GraphiqlDefaults } from './graphiql/page.ts';
import { createGraphiqlRoute } from './graphiql/route.ts';
import { createGraphqlRequests } from './graphql-request.ts';
import { listen, type Listener } from './http-server.ts';
import { registerUsage } from './memory-usage.ts';
import {
  connectRedisIfSet,
  createRateLimitIfSet,
  createResponseCacheIfSet,
  createWriteGuards,
} from './optional-parts.ts';
import { createRoutes, prepareResponses } from './routes.ts';
import { createFileSender } from './static-file.ts';
import { TIMEOUTS, type Timeouts } from './timeouts.ts';
import { createTopologyRoutes } from './topology/route.ts';
import { monotonic } from '../time/clock.ts';

/** A gateway that accepts connections. */
export interface Gateway {
  /** Its address with the base path: the graph is at `/graphql` below it. */
  url: string;
  /** URL of the metrics, if they have a port of their own. */
  metricsUrl?: string;
  /** Refuses new work, lets running operations end, and frees everything. */
  close(): Promise<void>;
}

/** Options of a gateway beside its configuration. */
export interface GatewayOptions {
  /** Times that differ from the usual ones, in milliseconds. */
  timeouts?: Partial<Timeouts>;
  log?: Log;
  graphiql?: GraphiqlDefaults;
  /** Whether the cloud is the sandbox, so that pages can say so. */
  sandbox?: boolean;
}

/** Time to count, log and trace an operation after its connection was closed. */
const AFTER_CLOSE_MS = 500;

/** Composes everything but the HTTP server. */
const composeGateway = async (config: Config, log: Log, timeouts: Timeouts) => {
  const concurrency = createConcurrencyLimit(config.concurrency);
  const connections = createFairShare({ total: config.maxConnections, queue: 0 });
  const memory = createMemoryBudget(config.keptBytes);
  const writeBuffers = createWriteBuffers(config.answer.maxUnreadBytes);

  const redis = await connectRedisIfSet(config, log);
  const { mutex, keys } = await createWriteGuards(redis, config);
  const idempotency = createIdempotency(monotonic, config.keptBytes / 8, keys);
  const polling = createPolling(config.polling);

  const metrics = createMetrics({
    operations: concurrency.state,
    hosts: () => client.states(),
    whitelistLocks: mutex.state,
    isRedisUsable: redis?.isUsable,
    usage: memory.usage,
    writeBuffers: writeBuffers.state,
    lostLines: () => log.state?.().lost ?? { audit: 0, other: 0 },
  });
  const client = createClient(config.client, (call) => {
    metrics.countCall(call);
    logUpstreamCall(log, call);
  });
  const tracing = config.tracing && (await startTracing(config.tracing, log));

  const authentication = createAuthentication(config.authentication);
  const formatter = createResultFormatter(metrics, log, {
    suggestions: config.suggestions,
    maxBytes: config.answer.maxBytes,
  });
  registerUsage(memory, config, {
    writeBuffers,
    concurrency,
    polling,
    connections,
    idempotency,
    mutex,
    client,
    log,
  });
  const tenants = createTenants(memory);
  const rateLimit = await createRateLimitIfSet(config, memory, redis);
  const responseCache = createResponseCacheIfSet(config, memory, redis);
  const addressOf = createAddressOf(config.trustedProxies);

  const graphql = createGraphqlHandler(config, {
    addressOf,
    writeBuffers,
    cost: concurrency.cost,
    memory,
    createContext: createContextFactory(config, { client, polling, idempotency, mutex, tenants }),
    formatter,
    metrics,
    log,
    cachePlugin: responseCache && useResponseCache(responseCache, (found) => metrics.countLookup(found)),
  });
  const requests = createGraphqlRequests(config, {
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
  const closeClients = async () => {
    await client.close();
    await redis?.close();
    await tracing?.close();
  };
  return { requests, polling, client, metrics, connections, writeBuffers, addressOf, closeClients };
};

/**
 * Starts the gateway of a configuration: the graph, pages for browsers, health, readiness and metrics on one port.
 * @throws an error with the `setting` that names the port, if it cannot listen there.
 */
export const startGateway = async (config: Config, options: GatewayOptions = {}): Promise<Gateway> => {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const log = options.log ?? createLog(config);
  const { requests, polling, client, metrics, connections, writeBuffers, addressOf, closeClients } =
    await composeGateway(config, log, timeouts);

  let draining = false;
  const isDraining = () => draining;
  const { host, metricsPort } = config;
  const prepareResponse = prepareResponses(timeouts.responseReadMs);
  const sendFile = createFileSender(writeBuffers, addressOf);
  const routes = createRoutes({
    prepareResponse,
    requests,
    cors: createCors(config.corsOrigins),
    graphiql: createGraphiqlRoute(config, options.graphiql, sendFile),
    topology: createTopologyRoutes(config, options.sandbox ?? false, sendFile),
    metrics,
    isDraining,
    basePath: config.basePath,
    metricsApart: metricsPort !== undefined,
  });

  const listeners: Listener[] = [];
  const shared = { timeouts, connections, prepareResponse, metrics, log, isDraining };
  try {
    listeners.push(await listen({ setting: 'PORT', port: config.port, host }, routes.main, shared));
    if (metricsPort !== undefined)
      listeners.push(
        await listen({ setting: 'METRICS_PORT', port: metricsPort, host }, routes.apart, shared),
      );
  } catch (error) {
    await Promise.all(listeners.map((one) => one.close()));
    await closeClients();
    throw error;
  }
  const [main, apart] = listeners as [Listener, Listener?];

  return {
    url: `${main.url}${config.basePath}`,
    ...(apart && { metricsUrl: apart.url }),
    close: async () => {
      const since = monotonic();
      draining = true;
      requests.stopAccepting();
      polling.close();
      // The port stays open while operations run, so that `/ready` reports the shutdown.
      const cutOperations = await requests.untilIdle(config.shutdownGraceMs);
      // Calls that are under way fail now, so that their operations are answered, and mutations have their audit lines.
      await client.close();
      await requests.untilIdle(AFTER_CLOSE_MS);
      // What waits for something else than a call, such as the rest of its own body.
      requests.answerRunning();
      await requests.untilIdle(AFTER_CLOSE_MS);
      await main.close();
      await requests.untilIdle(AFTER_CLOSE_MS);
      await apart?.close();
      await closeClients();
      log.info({ drainMs: Math.round(monotonic() - since), cutOperations }, 'gateway stopped');
    },
  };
};
