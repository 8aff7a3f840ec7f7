import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Release } from '../capacity/fair-share.ts';
import { Present } from '../capacity/present.ts';
import type { Config } from '../config/config.ts';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { ResultFormatter } from '../graphql/format-result.ts';
import type { GraphqlHandler } from '../graphql/handler.ts';
import type { Authentication } from '../guards/authentication.ts';
import type { AddressOf } from '../guards/client-address.ts';
import type { ConcurrencyLimit } from '../guards/concurrency-limit.ts';
import type { RateLimit } from '../guards/rate-limit.ts';
import type { Tenants } from '../guards/tenants.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Tracing } from '../observability/operation-trace.ts';
import { readTraceparent } from '../request/caller.ts';
import type { ExplainLevel } from '../request/explain.ts';
import { createOperation, identify, type Operation } from '../request/operation.ts';
import type { ReadRequest, ServerContext } from '../request/server-context.ts';
import { observeOperation } from './observe-operation.ts';
import { OVERLOADED, refuse } from './refuse.ts';
import { readRequestBody } from './request-body.ts';
import { destroyAfter, type Timeouts } from './timeouts.ts';
import { monotonic } from '../time/clock.ts';

/** Answers GraphQL requests. */
export interface GraphqlRequests {
  answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>;
  /** Refuses all requests from now on. */
  stopAccepting(): void;
  /** Waits until no operation runs, at most so many milliseconds. Returns how many run then. */
  untilIdle(ms: number): Promise<number>;
  /** Answers the requests that still run in place of their operations. */
  answerRunning(): void;
}

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

const DRAINING: HttpRefusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway is shutting down. Send the request again: another one takes it.',
};

const CUT_OFF: HttpRefusal = {
  status: 503,
  code: 'INDETERMINATE',
  message:
    'The gateway is shutting down, and the outcome of the change is not known. Read what it changes before you send it again.',
};

/** A request that is running. */
interface Running {
  request: IncomingMessage;
  response: ServerResponse;
  operation: Operation;
  place: number;
}

const mayHaveWritten = ({ writing, budget }: Operation): boolean => writing !== undefined && budget.calls > 0;

const readToken = ({ headers }: IncomingMessage): string | undefined => {
  const token = headers['x-auth-token'];
  return typeof token === 'string' && token !== '' ? token : undefined;
};

const EXPLAIN_LEVELS: Readonly<Record<string, ExplainLevel>> = { 1: 'summary', 2: 'details' };

const readOperationOptions = ({ headers }: IncomingMessage, { explain }: Config) => ({
  explain: explain ? EXPLAIN_LEVELS[String(headers['x-explain'])] : undefined,
  cost: headers['x-cost'] === '1',
});

/** Each request passes the guards in order: authentication, rate limit, body size, concurrency limit. */
export const createGraphqlRequests = (config: Config, deps: Deps): GraphqlRequests => {
  const { authentication, addressOf, tenants, rateLimit, concurrency, graphql, tracing, timeouts } = deps;
  let isDraining = false;
  const running = new Present<Running>();

  /** Counts an operation as running until its response is closed, and a mutation until it has ended, even if its client disconnects. */
  const countRunning = (one: Running): void => {
    const { response, operation } = one;
    running.add(one);
    const noteEnd = () => running.delete(one);
    response.on('close', () => {
      operation.cancelTimeout?.();
      operation.budget.end();
      if (operation.writing) void operation.writing.finally(noteEnd);
      else noteEnd();
    });
  };

  /** Runs an operation in its slot, which is released when the response is complete, or a subscription has begun. */
  const run = async (
    request: ReadRequest,
    response: ServerResponse,
    { operation, subject, tenant }: Pick<ServerContext, 'operation' | 'subject' | 'tenant'>,
    releaseSlot: Release,
  ): Promise<void> => {
    const cancelTimeout = destroyAfter(response, config.client.operationTimeoutMs + timeouts.responseReadMs);
    operation.cancelTimeout = cancelTimeout;
    const beginSubscription = () => {
      const release = concurrency.subscriptions.takeNow(tenant);
      if (!release) return false;
      response.once('close', () => release());
      cancelTimeout();
      releaseSlot();
      return true;
    };
    try {
      await graphql(request, response, { operation, subject, tenant, beginSubscription });
    } finally {
      releaseSlot();
    }
  };

  /** Runs the guards, then the operation. Returns the refusal of the first guard that refuses the request. */
  const guardAndRun = async (
    request: IncomingMessage,
    response: ServerResponse,
    operation: Operation,
  ): Promise<HttpRefusal | null | undefined> => {
    if (isDraining) return DRAINING;
    const authenticated = authentication.authenticate(request.headers);
    const identity = authenticated instanceof Promise ? await authenticated : authenticated;
    if ('refusal' in identity) {
      if (identity.refusal.status === 401) operation.address = addressOf(request);
      return identity.refusal;
    }
    operation.identity = identity;
    const { subject } = identity;
    const token = readToken(request);
    const origin = { subject, token, address: addressOf(request) };
    const names = tenants.namesFor(origin, identify(operation, token, subject));
    const tenant = names[0]!;
    const tooMany = rateLimit && (await rateLimit.check(names));
    if (tooMany) return tooMany;

    const bodyBytes: Release[] = [];
    const takeBytes = (bytes: number) => {
      const release = concurrency.bodies.takeNow(tenant, bytes);
      if (release) bodyBytes.push(release);
      return release !== null;
    };
    try {
      const refusal = await readRequestBody(request, config.maxBodyBytes, takeBytes);
      if (refusal) return refusal;
      const slot =
        concurrency.slots.takeNow(tenant) ??
        (await concurrency.slots.take(tenant, 1, { signal: operation.clientAbort }));
      if (response.destroyed) {
        slot?.();
        return null;
      }
      if (!slot) return OVERLOADED;
      await run(request, response, { operation, subject, tenant }, slot);
      return null;
    } finally {
      operation.budget.end();
      for (const release of bodyBytes) release();
    }
  };

  return {
    answer: async (request, response, requestId) => {
      const trace = tracing?.operation(requestId, readTraceparent(request.headers));
      const options = readOperationOptions(request, config);
      const operation = createOperation(requestId, config.client, options, trace);
      countRunning({ request, response, operation, place: -1 });
      observeOperation(response, operation, deps);
      const refusal = await guardAndRun(request, response, operation);
      if (!refusal) return;
      operation.codes.push(refusal.code);
      refuse(request, response, refusal, requestId);
    },
    stopAccepting: () => {
      isDraining = true;
    },
    untilIdle: async (ms) => {
      const end = monotonic() + ms;
      while (running.size > 0 && monotonic() < end) await wait(DRAIN_STEP_MS);
      return running.size;
    },
    answerRunning: () => {
      for (const { request, response, operation } of running) {
        if (response.headersSent || response.destroyed) continue;
        const refusal = mayHaveWritten(operation) ? CUT_OFF : DRAINING;
        operation.codes.push(refusal.code);
        refuse(request, response, refusal, operation.requestId);
      }
    },
  };
};
