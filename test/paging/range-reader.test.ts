import { describe, expect, test } from 'vitest';
import { cutExtent, openExtent, WHOLE } from '../../src/paging/extent.ts';
import { readRange } from '../../src/paging/range-reader.ts';
import { createGate, codeOf, idsOf, rowsOf, createUpstream } from './list-upstream.ts';

const CEILING = { pageSize: 1000, lastOffset: 1000 };
const all = { offset: 0, limit: 10_000 };

/** Every row that was answered stands where the upstream has it. */
const expectTrueRows = (span: { offset: number; items: readonly { id: string }[] }) =>
  expect(span.items.map(({ id }) => id)).toEqual(span.items.map((_, i) => `r${span.offset + i}`));

describe('a window larger than a page', () => {
  test('is read side by side once the first page has told the total', async () => {
    const gate = createGate();
    const cloud = createUpstream(rowsOf(4200), { before: (call) => (call === 1 ? undefined : gate.passed) });
    const reading = readRange(cloud.spanReader, all);
    await expect
      .poll(() => cloud.calls)
      .toEqual(['0+1000', '1000+1000', '2000+1000', '3000+1000', '4000+200']);
    expect(cloud.busy).toEqual({ now: 4, most: 4 });
    gate.open();
    const span = await reading;
    expectTrueRows(span);
    expect(span).toMatchObject({ items: { length: 4200 }, extent: WHOLE });
  });

  test.each([0, 1, 9, 10, 11, 999, 1000, 1001, 2000, 2001])('holds all of %i rows', async (count) => {
    const cloud = createUpstream(rowsOf(count));
    const span = await readRange(cloud.spanReader, all);
    expectTrueRows(span);
    expect(span).toMatchObject({ offset: 0, items: { length: count }, extent: WHOLE });
    expect(cloud.calls).toHaveLength(Math.max(1, Math.ceil(count / 1000)));
  });

  test('of two pages, where as many rows are asked for, is read at once', async () => {
    const gate = createGate();
    const cloud = createUpstream(rowsOf(4200), { before: () => gate.passed });
    const reading = readRange(cloud.spanReader, { offset: 0, limit: 2000 });
    await expect.poll(() => cloud.calls).toEqual(['0+1000', '1000+1000']);
    gate.open();
    expectTrueRows(await reading);
    expect(cloud.calls).toHaveLength(2);
  });

  test('of two pages is the rows of one, where the list has no more', async () => {
    const cloud = createUpstream(rowsOf(700));
    const span = await readRange(cloud.spanReader, { offset: 0, limit: 2000 });
    expectTrueRows(span);
    expect(span).toMatchObject({ items: { length: 700 }, extent: WHOLE });
  });

  test('asks for no row behind those that are wanted', async () => {
    const cloud = createUpstream(rowsOf(4200));
    expect((await readRange(cloud.spanReader, { offset: 999, limit: 1001 })).extent.kind).toBe('OPEN');
    expect(cloud.calls).toEqual(['999+1000', '1999+1']);
  });
});

describe('an upstream with a ceiling on its position', () => {
  test('is asked at the ceiling for rows beyond it', async () => {
    const cloud = createUpstream(rowsOf(2500), { limits: CEILING });
    const span = await readRange(cloud.spanReader, { offset: 1500, limit: 100 });
    expect(cloud.calls).toEqual(['1000+600']);
    expectTrueRows(span);
    expect(span).toMatchObject({ offset: 1000, items: { length: 600 }, extent: openExtent(2000) });
  });

  test('gives the rows within its reach, and not the end of the list', async () => {
    const cloud = createUpstream(rowsOf(2500), { limits: CEILING });
    const span = await readRange(cloud.spanReader, all);
    expect(cloud.calls).toEqual(['0+1000', '1000+1000']);
    expectTrueRows(span);
    expect(span).toMatchObject({ items: { length: 2000 }, extent: cutExtent(2000) });
  });

  test('reads again what lies between the ceiling and the rows wanted, and takes each row once', async () => {
    const cloud = createUpstream(rowsOf(2500), { limits: CEILING });
    const span = await readRange(cloud.spanReader, { offset: 999, limit: 1001 });
    expect(cloud.calls).toEqual(['999+1000', '1000+1000']);
    expectTrueRows(span);
    expect(span).toMatchObject({ offset: 999, items: { length: 1001 }, extent: cutExtent(2000) });
  });
});

