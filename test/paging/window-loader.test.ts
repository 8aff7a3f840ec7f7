import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createWindowLoader } from '../../src/paging/window-loader.ts';
import type { Page, Window } from '../../src/paging/window.ts';
import { createGate, idsOf, type Row, rowsOf, createUpstream } from './list-upstream.ts';

const windows = (...pairs: [number, number][]): Window[] =>
  pairs.map(([offset, limit]) => ({ offset, limit }));

const loaded = async (asked: Window[], cloud = createUpstream(rowsOf(2500))) => {
  const loader = cloud.loader();
  const answers = await Promise.all(asked.map((window) => loader.load('rows', window)));
  return { answers, calls: cloud.calls };
};

describe('windows asked for in one tick', () => {
  test.each([
    { title: 'overlapping', asked: windows([0, 20], [10, 20]), calls: ['0+30'] },
    { title: 'touching', asked: windows([10, 10], [0, 10]), calls: ['0+20'] },
    { title: 'apart', asked: windows([0, 10], [500, 10]), calls: ['0+10', '500+10'] },
    { title: 'the same', asked: windows([0, 10], [0, 10]), calls: ['0+10'] },
    { title: 'the total alone', asked: windows([0, 0], [0, 0]), calls: ['0+1'] },
    { title: 'the total beside rows', asked: windows([0, 0], [40, 10]), calls: ['40+10'] },
    {
      title: 'more than a page together',
      asked: windows([0, 800], [700, 800]),
      calls: ['0+1000', '1000+500'],
    },
  ])('$title cost $calls', async ({ asked, calls }) => {
    const { answers, calls: made } = await loaded(asked);
    expect(made).toEqual(calls);
    for (const [i, { offset, limit }] of asked.entries()) {
      expect(idsOf(answers[i]!.items)).toEqual(idsOf(rowsOf(limit, offset)));
      expect(answers[i]).toMatchObject({ total: 2500, extent: { kind: 'OPEN' } });
    }
  });

  test('of different lists cost a call each', async () => {
    const cloud = createUpstream(rowsOf(5));
    const loader = cloud.loader();
    await Promise.all([
      loader.load('a', { offset: 0, limit: 10 }),
      loader.load('b', { offset: 0, limit: 10 }),
    ]);
    expect(cloud.calls).toEqual(['0+10', '0+10']);
  });
});

describe('what was read before', () => {
  test.each([
    { later: [5, 10], calls: ['0+20'] },
    { later: [0, 0], calls: ['0+20'] },
    { later: [19, 2], calls: ['0+20', '19+2'] },
    { later: [40, 10], calls: ['0+20', '40+10'] },
  ] as const)('is not read again for $later', async ({ later: [offset, limit], calls }) => {
    const cloud = createUpstream(rowsOf(100));
    const loader = cloud.loader();
    await loader.load('rows', { offset: 0, limit: 20 });
    const { items } = await loader.load('rows', { offset, limit });
    expect(idsOf(items)).toEqual(idsOf(rowsOf(limit, offset)));
    expect(cloud.calls).toEqual(calls);
  });

  test('covers everything behind the end of the list', async () => {
    const cloud = createUpstream(rowsOf(15));
    const loader = cloud.loader();
    await loader.load('rows', { offset: 0, limit: 20 });
    expect(await loader.load('rows', { offset: 10, limit: 1000 })).toMatchObject({
      items: { length: 5 },
      extent: { kind: 'WHOLE' },
    });
    expect(await loader.load('rows', { offset: 500, limit: 1000 })).toMatchObject({
      items: [],
      extent: { kind: 'WHOLE' },
    });
    expect(cloud.calls).toEqual(['0+20']);
  });

  test('covers the rows before it where the answer held the whole list', async () => {
    const cloud = createUpstream(rowsOf(15), { ignoresLimit: true, ignoresPosition: true });
    const loader = cloud.loader();
    expect(idsOf((await loader.load('rows', { offset: 9, limit: 3 })).items)).toEqual(['r9', 'r10', 'r11']);
    expect(idsOf((await loader.load('rows', { offset: 0, limit: 2 })).items)).toEqual(['r0', 'r1']);
    expect(cloud.calls).toEqual(['9+3']);
  });

  test('covers the rows that were read on the way below a ceiling', async () => {
    const cloud = createUpstream(rowsOf(2500), { limits: { pageSize: 1000, lastOffset: 1000 } });
    const loader = cloud.loader();
    expect(idsOf((await loader.load('rows', { offset: 1500, limit: 100 })).items)).toEqual(
      idsOf(rowsOf(100, 1500)),
    );
    expect(idsOf((await loader.load('rows', { offset: 1100, limit: 2 })).items)).toEqual(['r1100', 'r1101']);
    expect(cloud.calls).toEqual(['1000+600']);
  });

  test('is waited for while it is under way', async () => {
    const gate = createGate();
    const cloud = createUpstream(rowsOf(100), { before: () => gate.passed });
    const loader = cloud.loader();
    const first = loader.load('rows', { offset: 0, limit: 20 });
    await expect.poll(() => cloud.calls.length).toBe(1);
    const second = loader.load('rows', { offset: 0, limit: 10 });
    gate.open();
    expect([(await first).items.length, (await second).items.length]).toEqual([20, 10]);
    expect(cloud.calls).toEqual(['0+20']);
  });
});

