import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LightAbortSignal } from '../../src/http/abort-signal.ts';
import { Deadlines } from '../../src/http/deadline.ts';
import { ClientAborted } from '../../src/http/errors.ts';

/** A call that notes why it was ended. */
const recordedCall = () => {
  const reasons: Error[] = [];
  return { reasons, abort: (reason: Error) => void reasons.push(reason) };
};

const MS = 60;
const LATE = new Error('late');
const untilPast = () => wait(3 * MS);
const limit = (deadlines: Deadlines, ms: number, signal?: LightAbortSignal) => {
  const call = recordedCall();
  const deadline = deadlines.limit(ms, call, signal, () => LATE);
  return { reasons: call.reasons, cancel: () => deadlines.cancel(deadline) };
};

describe('deadlines of calls', () => {
  it('end each call that is late with its error, and once', async () => {
    const deadlines = new Deadlines();
    const calls = [limit(deadlines, MS), limit(deadlines, 1), limit(deadlines, MS)];
    await untilPast();
    expect(calls.map(({ reasons }) => reasons)).toEqual([[LATE], [LATE], [LATE]]);
  });

  it('leave a call that has ended alone, also where it had the earliest deadline', async () => {
    const deadlines = new Deadlines();
    const [ended, late] = [limit(deadlines, 1), limit(deadlines, MS)];
    ended.cancel();
    await untilPast();
    expect([ended.reasons, late.reasons]).toEqual([[], [LATE]]);
  });

  it('are found in any order: a later call may have the earlier deadline', async () => {
    const deadlines = new Deadlines();
    const [far, near] = [limit(deadlines, 60_000), limit(deadlines, MS)];
    await untilPast();
    expect([far.reasons, near.reasons]).toEqual([[], [LATE]]);
    far.cancel();
  });

  it('end a call when its client disconnects, and not after it has ended', () => {
    const deadlines = new Deadlines();
    const [running, ended] = [new LightAbortSignal(), new LightAbortSignal()];
    const [first, second] = [limit(deadlines, 60_000, running), limit(deadlines, 60_000, ended)];
    second.cancel();
    running.abort();
    ended.abort();
    expect(first.reasons).toEqual([expect.any(ClientAborted)]);
    expect(second.reasons).toEqual([]);
    first.cancel();
  });
});
