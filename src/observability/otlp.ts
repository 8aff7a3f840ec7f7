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
import { readCause } from '../http/call-report.ts';
import { createAgent } from '../http/agent.ts';
import { NO_PROXIES } from '../http/proxies.ts';
import type { Log } from './log.ts';
import type { Tracing, TracingTarget } from './operation-trace.ts';
import { traceOperation } from './operation-span.ts';
import { monotonic } from '../time/clock.ts';

/** Time-out of one export request, and of the last export at shutdown. */
const EXPORT_TIMEOUT_MS = 2_000;
/** Spans that wait for export; further ones are dropped. */
const MAX_QUEUED_SPANS = 2_048;
const MAX_BATCH_SPANS = 512;
const SPAN_LIMITS = { attributeCountLimit: 32, attributeValueLengthLimit: 256 };

const EXPORT_SUCCESS = 0;
const WARNING_INTERVAL_MS = 60_000;

/** Warns, once a minute at most, that spans were lost. Answers of the collector are not logged: they can contain anything. */
const withWarnings = (exporter: SpanExporter, log: Log): SpanExporter => {
  let quietUntil = 0;
  let lostSpans = 0;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== EXPORT_SUCCESS) {
          lostSpans += spans.length;
          const now = monotonic();
          if (now >= quietUntil) {
            log.warn(
              { lostSpans, cause: readCause(result.error) },
              'traces do not arrive at OTEL_EXPORTER_OTLP_ENDPOINT',
            );
            quietUntil = now + WARNING_INTERVAL_MS;
            lostSpans = 0;
          }
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
};

/** Tracing that exports spans to a collector in batches, in the background. Spans that cannot be exported are lost. */
export const createOtlpTracing = (
  { endpoint, serviceName, proxies = NO_PROXIES }: TracingTarget,
  log: Log,
): Tracing => {
  const url = new URL(`${endpoint.replace(/\/+$/, '')}/v1/traces`);
  const exporter = new OTLPTraceExporter({
    url: url.href,
    timeoutMillis: EXPORT_TIMEOUT_MS,
    // Batches are seconds apart. Without keep-alive, no connection is open at shutdown.
    httpAgentOptions: () => createAgent(url, proxies, EXPORT_TIMEOUT_MS),
  });
  const processor = new BatchSpanProcessor({
    exporter: withWarnings(exporter, log),
    maxQueueSize: MAX_QUEUED_SPANS,
    maxExportBatchSize: MAX_BATCH_SPANS,
    exportTimeoutMillis: 2 * EXPORT_TIMEOUT_MS,
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
      const exported = provider.shutdown().catch(() => {});
      await Promise.race([exported, wait(EXPORT_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
};
