import { readKey } from '../../http/chain/deduplicate.ts';
import type { CallOptions, Link, UpstreamCall } from '../../http/chain/link.ts';
import type { Caller } from '../../http/request.ts';
import type { UpstreamResponse } from '../../http/upstream-response.ts';
import { fingerprintOf, type RecordedRead, Recorder, repeatReads } from './recorder.ts';

/** A link in front of one caller's reads: records them, and repeats those of an operation before. Nothing behind it knows of it. */
export class RevalidatingReads {
  private readonly next: Link;
  private readonly caller: Caller;
  private recorder: Recorder | undefined;
  /** Reads that were repeated and not asked for since. */
  private readonly repeated = new Map<string, Promise<UpstreamResponse>>();

  constructor(next: Link, caller: Caller) {
    this.next = next;
    this.caller = caller;
  }

  /** The link itself. */
  readonly link: Link = (call, options) => this.read(call, options);

  /** Records all reads from now on. */
  record(): Recorder {
    return (this.recorder = new Recorder());
  }

  /**
   * Repeats the reads of an operation; true if every response is byte-identical. What was read is given once to the read that asks
   * for it next, without another call.
   */
  repeat(recorded: readonly RecordedRead[]): Promise<boolean> {
    return repeatReads(recorded, (one) => {
      const { call, key, validate } = one.read;
      const fingerprint = fingerprintOf(one);
      const response = this.next(call, {
        caller: this.caller,
        signal: this.caller.signal,
        // Bytes that were in the contract then still are.
        validate: (answer) => {
          if (fingerprint === undefined || !answer.hasFingerprint(fingerprint)) validate(answer);
        },
      });
      this.repeated.set(key, response);
      return response;
    });
  }

  private async read(call: UpstreamCall, options: CallOptions): Promise<UpstreamResponse> {
    const key = readKey(call);
    const ended = this.recorder?.begin({ call, key, validate: options.validate });
    try {
      const response = await (this.takeRepeated(key, options) ?? this.next(call, options));
      ended?.({ response });
      return response;
    } catch (failure) {
      ended?.({ failure });
      throw failure;
    }
  }

  private takeRepeated(key: string, { fresh }: CallOptions): Promise<UpstreamResponse> | undefined {
    if (fresh) return undefined;
    const response = this.repeated.get(key);
    this.repeated.delete(key);
    return response;
  }
}
