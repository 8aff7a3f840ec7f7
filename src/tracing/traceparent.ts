import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

/** The span that a `traceparent` names, or undefined where it names none: ids of zeros, or the version that never will be. */
export const parentOf = (traceparent: string): SpanContext | undefined => {
  const [version, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const parent = { traceId, spanId, traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return version !== 'ff' && isSpanContextValid(parent) ? parent : undefined;
};

/** The `traceparent` that names a span. */
export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
