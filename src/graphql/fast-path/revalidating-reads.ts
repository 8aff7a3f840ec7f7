import { readKey } from '../../http/chain/deduplicate.ts';
import type { CallOptions, Done, Ended, Link, UpstreamCall } from '../../http/chain/link.ts';
import { callOptions } from '../../http/cloud.ts';
import type { Caller } from '../../http/request.ts';
import { type RecordedRead, Recorder, repeatReads } from './recorder.ts';

/** A repeated read, which one read of the operation may take instead of a call of its own. */
class RepeatedRead {
  private ended: Ended | undefined;
  private taker: Done | undefined;

  end(ended: Ended): void {
    this.ended = ended;
    this.taker?.(ended);
  }

  take(done: Done): void {
    if (this.ended === undefined) this.taker = done;
    else done(this.ended);
  }
}

/** A link in front of one caller's reads: records them, and repeats those of an earlier operation. The next links do not depend on it. */
export class RevalidatingReads {
  private readonly next: Link;
  private readonly caller: Caller;
  private recorder: Recorder | undefined;
  /** Repeated reads that no read of the operation has taken yet. */
  private readonly repeated = new Map<string, RepeatedRead>();

  constructor(next: Link, caller: Caller) {
    this.next = next;
    this.caller = caller;
  }

  /** The link itself. */
  readonly link: Link = (call, options, done) => {
    const key = readKey(call);
    const received = this.recorder ? this.record(call, key, options, done) : done;
    const repeated = options.fresh ? undefined : this.repeated.get(key);
    if (!repeated) return this.next(call, options, received);
    this.repeated.delete(key);
    return repeated.take(received);
  };

  /** Records all reads from now on. */
  startRecording(): Recorder {
    return (this.recorder = new Recorder());
  }

  /**
   * Repeats the reads of an earlier operation; true if every response is byte-identical. The next read with the same key takes the
   * response of the repetition, once, without another call.
   */
  repeat(recorded: readonly RecordedRead[]): Promise<boolean> {
    const { caller } = this;
    return repeatReads(recorded, ({ read, fingerprint }, done) => {
      const repeated = new RepeatedRead();
      this.repeated.set(read.key, repeated);
      // Byte-identical responses were validated before.
      const validate: CallOptions['validate'] = (response) => {
        if (fingerprint === undefined || !response.hasFingerprint(fingerprint)) read.validate(response);
      };
      this.next(read.call, callOptions(caller, validate, { signal: caller.signal }), (ended) => {
        repeated.end(ended);
        done(ended);
      });
    });
  }

  private record(call: UpstreamCall, key: string, { validate }: CallOptions, done: Done): Done {
    const note = this.recorder!.begin({ call, key, validate });
    return (ended) => {
      note(ended);
      done(ended);
    };
  }
}
