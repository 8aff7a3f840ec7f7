import { request as requestOverHttp } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { ProxyServer } from './proxies.ts';

/** A proxy could not be used: the call was not sent. Its code is `PROXY_` with the status of the proxy's answer, or the code of the failure. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;
  constructor(reason: string, options?: ErrorOptions) {
    super('the proxy cannot be used', options);
    this.code = `PROXY_${reason}`;
  }
}

/** Why the connection to a proxy failed. */
export const toProxyError = (cause: Error): ProxyError => {
  if (cause instanceof ProxyError) return cause;
  return new ProxyError('code' in cause && typeof cause.code === 'string' ? cause.code : cause.name, {
    cause,
  });
};

/** The name for TLS to a host; addresses have none. */
export const tlsName = ({ hostname }: URL): string =>
  isIP(hostname.replace(/^\[|\]$/g, '')) > 0 ? '' : hostname;

type OnTunnel = (...result: [ProxyError, null] | [null, Socket]) => void;

/**
 * Opens a connection to a host through a proxy (`CONNECT`), for the connectors of undici and Node, which take callbacks. Fails after
 * `timeoutMs` milliseconds at the latest.
 */
export const openTunnel = (
  { url, authorization }: ProxyServer,
  { hostname, port, protocol }: URL,
  timeoutMs: number,
  callback: OnTunnel,
): void => {
  const target = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  const send = url.protocol === 'https:' ? requestOverTls : requestOverHttp;
  const call = send(url, {
    method: 'CONNECT',
    path: target,
    agent: false,
    headers: { host: target, ...(authorization && { 'proxy-authorization': authorization }) },
    servername: tlsName(url),
  });
  const timer = setTimeout(() => call.destroy(new ProxyError('TIMEOUT')), timeoutMs);
  call.once('connect', ({ statusCode = 0 }, socket, head) => {
    clearTimeout(timer);
    if (statusCode < 200 || statusCode > 299) {
      socket.destroy();
      callback(new ProxyError(String(statusCode)), null);
      return;
    }
    if (head.length > 0) socket.unshift(head);
    callback(null, socket);
  });
  call.once('error', (error) => {
    clearTimeout(timer);
    callback(toProxyError(error), null);
  });
  call.end();
};
