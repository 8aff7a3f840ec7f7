import type { ServerResponse } from 'node:http';

/** Callers who send or read too slowly, or are long gone, are let go of. */
export const PATIENCE = {
  maxHeaderSize: 32 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  /** Longer than load balancers keep idle connections, so that it is they who close them. */
  keepAliveTimeout: 72_000,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  /** For the reading of an answer, after the time that the operation itself may take. */
  readingMs: 20_000,
};

/** Lets go of a caller who does not take an answer in time; gives what calls it off, as has to be done when it is through. */
export const hurry = (response: ServerResponse, ms: number): (() => void) => {
  const tooSlow = setTimeout(() => response.destroy(), ms);
  return () => clearTimeout(tooSlow);
};

/** The times that callers are given. */
export type Patience = typeof PATIENCE;
