import { describe, expect, test } from 'vitest';
import {
  covers,
  mergeWindows,
  offsetLimit,
  reachableRows,
  startLimit,
  type Window,
} from '../../src/paging/window.ts';

const windowOf = ([offset, limit]: readonly [number, number]): Window => ({ offset, limit });

describe('page styles', () => {
  test.each([
    { style: startLimit, window: [0, 10], query: { start: 1, offset: 1, limit: 10 } },
    { style: startLimit, window: [20, 10], query: { start: 21, offset: 21, limit: 10 } },
    { style: startLimit, window: [999, 1000], query: { start: 1000, offset: 1000, limit: 1000 } },
    { style: offsetLimit, window: [0, 10], query: { offset: 0, limit: 10 } },
    { style: offsetLimit, window: [20, 10], query: { offset: 20, limit: 10 } },
  ] as const)('$style.name spells $window as $query', ({ style, window, query }) => {
    expect(style(windowOf(window))).toEqual(query);
  });
});

describe('merging windows', () => {
  test.each([
    { title: 'nothing', windows: [], merged: [] },
    { title: 'one window', windows: [[5, 3]], merged: [[5, 3]] },
    {
      title: 'the same window twice',
      windows: [
        [0, 9],
        [0, 9],
      ],
      merged: [[0, 9]],
    },
    {
      title: 'overlapping windows',
      windows: [
        [0, 20],
        [10, 20],
      ],
      merged: [[0, 30]],
    },
    {
      title: 'touching windows',
      windows: [
        [0, 10],
        [10, 10],
      ],
      merged: [[0, 20]],
    },
    {
      title: 'windows one row apart',
      windows: [
        [0, 10],
        [11, 10],
      ],
      merged: [
        [0, 10],
        [11, 10],
      ],
    },
    {
      title: 'a window inside another',
      windows: [
        [0, 100],
        [20, 5],
      ],
      merged: [[0, 100]],
    },
    {
      title: 'windows in any order',
      windows: [
        [30, 10],
        [0, 10],
        [10, 20],
      ],
      merged: [[0, 40]],
    },
    {
      title: 'only the head',
      windows: [
        [0, 0],
        [0, 0],
      ],
      merged: [[0, 1]],
    },
    {
      title: 'the head beside rows',
      windows: [
        [0, 0],
        [40, 10],
      ],
      merged: [[40, 10]],
    },
  ] as { title: string; windows: [number, number][]; merged: [number, number][] }[])(
    '$title: $windows become $merged',
    ({ windows, merged }) => {
      expect(mergeWindows(windows.map(windowOf))).toEqual(merged.map(windowOf));
    },
  );

  test('leaves the windows it was given as they were', () => {
    const windows = [windowOf([0, 10]), windowOf([5, 10])];
    mergeWindows(windows);
    expect(windows).toEqual([windowOf([0, 10]), windowOf([5, 10])]);
  });
});

test.each([
  { outer: [0, 20], inner: [0, 20], covered: true },
  { outer: [0, 20], inner: [5, 10], covered: true },
  { outer: [0, 20], inner: [5, 16], covered: false },
  { outer: [5, 20], inner: [4, 3], covered: false },
  { outer: [5, Infinity], inner: [900, 1000], covered: true },
  { outer: [5, 1], inner: [0, 0], covered: true },
] as const)('that $outer covers $inner is $covered', ({ outer, inner, covered }) => {
  expect(covers(windowOf(outer), windowOf(inner))).toBe(covered);
});

test.each([
  { limits: { pageSize: 1000 }, reach: Infinity },
  { limits: { pageSize: 1000, lastOffset: 1000 }, reach: 2000 },
  { limits: { pageSize: 1000, lastOffset: 999 }, reach: 1999 },
])('$limits reaches $reach rows', ({ limits, reach }) => {
  expect(reachableRows(limits)).toBe(reach);
});
