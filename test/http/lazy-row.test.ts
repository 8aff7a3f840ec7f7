import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { lazyRow } from '../../src/http/lazy-row.ts';
import { parseLeniently } from '../../src/http/lenient-parse.ts';
import { identity, parseTime, wireText, wireTime } from '../../src/http/wire-values.ts';

/** A row that counts how often a time is converted. */
const countingRow = () => {
  const conversions: unknown[] = [];
  const row = lazyRow(z.object({ id: identity, name: wireText, created: wireTime }), {
    rowId: (wire) => wire.id,
    name: (wire) => wire.name ?? null,
    createdAt: (wire) => {
      conversions.push(wire.created);
      return parseTime(wire.created);
    },
  });
  return { row, conversions };
};

const WIRE = { id: '1', name: 'a', created: '2024-01-01 00:00:00', more: true };

describe('a lazy row', () => {
  it('has the converted fields, and none of the wire', () => {
    const { row } = countingRow();
    const { rowId, name, createdAt } = row.parse(WIRE);
    expect({ rowId, name, createdAt }).toEqual({ rowId: '1', name: 'a', createdAt: '2024-01-01T00:00:00Z' });
    expect(Object.keys({ ...row.parse(WIRE) })).not.toContain('more');
  });

  it('converts a field when it is read, and no other', () => {
    const { row, conversions } = countingRow();
    const parsed = row.parse(WIRE);
    expect(parsed.name).toBe('a');
    expect(conversions).toEqual([]);
    expect(parsed.createdAt).toBe('2024-01-01T00:00:00Z');
    expect(conversions).toEqual([WIRE.created]);
  });

  it.each([
    ['no identity', { ...WIRE, id: undefined }],
    ['an empty identity', { ...WIRE, id: '' }],
    ['a text that is a list', { ...WIRE, name: ['a'] }],
    ['a time that is none', { ...WIRE, created: 'soon' }],
    ['a text in place of the row', 'a'],
    ['null in place of the row', null],
  ])('refuses %s at once, although nothing is read yet', (_name, wire) => {
    expect(countingRow().row.safeParse(wire).success).toBe(false);
  });

  it('that is refused is read leniently: only the odd field is null, and it is reported', () => {
    const { row } = countingRow();
    const read = parseLeniently(row, { ...WIRE, created: 'soon' });
    if (!('value' in read)) throw new Error('unreadable');
    const { rowId, name, createdAt } = read.value as z.output<typeof row>;
    expect({ rowId, name, createdAt }).toEqual({ rowId: '1', name: 'a', createdAt: null });
    expect(read.drift).toEqual(['created']);
  });
});
