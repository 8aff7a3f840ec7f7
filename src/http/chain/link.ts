import type { AbortSignalLike } from '../abort-signal.ts';
import { Failure } from '../failure.ts';
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
  /** Goes over the wire, with the headers of the caller. */
  request: HttpRequest;
}

/** The caller of a call, the conditions under which it is made, and what the links add to it. Made for one call, and used once. */
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
  retried: boolean;
  /** The headers that go over the wire: names and values alternate. */
  headers: readonly string[];
  /** The request carries the caller's own token: a success shows that the cloud accepts it. */
  usesCallerToken: boolean;
}

/** How a call ended. */
export type Ended = UpstreamResponse | Failure;

/** Receives how a call ended, once. */
export type Done = (ended: Ended) => void;

/**
 * One link of the chain that makes a call: does its own part, and has the next link do the rest. It throws nothing. Links call back,
 * since promises of nine links cost more than the call itself.
 */
export type Link = (call: UpstreamCall, options: CallOptions, done: Done) => void;

/** The end of the chain: settles the one promise of a call with what `read` makes of the response. */
export const settle =
  <T>(
    { resolve, reject }: Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'>,
    read: (response: UpstreamResponse) => T,
  ): Done =>
  (ended) => {
    if (ended instanceof Failure) return reject(ended.error);
    try {
      return resolve(read(ended));
    } catch (error) {
      return reject(error);
    }
  };
