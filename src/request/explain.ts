import type { CallReport } from '../http/call-report.ts';
import type { Parts } from '../http/request.ts';
import type { Merging } from '../paging/batch-observer.ts';

/** Tells which calls an operation made, and what was merged into them. */
export interface Explanation {
  onCall: (call: CallReport, parts: Parts) => void;
  merging(what: string): Merging;
  /** As `extensions.explain` shows it. */
  told(): object;
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
  { params, query = {} }: Parts,
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
    merging: (what) => ({
      asked: (list, part) => void mergedOf(what, list).asked.add(part),
      read: (list, part) => void mergedOf(what, list).read.add(part),
    }),
    told: () => ({
      calls,
      lists: [...lists.values()].map((one) => ({ ...one, asked: [...one.asked], read: [...one.read] })),
    }),
  };
};
