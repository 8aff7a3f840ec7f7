import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { readTraceparent } from '../request/caller.ts';
import type { Config } from '../config/config.ts';
import type { AddressOf } from '../guards/client-address.ts';
import type { Release } from '../capacity/fair-share.ts';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import { OVERLOADED, readRequestBody } from './request-body.ts';
import { refuse } from './refuse.ts';
import type { GraphqlHandler } from '../graphql/handler.ts';
import type { Authentication } from '../guards/authentication.ts';
import type { ConcurrencyLimit } from '../guards/concurrency-limit.ts';
import type { RateLimit } from '../guards/rate-limit.ts';
import type { Tenants } from '../guards/tenants.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createOperation, logFieldsOf, type Operation } from '../request/operation.ts';
import { destroyAfter, type Timeouts } from './timeouts.ts';
import type { ReadRequest, ServerContext } from '../request/server-context.ts';
import type { ResultFormatter } from '../graphql/format-result.ts';
import type { Tracing } from '../observability/operation-trace.ts';

/** Answers operations, from their arrival to the last byte. */
export interface GraphqlRequests {
  answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>;
  /** Takes no more of them. */
  stopAccepting(): void;
  /** Waits until none runs, but no longer than this. */
  untilIdle(ms: number): Promise<void>;
}

/** Who has a say in it. */
interface Deps {
  authentication: Authentication;
  addressOf: AddressOf;
  tenants: Tenants;
  rateLimit: RateLimit | undefined;
  concurrency: ConcurrencyLimit;
  graphql: GraphqlHandler;
  formatter: ResultFormatter;
  metrics: Metrics;
  log: Log;
  tracing: Tracing | undefined;
  timeouts: Timeouts;
}

const DRAIN_STEP_MS = 10;
/** nginx's number for a caller who hung up; it goes nowhere but into metrics, log and traces. */
const CLIENT_CLOSED_REQUEST = 499;

const DRAINING: HttpRefusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway is shutting down. Send the request again: another one takes it.',
};

const tokenIn = ({ headers }: IncomingMessage): string | undefined => {
  const token = headers['x-auth-token'];
  return typeof token === 'string' && token !== '' ? token : undefined;
};

const readOperationOptions = ({ headers }: IncomingMessage, { explain }: Config) => ({
  explain: explain && headers['x-explain'] === '1',
  cost: headers['x-cost'] === '1',
});

/** Runs none yet. */
export const createGraphqlRequests = (config: Config, parts: Deps): GraphqlRequests => {
  const {
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
  } = parts;
  let draining = false;
  // A count, not a set: what a set held it holds for a while after, until Node next looks through all memory.
  const running = { count: 0 };

  /** Counts, logs and traces an operation when its answer is through, or given up. */
  const observe = (response: ServerResponse, operation: Operation): void => {
    const started = performance.now();
    running.count += 1;
    const ended = () => {
      running.count -= 1;
    };
    response.on('close', () => {
      operation.cancelTimeout?.();
      // A mutation goes on after its caller hung up, and is waited for: its audit line tells how it ended.
      operation.budget.end();
      if (operation.writing) void operation.writing.finally(ended);
      else ended();
      if (!response.writableFinished) operation.clientAbort.abort();
      formatter.countErrors(operation);
      const status = operation.clientAbort.aborted ? CLIENT_CLOSED_REQUEST : response.statusCode;
      const ms = performance.now() - started;
      metrics.countRequest(status, ms);
      metrics.countOperation(operation);
      if (!operation.trace && log.isLevelEnabled?.('info') === false) return;
      const facts = logFieldsOf(operation);
      operation.trace?.end(facts, status);
      log.info({ ...facts, status, ms: Math.round(ms) }, 'operation');
    });
  };

  const answered = async (request: IncomingMessage, response: ServerResponse, operation: Operation) => {
    const refused = (refusal: HttpRefusal) => {
      operation.codes.push(refusal.code);
      refuse(request, response, refusal, operation.requestId);
    };
    if (draining) return refused(DRAINING);
    const asked = await authentication.authenticate(request.headers);
    if ('refusal' in asked) {
      if (asked.refusal.status === 401) operation.address = addressOf(request);
      return refused(asked.refusal);
    }
    operation.identity = asked;
    const { subject } = asked;
    const token = tokenIn(request);
    const counted = tenants.namesFor({ subject, token, address: addressOf(request) });
    const tenant = counted[0]!;
    const tooMany = await rateLimit?.check(counted);
    if (tooMany) return refused(tooMany);
    const bodies: Release[] = [];
    const takeRoom = (bytes: number) => {
      const release = concurrency.bodies.takeNow(tenant, bytes);
      if (release) bodies.push(release);
      return release !== null;
    };
    try {
      const refusal = await readRequestBody(request, config.maxBodyBytes, takeRoom);
      if (refusal) return refused(refusal);
      const place = await concurrency.slots.take(tenant, 1, { signal: operation.clientAbort });
      if (response.destroyed) return place?.();
      if (!place) return refused(OVERLOADED);
      await run(request, response, { operation, subject, tenant, place });
    } finally {
      operation.budget.end();
      for (const release of bodies) release();
    }
  };

  /** Runs an operation that has a place, which is free again when its answer is worked out or a subscription has begun. */
  const run = async (
    request: ReadRequest,
    response: ServerResponse,
    {
      operation,
      subject,
      tenant,
      place,
    }: Pick<ServerContext, 'operation' | 'subject' | 'tenant'> & { place: Release },
  ): Promise<void> => {
    const unhurried = destroyAfter(response, config.client.operationTimeoutMs + timeouts.responseReadMs);
    operation.cancelTimeout = unhurried;
    const subscribed = () => {
      const release = concurrency.subscriptions.takeNow(tenant);
      if (!release) return false;
      response.once('close', () => release());
      unhurried();
      place();
      return true;
    };
    try {
      await graphql(request, response, { operation, subject, tenant, subscribed });
    } finally {
      place();
    }
  };

  return {
    answer: async (request, response, requestId) => {
      const trace = tracing?.operation(requestId, readTraceparent(request.headers));
      const operation = createOperation(
        requestId,
        config.client,
        readOperationOptions(request, config),
        trace,
      );
      observe(response, operation);
      await answered(request, response, operation);
    },
    stopAccepting: () => {
      draining = true;
    },
    untilIdle: async (ms) => {
      const end = Date.now() + ms;
      while (running.count > 0 && Date.now() < end) await wait(DRAIN_STEP_MS);
    },
  };
};
