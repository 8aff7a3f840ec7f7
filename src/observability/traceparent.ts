import { type SpanContext, TraceFlags } from '@opentelemetry/api';

/** The version that never will be. */
const NO_VERSION = 'ff';

/** The span that a `traceparent` names, where it names one. Ids of zeros are no parent to the tracer itself. */
export const parseTraceparent = (traceparent: string): SpanContext | undefined => {
  const [version, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  if (version === NO_VERSION) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
};

/** The `traceparent` that names a span. */
export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
