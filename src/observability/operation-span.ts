import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { type CallReport, hasFailed } from '../http/call-report.ts';
import type { OperationTrace } from './operation-trace.ts';
import { parseTraceparent, formatTraceparent } from './traceparent.ts';

/** Until it is known what it is; of a request that never became an operation, for good. */
const UNNAMED = 'GraphQL Operation';

const FIRST_SERVER_FAULT = 500;

/** Of errors the codes alone are told: their messages can quote anything. */
const failed = (span: Span, codes: readonly [string, ...string[]]) =>
  span
    .setAttribute('error.type', codes[0])
    .setStatus({ code: SpanStatusCode.ERROR, message: codes.join(', ') });

const endCall = (span: Span, report: CallReport): void => {
  const { outcome, status, errorCode } = report;
  span.setAttribute('upstream.outcome', outcome);
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  if (errorCode) span.setAttribute('upstream.error_code', errorCode);
  if (hasFailed(report)) failed(span, [outcome]);
  span.end();
};

/** A span for an operation, with one under it for each root field and for each try of a call. */
export const traceOperation = (
  tracer: Tracer,
  requestId: string,
  traceparent: string | undefined,
): OperationTrace => {
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  const span = tracer.startSpan(
    UNNAMED,
    { kind: SpanKind.SERVER, attributes: { 'request.id': requestId } },
    parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  );
  const inside = trace.setSpan(ROOT_CONTEXT, span);
  let over = false;
  return {
    field: (name) => {
      const field = tracer.startSpan(name, {}, inside);
      return (code) => {
        // After the end of the operation: its client has left, and nothing of it is an error any more.
        if (code !== undefined && !over) failed(field, [code]);
        field.end();
      };
    },
    call: ({ service, method, path, retried }) => {
      const attributes = {
        'http.request.method': method,
        'url.template': path,
        'server.service.name': service,
        'upstream.retried': retried,
      };
      const call = tracer.startSpan(`${method} ${path}`, { kind: SpanKind.CLIENT, attributes }, inside);
      return {
        traceparent: formatTraceparent(call.spanContext()),
        end: (report) => endCall(call, report),
      };
    },
    end: ({ operation, type, upstreamCalls, retries, codes }, status) => {
      over = true;
      if (type !== undefined) span.updateName(operation === undefined ? type : `${type} ${operation}`);
      span.setAttributes({
        'http.response.status_code': status,
        'upstream.calls': upstreamCalls,
        'upstream.retries': retries,
        ...(type !== undefined && { 'graphql.operation.type': type }),
        ...(operation !== undefined && { 'graphql.operation.name': operation }),
        ...(codes.length > 0 && { 'graphql.error.codes': [...codes] }),
      });
      const [first, ...others] = codes;
      if (first !== undefined) failed(span, [first, ...others]);
      else if (status >= FIRST_SERVER_FAULT) failed(span, [String(status)]);
      span.end();
    },
  };
};
