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

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Makes no calls to an upstream that fails, until it answers again. */
export interface Breaker {
  /**
   * Makes a call.
   * @throws `CIRCUIT_OPEN` at once while the breaker is open.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  state(): BreakerState;
}

/** The breaker opens when more than this share of the calls in the sample failed. */
const MAX_FAILURE_SHARE = 0.8;
const SAMPLE_MS = 2_000;
/** A sample with fewer calls, ten in two seconds, does not open the breaker. */
const MIN_CALLS_PER_SECOND = 5;
/** Waits before each next probe: short at first, to recover soon; longer later, to spare an upstream in a long outage. */
const PROBE_WAITS_MS = [1_000, 2_000, 4_000];

/** True if an error shows that the upstream itself is down. A refusal below 500 is an answer; a client that disconnects shows nothing. */
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

/** A closed breaker. While it is open, single calls are let through as probes. */
export const createBreaker = (service: ServiceName): Breaker => {
  const sample = new SamplingBreaker({
    threshold: MAX_FAILURE_SHARE,
    duration: SAMPLE_MS,
    minimumRps: MIN_CALLS_PER_SECOND,
  });
  const createPolicy = (initialState?: unknown) =>
    circuitBreaker(handleWhen(isDown), {
      halfOpenAfter: new IterableBackoff(PROBE_WAITS_MS),
      breaker: sample,
      ...(initialState !== undefined && { initialState }),
    });
  let policy = createPolicy();

  /** Counts the failure of a call that began while the breaker was closed. */
  const countFailure = async (failure: unknown): Promise<void> => {
    if (failure instanceof ClientAborted) return;
    if (!isDown(failure)) sample.success(CircuitState.Closed);
    else if (policy.state === CircuitState.Closed)
      await policy.execute(() => Promise.reject(failure as Error)).catch(() => {});
  };

  /** Makes the one call that shows whether the upstream is back. A refusal counts as an answer. */
  const probe = async <T>(call: () => Promise<T>): Promise<T> => {
    let refusal: { error: unknown } | undefined;
    const before = policy.toJSON();
    try {
      const result = await policy.execute(() =>
        call().catch((error: unknown) => {
          // The policy would count it as an answer and close: restore its state, so that the next call is the probe.
          if (error instanceof ClientAborted) policy = createPolicy(before);
          if (isDown(error) || error instanceof ClientAborted) throw error;
          refusal = { error };
          return undefined;
        }),
      );
      if (refusal) throw refusal.error;
      return result as T;
    } catch (error) {
      throw isBrokenCircuitError(error) ? new CircuitOpen(service) : error;
    }
  };

  return {
    run: async (call) => {
      // A probe is in flight: other calls fail at once instead of waiting for its outcome.
      if (policy.state === CircuitState.HalfOpen) throw new CircuitOpen(service);
      if (policy.state !== CircuitState.Closed) return probe(async () => call());
      // Not through the policy, which makes several promises for each call: it only gets the failures.
      try {
        const result = await call();
        sample.success(CircuitState.Closed);
        return result;
      } catch (error) {
        await countFailure(error);
        throw error;
      }
    },
    state: () => STATES[policy.state],
  };
};
