import { callerKey } from './caller-key.ts';
import { hostOfAddress } from './client-address.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';

/** What is known of the sender of a request. */
interface RequestOrigin {
  /** The subject that the gateway authenticated, if it requires authentication. */
  subject: string | undefined;
  /** The token for the cloud. */
  token: string | undefined;
  address: string;
}

/**
 * Tenants, between whom the capacity of the gateway is shared. A tenant is an authenticated subject; without authentication a cloud
 * token, once the cloud has accepted it; until then an address, since clients can make up any number of tokens.
 */
export interface Tenants {
  /**
   * The tenant, followed by further names that the rate limit counts: a token that is not accepted yet is counted as well. `key` is the
   * caller's key, if it is known.
   */
  namesFor(origin: RequestOrigin, key?: string): readonly string[];
  /** Records that the cloud accepted the token of a caller, by the caller's key. */
  accept(callerKey: string): void;
}

/** How long a token counts as accepted after the last call that the cloud accepted. */
const ACCEPTED_MS = 15 * 60_000;

export const createTenants = (memory: MemoryBudget): Tenants => {
  const acceptedTokens = memory.createCache<true>({
    name: 'accepted_tokens',
    share: 3,
    maxAgeMs: ACCEPTED_MS,
    sizeOf: () => 0,
  });
  const namesFor: Tenants['namesFor'] = ({ subject, token, address }, knownKey) => {
    if (subject !== undefined) return [`subject ${subject}`];
    const host = `address ${hostOfAddress(address)}`;
    if (token === undefined) return [host];
    const key = knownKey ?? callerKey({ token, subject });
    return acceptedTokens.get(key) ? [`token ${key}`] : [host, `token ${key}`];
  };
  return {
    namesFor,
    accept: (key) => acceptedTokens.set(key, true),
  };
};
