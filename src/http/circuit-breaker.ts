import {
  ClientAborted,
  CircuitOpen,
  UpstreamContractError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from './errors.ts';
import type { ServiceName } from './service.ts';
import { createSlidingCounts } from './sliding-counts.ts';
import { monotonic } from '../time/clock.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Counts the end of a call. */
type EndOfCall = (error: unknown) => void;

/** Makes no calls to an upstream that fails, until it answers again. */
export interface Breaker {
  /** Lets a call begin: returns the function to call with its error, or with undefined when it has succeeded. An error, `CIRCUIT_OPEN`, while the breaker is open. */
  begin(): EndOfCall | CircuitOpen;
  state(): BreakerState;
}

/** The breaker opens when more than this share of the calls in the sample failed. */
const MAX_FAILURE_SHARE = 0.8;
const SAMPLE_MS = 2_000;
const SAMPLE_STEPS = 5;
/** A sample with fewer calls does not open the breaker. */
const MIN_CALLS = 10;
/** Waits before each next probe: short at first, to recover soon; longer later, to spare an upstream in a long outage. */
const PROBE_WAITS_MS = [1_000, 2_000, 4_000];

/** True if an error shows that the upstream itself is down. A refusal below 500 is an answer; a client that disconnects shows nothing. */
const isDown = (error: unknown): boolean =>
  error instanceof UpstreamTimeout ||
  (error instanceof UpstreamUnreachable && !error.stale) ||
  (error instanceof UpstreamContractError && error.cutOff) ||
  (error instanceof UpstreamRefusal && error.facts.status >= 500);

/** What the end of a call shows of the upstream; undefined if nothing. */
const judge = (error: unknown): 'up' | 'down' | undefined => {
  if (error === undefined) return 'up';
  if (error instanceof ClientAborted) return undefined;
  return isDown(error) ? 'down' : 'up';
};

/** A closed breaker. While it is open, single calls are let through as probes. */
export const createBreaker = (service: ServiceName): Breaker => {
  const sample = createSlidingCounts(['up', 'down'], SAMPLE_MS, SAMPLE_STEPS);
  let state: BreakerState = 'closed';
  let failedProbes = 0;
  let probeAt = 0;

  const open = (): void => {
    state = 'open';
    probeAt = monotonic() + PROBE_WAITS_MS[Math.min(failedProbes, PROBE_WAITS_MS.length - 1)]!;
  };

  const close = (): void => {
    state = 'closed';
    failedProbes = 0;
    sample.clear();
  };

  /** Counts the end of a call. One that began before the breaker opened changes nothing any more. */
  const count: EndOfCall = (error) => {
    const shown = judge(error);
    if (state !== 'closed' || shown === undefined) return;
    sample.add(shown);
    if (shown === 'up') return;
    const failures = sample.sum('down');
    const calls = failures + sample.sum('up');
    if (calls >= MIN_CALLS && failures > calls * MAX_FAILURE_SHARE) open();
  };

  const endProbe: EndOfCall = (error) => {
    const shown = judge(error);
    if (shown === 'up') return close();
    // A probe that shows nothing leaves it to the next call.
    if (shown === undefined) {
      state = 'open';
      return;
    }
    failedProbes += 1;
    open();
  };

  return {
    begin: () => {
      if (state === 'closed') return count;
      // While a probe is in flight, other calls fail at once instead of waiting for its outcome.
      if (state === 'half-open' || monotonic() < probeAt) return new CircuitOpen(service);
      state = 'half-open';
      return endProbe;
    },
    state: () => state,
  };
};
