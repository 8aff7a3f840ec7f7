import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { traceparentOf } from '../request/caller.ts';
import type { Config } from '../config/config.ts';
import type { AddressOf } from '../guards/client-address.ts';
import type { Release } from '../capacity/fair-share.ts';
import { OVERLOADED, type Refusal, refusalOf, refuse } from './request-body.ts';
import type { createGraphqlServer } from '../graphql/yoga.ts';
import type { Access } from '../guards/authentication.ts';
import type { Admission } from '../guards/concurrency-limit.ts';
import type { RateLimit } from '../guards/rate-limit.ts';
import type { Tenants } from '../guards/tenants.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createOperation, factsOf, type Operation } from '../request/operation.ts';
import { hurry, type Patience } from './timeouts.ts';
import type { ReadRequest, ServerContext } from '../request/server-context.ts';
import type { Results } from '../graphql/format-result.ts';
import type { Tracing } from '../observability/tracing.ts';

/** Answers operations, from their arrival to the last byte. */
export interface Operations {
  answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void>;
  /** Takes no more of them. */
  drain(): void;
  /** Waits until none runs, but no longer than this. */
  idle(ms: number): Promise<void>;
}

/** Who has a say in it. */
interface Parts {
  access: Access;
  addressOf: AddressOf;
  tenants: Tenants;
  rateLimit: RateLimit | undefined;
  admission: Admission;
  graphql: ReturnType<typeof createGraphqlServer>;
  results: Results;
  metrics: Metrics;
  log: Log;
  tracing: Tracing | undefined;
  patience: Patience;
}

const DRAIN_STEP_MS = 10;
/** nginx's number for a caller who hung up; it goes nowhere but into metrics, log and traces. */
const HUNG_UP = 499;

const DRAINING: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway is shutting down. Send the request again: another one takes it.',
};

const tokenIn = ({ headers }: IncomingMessage): string | undefined => {
  const token = headers['x-auth-token'];
  return typeof token === 'string' && token !== '' ? token : undefined;
};

const wishes = ({ headers }: IncomingMessage, { explain }: Config) => ({
  explain: explain && headers['x-explain'] === '1',
  cost: headers['x-cost'] === '1',
});

/** Runs none yet. */
export const createOperations = (config: Config, parts: Parts): Operations => {
  const {
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
  } = parts;
  let draining = false;
  // A count, not a set: what a set held it holds for a while after, until Node next looks through all memory.
  const running = { count: 0 };

  /** Counts, logs and traces an operation when its answer is through, or given up. */
  const followed = (response: ServerResponse, operation: Operation): void => {
    const started = performance.now();
    running.count += 1;
    const ended = () => {
      running.count -= 1;
    };
    response.on('close', () => {
      operation.unhurried?.();
      // A mutation goes on after its caller hung up, and is waited for: its audit line tells how it ended.
      operation.budget.end();
      if (operation.writing) void operation.writing.finally(ended);
      else ended();
      if (!response.writableFinished) operation.gone.abort();
      results.ended(operation);
      const status = operation.gone.aborted ? HUNG_UP : response.statusCode;
      const ms = performance.now() - started;
      metrics.countRequest(status, ms);
      metrics.countOperation(operation);
      if (!operation.trace && log.isLevelEnabled?.('info') === false) return;
      const facts = factsOf(operation);
      operation.trace?.end(facts, status);
      log.info({ ...facts, status, ms: Math.round(ms) }, 'operation');
    });
  };

  const answered = async (request: IncomingMessage, response: ServerResponse, operation: Operation) => {
    const refused = (refusal: Refusal) => {
      operation.codes.push(refusal.code);
      refuse(request, response, refusal, operation.requestId);
    };
    if (draining) return refused(DRAINING);
    const asked = await access.identify(request.headers);
    if ('refusal' in asked) {
      if (asked.refusal.status === 401) operation.address = addressOf(request);
      return refused(asked.refusal);
    }
    operation.identity = asked;
    const { subject } = asked;
    const token = tokenIn(request);
    const counted = tenants.countedAs({ subject, token, address: addressOf(request) });
    const tenant = counted[0]!;
    const tooMany = await rateLimit?.refusalOf(counted);
    if (tooMany) return refused(tooMany);
    const bodies: Release[] = [];
    const takeRoom = (bytes: number) => {
      const release = admission.bodies.takeNow(tenant, bytes);
      if (release) bodies.push(release);
      return release !== null;
    };
    try {
      const refusal = await refusalOf(request, config.maxBodyBytes, takeRoom);
      if (refusal) return refused(refusal);
      const place = await admission.places.take(tenant, 1, { signal: operation.gone });
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
    const unhurried = hurry(response, config.client.operationTimeoutMs + patience.readingMs);
    operation.unhurried = unhurried;
    const subscribed = () => {
      const release = admission.subscriptions.takeNow(tenant);
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
      const trace = tracing?.operation(requestId, traceparentOf(request.headers));
      const operation = createOperation(requestId, config.client, wishes(request, config), trace);
      followed(response, operation);
      await answered(request, response, operation);
    },
    drain: () => {
      draining = true;
    },
    idle: async (ms) => {
      const end = Date.now() + ms;
      while (running.count > 0 && Date.now() < end) await wait(DRAIN_STEP_MS);
    },
  };
};
