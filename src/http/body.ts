import { createHash } from 'node:crypto';

/** The answer is longer than the gateway reads. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
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
  private size = 0;
  private known: Print | undefined;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Throws `AnswerTooLarge` where it becomes too long. */
  add(chunk: Buffer): void {
    this.size += chunk.length;
    if (Math.max(this.size, this.chunks.length * BYTES_OF_A_CHUNK) > this.maxBytes)
      throw new AnswerTooLarge(`more than ${this.maxBytes} bytes`);
    this.chunks.push(chunk);
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

/**
 * JSON without loss: a `marker_id` beyond 2^53 becomes its digits as text.
 * The reviver is several times slower than plain parsing, so only a body with such a number pays for it.
 */
export const parseJson = (text: string): unknown =>
  LONG_MARKER.test(text)
    ? JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
        typeof value === 'number' && !Number.isSafeInteger(value) && INTEGER.test(context?.source ?? '')
          ? context!.source
          : value,
      )
    : JSON.parse(text);