describe('a list that changes while its pages are read', () => {
  test.each([
    { change: 'a row comes', alter: (rows: unknown[]) => rows.unshift(rowsOf(1, -1)[0]), count: 1201 },
    { change: 'a row goes', alter: (rows: unknown[]) => rows.shift(), count: 1199 },
    {
      change: 'a row comes and another goes',
      alter: (rows: unknown[]) => (rows.unshift(rowsOf(1, -1)[0]), rows.pop()),
      count: 1200,
    },
  ])('is read again when $change', async ({ alter, count }) => {
    const cloud = createUpstream(rowsOf(1200), { before: (call) => void (call === 2 && alter(cloud.rows)) });
    const span = await readRange(cloud.spanReader, all);
    expect(idsOf(span.items)).toEqual(idsOf(cloud.rows));
    expect(span.items).toHaveLength(count);
    expect(cloud.calls).toHaveLength(4);
  });

  test('is read again without a total too, since each page shows the last row before it', async () => {
    const cloud = createUpstream(rowsOf(2200), {
      total: () => null,
      before: (call) => void (call === 2 && cloud.rows.shift()),
    });
    const span = await readRange(cloud.spanReader, all);
    expect(idsOf(span.items)).toEqual(idsOf(cloud.rows));
    expect(cloud.calls).toEqual(['0+1000', '999+1000', '1998+1000', '0+1000', '999+1000', '1998+1000']);
  });

  test('is read again without a total when the row that a page should start with is gone', async () => {
    const cloud = createUpstream(rowsOf(1000), {
      total: () => null,
      before: (call) => void (call === 2 && cloud.rows.shift()),
    });
    const span = await readRange(cloud.spanReader, all);
    expect(idsOf(span.items)).toEqual(idsOf(rowsOf(999, 1)));
    expect(cloud.calls).toEqual(['0+1000', '999+1000', '0+1000']);
  });

  test('is read again when so many rows come that the second page starts as the first one did', async () => {
    const cloud = createUpstream(rowsOf(20), {
      limits: { pageSize: 10 },
      before: (call) => void (call === 2 && cloud.rows.unshift(...rowsOf(10, 50))),
    });
    const span = await readRange(cloud.spanReader, all);
    expect(span).toMatchObject({ items: { length: 30 }, extent: WHOLE });
    expect(idsOf(span.items)).toEqual(idsOf(cloud.rows));
  });

  test('answers CONFLICT when it never stands still', async () => {
    const cloud = createUpstream(rowsOf(1200), { before: () => void cloud.rows.shift() });
    expect(await codeOf(readRange(cloud.spanReader, all))).toBe('CONFLICT');
    expect(cloud.calls).toHaveLength(6);
  });
});

