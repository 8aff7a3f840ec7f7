import { setTimeout as wait } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Log } from './log.ts';
import type { Tracing, TracingTarget } from './tracing.ts';
import { traceOperation } from './operation-span.ts';

/** How long a collector may take for a batch, with what is sent again; and how long the gateway's end waits for it. */
const PATIENCE_MS = 2_000;
/** Spans that wait for their turn; what comes on top is dropped. */
const QUEUE = 2_048;
const BATCH = 512;
const SPAN_LIMITS = { attributeCountLimit: 32, attributeValueLengthLimit: 256 };

const DELIVERED = 0;
const WARNING_PAUSE_MS = 60_000;

/** Says that traces are lost, but not each time. What a collector answers stays out of the log: it can say anything. */
const withWarnings = (exporter: SpanExporter, log: Log): SpanExporter => {
  let quietUntil = 0;
  let lost = 0;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== DELIVERED) {
          lost += spans.length;
          const now = performance.now();
          if (now >= quietUntil) {
            log.warn({ lostSpans: lost }, 'traces do not arrive at OTEL_EXPORTER_OTLP_ENDPOINT');
            quietUntil = now + WARNING_PAUSE_MS;
            lost = 0;
          }
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
};

/** Traces that go to a collector in batches, aside from the operations: what does not arrive is lost. */
export const createOtlpTracing = ({ endpoint, serviceName }: TracingTarget, log: Log): Tracing => {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: PATIENCE_MS,
    // Batches are seconds apart, and so nothing is left open at the end.
    keepAlive: false,
  });
  const processor = new BatchSpanProcessor({
    exporter: withWarnings(exporter, log),
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    exportTimeoutMillis: 2 * PATIENCE_MS,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanLimits: SPAN_LIMITS,
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('vpc-endpoint-graph');
  return {
    operation: (requestId, traceparent) => traceOperation(tracer, requestId, traceparent),
    close: async () => {
      const sent = provider.shutdown().catch(() => {});
      await Promise.race([sent, wait(PATIENCE_MS, undefined, { ref: false })]);
    },
  };
};
