import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostOfAddress } from '../guards/client-address.ts';
import type { FairShare } from '../capacity/fair-share.ts';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import { refuse } from './refuse.ts';
import { readRequestId } from './request-id.ts';
import type { Log } from '../observability/log.ts';
import { isLoopbackAddress, isOwnHost } from '../http/loopback.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Timeouts } from './timeouts.ts';
import type { PrepareResponse, Routes } from './routes.ts';

/** A server that listens on a port. */
export interface Listener {
  url: string;
  /** Closes the port and all of its connections. */
  close(): Promise<void>;
}

/** Where to listen, and the setting that names the port. */
interface ListenOptions {
  setting: 'PORT' | 'METRICS_PORT';
  port: number;
  host: string;
}

/** Shared by all ports of a gateway. */
interface Deps {
  timeouts: Timeouts;
  /** Connections that may be open at once. */
  connections: FairShare;
  prepareResponse: PrepareResponse;
  metrics: Pick<Metrics, 'countError'>;
  log: Pick<Log, 'info' | 'error'>;
  isDraining: () => boolean;
}

/** Refusal against DNS rebinding: a page on a host name that resolves to this machine could reach a gateway on loopback under that name. */
const MISDIRECTED: HttpRefusal = {
  status: 421,
  code: 'FORBIDDEN',
  message:
    'The gateway listens on this machine only, and the `Host` of the request is another name. Ask for `localhost` or ' +
    '`127.0.0.1`, let a proxy in between send that as `Host`, or set HOST to an address that others can reach.',
};

const startListening = (server: Server, { setting, port, host }: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(Object.assign(error, { setting })));
    server.listen(port, host, resolve);
  });

const boundAddress = (server: Server) => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not listening on a port.');
  return address;
};

/**
 * Listens on a port.
 * @throws an error with the `setting` that names the port.
 */
export const listen = async (
  options: ListenOptions,
  { paths, notFound }: Routes,
  { timeouts, connections, prepareResponse, metrics, log, isDraining }: Deps,
): Promise<Listener> => {
  const handle = (request: IncomingMessage, response: ServerResponse, requestId: string) => {
    if (checksHost && !isOwnHost(request.headers.host, options.host)) {
      prepareResponse(response, requestId);
      metrics.countError(MISDIRECTED.code);
      log.info({ requestId, status: MISDIRECTED.status }, 'request refused: its Host is no loopback name');
      return refuse(request, response, MISDIRECTED, requestId);
    }
    const path = (request.url ?? '/').split('?', 1)[0]!;
    return (paths[path] ?? notFound)(request, response, requestId);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = readRequestId(request);
    if (isDraining()) response.setHeader('connection', 'close');
    try {
      await handle(request, response, requestId);
    } catch (error) {
      // The client disconnected during its request: no failure of the gateway.
      if (response.destroyed) return;
      log.error({ err: error, requestId }, 'request failed');
      if (!response.headersSent) response.writeHead(500, { 'x-request-id': requestId });
      response.end();
    }
  };

  const server = createServer(timeouts, (request, response) => void answer(request, response));
  // No address may take all connections; a connection beyond its share is closed at once.
  server.on('connection', (socket) => {
    const release = connections.takeNow(hostOfAddress(socket.remoteAddress ?? ''));
    if (release) socket.once('close', () => release());
    else socket.destroy();
  });
  await startListening(server, options);
  const { address, family, port } = boundAddress(server);
  const checksHost = isLoopbackAddress(address);
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
