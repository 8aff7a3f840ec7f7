import type { CallReport } from '../call-report.ts';
import type { InFlightReads } from '../in-flight-reads.ts';
import type { CallOptions, Done, Link, UpstreamCall } from './link.ts';
import { Failure } from '../failure.ts';
import { monotonic } from '../../time/clock.ts';

/** Identifies a read among those of the same caller. */
export const readKey = ({ service, project, request, input }: UpstreamCall): string =>
  `${service.name} ${project.region} ${project.projectId} ${request.origin}${request.path} ` +
  `${input.headers?.['x-workspace-id'] ?? ''} ${request.body ?? ''}`;

const describeJoined = (
  { service, path, request }: UpstreamCall,
  { caller }: CallOptions,
  durationMs: number,
): CallReport => ({
  service: service.name,
  method: request.method,
  path,
  requestId: caller.requestId,
  retried: false,
  shared: true,
  outcome: 'ok',
  durationMs,
});

/** Tells the caller of a read that it joined; `done` receives its end. */
const reportJoined = (call: UpstreamCall, options: CallOptions, done: Done): Done => {
  const started = monotonic();
  return (ended) => {
    if (!(ended instanceof Failure))
      options.caller.onCall?.(describeJoined(call, options, monotonic() - started), call.input);
    done(ended);
  };
};

/** Joins an equal read of the same caller that is in flight, if the caller's reads may be shared and this one need not be fresh. */
export const deduplicate =
  (inFlight: InFlightReads, next: Link): Link =>
  (call, options, done) => {
    const { caller, signal } = options;
    if (!caller.shareAs || options.fresh) return next(call, options, done);
    const owner = caller.shareAs();
    const key = readKey(call);
    const joins = caller.onCall !== undefined && inFlight.has(owner, key);
    const waiter = { service: call.service.name, signal, budget: caller.budget };
    const begin = (shared: CallOptions['signal'], end: Done) => {
      options.signal = shared;
      next(call, options, end);
    };
    return inFlight.read(owner, key, waiter, begin, joins ? reportJoined(call, options, done) : done);
  };

/** Ensures that the caller's reads after a write join none that began before its end. */
export const separateReadsFromWrite =
  (inFlight: InFlightReads, next: Link): Link =>
  (call, options, done) => {
    const separateReads = () => {
      if (options.caller.shareAs) inFlight.forget(options.caller.shareAs());
    };
    separateReads();
    next(call, options, (ended) => {
      separateReads();
      done(ended);
    });
  };
