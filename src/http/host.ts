import type { Dispatcher } from 'undici';
import { type Breaker, type BreakerState, createBreaker } from './circuit-breaker.ts';
import { Deadlines } from './deadline.ts';
import { type ConnectionOptions, createDispatcher } from './dispatcher.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import type { ServiceName } from './service.ts';
import { createFairShare, type FairShare } from '../capacity/fair-share.ts';

/** One service at one host: its connections, breaker and limits. */
export interface Host {
  dispatcher: Dispatcher;
  breaker: Breaker;
  retries: RetryBudget;
  /** Calls that may be in flight at once, shared by the tenants. */
  calls: FairShare;
  deadlines: Deadlines;
}

/** State of a host, for metrics and operators. */
export interface HostState {
  service: ServiceName;
  host: string;
  breaker: BreakerState;
  /** Calls in flight. */
  running: number;
  /** Calls that wait for a connection. */
  waiting: number;
}

/** The hosts that were called, for as long as the process lives. */
export interface Hosts {
  /** The host of a service, created by its first call. */
  of(service: ServiceName, origin: string): Host;
  states: () => HostState[];
  /** Fails all calls with `ShuttingDown`, also those from now on, and closes the connections. */
  destroy(): Promise<unknown>;
}

/** Opens no connection yet. At most `options.connections` calls run at once with each host; the others wait in a queue. */
export const createHosts = (options: ConnectionOptions): Hosts => {
  type NamedHost = Host & { service: ServiceName; origin: string };
  const hosts: NamedHost[] = [];
  let isDestroyed = false;
  const byService = new Map<ServiceName, Map<string, NamedHost>>();
  return {
    of: (service, origin) => {
      const existing = byService.get(service)?.get(origin);
      if (existing) return existing;
      const host = {
        service,
        origin,
        dispatcher: createDispatcher(origin, options),
        breaker: createBreaker(service),
        retries: createRetryBudget(),
        calls: createFairShare({ total: options.connections, queue: Infinity }),
        deadlines: new Deadlines(),
      };
      if (isDestroyed) void host.dispatcher.destroy();
      hosts.push(host);
      byService.set(service, (byService.get(service) ?? new Map<string, NamedHost>()).set(origin, host));
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
    destroy: () => {
      isDestroyed = true;
      return Promise.all(hosts.map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
};
