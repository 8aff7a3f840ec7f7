import type { CallTracer } from '../http/call-tracer.ts';
import type { Proxies } from '../http/proxies.ts';

/** Attributes of an operation's span at its end. The operation name is the only text of a client among them. */
interface OperationSummary {
  operation?: string;
  type?: string;
  upstreamCalls: number;
  retries: number;
  codes: readonly string[];
}

/** The trace of one operation, with its upstream calls. */
export interface OperationTrace extends CallTracer {
  /** Starts the span of a root field. The returned function ends it, with the code of its error if it failed. */
  field(name: string): (code?: string) => void;
  end(facts: OperationSummary, status: number): void;
}

/** Creates traces and exports them. */
export interface Tracing {
  /** Starts the trace of an operation. It continues the client's trace if `traceparent` is given. */
  operation(requestId: string, traceparent: string | undefined): OperationTrace;
  /** Exports the remaining spans; waits two seconds at most. */
  close(): Promise<void>;
}

/** The OTLP endpoint, and the gateway's service name in traces. */
export interface TracingTarget {
  endpoint: string;
  serviceName: string;
  /** How the endpoint is reached. */
  proxies?: Proxies | undefined;
}
