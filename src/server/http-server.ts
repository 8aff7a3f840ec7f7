import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostOfAddress } from '../guards/client-address.ts';
import type { FairShare } from '../capacity/fair-share.ts';
import { type Refusal, refuse, requestIdOf } from './request-body.ts';
import type { Log } from '../observability/log.ts';
import { isLoopbackAddress, isOwnHost } from './loopback.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Patience } from './timeouts.ts';
import type { Begin, Routes } from './routes.ts';

/** A port that is listened on. */
export interface Listener {
  url: string;
  /** Ends it, with all of its connections. */
  close(): Promise<void>;
}

/** Where to listen, and the setting that says so. */
interface Place {
  setting: 'PORT' | 'METRICS_PORT';
  port: number;
  host: string;
}

/** What all ports of a gateway have in common. */
interface Parts {
  patience: Patience;
  /** Connections that may be open at once. */
  connections: FairShare;
  begin: Begin;
  metrics: Pick<Metrics, 'countError'>;
  log: Pick<Log, 'info' | 'error'>;
  isDraining: () => boolean;
}

/** A page of a site whose name was made to resolve to this machine reaches a gateway that listens on loopback, under its own name. */
const MISDIRECTED: Refusal = {
  status: 421,
  code: 'FORBIDDEN',
  message:
    'The gateway listens on this machine only, and the `Host` of the request is another name. Ask for `localhost` or ' +
    '`127.0.0.1`, let a proxy in between send that as `Host`, or set HOST to an address that others can reach.',
};

const listening = (server: Server, { setting, port, host }: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(Object.assign(error, { setting })));
    server.listen(port, host, resolve);
  });

const addressOf = (server: Server) => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Not listening on a port.');
  return address;
};

/** Listens on a port. An error has the `setting` that it is about. */
export const listen = async (
  place: Place,
  { paths, nothing }: Routes,
  { patience, connections, begin, metrics, log, isDraining }: Parts,
): Promise<Listener> => {
  const handle = async (request: IncomingMessage, response: ServerResponse, requestId: string) => {
    if (checksHost && !isOwnHost(request.headers.host, place.host)) {
      begin(response, requestId);
      metrics.countError(MISDIRECTED.code);
      log.info({ requestId, status: MISDIRECTED.status }, 'request refused: its Host is no loopback name');
      return refuse(request, response, MISDIRECTED, requestId);
    }
    const path = (request.url ?? '/').split('?', 1)[0]!;
    return (paths[path] ?? nothing)(request, response, requestId);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(request);
    if (isDraining()) response.setHeader('connection', 'close');
    try {
      await handle(request, response, requestId);
    } catch (error) {
      // The client hung up in mid-request: nobody is left to answer, and nothing went wrong here.
      if (response.destroyed) return;
      log.error({ err: error, requestId }, 'request failed');
      if (!response.headersSent) response.writeHead(500, { 'x-request-id': requestId });
      response.end();
    }
  };

  const server = createServer(patience, (request, response) => void answer(request, response));
  // No address may have all connections; one that cannot be had is closed at once.
  server.on('connection', (socket) => {
    const release = connections.takeNow(hostOfAddress(socket.remoteAddress ?? ''));
    if (release) socket.once('close', () => release());
    else socket.destroy();
  });
  await listening(server, place);
  const { address, family, port } = addressOf(server);
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
