import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBreaker } from '../../src/http/circuit-breaker.ts';
import {
  ClientAborted,
  UpstreamContractError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from '../../src/http/errors.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const refusal = (status: number) =>
  new UpstreamRefusal('css', 'UPSTREAM_UNAVAILABLE', {
    status,
    errorCode: null,
    requestId: null,
    retryAfterMs: null,
  });
const unreachable = (stale: boolean) => new UpstreamUnreachable('css', { neverSent: false, stale });

type Breaker = ReturnType<typeof createBreaker>;

/** Makes a call through a breaker. */
const run = async <T>(breaker: Breaker, call: () => Promise<T>): Promise<T> => {
  const end = breaker.begin();
  if (end instanceof Error) throw end;
  try {
    const value = await call();
    end(undefined);
    return value;
  } catch (error) {
    end(error);
    throw error;
  }
};

const fail = (breaker: Breaker, error: Error) => run(breaker, () => Promise.reject(error)).catch(() => {});
const failOften = async (breaker: Breaker, error: Error, times = 10) => {
  for (let n = 0; n < times; n += 1) await fail(breaker, error); // oxlint-disable-line no-await-in-loop
};
const answer = (breaker: Breaker) => run(breaker, () => Promise.resolve('answer'));

test.each([
  { what: 'status 500', error: refusal(500) },
  { what: 'status 503', error: refusal(503) },
  { what: 'a time-out', error: new UpstreamTimeout('css') },
  { what: 'a reset', error: unreachable(false) },
  {
    what: 'an answer that was cut off',
    error: new UpstreamContractError('css', 200, 'less', { cutOff: true }),
  },
])('it opens when $what comes again and again', async ({ error }) => {
  const breaker = createBreaker('css');
  await failOften(breaker, error);
  expect(breaker.state()).toBe('open');
  await expect(answer(breaker)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', service: 'css' });
});

test.each([
  { what: 'status 404', error: refusal(404) },
  { what: 'status 429', error: refusal(429) },
  { what: 'a caller who disconnects', error: new ClientAborted() },
  { what: 'a kept connection that was closed', error: unreachable(true) },
  { what: 'an answer in another shape', error: new UpstreamContractError('css', 200, 'so') },
])('$what says nothing of the service', async ({ error }) => {
  const breaker = createBreaker('css');
  await failOften(breaker, error, 100);
  expect(breaker.state()).toBe('closed');
  await expect(answer(breaker)).resolves.toBe('answer');
});

test('refusals count as answers, so that few failures among many of them open nothing', async () => {
  const breaker = createBreaker('css');
  await failOften(breaker, refusal(404), 20);
  await failOften(breaker, refusal(503), 10);
  expect(breaker.state()).toBe('closed');
});

test('it stays closed while every other call fails', async () => {
  const breaker = createBreaker('css');
  for (let n = 0; n < 50; n += 1) {
    await fail(breaker, refusal(503)); // oxlint-disable-line no-await-in-loop
    await answer(breaker); // oxlint-disable-line no-await-in-loop
  }
  expect(breaker.state()).toBe('closed');
});

test('a few failures of a service that is hardly asked open nothing', async () => {
  const breaker = createBreaker('css');
  await failOften(breaker, refusal(503), 9);
  expect(breaker.state()).toBe('closed');
});

test('it lets one call through after a second, and closes when that is answered', async () => {
  const breaker = createBreaker('css');
  await failOften(breaker, refusal(503));
  vi.advanceTimersByTime(999);
  await expect(answer(breaker)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  vi.advanceTimersByTime(1);
  await expect(answer(breaker)).resolves.toBe('answer');
  expect(breaker.state()).toBe('closed');
});

test('while that call is on its way, nobody else waits for it', async () => {
  const breaker = createBreaker('css');
  await failOften(breaker, refusal(503));
  vi.advanceTimersByTime(1000);
  const probe = Promise.withResolvers<string>();
  const probing = run(breaker, () => probe.promise);
  expect(breaker.state()).toBe('half-open');
  await expect(answer(breaker)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  probe.resolve('there');
  await expect(probing).resolves.toBe('there');
  await expect(answer(breaker)).resolves.toBe('answer');
});

test('a caller who disconnects during that call decides nothing: the next call does', async () => {
  const breaker = createBreaker('css');
  await failOften(breaker, refusal(503));
  vi.advanceTimersByTime(1000);
  await fail(breaker, new ClientAborted());
  expect(breaker.state()).toBe('open');
  await fail(breaker, refusal(503));
  expect(breaker.state()).toBe('open');
  vi.advanceTimersByTime(1999);
  await expect(answer(breaker)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  vi.advanceTimersByTime(1);
  await fail(breaker, new ClientAborted());
  await expect(answer(breaker)).resolves.toBe('answer');
  expect(breaker.state()).toBe('closed');
});

test('the longer the service is down, the less it is asked: after one, two and four seconds', async () => {
  const breaker = createBreaker('css');
  await failOften(breaker, refusal(503));
  const asked: number[] = [];
  for (let second = 1; second <= 15; second += 1) {
    vi.advanceTimersByTime(1000);
    // oxlint-disable-next-line no-await-in-loop
    await run(breaker, () => (asked.push(second), Promise.reject(refusal(503)))).catch(() => {});
  }
  expect(asked).toEqual([1, 3, 7, 11, 15]);
});
