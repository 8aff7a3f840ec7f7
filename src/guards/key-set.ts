import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { fetchJson } from '../http/fetch-json.ts';
import type { Proxies } from '../http/proxies.ts';

const FETCH_TIMEOUT_MS = 3_000;
/** How long after a failure the next fetch is made at the earliest. */
const PAUSE_AFTER_FAILURE_MS = 1_000;
/** Older keys are fetched again before use: a withdrawn key is accepted no longer than this, if the key server answers. */
const MAX_AGE_MS = 10 * 60_000;
/** How soon after a fetch an unknown `kid` can cause the next one: limits the fetches that made-up tokens cause. */
const COOLDOWN_MS = 30_000;
/**
 * How long keys are used while the key server fails: long enough for an outage overnight, but limited, since a leaked key cannot be
 * withdrawn in that time.
 */
const MAX_OUTAGE_MS = 12 * 3_600_000;

/** The key server does not answer, and no usable key is cached. */
class NoKeys extends Error {
  override readonly name = 'NoKeys';
}

const readKeys = async (url: string, proxies: Proxies | undefined): Promise<JWTVerifyGetKey> => {
  const { status, json } = await fetchJson(url, FETCH_TIMEOUT_MS, proxies);
  if (status !== 200) throw new Error(`The key server answered with status ${status}.`);
  return createLocalJWKSet(json() as JSONWebKeySet);
};

/** Fetches keys, one fetch at a time, and keeps those of the last answer, also when a later fetch fails. */
const createFetcher = (url: string, now: () => number, proxies: Proxies | undefined) => {
  const state = { isFailing: false, triedAt: -Infinity, readAt: -Infinity };
  let keys: JWTVerifyGetKey | undefined;
  let pending: Promise<void> | undefined;

  const fetchKeys = async () => {
    try {
      keys = await readKeys(url, proxies);
      state.readAt = now();
      state.isFailing = false;
    } catch {
      state.isFailing = true;
    } finally {
      state.triedAt = now();
      pending = undefined;
    }
  };

  return {
    state,
    keys: () => keys,
    /** Resolves when the fetch has ended, also when it failed; `state.isFailing` is true then. */
    refresh: async () => {
      const isPaused = state.isFailing && now() - state.triedAt < PAUSE_AFTER_FAILURE_MS;
      if (!pending && isPaused) return;
      await (pending ??= fetchKeys());
    },
  };
};

/**
 * The public keys of a JWKS URL, fetched with the first token. In an outage of the key server, cached keys are used for twelve hours.
 * @throws {NoKeys} if the key of a token is not cached, and the key server does not answer.
 */
export const createKeySet = (url: string, now: () => number, proxies?: Proxies): JWTVerifyGetKey => {
  const { state, keys, refresh } = createFetcher(url, now, proxies);

  const usableKeys = async (): Promise<JWTVerifyGetKey> => {
    const age = now() - state.readAt;
    if (age >= MAX_AGE_MS) {
      const fetched = refresh();
      // In an outage requests do not wait for the fetch: a later one uses its result.
      if (!state.isFailing || age >= MAX_OUTAGE_MS) await fetched;
    }
    const cached = keys();
    if (!cached || now() - state.readAt >= MAX_OUTAGE_MS) throw new NoKeys();
    return cached;
  };

  return async (header, token) => {
    const cached = await usableKeys();
    try {
      return await cached(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (state.isFailing || now() - state.readAt >= COOLDOWN_MS) await refresh();
      if (state.isFailing) throw new NoKeys();
      return keys()!(header, token);
    }
  };
};
