import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Answers on their way to clients: what those have not read yet stays in memory until they do. */
export interface Outbox {
  /** Sends a whole answer. Where too much is unread, slow readers lose theirs to make room. */
  send(response: ServerResponse, answer: WholeAnswer, tenant: string): void;
  /** Counts what is written to a client little by little, such as events, until it ends. */
  follow(response: ServerResponse, tenant: string): void;
  state: () => OutboxState;
}

/** An answer as it goes out. */
interface WholeAnswer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: string | Buffer;
}

/** How much is unread, and how many answers were given up because of it so far. */
interface OutboxState {
  answers: number;
  bytes: number;
  givenUp: number;
}

/** Whose answer it is. The order of the map they are in is that of their beginning. */
type Unread = Map<ServerResponse, string>;

const unreadBytes = ({ writableLength }: ServerResponse): number => writableLength;

/** Of the tenant with most unread bytes, the answer that had the longest time to be read. */
const slowestOf = (unread: Unread): ServerResponse | undefined => {
  const totals = new Map<string, number>();
  for (const [response, tenant] of unread)
    totals.set(tenant, (totals.get(tenant) ?? 0) + unreadBytes(response));
  const [greediest] = [...totals].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  for (const [response, tenant] of unread)
    if (tenant === greediest && unreadBytes(response) > 0) return response;
  return undefined;
};

const LONG = 16 * 1024;

/** A text as it goes out: where each character is a byte, nothing has to be encoded; a long one leaves the heap at once. */
const wireOf = (body: string | Buffer, bytes: number): [string | Buffer, BufferEncoding] => {
  const encoding = bytes === body.length ? 'latin1' : 'utf8';
  return [typeof body === 'string' && bytes > LONG ? Buffer.from(body, encoding) : body, encoding];
};

/** Nothing is unread yet. */
export const createOutbox = (maxBytes: number): Outbox => {
  const unread: Unread = new Map();
  let givenUp = 0;

  const total = (): number => {
    let bytes = 0;
    for (const response of unread.keys()) bytes += unreadBytes(response);
    return bytes;
  };

  const makeRoomFor = (bytes: number): void => {
    if (unread.size === 0) return;
    for (let held = total(); held + bytes > maxBytes; held = total()) {
      const slowest = slowestOf(unread);
      if (!slowest) return;
      unread.delete(slowest);
      givenUp += 1;
      slowest.destroy();
    }
  };

  const follow: Outbox['follow'] = (response, tenant) => {
    unread.set(response, tenant);
    response.once('close', () => unread.delete(response));
  };

  return {
    follow,
    send: (response, { status, headers, body }, tenant) => {
      const bytes = Buffer.byteLength(body);
      makeRoomFor(bytes);
      response.writeHead(status, { ...headers, 'content-length': bytes });
      response.end(...wireOf(body, bytes));
      if (unreadBytes(response) > 0) follow(response, tenant);
    },
    state: () => ({ answers: unread.size, bytes: total(), givenUp }),
  };
};
