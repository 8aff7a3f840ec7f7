import type { FairShare } from '../../capacity/fair-share.ts';
import type { CallReport } from '../call-report.ts';
import { ClientAborted, DeadlineExceeded } from '../errors.ts';
import type { Hosts } from '../host.ts';
import { type PreparedCall, timedExchange } from '../timed-exchange.ts';
import { UpstreamResponse } from '../upstream-response.ts';
import type { CallOptions, Link, UpstreamCall } from './link.ts';
import { Failure } from '../failure.ts';

interface SendLimits {
  answerTimeoutMs: number;
  maxAnswerBytes: number;
}

interface Deps {
  hosts: Hosts;
  limits: SendLimits;
  /** Bytes that responses to reads may take, shared by the tenants. */
  responseBytes: FairShare;
  /** Receives each call that was sent, when it ends. */
  report: (call: CallReport) => void;
}

const readDrift = ({ drift }: UpstreamResponse): readonly string[] => drift;

/**
 * Sends a call once, and reports how it ended: to metrics and log, to the caller, and to the trace. A call that is not sent is counted
 * nowhere. A read is limited by the time that the operation has left, a write by the time of a call alone.
 */
export const createSend = ({ hosts, limits, responseBytes, report }: Deps): Link => {
  const prepare = (
    { service, path, input, request }: UpstreamCall,
    { caller, signal, validate, fence, headers, retried, usesCallerToken }: CallOptions,
  ): PreparedCall<UpstreamResponse> => {
    const { budget, tenant, requestId, trace } = caller;
    const { isRead } = request;
    if (signal?.aborted) throw new ClientAborted();
    fence?.();
    budget.take(service.name, retried);

    const facts = { service: service.name, method: request.method, path, requestId, retried };
    const traced = trace?.call(facts);
    const timeLeft = budget.left();
    const endsWithOperation = isRead && timeLeft < limits.answerTimeoutMs;
    return {
      service,
      request,
      headers: traced ? [...headers, 'traceparent', traced.traceparent] : headers,
      facts,
      read: (httpResponse) => {
        const response = new UpstreamResponse(service, httpResponse);
        validate(response);
        return response;
      },
      readDrift,
      maxBytes: limits.maxAnswerBytes,
      byteShare: isRead ? { bytes: responseBytes, borrower: tenant } : undefined,
      timeoutMs: endsWithOperation ? timeLeft : limits.answerTimeoutMs,
      timeoutError: endsWithOperation ? () => new DeadlineExceeded(service.name) : undefined,
      signal,
      tenant,
      isExpectedRefusal: input.isExpectedRefusal,
      report: (call) => {
        report(call);
        if (call.outcome === 'ok' && usesCallerToken) caller.onAccepted?.();
        caller.onCall?.(call, input);
        traced?.end(call);
      },
    };
  };

  return (call, options, done) => {
    let prepared: PreparedCall<UpstreamResponse>;
    try {
      prepared = prepare(call, options);
    } catch (error) {
      return done(new Failure(error));
    }
    return timedExchange(hosts.of(call.service.name, call.request.origin), prepared, done);
  };
};
