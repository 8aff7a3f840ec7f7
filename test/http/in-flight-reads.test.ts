import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ClientAborted, DeadlineExceeded, UpstreamTimeout } from '../../src/http/errors.ts';
import type { AbortSignalLike } from '../../src/http/abort-signal.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { createPromisedReads, type TestWaiter } from '../support/promised-reads.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../support/sample-operations.ts';

const waiter = (more: Partial<TestWaiter> = {}): TestWaiter => ({
  service: 'css',
  signal: undefined,
  left: () => 10_000,
  ...more,
});

/** A read that the test ends, and how often it was begun. */
const slow = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signals: AbortSignalLike[] = [];
  const begin = (signal: AbortSignalLike) => {
    signals.push(signal);
    return promise;
  };
  return { begin, resolve, reject, signals };
};

test('equal reads of one caller that are on their way are one, and the next one is new', async () => {
  const { read } = createPromisedReads();
  const { begin, resolve, signals } = slow();
  const both = [read('me', 'a', waiter(), begin), read('me', 'a', waiter(), begin)];
  resolve('answer');
  expect(await Promise.all(both)).toEqual(['answer', 'answer']);
  expect(await read('me', 'a', waiter(), async () => 'another')).toBe('another');
  expect(signals).toHaveLength(1);
});

test('neither another caller nor another read joins', async () => {
  const { read } = createPromisedReads();
  const { begin, resolve, signals } = slow();
  const all = [
    read('me', 'a', waiter(), begin),
    read('you', 'a', waiter(), begin),
    read('me', 'b', waiter(), begin),
  ];
  resolve('');
  await Promise.all(all);
  expect(signals).toHaveLength(3);
});

test('one who disconnects leaves the read to the others, and the last one ends it', async () => {
  const { read } = createPromisedReads();
  const { begin, signals } = slow();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = read('me', 'a', waiter({ signal: first.signal }), begin);
  const other = read('me', 'a', waiter({ signal: second.signal }), begin);
  first.abort();
  await expect(one).rejects.toMatchObject({ name: 'ClientAborted' });
  expect(signals[0]!.aborted).toBe(false);
  second.abort();
  await expect(other).rejects.toMatchObject({ name: 'ClientAborted' });
  expect(signals[0]!.aborted).toBe(true);
});

test('one whose time is over leaves as well', async () => {
  const { read } = createPromisedReads();
  const { begin, resolve } = slow();
  const long = read('me', 'a', waiter(), begin);
  const end = performance.now() + 10;
  const short = read('me', 'a', waiter({ left: () => end - performance.now() }), begin);
  await expect(short).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  resolve('answer');
  expect(await long).toBe('answer');
});

test('one whose time is over, and who then disconnects, leaves once: the read goes on for the others', async () => {
  const { read } = createPromisedReads();
  const { begin, resolve, signals } = slow();
  const long = read('me', 'a', waiter(), begin);
  const gone = new AbortController();
  const end = performance.now() + 10;
  const left = () => end - performance.now();
  const short = read('me', 'a', waiter({ left, signal: gone.signal }), begin);
  await expect(short).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  gone.abort();
  expect(signals[0]!.aborted).toBe(false);
  resolve('answer');
  expect(await long).toBe('answer');
});

test('nobody joins a read that all have left, though it has not ended yet', async () => {
  const { read } = createPromisedReads();
  const { begin, reject } = slow();
  const gone = new AbortController();
  const left = read('me', 'a', waiter({ signal: gone.signal }), begin);
  gone.abort();
  await expect(left).rejects.toMatchObject({ name: 'ClientAborted' });
  const next = read('me', 'a', waiter(), async () => 'new');
  reject(new ClientAborted());
  expect(await next).toBe('new');
});

test('what ends the read for the one who began it does not end it for the others: they begin anew', async () => {
  const { read } = createPromisedReads();
  const { begin, reject } = slow();
  const hurried = read('me', 'a', waiter(), begin);
  const patient = read('me', 'a', waiter(), async () => 'again');
  reject(new DeadlineExceeded('css'));
  await expect(hurried).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  expect(await patient).toBe('again');
});

test('a failure of the read itself is told to all', async () => {
  const { read } = createPromisedReads();
  const { begin, reject, signals } = slow();
  const both = [read('me', 'a', waiter(), begin), read('me', 'a', waiter(), begin)];
  reject(new UpstreamTimeout('css'));
  for (const one of both) await expect(one).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' }); // oxlint-disable-line no-await-in-loop
  expect(signals).toHaveLength(1);
});

test('after a write nobody joins a read that began before it', async () => {
  const { read, forget } = createPromisedReads();
  const { begin, resolve } = slow();
  const before = read('me', 'a', waiter(), begin);
  forget('me');
  expect(await read('me', 'a', waiter(), async () => 'new')).toBe('new');
  resolve('old');
  expect(await before).toBe('old');
});

const burst = async (settings: Record<string, string>, tokens: string[]) => {
  const { ask, sandbox, calls } = await gateway({ settings });
  sandbox.fault({ path: DETAIL, delayMs: 100 });
  const answers = await Promise.all(tokens.map((token) => ask(ASK_NAME, {}, { 'x-auth-token': token })));
  return { answers, calls: calls() };
};

test('twenty equal operations at once make the calls of one', async () => {
  const { answers, calls } = await burst({}, Array(20).fill(SANDBOX.token));
  expect(calls).toHaveLength(1);
  for (const { data, errors } of answers) {
    expect(errors).toBeUndefined();
    expect(data.cluster.name).toBeTypeOf('string');
  }
});

test('those of another token make their own', async () => {
  const { calls } = await burst({}, [SANDBOX.token, 'another', SANDBOX.token, 'another']);
  expect(calls).toHaveLength(2);
});

test('a setting makes each operation read by itself', async () => {
  const { calls } = await burst({ SHARE_READS: 'off' }, Array(5).fill(SANDBOX.token));
  expect(calls).toHaveLength(5);
});

test('an explanation says what another operation read', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({ path: DETAIL, delayMs: 100 });
  const explained = () => ask(ASK_NAME, {}, { 'x-explain': '2' });
  const answers = await Promise.all([explained(), explained()]);
  const shared = answers.map(({ extensions }) => extensions!['explain'].calls[0].shared ?? false);
  expect(new Set(shared)).toEqual(new Set([false, true]));
});

test('who disconnects does not fail the others', async () => {
  const { url, ask, sandbox, calls } = await gateway();
  sandbox.fault({ path: DETAIL, delayMs: 200 });
  const gone = new AbortController();
  const left = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: `{ cluster(clusterId: "${CLUSTER}") { name } }` }),
    signal: gone.signal,
  });
  await wait(50);
  const stayed = ask(ASK_NAME);
  await wait(50);
  gone.abort();
  await expect(left).rejects.toThrow();
  expect((await stayed).errors).toBeUndefined();
  expect(calls()).toHaveLength(1);
});
