import { createHash } from 'node:crypto';
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

const VERSION = 1;
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

/** A row's cursor: opaque and URL-safe. */
export const encodeCursor = (tag: string, { position, key, value, beside }: Anchor): string =>
  Buffer.from(JSON.stringify([VERSION, tag, position, key, value, beside])).toString('base64url');

const parsed = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
};

/** The anchor in a cursor of this list, or null for anything else. */
export const decodeCursor = (tag: string, cursor: string): Anchor | null => {
  const wire = Wire.safeParse(parsed(cursor));
  if (!wire.success || wire.data[1] !== tag) return null;
  const [, , position, key, value, beside] = wire.data;
  return { position, key, value, beside };
};
