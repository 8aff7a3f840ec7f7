import type { CallReport } from '../http/call-report.ts';
import type { RequestInput } from '../http/request.ts';
import type { BatchObserver } from '../paging/batch-observer.ts';

/** Tells which calls an operation made, and what was merged into them. */
export interface Explanation {
  onCall: (call: CallReport, parts: RequestInput) => void;
  observeBatches(what: string): BatchObserver;
  /** As `extensions.explain` shows it. */
  toExtension(): object;
}

interface Merged {
  list: string;
  of: string;
  asked: Set<string>;
  read: Set<string>;
}

/** One line of `extensions.explain.calls`: what was asked with, no header and no body. */
const lineOf = (
  { service, method, path, outcome, status, errorCode, durationMs, retried, shared }: CallReport,
  { params, query = {} }: RequestInput,
) => ({
  service,
  method,
  path,
  ...(params && { params }),
  query: Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)),
  ms: Math.round(durationMs * 10) / 10,
  retried,
  ...(shared && { shared }),
  outcome,
  ...(status !== undefined && { status }),
  ...(errorCode && { errorCode }),
});

/** An explanation with nothing to tell yet. */
export const createExplanation = (): Explanation => {
  const calls: ReturnType<typeof lineOf>[] = [];
  const lists = new Map<string, Merged>();
  const mergedOf = (what: string, list: string): Merged => {
    const key = `${what} ${list}`;
    const merged = lists.get(key) ?? {
      list: what,
      of: list.trim(),
      asked: new Set<string>(),
      read: new Set<string>(),
    };
    lists.set(key, merged);
    return merged;
  };
  return {
    onCall: (call, parts) => void calls.push(lineOf(call, parts)),
    observeBatches: (what) => ({
      requested: (list, part) => void mergedOf(what, list).asked.add(part),
      read: (list, part) => void mergedOf(what, list).read.add(part),
    }),
    toExtension: () => ({
      calls,
      lists: [...lists.values()].map((one) => ({ ...one, asked: [...one.asked], read: [...one.read] })),
    }),
  };
};
