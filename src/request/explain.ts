import type { CallReport } from '../http/call-report.ts';
import type { RequestInput } from '../http/request.ts';
import { type BatchObserver, describePart } from '../paging/batch-observer.ts';
import { monotonic } from '../time/clock.ts';

/** Collects the calls of an operation, and the loads that were merged into them, for `extensions.explain`. */
export interface Explanation {
  onCall: (call: CallReport, input: RequestInput) => void;
  observeBatches(kind: string): BatchObserver;
  /** The value of `extensions.explain`. */
  toExtension(): object;
}

/** How much the client asked for: `X-Explain: 1` or `2`. */
export type ExplainLevel = 'summary' | 'details';

/** One line of `extensions.explain.lists`. */
interface MergedLoads {
  list: string;
  of: string;
  asked: Set<string>;
  read: Set<string>;
}

/** Milliseconds with one digit after the point. */
const roundMs = (ms: number): number => Math.round(ms * 10) / 10;

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

/** One entry of the detailed `extensions.explain.calls`: it includes the parameters, but neither headers nor the body. */
const formatCall = (
  { service, method, path, outcome, cause, status, errorCode, durationMs, retried, shared }: CallReport,
  { params, query = {} }: RequestInput,
) => ({
  service,
  method,
  path,
  ...(params && { params }),
  query: Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)),
  ms: roundMs(durationMs),
  retried,
  ...(shared && { shared }),
  outcome,
  ...(cause && { cause }),
  ...(status !== undefined && { status }),
  ...(errorCode && { errorCode }),
});

type ExplainedCall = ReturnType<typeof formatCall>;

/** The first line of an explanation. Reads that other operations sent, and this one joined, are no calls of its own. */
const summarize = (calls: readonly ExplainedCall[], ms: number): string => {
  const own = calls.filter(({ shared }) => !shared);
  const retries = own.filter(({ retried }) => retried).length;
  const joined = calls.length - own.length;
  return [
    count(own.length, 'call', 'calls'),
    count(retries, 'retry', 'retries'),
    ...(joined > 0 ? [`${joined} shared`] : []),
    `${roundMs(ms)} ms`,
  ].join(', ');
};

/** How a call ended, and why, if it failed below HTTP. */
const describeOutcome = ({ outcome, cause }: ExplainedCall): string => {
  if (outcome === 'ok') return '';
  return cause === undefined ? ` ${outcome}` : ` ${outcome} (${cause})`;
};

/** One line for all calls of one operation of the cloud with the same outcome and cause. */
const summarizeCalls = (calls: readonly ExplainedCall[]): string[] => {
  const name = (call: ExplainedCall) => `${call.service} ${call.method} ${call.path}${describeOutcome(call)}`;
  return [...Map.groupBy(calls, name)].map(([line, group]) => {
    const longest = `${Math.max(...group.map(({ ms }) => ms))} ms`;
    return group.length === 1 ? `${line}: ${longest}` : `${line}: ${group.length} calls, up to ${longest}`;
  });
};

/** Explains an operation that begins now. */
export const createExplanation = (level: ExplainLevel): Explanation => {
  const started = monotonic();
  const calls: ExplainedCall[] = [];
  const lists = new Map<string, MergedLoads>();
  const findOrCreate = (kind: string, list: string): MergedLoads => {
    const key = `${kind} ${list}`;
    const merged = lists.get(key) ?? {
      list: kind,
      of: list.trim(),
      asked: new Set<string>(),
      read: new Set<string>(),
    };
    lists.set(key, merged);
    return merged;
  };
  return {
    onCall: (call, input) => void calls.push(formatCall(call, input)),
    observeBatches: (kind) => ({
      requested: (list, part) => void findOrCreate(kind, list).asked.add(describePart(part)),
      read: (list, part) => void findOrCreate(kind, list).read.add(describePart(part)),
    }),
    toExtension: () => ({
      summary: summarize(calls, monotonic() - started),
      ...(level === 'summary'
        ? { calls: summarizeCalls(calls) }
        : {
            calls,
            lists: [...lists.values()].map((one) => ({ ...one, asked: [...one.asked], read: [...one.read] })),
          }),
    }),
  };
};
