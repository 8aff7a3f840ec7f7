import type { FaultRule, Sandbox } from '../../src/sandbox/server.ts';

/** How often each query is sent before the one that counts. */
const TIMES = Number(process.env['REHEARSALS'] ?? 0);

/** The id of requests that do not count; the gateway hands it on to the cloud, and writes it into its log. */
const REHEARSAL = 'rehearsal';

/** Where it would matter that more was asked: answers are kept, requests are counted, or the cloud is one of the test's own. */
const COUNTED = /^(CACHE_TTL_MS|RATE_LIMIT|\w+_ENDPOINT)$/;

/** Sends a request with these headers beside its own. */
type Send = (headers: Record<string, string>) => Promise<unknown>;

/** Sends a query often enough that what comes next is answered as what was asked before. */
type Rehearse = (query: string, send: Send) => Promise<void>;

const isRead = (query: string): boolean => !/\b(mutation|subscription)\b/.test(query);

/** A pattern that fits nothing while this holds. */
const unless = (holds: () => boolean, pattern: RegExp): RegExp =>
  Object.defineProperty(new RegExp(pattern), Symbol.search, {
    value: (text: string) => (holds() ? -1 : text.search(pattern)),
  });

/** What a rehearsal may meet too: the same at all times. */
const isLasting = ({ mutate, times }: FaultRule): boolean => mutate !== undefined && times === undefined;

/** Keeps rehearsals out of what is noted of the calls, and what goes wrong once out of rehearsals. */
const hidden = (sandbox: Sandbox): void => {
  const { calls, fault } = sandbox;
  let rehearsing = false;
  // The cloud notes a request as it comes, and looks for what goes wrong with it right after.
  const noted: typeof calls.push = (call) => {
    rehearsing = call.headers['x-request-id'] === REHEARSAL;
    return rehearsing ? calls.length : Array.prototype.push.call(calls, call);
  };
  Object.defineProperty(calls, 'push', { value: noted });
  sandbox.fault = (rule) =>
    fault(isLasting(rule) ? rule : { ...rule, path: unless(() => rehearsing, rule.path) });
};

/** Rehearses the queries to a gateway in front of these clouds, where this run of the tests does. */
export const rehearsals = (
  clouds: readonly Sandbox[],
  { once = false, settings = {} }: { once?: boolean; settings?: Record<string, string> },
): Rehearse => {
  const isCounted = once || Object.keys(settings).some((name) => COUNTED.test(name));
  if (TIMES === 0 || isCounted) return async () => {};
  clouds.forEach(hidden);
  let all: Promise<unknown> = Promise.resolve();
  const rehearsed = async (send: Send) => {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    for (let time = 1; time <= TIMES; time += 1) await send({ 'x-request-id': REHEARSAL });
  };
  return async (query, send) => {
    if (!isRead(query)) return;
    all = Promise.all([all, rehearsed(send)]);
    // Queries that are asked at once begin at once, and none reads what a rehearsal is just reading.
    for (let known; known !== all;) {
      known = all;
      await known; // oxlint-disable-line no-await-in-loop
    }
  };
};

/** Whether a line of the log is about a rehearsal. */
export const isOfRehearsal = (line: string): boolean => line.includes(`"requestId":"${REHEARSAL}"`);
