import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

/** Where a row stood in its list when its page was read. */
export interface Anchor {
  position: number;
  key: string;
  /** What the gateway orders the list by, else when the row was created. */
  value: string | null;
  /** A row that stood right beside it: it tells the place once the row itself is gone. */
  beside: { key: string; side: 'before' | 'after' } | null;
}

const VERSION = 2;
const Wire = z.tuple([
  z.literal(VERSION),
  z.string(),
  z.int().nonnegative(),
  z.string().min(1),
  z.string().nullable(),
  z.object({ key: z.string().min(1), side: z.enum(['before', 'after']) }).nullable(),
]);

/** A short name for a list with its filter and order, so that a cursor of another one is recognised. */
export const listTag = (identity: string): string =>
  createHash('sha256').update(identity).digest('base64url').slice(0, 8);

const CHECKSUM_BYTES = 4;

const checksumOf = (content: Uint8Array): Buffer => {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(content));
  return checksum;
};

/** A row's cursor: opaque and URL-safe. It ends in a checksum (CRC-32), so that an altered one is recognised. */
export const encodeCursor = (tag: string, { position, key, value, beside }: Anchor): string => {
  const content = Buffer.from(JSON.stringify([VERSION, tag, position, key, value, beside]));
  return Buffer.concat([content, checksumOf(content)]).toString('base64url');
};

const parsed = (content: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return null;
  }
};

/** What a cursor holds; null where it is not, to the last bit, what was given out. */
const contentOf = (cursor: string): unknown => {
  const bytes = Buffer.from(cursor, 'base64url');
  // Decoding overlooks characters and bits that encoding never makes.
  if (bytes.toString('base64url') !== cursor) return null;
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  return checksumOf(content).equals(bytes.subarray(-CHECKSUM_BYTES)) ? parsed(content) : null;
};

/** Whether a cursor is of an earlier version of this gateway: those had no checksum, and are not taken any more. */
export const isOutdatedCursor = (cursor: string): boolean => {
  const old = parsed(Buffer.from(cursor, 'base64url'));
  return Array.isArray(old) && old[0] === 1 && old.length === 6;
};

/** The anchor in a cursor of this list, or null for anything else. */
export const decodeCursor = (tag: string, cursor: string): Anchor | null => {
  const wire = Wire.safeParse(contentOf(cursor));
  if (!wire.success || wire.data[1] !== tag) return null;
  const [, , position, key, value, beside] = wire.data;
  return { position, key, value, beside };
};
