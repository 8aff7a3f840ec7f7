import { readKey } from '../../http/chain/deduplicate.ts';
import type { CallOptions, Link, UpstreamCall } from '../../http/chain/link.ts';
import type { Caller } from '../../http/request.ts';
import type { UpstreamResponse } from '../../http/upstream-response.ts';
import { fingerprintOf, type RecordedRead, Recorder, repeatReads } from './recorder.ts';

/** A link in front of one caller's reads: records them, and repeats those of an earlier operation. The next links do not depend on it. */
export class RevalidatingReads {
  private readonly next: Link;
  private readonly caller: Caller;
  private recorder: Recorder | undefined;
  /** Repeated reads that no read of the operation has taken yet. */
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
   * Repeats the reads of an earlier operation; true if every response is byte-identical. The next read with the same key takes the
   * response of the repetition, once, without another call.
   */
  repeat(recorded: readonly RecordedRead[]): Promise<boolean> {
    return repeatReads(recorded, (one) => {
      const { call, key, validate } = one.read;
      const fingerprint = fingerprintOf(one);
      const response = this.next(call, {
        caller: this.caller,
        signal: this.caller.signal,
        // Byte-identical responses were validated before.
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
