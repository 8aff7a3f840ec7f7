import {
  circuitBreaker,
  CircuitState,
  handleWhen,
  isBrokenCircuitError,
  IterableBackoff,
  SamplingBreaker,
} from 'cockatiel';
import {
  ClientAborted,
  CircuitOpen,
  UpstreamContractError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from './errors.ts';
import type { ServiceName } from './service.ts';

/** What a breaker says of itself. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** Stops asking an upstream that fails, until it answers again. */
export interface Breaker {
  /** Makes a call, or throws at once where the upstream is not to be asked now. */
  run<T>(call: () => Promise<T>): Promise<T>;
  state(): BreakerState;
}

/** Of the calls of the last two seconds or so, and at least ten of them, more than this share has to fail. */
const SHARE = 0.8;
const SAMPLE_MS = 2_000;
const LEAST_PER_SECOND = 5;
/** Waits before each next probe, in milliseconds: soon back, and a long outage is not hammered. */
const PROBE_AFTER_MS = [1_000, 2_000, 4_000];

/** What says that the upstream itself is down. A refusal below 500 is an answer, and who hung up says nothing of it. */
const isDown = (error: unknown): boolean =>
  error instanceof UpstreamTimeout ||
  (error instanceof UpstreamUnreachable && !error.stale) ||
  (error instanceof UpstreamContractError && error.cutOff) ||
  (error instanceof UpstreamRefusal && error.facts.status >= 500);

const STATES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

/** A breaker that is closed. While it is open, one call now and then is let through as a probe. */
export const createBreaker = (service: ServiceName): Breaker => {
  const sample = new SamplingBreaker({
    threshold: SHARE,
    duration: SAMPLE_MS,
    minimumRps: LEAST_PER_SECOND,
  });
  const policyOf = (initialState?: unknown) =>
    circuitBreaker(handleWhen(isDown), {
      halfOpenAfter: new IterableBackoff(PROBE_AFTER_MS),
      breaker: sample,
      ...(initialState !== undefined && { initialState }),
    });
  let policy = policyOf();

  /** A failure of a call that began while the breaker was closed. */
  const count = async (failure: unknown): Promise<void> => {
    if (failure instanceof ClientAborted) return;
    if (!isDown(failure)) sample.success(CircuitState.Closed);
    else if (policy.state === CircuitState.Closed)
      await policy.execute(() => Promise.reject(failure as Error)).catch(() => {});
  };

  /** The one call that tells whether the upstream is back. A refusal is an answer too, and counts as one. */
  const probe = async <T>(call: () => Promise<T>): Promise<T> => {
    let refusal: { error: unknown } | undefined;
    const before = policy.toJSON();
    try {
      const answer = await policy.execute(() =>
        call().catch((error: unknown) => {
          // The policy would take it for an answer and close; it has to be as it was, for the next probe to tell.
          if (error instanceof ClientAborted) policy = policyOf(before);
          if (isDown(error) || error instanceof ClientAborted) throw error;
          refusal = { error };
          return undefined;
        }),
      );
      if (refusal) throw refusal.error;
      return answer as T;
    } catch (error) {
      throw isBrokenCircuitError(error) ? new CircuitOpen(service) : error;
    }
  };

  return {
    run: async (call) => {
      // While a probe is on its way, nobody waits for what becomes of it.
      if (policy.state === CircuitState.HalfOpen) throw new CircuitOpen(service);
      if (policy.state !== CircuitState.Closed) return probe(async () => call());
      // The policy itself would take several promises for each call; it hears of failures alone.
      try {
        const answer = await call();
        sample.success(CircuitState.Closed);
        return answer;
      } catch (error) {
        await count(error);
        throw error;
      }
    },
    state: () => STATES[policy.state],
  };
};
