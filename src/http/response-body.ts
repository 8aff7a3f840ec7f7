import { createHash, hash } from 'node:crypto';
import type { FairShare, Release } from '../capacity/fair-share.ts';

/** The response is longer than the gateway reads. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge';
}

/** The borrower may hold no more bytes of responses. */
export class ByteShareExhausted extends Error {
  override readonly name = 'ByteShareExhausted';
}

/** A borrower's share of the bytes that responses may take. */
export interface ByteShare {
  bytes: FairShare;
  borrower: string;
}

/** Minimum size that each chunk counts with: the memory of a chunk of one byte is a hundred times its content. */
const MIN_CHUNK_BYTES = 128;

/** Identifies the bytes of a body: their digest, which takes less memory than they. */
export type Fingerprint = string;

/** A body, collected chunk by chunk. The chunks of a long one are concatenated only for its text. */
export class ResponseBody {
  private readonly chunks: Buffer[] = [];
  private readonly maxBytes: number;
  private readonly byteShare: ByteShare | undefined;
  private readonly releases: Release[] = [];
  private size = 0;
  private cachedFingerprint: Fingerprint | undefined;

  constructor(maxBytes: number, byteShare?: ByteShare) {
    this.maxBytes = maxBytes;
    this.byteShare = byteShare;
  }

  /** Adds a chunk. Throws {@link ResponseTooLarge} or {@link ByteShareExhausted}. */
  add(chunk: Buffer): void {
    this.size += chunk.length;
    if (Math.max(this.size, this.chunks.length * MIN_CHUNK_BYTES) > this.maxBytes)
      throw new ResponseTooLarge(`more than ${this.maxBytes} bytes`);
    if (this.byteShare) {
      const release = this.byteShare.bytes.takeNow(this.byteShare.borrower, chunk.length);
      if (!release) throw new ByteShareExhausted();
      this.releases.push(release);
    }
    this.chunks.push(chunk);
  }

  /** Returns the bytes to the byte share: the body is complete, or was aborted. */
  release(): void {
    for (const release of this.releases.splice(0)) release();
  }

  get bytesRead(): number {
    return this.size;
  }

  text(): string {
    return this.bytes().toString();
  }

  get fingerprint(): Fingerprint {
    return (this.cachedFingerprint ??= this.digest());
  }

  private bytes(): Buffer {
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.size);
  }

  private digest(): string {
    if (this.chunks.length === 1) return hash('sha256', this.chunks[0]!, 'base64url');
    const digest = createHash('sha256');
    for (const chunk of this.chunks) digest.update(chunk);
    return digest.digest('base64url');
  }
}

/** `marker_id` is the only number of the three contracts that can exceed 2^53. */
const LONG_MARKER = /"marker_id"\s*:\s*-?\d{16}/;
const INTEGER = /^-?\d+$/;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Parses JSON without loss: a `marker_id` beyond 2^53 becomes a text of its digits. A byte order mark at the start is ignored.
 * The reviver is several times slower than plain parsing, and is used only if the body contains such a number.
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
