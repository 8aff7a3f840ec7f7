import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

/** The position of a row in its list when its page was read: the content of a cursor. */
export interface Anchor {
  position: number;
  key: string;
  /** The value that the gateway sorts the list by; the creation time where the order is the upstream's. */
  value: string | null;
  /** A neighbouring row: it locates the position if the row itself is deleted. */
  beside: { key: string; side: 'before' | 'after' } | null;
}

const VERSION = 2;
const CursorContent = z.tuple([
  z.literal(VERSION),
  z.string(),
  z.int().nonnegative(),
  z.string().min(1),
  z.string().nullable(),
  z.object({ key: z.string().min(1), side: z.enum(['before', 'after']) }).nullable(),
]);

/** A short digest of a list with its filter and order, to reject cursors of other lists. */
export const listTag = (identity: string): string =>
  createHash('sha256').update(identity).digest('base64url').slice(0, 8);

const CHECKSUM_BYTES = 4;

const computeChecksum = (content: Uint8Array): Buffer => {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(content));
  return checksum;
};

/** Encodes the cursor of a row: opaque and URL-safe, with a checksum (CRC-32) at its end to detect altered cursors. */
export const encodeCursor = (tag: string, { position, key, value, beside }: Anchor): string => {
  const content = Buffer.from(JSON.stringify([VERSION, tag, position, key, value, beside]));
  return Buffer.concat([content, computeChecksum(content)]).toString('base64url');
};

const parseJson = (content: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return null;
  }
};

/** The content of a cursor; null unless every bit is as this gateway encoded it. */
const readContent = (cursor: string): unknown => {
  const bytes = Buffer.from(cursor, 'base64url');
  // Buffer.from ignores characters and bits that are not base64url.
  if (bytes.toString('base64url') !== cursor) return null;
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  return computeChecksum(content).equals(bytes.subarray(-CHECKSUM_BYTES)) ? parseJson(content) : null;
};

/** Whether a cursor comes from an earlier version of this gateway. Those have no checksum and are no longer accepted. */
export const isOutdatedCursor = (cursor: string): boolean => {
  const old = parseJson(Buffer.from(cursor, 'base64url'));
  return Array.isArray(old) && old[0] === 1 && old.length === 6;
};

/** The anchor in a cursor of the list with this tag; null for any other text. */
export const decodeCursor = (tag: string, cursor: string): Anchor | null => {
  const result = CursorContent.safeParse(readContent(cursor));
  if (!result.success || result.data[1] !== tag) return null;
  const [, , position, key, value, beside] = result.data;
  return { position, key, value, beside };
};
