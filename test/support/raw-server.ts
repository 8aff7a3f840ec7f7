import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** One request as it came over a socket. */
interface Visit {
  method: string;
  path: string;
  /** Which connection it came over, counted from 1. */
  connection: number;
}

/** Handles one request; what it writes to the socket is sent as it is. */
export type Behaviour = (socket: Socket, visit: Visit) => unknown;

/** A server that finds the end of requests and nothing else, so that tests can send broken HTTP answers. */
export interface RawServer {
  url: string;
  /** What came in, in order. */
  visits: Visit[];
  /** Connections that are open now. */
  open: () => number;
}

const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/** The length of the first request in what came so far; undefined where it is not whole. */
const wholeRequest = (received: Buffer): number | undefined => {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(LENGTH.exec(received.toString('latin1', 0, head + 2))?.[1] ?? 0);
  const end = head + 4 + length;
  return received.length < end ? undefined : end;
};

/** Starts a raw server; it closes with the test. `connected` gets each new connection first. */
export const startRawServer = async (
  behave: Behaviour,
  connected: (socket: Socket) => unknown = () => {},
): Promise<RawServer> => {
  const sockets = new Set<Socket>();
  const visits: Visit[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    connections += 1;
    const connection = connections;
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, Buffer.from(chunk)]);
      const end = wholeRequest(received);
      if (end === undefined) return;
      const [method = '', path = ''] = received.toString('latin1', 0, end).split(' ', 2);
      received = received.subarray(end);
      const visit = { method, path, connection };
      visits.push(visit);
      behave(socket, visit);
    });
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, visits, open: () => sockets.size };
};

/** A port that nothing listens on. */
export const closedPort = async (): Promise<string> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
};

/** Head of an answer, with lines of one's own. */
export const head = (status: string, ...lines: string[]): string =>
  `${[`HTTP/1.1 ${status}`, ...lines].join('\r\n')}\r\n\r\n`;

/** A whole answer, as it should be but for what is in it. */
export const whole = (body: string | Buffer, status = '200 OK', ...lines: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(
      head(status, 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, ...lines),
    ),
    Buffer.from(body),
  ]);

/** Writes the same again and again, as fast as it is read or with a pause between, until the other side hangs up or it is enough. */
export const pour = async (
  socket: Socket,
  chunk: string | Buffer,
  { most = Infinity, pauseMs = 0 } = {},
): Promise<void> => {
  for (let sent = 0; sent < most && !socket.destroyed; sent += chunk.length) {
    const took = socket.write(chunk);
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    if (pauseMs > 0) await wait(pauseMs);
    // oxlint-disable-next-line no-await-in-loop
    else if (!took) await drained(socket);
  }
};

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
