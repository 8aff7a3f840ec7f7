import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ClientAborted, CallLimitReached, DeadlineExceeded, UpstreamTimeout } from '../../src/http/errors.ts';
import { LightAbortSignal } from '../../src/http/abort-signal.ts';
import { createPromisedReads } from '../support/promised-reads.ts';

const RUNS = 1_000;
/** Milliseconds that a reader has, where it has an end at all. */
const TIME_MS = 100;

/** What one reader does, in this order; what is between is up to the scheduler. */
const scriptOfReader = fc.record({
  name: fc.constantFrom('a', 'b'),
  hangsUp: fc.boolean(),
  hasEnd: fc.boolean(),
});
/** How a read ends that is not ended before: of itself, or as whoever began it has no calls left. */
const ending = fc.constantFrom('answer', 'failure', 'limit' as const);
const scene = fc.record({
  readers: fc.array(scriptOfReader, { minLength: 2, maxLength: 5 }),
  endings: fc.array(ending, { minLength: 5, maxLength: 5 }),
  writes: fc.nat(2),
  hours: fc.nat(2),
});

/** A read that was begun, and who began it when. */
interface Begun {
  name: string;
  at: number;
  signal: LightAbortSignal;
  ended: boolean;
}

/** What became of one reader. */
interface Outcome {
  reader: number;
  joinedAt: number;
  hungUp: boolean;
  outOfTime: boolean;
  answer?: Begun;
  error?: unknown;
}

test(
  'however readers come, leave and run out of time, and writes come between: each has its own end, and no other',
  { retry: 0 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scene, fc.scheduler(), async ({ readers, endings, writes, hours }, s) => {
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
        const sharing = createPromisedReads();
        let [step, now, needless] = [0, 0, 0];
        const writtenAt: number[] = [];
        const begun: Begun[] = [];
        const outcomes: Outcome[] = [];
        const waiting = new Set<Outcome>();

        const begin = (name: string, endsAt: number) => (signal: LightAbortSignal) => {
          // Whoever comes while a read is on its way that no write has overtaken joins it.
          const joinable = begun.filter(
            (one) =>
              one.name === name && !one.ended && !one.signal.aborted && one.at > (writtenAt.at(-1) ?? 0),
          );
          needless += joinable.length;
          const read: Begun = { name, at: (step += 1), signal, ended: false };
          const how = endings[begun.length] ?? 'answer';
          begun.push(read);
          const { promise, resolve, reject } = Promise.withResolvers<Begun>();
          const end = (what: () => void) => {
            read.ended = true;
            what();
          };
          // It ends a while after it was told to, such as when a token has come.
          signal.addEventListener('abort', () => {
            const left = s.schedule(Promise.resolve(), `read ${begun.length} is given up`);
            void left.then(() => end(() => reject(new ClientAborted())));
          });
          if (endsAt < Infinity)
            setTimeout(() => end(() => reject(new DeadlineExceeded('css'))), Math.max(0, endsAt - now));
          void s.schedule(Promise.resolve(), `read ${begun.length} ends`).then(() =>
            end(() => {
              if (how === 'answer') resolve(read);
              else reject(how === 'failure' ? new UpstreamTimeout('css') : new CallLimitReached('css', 1));
            }),
          );
          return promise;
        };

        const join = (reader: number, name: string, gone: LightAbortSignal, hasEnd: boolean): void => {
          const outcome: Outcome = { reader, joinedAt: (step += 1), hungUp: false, outOfTime: false };
          outcomes.push(outcome);
          waiting.add(outcome);
          const endsAt = hasEnd ? now + TIME_MS : Infinity;
          const left = () => (hasEnd ? endsAt - now : 2 ** 30);
          const waiter = { service: 'css' as const, signal: gone, left };
          gone.addEventListener('abort', () => (outcome.hungUp = waiting.has(outcome)));
          sharing
            .read<Begun>('me', name, waiter, begin(name, endsAt) as never)
            .then(
              (answer) => (outcome.answer = answer),
              (error: unknown) => (outcome.error = error),
            )
            .finally(() => {
              outcome.outOfTime = left() <= 0;
              waiting.delete(outcome);
            });
        };

        const actors = [
          ...readers.map(({ name, hangsUp, hasEnd }, at) => {
            const gone = new LightAbortSignal();
            return [() => join(at, name, gone, hasEnd), ...(hangsUp ? [() => gone.abort()] : [])];
          }),
          ...Array.from({ length: writes }, () => [
            () => {
              writtenAt.push((step += 1));
              sharing.forget('me');
            },
          ]),
          ...Array.from({ length: hours }, () => [
            () => {
              now += TIME_MS + 1;
              vi.advanceTimersByTime(TIME_MS + 1);
            },
          ]),
        ];
        for (const [at, steps] of actors.entries())
          s.scheduleSequence(steps.map((one, n) => ({ label: `${at}.${n}`, builder: async () => one() })));
        await s.waitIdle();
        vi.useRealTimers();

        expect(outcomes).toHaveLength(readers.length);
        expect(waiting.size).toBe(0);
        expect(sharing.size()).toBe(0);
        for (const { joinedAt, hungUp, outOfTime, answer, error } of outcomes) {
          // Who stayed is told an answer or what the read itself ended with: nothing that happened to another.
          if (error instanceof ClientAborted) expect(hungUp).toBe(true);
          if (error instanceof DeadlineExceeded) expect(outOfTime).toBe(true);
          // Nothing that began before a write is an answer to who came after it.
          if (answer) for (const at of writtenAt) if (at < joinedAt) expect(answer.at).toBeGreaterThan(at);
        }
        expect(needless).toBe(0);
      }),
      { numRuns: RUNS },
    );
  },
);