describe('an upstream that does not keep its contract', () => {
  test.each([
    {
      what: 'has no total',
      quirks: { total: () => null },
      count: 2500,
      calls: 3,
      read: 2500,
      extent: 'WHOLE',
    },
    {
      what: 'has no total, and full pages',
      quirks: { total: () => null },
      count: 1000,
      calls: 2,
      read: 1000,
      extent: 'WHOLE',
    },
    {
      what: 'sends the whole list',
      quirks: { ignoresLimit: true, ignoresPosition: true },
      count: 2500,
      calls: 1,
      read: 2500,
      extent: 'WHOLE',
    },
    {
      what: 'sends the whole list and no total',
      quirks: { ignoresLimit: true, ignoresPosition: true, total: () => null },
      count: 2500,
      calls: 1,
      read: 2500,
      extent: 'WHOLE',
    },
    {
      what: 'ignores the position',
      quirks: { ignoresPosition: true },
      count: 2500,
      calls: 3,
      read: 1000,
      extent: 'CUT',
    },
    {
      what: 'ignores the position and has no total',
      quirks: { ignoresPosition: true, total: () => null },
      count: 2500,
      calls: 2,
      read: 1000,
      extent: 'CUT',
    },
    {
      what: 'tells too high a total',
      quirks: { total: () => 5000 },
      count: 2500,
      calls: 5,
      read: 2500,
      extent: 'CUT',
    },
    {
      what: 'tells too high a total of a short list',
      quirks: { total: () => 5000 },
      count: 25,
      calls: 2,
      read: 25,
      extent: 'CUT',
    },
    {
      what: 'tells an endless total',
      quirks: { total: () => 1e15 },
      count: 2500,
      calls: 10,
      read: 2500,
      extent: 'CUT',
    },
    {
      what: 'tells too low a total',
      quirks: { total: () => 3 },
      count: 2500,
      calls: 3,
      read: 2500,
      extent: 'WHOLE',
    },
    { what: 'caps its pages', quirks: { cap: 100 }, count: 2500, calls: 25, read: 2500, extent: 'WHOLE' },
    {
      what: 'caps its pages at very little',
      quirks: { cap: 10 },
      count: 2500,
      calls: 65,
      read: 650,
      extent: 'OPEN',
    },
    {
      what: 'caps its pages below a ceiling',
      quirks: { cap: 100, limits: CEILING },
      count: 2500,
      calls: 12,
      read: 1100,
      extent: 'CUT',
    },
    {
      what: 'says there are rows and sends none',
      quirks: { cap: 0 },
      count: 2500,
      calls: 1,
      read: 0,
      extent: 'CUT',
    },
  ])('and $what is read with $calls calls', async ({ quirks, count, calls, read, extent }) => {
    const cloud = createUpstream(rowsOf(count), quirks);
    const span = await readRange(cloud.spanReader, all);
    expectTrueRows(span);
    expect({ calls: cloud.calls.length, read: span.items.length, extent: span.extent.kind }).toEqual({
      calls,
      read,
      extent,
    });
  });

  test('stops within a window that was read side by side, which one more call tells', async () => {
    const cloud = createUpstream(rowsOf(1200), { total: () => 5000 });
    const span = await readRange(cloud.spanReader, { offset: 0, limit: 1500 });
    expect(span).toMatchObject({ items: { length: 1200 }, extent: cutExtent(1200) });
    expect(cloud.calls).toEqual(['0+1000', '1000+500', '1200+300']);
  });

  test('repeats rows, and each is taken once', async () => {
    const cloud = createUpstream([...rowsOf(5), ...rowsOf(5), ...rowsOf(5, 5)]);
    const span = await readRange(cloud.spanReader, { offset: 0, limit: 100 });
    expect(idsOf(span.items)).toEqual(idsOf(rowsOf(10)));
    expect(span.extent).toEqual(WHOLE);
  });

  test('repeats a page of rows for ever, and is not asked for ever', async () => {
    const repeated = Array.from({ length: 500 }, () => rowsOf(20)).flat();
    const cloud = createUpstream(repeated, { limits: { pageSize: 20 }, total: () => null });
    await readRange(cloud.spanReader, all).catch(() => null);
    expect(cloud.calls.length).toBeLessThanOrEqual(6);
  });

  test('tells another total with each page, and is refused after three attempts', async () => {
    const cloud = createUpstream(rowsOf(2500), { total: (real, call) => real + call });
    expect(await codeOf(readRange(cloud.spanReader, all))).toBe('CONFLICT');
    expect(cloud.calls.length).toBeLessThanOrEqual(12);
  });

  test('sends more rows than asked for, and its total says that there are still more', async () => {
    const cloud = createUpstream(rowsOf(25), { ignoresLimit: true, total: () => 60 });
    const span = await readRange(cloud.spanReader, { offset: 0, limit: 10 });
    expect(span).toMatchObject({ items: { length: 25 }, extent: openExtent(), answer: { total: 60 } });
  });

  test('sends the whole list for a window in its middle, which then stands at its start', async () => {
    const cloud = createUpstream(rowsOf(15), { ignoresLimit: true, ignoresPosition: true });
    const span = await readRange(cloud.spanReader, { offset: 9, limit: 100 });
    expectTrueRows(span);
    expect(span).toMatchObject({ offset: 0, items: { length: 15 }, extent: WHOLE });
  });

  test('ignores the position of a window in its middle, which the second page gives away', async () => {
    const cloud = createUpstream(rowsOf(2500), { ignoresPosition: true });
    const span = await readRange(cloud.spanReader, { offset: 9, limit: 1500 });
    expectTrueRows(span);
    expect(span).toMatchObject({ offset: 0, items: { length: 1000 }, extent: cutExtent(1000) });
  });

  test('tells a total below the rows it sends, which is then none', async () => {
    const cloud = createUpstream(rowsOf(25), { total: () => 3 });
    expect((await readRange(cloud.spanReader, { offset: 0, limit: 10 })).answer.total).toBeNull();
    expect((await readRange(cloud.spanReader, { offset: 10, limit: 20 })).answer.total).toBeNull();
  });
});
