import { LightAbortSignal } from './abort-signal.ts';
import { createFairShare } from '../capacity/fair-share.ts';
import type { BudgetLimits } from './budget.ts';
import type { CallReport } from './call-report.ts';
import { withCredentials } from './chain/authorise.ts';
import { withBreaker } from './chain/breaker.ts';
import { deduplicate, separateReadsFromWrite } from './chain/deduplicate.ts';
import { holdResponse } from './chain/hold-response.ts';
import type { Link } from './chain/link.ts';
import { refuseLateWrites } from './chain/refuse-late-writes.ts';
import { withRetries } from './chain/retry.ts';
import { createSend } from './chain/send.ts';
import { yieldAfterLongBody } from './chain/yield-after-long-body.ts';
import { type Cloud, createCloud } from './cloud.ts';
import type { ConnectionOptions } from './dispatcher.ts';
import { createHosts, type HostState } from './host.ts';
import { createTokens } from './iam-token.ts';
import { createInFlightReads } from './in-flight-reads.ts';
import { createTokenFetcher } from './fetch-token.ts';
import type { Caller } from './request.ts';

/** Limits of the calls to all upstreams, and how each host is reached. */
export interface ClientLimits extends BudgetLimits, ConnectionOptions {
  answerTimeoutMs: number;
  maxAnswerBytes: number;
  /** Bytes of responses to reads that are arriving, or that running operations hold. */
  answersBytes: number;
}

/** Puts a link in front of the reads of one caller. */
export type WrapReads = (reads: Link, caller: Caller) => Link;

/** The connections to all upstreams, for as long as the process lives. */
export interface Client {
  /** The cloud for one caller; `wrapReads` puts a link in front of their reads. */
  as(caller: Caller, wrapReads?: WrapReads): Cloud;
  /** State of each host that was called. */
  states(): HostState[];
  /** Number of reads in flight that others may join. */
  sharedReads(): number;
  /** Bytes of responses that are arriving, or that running operations hold. */
  bytesHeld(): number;
  /** Fails all calls with `ShuttingDown`, also those from now on. */
  close(): Promise<void>;
}

/** Composes the chain of links for reads and that for writes. Opens no connection yet. */
export const createClient = (limits: ClientLimits, report: (call: CallReport) => void): Client => {
  const hosts = createHosts(limits);
  const closing = new LightAbortSignal();
  const inFlight = createInFlightReads();
  const responseBytes = createFairShare({ total: limits.answersBytes, queue: 0 });
  const tokens = createTokens(createTokenFetcher(hosts, limits, report));

  const send = withBreaker(hosts, createSend({ hosts, limits, responseBytes, report }));

  const reads = holdResponse(
    responseBytes,
    deduplicate(inFlight, yieldAfterLongBody(withRetries(hosts, closing, withCredentials(tokens, send)))),
  );
  const writes = separateReadsFromWrite(inFlight, withCredentials(tokens, refuseLateWrites(limits, send)));

  return {
    as: (caller, wrapReads) =>
      createCloud(caller, { reads: wrapReads ? wrapReads(reads, caller) : reads, writes }),
    states: hosts.states,
    sharedReads: inFlight.size,
    bytesHeld: () => responseBytes.state().held,
    close: async () => {
      closing.abort();
      await hosts.destroy();
    },
  };
};
