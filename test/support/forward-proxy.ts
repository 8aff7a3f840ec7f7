import { createServer, type IncomingHttpHeaders, request as send, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the proxy does with a call instead of passing it on: a status, no answer, or the end of the connection. */
type Failure = number | 'hangs' | 'hangs up';

/** A forward proxy. It looks no name up: each call goes to the port of loopback that the test chose. */
export interface ForwardProxy {
  url: string;
  /** Targets of `CONNECT`, in order. */
  tunnels: string[];
  /** URLs of requests in absolute form, in order. */
  requests: string[];
  /** `Proxy-Authorization` of each call; undefined if there was none. */
  credentials: (string | undefined)[];
  /** What was sent to it in the head of calls, as text. */
  heads: string[];
  failure: Failure | undefined;
  /** Tunnels that are open now. */
  open: () => number;
}

const listenOnLoopback = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** Starts a proxy that passes every call on to the port that `route` gives for its host. It closes with the test. */
export const startForwardProxy = async (route: (host: string) => number): Promise<ForwardProxy> => {
  const sockets = new Set<Socket>();
  const proxy: ForwardProxy = {
    url: '',
    tunnels: [],
    requests: [],
    credentials: [],
    heads: [],
    failure: undefined,
    open: () => tunnels.size,
  };
  const tunnels = new Set<Socket>();
  const note = (headers: IncomingHttpHeaders) => {
    proxy.credentials.push(headers['proxy-authorization']);
    proxy.heads.push(JSON.stringify(headers));
  };
  /** Does what the test chose instead of passing a call on; false if it chose nothing. */
  const fails = (socket: Socket): boolean => {
    const { failure } = proxy;
    if (failure === 'hangs up') socket.destroy();
    else if (typeof failure === 'number') socket.end(`HTTP/1.1 ${failure} No\r\nContent-Length: 0\r\n\r\n`);
    return failure !== undefined;
  };
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    if (!URL.canParse(url)) {
      response.writeHead(400).end();
      return;
    }
    proxy.requests.push(url);
    note(headers);
    if (fails(request.socket)) return;
    const { hostname, pathname, search } = new URL(url);
    const { 'proxy-authorization': _, ...passed } = headers;
    const port = route(hostname);
    const onward = send(
      { host: '127.0.0.1', port, method, path: `${pathname}${search}`, headers: passed },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    proxy.tunnels.push(url);
    note(headers);
    if (fails(socket)) return;
    const onward = connect(route(url.split(':')[0]!), '127.0.0.1', () => {
      tunnels.add(socket);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => {
      tunnels.delete(socket);
      onward.destroy();
    });
  });
  proxy.url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
};
