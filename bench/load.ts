/** A client that spends as little as it can on a request, so that it can keep a server busy from another core. */
import { connect, type Socket } from 'node:net';

/** One answer, whole. */
export interface Received {
  status: number;
  body: Buffer;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** The chunks of a chunked body, joined. */
const unchunked = (bytes: Buffer): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = bytes.indexOf('\r\n', at, 'latin1');
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return Buffer.concat(parts);
};

/** The answer that these bytes are; while it is not whole, how many bytes it has at least. */
const answerIn = (bytes: Buffer): Received | { atLeast: number } => {
  const end = bytes.indexOf(HEAD_END, 0, 'latin1');
  if (end < 0) return { atLeast: 0 };
  const head = bytes.toString('latin1', 0, end);
  const from = end + HEAD_END.length;
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const atLeast = from + Number(length);
    return bytes.length < atLeast ? { atLeast } : { status, body: bytes.subarray(from) };
  }
  const whole = bytes.subarray(-LAST_CHUNK.length).toString('latin1') === LAST_CHUNK;
  return whole ? { status, body: unchunked(bytes.subarray(from)) } : { atLeast: 0 };
};

/** A connection that is kept, with one request on it at a time. */
export interface Connection {
  ask(request: string): Promise<Received>;
  close(): void;
}

export const openConnection = async (url: string): Promise<Connection> => {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  let chunks: Buffer[] = [];
  let size = 0;
  let atLeast = 0;
  let asked: PromiseWithResolvers<Received> | undefined;
  const end = (error: Error) => asked?.reject(error);
  socket.on('error', end).on('close', () => end(new Error('The connection ended.')));
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < atLeast) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const answer = answerIn(bytes);
    if ('atLeast' in answer) {
      chunks = [bytes];
      ({ atLeast } = answer);
      return;
    }
    chunks = [];
    size = 0;
    atLeast = 0;
    asked!.resolve(answer);
  });
  return {
    ask: (request) => {
      asked = Promise.withResolvers();
      socket.write(request);
      return asked.promise;
    },
    close: () => void socket.destroy(),
  };
};

/** Stands for a number that each request has for itself, in the text or in the token. */
export const SERIAL = '@@@@@@@@';

/** How many requests there were, so that no text and no caller comes twice. */
let serial = 0;

/** A request as bytes would be. */
export const requestText = (body: string, token: string): string => {
  const text =
    'POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\n' +
    `x-auth-token: ${token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  serial += 1;
  return text.includes(SERIAL) ? text.replaceAll(SERIAL, String(serial).padStart(SERIAL.length, '0')) : text;
};

/** What a load was like. */
export interface Load {
  requests: number;
  seconds: number;
  /** Milliseconds of each request, from the fastest to the slowest. */
  times: Float64Array;
}

/** What is asked again and again, in turn. */
export interface Question {
  body: string;
  /** Who asks it. */
  token: string;
  /** Bytes of the right answer. */
  answerBytes: number;
}

/** Asks with so many connections at once for so long; an answer with another status or length than the right one ends it. */
export const runLoad = async (
  url: string,
  questions: readonly Question[],
  { clients, seconds }: { clients: number; seconds: number },
): Promise<Load> => {
  const times: number[] = [];
  const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(url)));
  const started = performance.now();
  const end = started + seconds * 1000;
  let next = 0;
  const client = async (connection: Connection): Promise<void> => {
    while (performance.now() < end) {
      const { body, token, answerBytes } = questions[(next += 1) % questions.length]!;
      const asked = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one request after the other is what a client is here
      const answer = await connection.ask(requestText(body, token));
      times.push(performance.now() - asked);
      if (answer.status !== 200 || answer.body.length !== answerBytes)
        throw new Error(`Wrong under load: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
    }
  };
  try {
    await Promise.all(connections.map(client));
  } finally {
    for (const connection of connections) connection.close();
  }
  const took = (performance.now() - started) / 1000;
  return { requests: times.length, seconds: took, times: Float64Array.from(times).toSorted() };
};
