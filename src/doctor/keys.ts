import type { TokenRules } from '../guards/jwt.ts';
import { fetchJson } from '../http/fetch-json.ts';
import type { Proxies } from '../http/proxies.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';
import { PROBE_TIMEOUT_MS } from './probe.ts';

const read = async (url: string, proxies: Proxies | undefined): Promise<Finding> => {
  const check = 'jwks';
  const hint = 'Check JWT_JWKS_URL: callers are refused while it gives no keys';
  try {
    const { status, json } = await fetchJson(url, PROBE_TIMEOUT_MS, proxies);
    if (status !== 200) return fail(check, `answered with status ${status}`, hint);
    const body = json();
    const keys = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : undefined;
    if (!Array.isArray(keys)) return fail(check, 'answered with something that is no set of keys', hint);
    return keys.length > 0 ? pass(check, `${keys.length} public keys`) : warn(check, 'no key in it', hint);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    return fail(check, `could not be read (${why})`, hint);
  }
};

/** Checks that the public keys can be read that callers' tokens are verified with. */
export const checkKeySet = async (
  { jwksUrl: url, proxies }: Pick<TokenRules, 'jwksUrl' | 'proxies'>,
  unreachable: ReadonlySet<string>,
): Promise<Finding[]> => {
  const { origin, host } = new URL(url);
  return [
    unreachable.has(origin)
      ? skip('jwks', `${host} cannot be reached, as told above`)
      : await read(url, proxies),
  ];
};
