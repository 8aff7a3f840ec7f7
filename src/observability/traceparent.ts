import { type SpanContext, TraceFlags } from '@opentelemetry/api';

/** The version that the W3C specification forbids. */
const INVALID_VERSION = 'ff';

/** The span context in a `traceparent`; undefined for the forbidden version. The tracer itself ignores ids of zeros. */
export const parseTraceparent = (traceparent: string): SpanContext | undefined => {
  const [version, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  if (version === INVALID_VERSION) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
};

/** The `traceparent` header for a span. */
export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
