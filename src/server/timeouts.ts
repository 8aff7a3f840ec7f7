import type { ServerResponse } from 'node:http';

/** Limits of a connection: clients that send or read too slowly, or that vanished, are disconnected. Times are in milliseconds. */
export const TIMEOUTS = {
  maxHeaderSize: 32 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  /** Longer than load balancers keep idle connections, so that the balancer closes them. */
  keepAliveTimeout: 72_000,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  /** Time to read a response, after the time that the operation itself may take. */
  responseReadMs: 20_000,
};

/**
 * Disconnects a client that has not read its response in `ms` milliseconds. Returns a function that cancels that; it must be called when
 * the response is closed.
 */
export const destroyAfter = (response: ServerResponse, ms: number): (() => void) => {
  const timer = setTimeout(() => response.destroy(), ms);
  return () => clearTimeout(timer);
};

export type Timeouts = typeof TIMEOUTS;
