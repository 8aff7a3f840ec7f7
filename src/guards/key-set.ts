import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

const TIMEOUT_MS = 3_000;
/** How long a key server that failed is left alone. */
const PAUSE_MS = 1_000;
/** Older keys are fetched again before they are used: a key that was withdrawn is good for no longer, while the server answers. */
const MAX_AGE_MS = 10 * 60_000;
/** How soon after an answer an unknown `kid` may cause the next fetch: tokens with made-up ones cost nothing, and cause no more. */
const COOLDOWN_MS = 30_000;
/**
 * How long keys are good while their server gives none: an outage overnight locks nobody out. No longer, since a key that leaked cannot
 * be withdrawn in that time.
 */
const OUTAGE_MS = 12 * 3_600_000;

/** The key server gave no keys, and there are none that do. */
class NoKeys extends Error {
  override readonly name = 'NoKeys';
}

const readKeys = async (url: string): Promise<JWTVerifyGetKey> => {
  const answer = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`The key server answered with status ${answer.status}.`);
  }
  return createLocalJWKSet((await answer.json()) as JSONWebKeySet);
};

/** Fetches keys, one fetch at a time, and keeps those of the last answer. No failure drops them. */
const createFetcher = (url: string, now: () => number) => {
  const state = { failing: false, triedAt: -Infinity, readAt: -Infinity };
  let keys: JWTVerifyGetKey | undefined;
  let pending: Promise<void> | undefined;

  const read = async () => {
    try {
      keys = await readKeys(url);
      state.readAt = now();
      state.failing = false;
    } catch {
      state.failing = true;
    } finally {
      state.triedAt = now();
      pending = undefined;
    }
  };

  return {
    state,
    keys: () => keys,
    /** Resolves when the fetch is over, also when it failed: `state.failing` says so. */
    refresh: async () => {
      const paused = state.failing && now() - state.triedAt < PAUSE_MS;
      if (!pending && paused) return;
      await (pending ??= read());
    },
  };
};

/**
 * The public keys of a JWKS URL, fetched with the first token. In an outage of the key server the known keys stay good for twelve hours.
 * @throws {NoKeys} where the key that a token names may be there, but its server does not answer.
 */
export const createKeySet = (url: string, now: () => number): JWTVerifyGetKey => {
  const { state, keys, refresh } = createFetcher(url, now);

  const usableKeys = async (): Promise<JWTVerifyGetKey> => {
    const age = now() - state.readAt;
    if (age >= MAX_AGE_MS) {
      const fetched = refresh();
      // In an outage nobody waits for a server that may not answer: the next request uses what it gives.
      if (!state.failing || age >= OUTAGE_MS) await fetched;
    }
    const known = keys();
    if (!known || now() - state.readAt >= OUTAGE_MS) throw new NoKeys();
    return known;
  };

  return async (header, token) => {
    const known = await usableKeys();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (state.failing || now() - state.readAt >= COOLDOWN_MS) await refresh();
      if (state.failing) throw new NoKeys();
      return keys()!(header, token);
    }
  };
};
