import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { type CallReport, hasFailed } from '../http/call-report.ts';
import type { OperationTrace } from './operation-trace.ts';
import { parseTraceparent, formatTraceparent } from './traceparent.ts';

/** The name of a span until its operation is known. Requests without a valid operation keep it. */
const UNNAMED = 'GraphQL Operation';

const FIRST_SERVER_ERROR = 500;

/** Marks a span as failed, with error codes alone: messages can quote data of clients. */
const markFailed = (span: Span, codes: readonly [string, ...string[]]) =>
  span
    .setAttribute('error.type', codes[0])
    .setStatus({ code: SpanStatusCode.ERROR, message: codes.join(', ') });

const endCall = (span: Span, report: CallReport): void => {
  const { outcome, cause, status, errorCode } = report;
  span.setAttribute('upstream.outcome', outcome);
  if (cause) span.setAttribute('upstream.cause', cause);
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  if (errorCode) span.setAttribute('upstream.error_code', errorCode);
  if (hasFailed(report)) markFailed(span, [outcome]);
  span.end();
};

/** Starts a span for an operation; it gets a child span for each root field and for each attempt of an upstream call. */
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
  const operationContext = trace.setSpan(ROOT_CONTEXT, span);
  let hasEnded = false;
  return {
    field: (name) => {
      const field = tracer.startSpan(name, {}, operationContext);
      return (code) => {
        // Fields that fail after the end of the operation are no errors: its client has disconnected.
        if (code !== undefined && !hasEnded) markFailed(field, [code]);
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
      const call = tracer.startSpan(
        `${method} ${path}`,
        { kind: SpanKind.CLIENT, attributes },
        operationContext,
      );
      return {
        traceparent: formatTraceparent(call.spanContext()),
        end: (report) => endCall(call, report),
      };
    },
    end: ({ operation, type, upstreamCalls, retries, codes }, status) => {
      hasEnded = true;
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
      if (first !== undefined) markFailed(span, [first, ...others]);
      else if (status >= FIRST_SERVER_ERROR) markFailed(span, [String(status)]);
      span.end();
    },
  };
};
