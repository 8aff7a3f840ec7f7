import type { CallReport } from '../http/call-report.ts';
import type { RequestInput } from '../http/request.ts';
import type { BatchObserver } from '../paging/batch-observer.ts';

/** Collects the calls of an operation, and the loads that were merged into them, for `extensions.explain`. */
export interface Explanation {
  onCall: (call: CallReport, input: RequestInput) => void;
  observeBatches(kind: string): BatchObserver;
  /** The value of `extensions.explain`. */
  toExtension(): object;
}

/** One line of `extensions.explain.lists`. */
interface MergedLoads {
  list: string;
  of: string;
  asked: Set<string>;
  read: Set<string>;
}

/** One line of `extensions.explain.calls`: it includes the parameters, but neither headers nor the body. */
const formatCall = (
  { service, method, path, outcome, cause, status, errorCode, durationMs, retried, shared }: CallReport,
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
  ...(cause && { cause }),
  ...(status !== undefined && { status }),
  ...(errorCode && { errorCode }),
});

export const createExplanation = (): Explanation => {
  const calls: ReturnType<typeof formatCall>[] = [];
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
      requested: (list, part) => void findOrCreate(kind, list).asked.add(part),
      read: (list, part) => void findOrCreate(kind, list).read.add(part),
    }),
    toExtension: () => ({
      calls,
      lists: [...lists.values()].map((one) => ({ ...one, asked: [...one.asked], read: [...one.read] })),
    }),
  };
};
