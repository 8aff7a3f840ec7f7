import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Present } from './present.ts';

/** Responses that clients have not read to their end: the unread part stays in memory. */
export interface WriteBuffers {
  /** Sends a whole response. Beyond the limit, connections of slow readers are closed until it fits. */
  send(response: ServerResponse, answer: WholeResponse, tenant: string): void;
  /** Counts a response that is written in parts, such as events, until it is closed. */
  track(response: ServerResponse, tenant: string): void;
  state: () => WriteBuffersState;
}

interface WholeResponse {
  status: number;
  headers: OutgoingHttpHeaders;
  body: string | Buffer;
}

/** Unread responses and their bytes now, and the responses aborted so far to make room. */
interface WriteBuffersState {
  answers: number;
  bytes: number;
  aborted: number;
}

/** A response that its client has not read yet. */
interface Unread {
  response: ServerResponse;
  tenant: string;
  /** Grows from response to response. */
  number: number;
  place: number;
}

const unreadBytes = ({ response }: Pick<Unread, 'response'>): number => response.writableLength;

/** The oldest unread response of the tenant with the most unread bytes. */
const findSlowest = (unread: Iterable<Unread>): Unread | undefined => {
  const totals = new Map<string, number>();
  for (const one of unread) totals.set(one.tenant, (totals.get(one.tenant) ?? 0) + unreadBytes(one));
  const [greediest] = [...totals].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  let oldest: Unread | undefined;
  for (const one of unread)
    if (one.tenant === greediest && unreadBytes(one) > 0 && (!oldest || one.number < oldest.number))
      oldest = one;
  return oldest;
};

const LONG_BODY_BYTES = 16 * 1024;

/** A body and its encoding: Latin-1 if each character is one byte. A long text becomes a buffer, which is outside the heap of V8. */
const encodeBody = (body: string | Buffer, bytes: number): [string | Buffer, BufferEncoding] => {
  const encoding = bytes === body.length ? 'latin1' : 'utf8';
  return [typeof body === 'string' && bytes > LONG_BODY_BYTES ? Buffer.from(body, encoding) : body, encoding];
};

/** Write buffers of at most `maxBytes` together. */
export const createWriteBuffers = (maxBytes: number): WriteBuffers => {
  const unread = new Present<Unread>();
  let aborted = 0;
  let count = 0;

  const total = (): number => {
    let bytes = 0;
    for (const one of unread) bytes += unreadBytes(one);
    return bytes;
  };

  const makeRoomFor = (bytes: number): void => {
    if (unread.size === 0) return;
    for (let held = total(); held + bytes > maxBytes; held = total()) {
      const slowest = findSlowest(unread);
      if (!slowest) return;
      unread.delete(slowest);
      aborted += 1;
      slowest.response.destroy();
    }
  };

  const track: WriteBuffers['track'] = (response, tenant) => {
    const one = { response, tenant, number: (count += 1), place: -1 };
    unread.add(one);
    response.once('close', () => unread.delete(one));
  };

  return {
    track,
    send: (response, { status, headers, body }, tenant) => {
      const bytes = Buffer.byteLength(body);
      makeRoomFor(bytes);
      response.writeHead(status, { ...headers, 'content-length': bytes });
      response.end(...encodeBody(body, bytes));
      if (response.writableLength > 0) track(response, tenant);
    },
    state: () => ({ answers: unread.size, bytes: total(), aborted }),
  };
};
