import type { Log } from './log.ts';
import type { Tracing, TracingTarget } from './operation-trace.ts';

/** Traces for a collector. OpenTelemetry is loaded here, so that a gateway without traces never does. */
export const startTracing = async (target: TracingTarget, log: Log): Promise<Tracing> => {
  const { createOtlpTracing } = await import('./otlp.ts');
  return createOtlpTracing(target, log);
};
