import { createDispatcher } from './dispatcher.ts';
import type { Proxies } from './proxies.ts';

/** A response that was read completely. */
interface FetchedResponse {
  status: number;
  /** @throws if the body is not JSON. */
  json: () => unknown;
}

/** Reads a URL once, over a connection of its own and without redirects, within a time. */
export const fetchJson = async (
  url: string,
  timeoutMs: number,
  proxies?: Proxies,
): Promise<FetchedResponse> => {
  const { origin, pathname, search } = new URL(url);
  const dispatcher = createDispatcher(origin, { connections: 1, connectTimeoutMs: timeoutMs, proxies });
  try {
    const { statusCode, body } = await dispatcher.request({
      origin,
      method: 'GET',
      path: `${pathname}${search}`,
      headers: ['accept', 'application/json, application/jwk-set+json'],
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await body.text();
    return { status: statusCode, json: () => JSON.parse(text) as unknown };
  } finally {
    void dispatcher.destroy();
  }
};