describe('a read that fails', () => {
  test('also before it began, fails what asked for it', async () => {
    const loader = createWindowLoader<string, Row, Page<Row>>({
      limits: { pageSize: 10 },
      nameOf: (list) => list,
      keyOf: ({ id }) => id,
      read: () => {
        throw new Error('no such list');
      },
    });
    await expect(loader.load('rows', { offset: 0, limit: 5 })).rejects.toThrow('no such list');
  });

  const refusing = (fails: (call: number) => boolean) =>
    createUpstream(rowsOf(100), {
      before: (call) => {
        if (fails(call)) throw new Error('no');
      },
    });

  test('is told to all who wait for its rows, and not made again for them in this request', async () => {
    const cloud = refusing((call) => call === 1);
    const loader = cloud.loader();
    const asked = windows([0, 20], [5, 5]).map((window) => loader.load('rows', window));
    expect(await Promise.allSettled(asked)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    await expect(loader.load('rows', { offset: 2, limit: 3 })).rejects.toThrow('no');
    expect(cloud.calls).toEqual(['0+20']);
    expect((await cloud.loader().load('rows', { offset: 0, limit: 20 })).items).toHaveLength(20);
  });

  test('leaves other windows alone', async () => {
    const cloud = refusing((call) => call === 2);
    const loader = cloud.loader();
    const asked = windows([0, 20], [50, 5]).map((window) => loader.load('rows', window));
    expect(await Promise.allSettled(asked)).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected' }]);
  });
});

test('what stands beside the rows comes with every window', async () => {
  type Answer = Page<Row> & { service: string };
  const loader = createWindowLoader<string, Row, Answer>({
    limits: { pageSize: 1000 },
    nameOf: (list) => list,
    keyOf: ({ id }) => id,
    read: async (list) => ({ items: rowsOf(3), total: 3, service: `of ${list}` }),
  });
  expect(await loader.load('a', { offset: 0, limit: 0 })).toEqual({
    items: [],
    total: 3,
    service: 'of a',
    extent: { kind: 'OPEN', reach: null },
  });
  expect((await loader.load('a', { offset: 2, limit: 1 })).service).toBe('of a');
});

describe('a window of the whole list or nothing', () => {
  const whole = (limit: number): Window => ({ offset: 0, limit, wholeOnly: true });

  test('costs one page of a list that is longer, however often it is asked for', async () => {
    const cloud = createUpstream(rowsOf(2500));
    const loader = cloud.loader();
    const [all, again] = await Promise.all([
      loader.load('rows', whole(2000)),
      loader.load('rows', whole(2000)),
    ]);
    await loader.load('rows', whole(1500));
    await loader.load('rows', { offset: 10, limit: 990 });
    expect(all).toMatchObject({ total: 2500, items: { length: 1000 }, extent: { kind: 'OPEN' } });
    expect(again).toEqual(all);
    expect(cloud.calls).toEqual(['0+1000']);
  });

  test('has all rows where there are no more', async () => {
    const { answers, calls } = await loaded([whole(2500)]);
    expect(answers[0]).toMatchObject({ total: 2500, items: { length: 2500 }, extent: { kind: 'WHOLE' } });
    expect(calls).toEqual(['0+1000', '1000+1000', '2000+500']);
  });

  test('leaves nobody who asks for its rows without them, now or later', async () => {
    const gate = createGate();
    const cloud = createUpstream(rowsOf(2500), { before: () => gate.passed });
    const loader = cloud.loader();
    const refused = loader.load('rows', whole(2000));
    await expect.poll(() => cloud.calls).toEqual(['0+1000']);
    const rows = loader.load('rows', { offset: 0, limit: 1500 });
    await turn();
    gate.open();
    expect(idsOf((await rows).items)).toEqual(idsOf(rowsOf(1500)));
    expect(await refused).toMatchObject({ extent: { kind: 'OPEN' } });
    const { answers, calls } = await loaded([whole(2000), { offset: 0, limit: 1200 }]);
    expect(answers.map(({ items }) => items.length)).toEqual([2000, 1200]);
    expect(calls).toEqual(['0+1000', '1000+1000']);
  });
});
