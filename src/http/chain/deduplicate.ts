import type { CallReport } from '../call-report.ts';
import type { InFlightReads } from '../in-flight-reads.ts';
import type { CallOptions, Link, UpstreamCall } from './link.ts';
import { monotonic } from '../../time/clock.ts';

/** Identifies a read among those of the same caller. */
export const readKey = ({ service, project, request }: UpstreamCall): string =>
  `${service.name} ${project.region} ${project.projectId} ${request.origin}${request.path} ` +
  `${request.headers['x-workspace-id'] ?? ''} ${request.body ?? ''}`;

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

/** Joins an equal read of the same caller that is in flight, if the caller's reads may be shared and this one need not be fresh. */
export const deduplicate =
  (inFlight: InFlightReads, next: Link): Link =>
  async (call, options) => {
    const { caller, signal } = options;
    if (!caller.shareAs || options.fresh) return next(call, options);
    const owner = caller.shareAs();
    const key = readKey(call);
    const joins = caller.onCall && inFlight.has(owner, key);
    const started = monotonic();
    const waiter = { service: call.service.name, signal, left: () => caller.budget.left() };
    const response = await inFlight.read(owner, key, waiter, (shared) =>
      next(call, { ...options, signal: shared }),
    );
    if (joins) caller.onCall?.(describeJoined(call, options, monotonic() - started), call.input);
    return response;
  };

/** Ensures that the caller's reads after a write join none that began before its end. */
export const separateReadsFromWrite =
  (inFlight: InFlightReads, next: Link): Link =>
  async (call, options) => {
    const separateReads = () => {
      if (options.caller.shareAs) inFlight.forget(options.caller.shareAs());
    };
    separateReads();
    try {
      return await next(call, options);
    } finally {
      separateReads();
    }
  };
