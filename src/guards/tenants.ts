import { callerKey } from './caller-key.ts';
import { hostOfAddress } from './client-address.ts';
import type { Memory } from '../capacity/memory-budget.ts';

/** What is known of a caller when a request comes. */
interface Asking {
  /** The name that the gateway checked, where it asks for one. */
  subject: string | undefined;
  /** What the cloud is to be asked with. */
  token: string | undefined;
  address: string;
}

/**
 * Who shares the gateway with the others: its limits are shared out by tenant. That is the name that was checked; without it the
 * cloud token, once the cloud has accepted it; and until then the address, since tokens can be made up by the million.
 */
export interface Tenants {
  /** The tenant first; then, for a rate, what a request counts for besides: a token that is not known yet counts for itself too. */
  countedAs(asking: Asking): readonly string[];
  /** Notes that the cloud accepted a caller, by the caller's key. */
  accept(callerKey: string): void;
}

/** As long as this an accepted token is a tenant of its own; each call that the cloud accepts begins it anew. */
const ACCEPTED_MS = 15 * 60_000;

/** Has seen nobody yet. */
export const createTenants = (memory: Memory): Tenants => {
  const accepted = memory.keep<true>({
    name: 'accepted_tokens',
    share: 3,
    maxAgeMs: ACCEPTED_MS,
    sizeOf: () => 0,
  });
  const countedAs: Tenants['countedAs'] = ({ subject, token, address }) => {
    if (subject !== undefined) return [`subject ${subject}`];
    const host = `address ${hostOfAddress(address)}`;
    if (token === undefined) return [host];
    const key = callerKey({ token, subject });
    return accepted.get(key) ? [`token ${key}`] : [host, `token ${key}`];
  };
  return {
    countedAs,
    accept: (key) => accepted.set(key, true),
  };
};
