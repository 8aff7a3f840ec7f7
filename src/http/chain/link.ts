import type { AbortSignalLike } from '../abort-signal.ts';
import type { Caller, Fence, HttpRequest, Project, RequestInput } from '../request.ts';
import type { Service } from '../service.ts';
import type { UpstreamResponse } from '../upstream-response.ts';

/** One REST call. It holds nothing of its caller, so that it can be stored and made again. */
export interface UpstreamCall {
  service: Service;
  project: Project;
  /** As the vendor documents it, with placeholders. */
  path: string;
  input: RequestInput;
  /** Goes over the wire. */
  request: HttpRequest;
}

/** The caller of a call, and the conditions under which it is made. */
export interface CallOptions {
  caller: Caller;
  /** Ends the call early. */
  signal: AbortSignalLike | undefined;
  /** Throws if the response is not in the contract. */
  validate: (response: UpstreamResponse) => void;
  /** The read may not join one that another operation began. */
  fresh?: boolean | undefined;
  /** Throws if a write may no longer be sent. */
  fence?: Fence | undefined;
  /** The call repeats one that failed. */
  retried?: boolean;
  /** The request carries the caller's own token: a success shows that the cloud accepts it. */
  usesCallerToken?: boolean;
}

/** One link of the chain that makes a call: does its own part, and has the next link do the rest. */
export type Link = (call: UpstreamCall, options: CallOptions) => Promise<UpstreamResponse>;
