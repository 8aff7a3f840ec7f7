import type { CallFacts, CallReport } from './call-report.ts';

/** One call as a trace shows it. */
interface CallTrace {
  /** Goes along with the call, so that what the service does of it joins the trace. */
  traceparent: string;
  end(report: CallReport): void;
}

/** Follows the calls of one operation. */
export interface CallTracer {
  call(facts: CallFacts): CallTrace;
}
