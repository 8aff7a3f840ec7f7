import { callerKey } from '../caller-key.ts';
import { hostOfAddress } from '../client-address.ts';
import type { Memory } from '../memory.ts';

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
  of(asking: Asking): string;
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
  return {
    of: ({ subject, token, address }) => {
      if (subject !== undefined) return `subject ${subject}`;
      const key = token === undefined ? undefined : callerKey({ token, workspaceId: undefined, subject });
      if (key !== undefined && accepted.get(key)) return `token ${key}`;
      return `address ${hostOfAddress(address)}`;
    },
    accept: (key) => accepted.set(key, true),
  };
};
