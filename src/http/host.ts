import { Pool } from 'undici';
import { type Breaker, type BreakerState, createBreaker } from './circuit-breaker.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import type { ServiceName } from './service.ts';
import { createFairShare, type FairShare } from '../capacity/fair-share.ts';

/** One service at one host: the connections to it, and how it has been doing. */
export interface Host {
  pool: Pool;
  breaker: Breaker;
  retries: RetryBudget;
  /** The calls that may be on their way at once, shared by those they are made for. */
  calls: FairShare;
}

/** How a host is doing, for those who run the gateway. */
export interface HostState {
  service: ServiceName;
  host: string;
  breaker: BreakerState;
  /** Calls on their way. */
  running: number;
  /** Calls that wait for a connection. */
  waiting: number;
}

/** Every host, for as long as the process lives. */
export interface Hosts {
  of(service: ServiceName, origin: string): Host;
  states: () => HostState[];
  /** Ends all calls at once. */
  destroy(): Promise<unknown>;
}

/** Opens nothing yet. No more than `connections` calls run at once with each host; the others wait their turn. */
export const createHosts = (limits: { connections: number; connectTimeoutMs: number }): Hosts => {
  type Known = Host & { service: ServiceName; origin: string };
  const hosts: Known[] = [];
  const byService = new Map<ServiceName, Map<string, Known>>();
  const { connections, connectTimeoutMs: connectTimeout } = limits;
  return {
    of: (service, origin) => {
      const known = byService.get(service)?.get(origin);
      if (known) return known;
      const pool = new Pool(origin, {
        connections,
        connectTimeout,
        headersTimeout: 0,
        bodyTimeout: 0,
        // One call a connection, so that the bound on connections is one on calls.
        pipelining: 1,
        allowH2: false,
      });
      const host = {
        service,
        origin,
        pool,
        breaker: createBreaker(service),
        retries: createRetryBudget(),
        calls: createFairShare({ total: connections, queue: Infinity }),
      };
      hosts.push(host);
      byService.set(service, (byService.get(service) ?? new Map<string, Known>()).set(origin, host));
      return host;
    },
    states: () =>
      hosts.map(({ service, origin, breaker, calls }) => ({
        service,
        host: new URL(origin).host,
        breaker: breaker.state(),
        running: calls.state().held,
        waiting: calls.state().waiting,
      })),
    destroy: () => Promise.all(hosts.map(({ pool }) => pool.destroy())),
  };
};
