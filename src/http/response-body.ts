import { createHash } from 'node:crypto';
import type { FairShare, Release } from '../capacity/fair-share.ts';

/** The answer is longer than the gateway reads. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** There is no room for more bytes of answers. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

/** Room for what is read, lent to one who shares it with others. */
export interface Room {
  bytes: FairShare;
  borrower: string;
}

/** What a chunk costs beside what is in it: without it, chunks of one byte would take a hundred times what they carry. */
const BYTES_OF_A_CHUNK = 128;

/** What tells the bytes of a body from all others: the bytes, or a digest where they are many. */
export type Print = Buffer | string;

/** Comparing is cheaper than digesting, and a digest takes less room. */
const COMPARED = 64 * 1024;

/** A body that is gathered, chunk by chunk. A long one is not put together unless its text is asked for. */
export class Body {
  private readonly chunks: Buffer[] = [];
  private readonly maxBytes: number;
  private readonly room: Room | undefined;
  private readonly lent: Release[] = [];
  private size = 0;
  private known: Print | undefined;

  constructor(maxBytes: number, room?: Room) {
    this.maxBytes = maxBytes;
    this.room = room;
  }

  /** Throws `AnswerTooLarge` where it becomes too long, and `NoRoom` where there is none. */
  add(chunk: Buffer): void {
    this.size += chunk.length;
    if (Math.max(this.size, this.chunks.length * BYTES_OF_A_CHUNK) > this.maxBytes)
      throw new AnswerTooLarge(`more than ${this.maxBytes} bytes`);
    if (this.room) {
      const release = this.room.bytes.takeNow(this.room.borrower, chunk.length);
      if (!release) throw new NoRoom();
      this.lent.push(release);
    }
    this.chunks.push(chunk);
  }

  /** Gives the room back, once it is whole or given up. */
  giveBack(): void {
    for (const release of this.lent.splice(0)) release();
  }

  get bytesRead(): number {
    return this.size;
  }

  text(): string {
    return this.bytes().toString();
  }

  get print(): Print {
    return (this.known ??= this.size <= COMPARED ? Buffer.from(this.bytes()) : this.digest());
  }

  /** Whether its bytes are those that a print was made of. */
  isLike(print: Print): boolean {
    if (this.size > COMPARED) return this.print === print;
    return Buffer.isBuffer(print) && this.bytes().equals(print);
  }

  private bytes(): Buffer {
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.size);
  }

  private digest(): string {
    const digest = createHash('sha256');
    for (const chunk of this.chunks) digest.update(chunk);
    return digest.digest('base64');
  }
}

/** The one number of the three contracts that can be longer than a number here. */
const LONG_MARKER = /"marker_id"\s*:\s*-?\d{16}/;
const INTEGER = /^-?\d+$/;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * JSON without loss: a `marker_id` beyond 2^53 becomes its digits as text. A byte order mark before it is left out.
 * The reviver is several times slower than plain parsing, so only a body with such a number pays for it.
 */
export const parseJson = (body: string): unknown => {
  const text = body.startsWith(BYTE_ORDER_MARK) ? body.slice(1) : body;
  return LONG_MARKER.test(text)
    ? JSON.parse(text, (key, value: unknown, context?: { source?: string }) =>
        key === 'marker_id' &&
        typeof value === 'number' &&
        !Number.isSafeInteger(value) &&
        INTEGER.test(context?.source ?? '')
          ? context!.source
          : value,
      )
    : JSON.parse(text);
};
