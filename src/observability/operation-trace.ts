import type { CallTracer } from '../http/call-tracer.ts';

/** What a trace shows of an operation when it ended: nothing that its caller wrote but the name. */
interface OperationSummary {
  operation?: string;
  type?: string;
  upstreamCalls: number;
  retries: number;
  codes: readonly string[];
}

/** One operation as a trace shows it; it follows the calls as well. */
export interface OperationTrace extends CallTracer {
  /** Begins a root field, and gives what ends it: with the code of its error, where it has one. */
  field(name: string): (code?: string) => void;
  end(facts: OperationSummary, status: number): void;
}

/** Makes traces, and sends them. */
export interface Tracing {
  /** Begins an operation; it joins the trace of a caller who names one. */
  operation(requestId: string, traceparent: string | undefined): OperationTrace;
  /** Sends what is left, but waits for nobody long. */
  close(): Promise<void>;
}

/** Where traces go, and what the gateway is called in them. */
export interface TracingTarget {
  endpoint: string;
  serviceName: string;
}
