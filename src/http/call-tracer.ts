import type { CallFacts, CallReport } from './call-report.ts';

/** The span of one call. */
interface CallTrace {
  /** Sent with the call, so that spans of the service join the trace. */
  traceparent: string;
  end(report: CallReport): void;
}

/** Traces the calls of one operation. */
export interface CallTracer {
  /** Begins the span of a call. */
  call(facts: CallFacts): CallTrace;
}
