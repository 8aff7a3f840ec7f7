import type { Log } from './log.ts';
import type { Tracing, TracingTarget } from './operation-trace.ts';

/** Starts tracing. It loads OpenTelemetry, so that a gateway without tracing never does. */
export const startTracing = async (target: TracingTarget, log: Log): Promise<Tracing> => {
  const { createOtlpTracing } = await import('./otlp.ts');
  return createOtlpTracing(target, log);
};
