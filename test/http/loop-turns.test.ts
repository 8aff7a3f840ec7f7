import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { TimeUp } from '../../src/http/deadline.ts';
import { Exchange, type HttpResponse } from '../../src/http/exchange.ts';
import { Failure } from '../../src/http/failure.ts';
import { readInTurn } from '../../src/http/loop-turns.ts';
import { css } from '../../src/upstreams/css/service.ts';

const KIB = 1024;

beforeEach(() => nextTurn());

test('responses that arrive together are read in several turns of the event loop, in order', async () => {
  const read: number[] = [];
  for (const at of [0, 1, 2, 3, 4]) readInTurn(600 * KIB, () => read.push(at));
  expect(read).toEqual([0, 1]);
  await nextTurn();
  expect(read).toEqual([0, 1, 2, 3]);
  await nextTurn();
  expect(read).toEqual([0, 1, 2, 3, 4]);
});

test('one that arrives while others wait is read after them', async () => {
  const read: string[] = [];
  for (const name of ['a', 'b', 'c']) readInTurn(2 * KIB * KIB, () => read.push(name));
  readInTurn(1, () => read.push('short'));
  expect(read).toEqual(['a']);
  await nextTurn();
  readInTurn(1, () => read.push('late'));
  for (const _ of 'abc') await nextTurn(); // oxlint-disable-line no-await-in-loop -- one turn after the other
  expect(read).toEqual(['a', 'b', 'c', 'short', 'late']);
});

test('short responses are all read at once, in each turn anew', async () => {
  for (const _ of 'abc') {
    let read = 0;
    for (let at = 0; at < 100; at += 1)
      readInTurn(10 * KIB, () => {
        read += 1;
      });
    expect(read).toBe(100);
    await nextTurn(); // oxlint-disable-line no-await-in-loop -- one turn after the other
  }
});

test('a response that waits for its turn has arrived: its call cannot run out of time any more', async () => {
  const ended: (HttpResponse | Failure)[] = [];
  const request = {
    method: 'GET',
    isRead: true,
    origin: 'http://cloud',
    path: '/',
    body: undefined,
  } as const;
  const exchange = new Exchange({ service: css, request, headers: [], maxBytes: 100 }, (one) =>
    ended.push(one),
  );
  exchange.onResponseStart({}, 200, {});
  exchange.onResponseData({}, Buffer.from('{}'));
  readInTurn(2 * KIB * KIB, () => {});
  exchange.onResponseEnd();
  exchange.abort(new TimeUp());
  expect(ended).toEqual([]);
  await nextTurn();
  expect(ended).toHaveLength(1);
  expect(ended[0]).not.toBeInstanceOf(Failure);
});
