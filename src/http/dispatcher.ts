import { buildConnector, type Dispatcher, Pool } from 'undici';
import { findProxy, NO_PROXIES, type Proxies, type ProxyServer } from './proxies.ts';
import { openTunnel, ProxyError, tlsName, toProxyError } from './tunnel.ts';

/** How an origin is reached. */
export interface ConnectionOptions {
  /** Most connections, and so most calls, at once. */
  connections: number;
  connectTimeoutMs: number;
  proxies?: Proxies | undefined;
}

/** Connects to an https origin through a proxy. TLS is between the gateway and the origin: the proxy sees no request. */
const connectThrough = (proxy: ProxyServer, origin: URL, timeout: number): buildConnector.connector => {
  const secure = buildConnector({ timeout, allowH2: false });
  return (options, callback) =>
    openTunnel(proxy, origin, timeout, (...[error, httpSocket]) =>
      error ? callback(error, null) : secure({ ...options, httpSocket }, callback),
    );
};

/** Connects to a proxy itself. */
const connectTo = ({ url }: ProxyServer, timeout: number): buildConnector.connector => {
  const connect = buildConnector({ timeout, allowH2: false });
  // undici would take the name for TLS from the header `Host`, which is that of the origin.
  return (options, callback) =>
    connect({ ...options, servername: tlsName(url) }, (...[error, socket]) =>
      error ? callback(toProxyError(error), null) : callback(null, socket),
    );
};

/** Fails a response with the one status that only proxies send. */
const refuseProxyStatus = (handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler => ({
  onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
  onResponseStart: (controller, status, headers, text) => {
    if (status === 407) controller.abort(new ProxyError('407'));
    else handler.onResponseStart?.(controller, status, headers, text);
  },
  onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
  onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
  onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
});

/** Headers as names and values in turn. `fetch` gives an object, calls to the cloud give a list already. */
const listHeaders = (headers: Dispatcher.DispatchOptions['headers']): string[] => {
  if (Array.isArray(headers)) return headers;
  const pairs =
    headers && Symbol.iterator in headers
      ? [...(headers as Iterable<[string, string]>)]
      : Object.entries((headers ?? {}) as Record<string, string>);
  return pairs.flat();
};

/** Sends requests for an http origin to a proxy, with the whole URL instead of the path. */
const forward =
  ({ host, origin }: URL, { authorization }: ProxyServer): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(
      {
        ...options,
        path: `${origin}${options.path}`,
        headers: [
          ...listHeaders(options.headers),
          'host',
          host,
          ...(authorization ? ['proxy-authorization', authorization] : []),
        ],
      },
      refuseProxyStatus(handler),
    );

/**
 * The connections to an origin: direct, or through the proxy for it. Opens none yet. Time-outs of a response are the caller's.
 * Not undici's own `ProxyAgent`: it waits for a proxy without a limit, and its connections for http have no limit either.
 */
export const createDispatcher = (
  origin: string,
  { connections, connectTimeoutMs: connectTimeout, proxies = NO_PROXIES }: ConnectionOptions,
): Dispatcher => {
  const options: Pool.Options = {
    connections,
    headersTimeout: 0,
    bodyTimeout: 0,
    // One call per connection, so that the limit of connections also limits calls.
    pipelining: 1,
    allowH2: false,
  };
  const url = new URL(origin);
  const proxy = findProxy(proxies, url);
  if (!proxy) return new Pool(origin, { ...options, connectTimeout });
  if (url.protocol === 'https:')
    return new Pool(origin, { ...options, connect: connectThrough(proxy, url, connectTimeout) });
  return new Pool(proxy.url, { ...options, connect: connectTo(proxy, connectTimeout) }).compose(
    forward(url, proxy),
  );
};
