import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as TlsAgent, type AgentOptions } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { findProxy, type Proxies, type ProxyServer } from './proxies.ts';
import { openTunnel, tlsName } from './tunnel.ts';

/** Missing in the types of Node. */
const { addRequest } = HttpAgent.prototype as unknown as {
  addRequest: (this: HttpAgent, request: ClientRequest, options: object) => void;
};

/** Reaches an https origin through a proxy. */
class TunnelAgent extends TlsAgent {
  readonly #proxy: ProxyServer;
  readonly #origin: URL;
  readonly #timeoutMs: number;

  constructor(proxy: ProxyServer, origin: URL, timeoutMs: number) {
    super();
    this.#proxy = proxy;
    this.#origin = origin;
    this.#timeoutMs = timeoutMs;
  }

  override createConnection(
    options: AgentOptions,
    callback: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    openTunnel(this.#proxy, this.#origin, this.#timeoutMs, (...[error, socket]) => {
      if (error) callback(error, undefined as never);
      else callback(null, super.createConnection({ ...options, socket } as AgentOptions)!);
    });
  }
}

/** Sends requests for an http origin to a proxy, with the whole URL instead of the path. */
class ForwardAgent extends HttpAgent {
  readonly #proxy: ProxyServer;
  readonly #origin: string;

  constructor(proxy: ProxyServer, { origin }: URL) {
    super();
    this.#proxy = proxy;
    this.#origin = origin;
  }

  /** Called by Node with each request, before anything of it is sent. */
  addRequest(request: ClientRequest, options: object): void {
    const { authorization } = this.#proxy;
    request.path = `${this.#origin}${request.path}`;
    if (authorization) request.setHeader('proxy-authorization', authorization);
    addRequest.call(this, request, options);
  }

  override createConnection(): Duplex {
    const { url } = this.#proxy;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return url.protocol === 'https:'
      ? connectTls({ host, port: Number(url.port || 443), servername: tlsName(url) })
      : connect({ host, port: Number(url.port || 80) });
  }
}

/** An agent for requests of `node:http` and `node:https` to one origin, without kept connections: direct, or through the proxy for it. */
export const createAgent = (origin: URL, proxies: Proxies, timeoutMs: number): HttpAgent => {
  const proxy = findProxy(proxies, origin);
  const isSecure = origin.protocol === 'https:';
  if (!proxy) return isSecure ? new TlsAgent() : new HttpAgent();
  return isSecure ? new TunnelAgent(proxy, origin, timeoutMs) : new ForwardAgent(proxy, origin);
};
