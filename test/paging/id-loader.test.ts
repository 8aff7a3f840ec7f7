import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-codes.ts';
import { UpstreamRefusal } from '../../src/http/errors.ts';
import { createIdLoader, type IdReader } from '../../src/paging/id-loader.ts';
import { type Quirks, type Row, rowsOf, createUpstream } from './list-upstream.ts';

const refusal = (code: ErrorCode, status: number) =>
  new UpstreamRefusal('css', code, { status, errorCode: null, requestId: null, retryAfterMs: null });

/** A list in which things are found by id; every call of it, of `one` and of `missing` is recorded. */
const things = (count: number, quirks: Quirks = {}, more: Partial<IdReader<string, Row | null>> = {}) => {
  const cloud = createUpstream(rowsOf(count), quirks);
  const list = cloud.loader();
  const loader = createIdLoader<string, Row | null>({
    nameOf: (scope) => scope,
    idOf: (row) => row?.id ?? '',
    limits: cloud.limits,
    maxRows: 10_000,
    list: (scope, window) => list.load(scope, window),
    isListed: (scope, window) => list.has(scope, window),
    one: async (_, id) => {
      cloud.calls.push(`one ${id}`);
      return { id, createdAt: null };
    },
    ...more,
  });
  const load = (...ids: string[]) => Promise.all(ids.map((id) => loader.load('p', id)));
  return { cloud, list, loader, load, calls: cloud.calls };
};

test('one id is one detail call, however often it is asked for', async () => {
  const { load, calls } = things(30);
  expect(await load('r3', 'r3')).toMatchObject([{ id: 'r3' }, { id: 'r3' }]);
  await load('r3');
  expect(calls).toEqual(['one r3']);
});

test('several ids are one list call', async () => {
  const { load, calls } = things(30);
  expect(await load('r3', 'r29', 'r0')).toEqual([rowsOf(30)[3], rowsOf(30)[29], rowsOf(30)[0]]);
  expect(calls).toEqual(['0+100']);
});

test('each scope is read by itself', async () => {
  const { loader, calls } = things(30);
  await Promise.all([loader.load('a', 'r1'), loader.load('b', 'r1'), loader.load('b', 'r2')]);
  expect(calls.toSorted()).toEqual(['0+100', 'one r1']);
});

test('what is not in the list is asked for by itself, and its failure is its own', async () => {
  const { load, calls, loader } = things(
    30,
    {},
    {
      one: async (_, id) => {
        calls.push(`one ${id}`);
        throw refusal('NOT_FOUND', 404);
      },
    },
  );
  const settled = await Promise.allSettled([
    loader.load('p', 'r1'),
    loader.load('p', 'gone'),
    loader.load('p', 'r2'),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(calls).toEqual(['0+100', 'one gone']);
  await expect(load('gone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what is missing from a list that was read to its end is known to be missing', async () => {
  const { load, calls } = things(30, {}, { missing: async () => null });
  expect(await load('r1', 'gone')).toMatchObject([{ id: 'r1' }, null]);
  expect(calls).toEqual(['0+100']);
});

describe('a list longer than its first rows', () => {
  const far = (count: number) => Array.from({ length: count }, (_, i) => `r${2000 + i}`);
  const singles = (ids: readonly string[]) => ids.map((id) => `one ${id}`);

  test.each([
    { ids: 2, rows: 100 },
    { ids: 4, rows: 100 },
    { ids: 8, rows: 200 },
    { ids: 40, rows: 1000 },
    { ids: 60, rows: 1000 },
  ])('of $ids ids is read as far as so many calls cost, and the others one by one', async ({ ids, rows }) => {
    const { load, calls } = things(2500);
    await load('r1', ...far(ids - 1));
    expect(calls).toEqual([`0+${rows}`, ...singles(far(ids - 1))]);
  });

  test('is read further where that costs less than the details', async () => {
    const { load, calls } = things(2500);
    expect(await load('r1', ...far(63))).toHaveLength(64);
    expect(calls).toEqual(['0+1000', '1000+1000', '2000+500']);
  });

  test('is read further rather than in more than a hundred details', async () => {
    const { load, calls } = things(9500);
    await load('r1', ...far(101));
    expect(calls).toHaveLength(10);
  });

  test('is not read again where another field has read it', async () => {
    const { load, calls, cloud, list } = things(2500);
    await list.load('p', { offset: 0, limit: 2500 });
    cloud.calls.length = 0;
    expect(await load('r1', 'r2', ...far(3))).toHaveLength(5);
    expect(calls).toEqual([]);
  });

  test('is read as far as another field reads it at the same time', async () => {
    const { load, calls, list } = things(2500);
    await Promise.all([list.load('p', { offset: 0, limit: 1000 }), load('r1', 'r900')]);
    expect(calls).toEqual(['0+1000']);
  });

  test('is left where its length is not known', async () => {
    const { load, calls } = things(2500, { total: () => null }, { missing: async () => null });
    expect(await load('r1', ...far(3))).toMatchObject([
      { id: 'r1' },
      { id: 'r2000' },
      { id: 'r2001' },
      { id: 'r2002' },
    ]);
    expect(calls).toEqual(['0+100', 'one r2000', 'one r2001', 'one r2002']);
  });

  test('tells nothing missing when it moved between its pages', async () => {
    const { load, calls, cloud } = things(
      2500,
      { before: (call) => void (call === 2 && cloud.rows.shift()) },
      { missing: async () => null },
    );
    expect((await load('r1', ...far(70), 'r1000')).at(-1)).toMatchObject({ id: 'r1000' });
    expect(calls.at(-1)).toBe('one r1000');
  });
});

describe('a list that is refused', () => {
  const refused = (error: Error, oneWithoutList: boolean) =>
    things(
      30,
      {
        before: () => {
          throw error;
        },
      },
      { oneWithoutList },
    );

  test('does not hide what may be read by itself', async () => {
    const { load, calls } = refused(refusal('FORBIDDEN', 403), true);
    expect(await load('r1', 'r2')).toMatchObject([{ id: 'r1' }, { id: 'r2' }]);
    expect(calls).toEqual(['0+100', 'one r1', 'one r2']);
  });

  test.each([
    { what: 'nothing is readable without it', error: refusal('FORBIDDEN', 403), oneWithoutList: false },
    { what: 'the service failed', error: refusal('UPSTREAM_UNAVAILABLE', 503), oneWithoutList: true },
    { what: 'the caller is throttled', error: refusal('RATE_LIMITED', 429), oneWithoutList: true },
    { what: 'the caller is not known', error: refusal('UNAUTHENTICATED', 401), oneWithoutList: true },
    { what: 'the gateway broke', error: new Error('broken'), oneWithoutList: true },
  ])('fails for all where $what', async ({ error, oneWithoutList }) => {
    const { loader, calls } = refused(error, oneWithoutList);
    const settled = await Promise.allSettled([loader.load('p', 'r1'), loader.load('p', 'r2')]);
    expect(settled).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    expect(calls).toEqual(['0+100']);
  });
});

test('a list that is begun in advance is begun with as many rows as the ids need', async () => {
  const { loader, load, calls } = things(2500);
  for (let id = 0; id < 10; id += 1) loader.expect('p');
  await turn();
  await load('r1', 'r249');
  expect(calls).toEqual(['0+250']);
});
