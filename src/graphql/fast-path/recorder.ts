import type { CallOptions, Done, Ended, UpstreamCall } from '../../http/chain/link.ts';
import { Failure } from '../../http/failure.ts';
import { UpstreamRefusal } from '../../http/errors.ts';
import type { Fingerprint } from '../../http/response-body.ts';

/** A read in a form that another operation can repeat. */
export interface RepeatableRead extends Pick<CallOptions, 'validate'> {
  call: UpstreamCall;
  /** Identifies it among the reads of the same caller. */
  key: string;
}

/** One read of an operation. */
export interface RecordedRead {
  read: RepeatableRead;
  /** Number of the operation's reads that had ended when this one began: it may depend on them, and on no others. */
  endedBefore: number;
  /** Its index in the order in which the reads ended. */
  endedAs: number;
  /** The outcome, to compare with that of its repetition: the fingerprint of the response, or the refusal. */
  fingerprint: Fingerprint | undefined;
  refusal: string | undefined;
}

/** Identifies a refusal, which can be data: the connections of a cluster whose endpoint access is off are refused. */
const refusalFingerprint = ({ error }: Failure): string | undefined =>
  error instanceof UpstreamRefusal ? `${error.facts.status} ${error.facts.errorCode}` : undefined;

const hasSameOutcome = ({ fingerprint, refusal }: RecordedRead, ended: Ended): boolean =>
  ended instanceof Failure
    ? refusal !== undefined && refusalFingerprint(ended) === refusal
    : fingerprint !== undefined && ended.hasFingerprint(fingerprint);

/** Records the reads of one operation, in the order in which they begin. */
export class Recorder {
  private readonly reads: RecordedRead[] = [];
  private ended = 0;
  private isRepeatable = true;

  /** Records a read that begins now. Call the function returned with its outcome. */
  begin(read: RepeatableRead): Done {
    const recorded: RecordedRead = {
      read,
      endedBefore: this.ended,
      endedAs: -1,
      fingerprint: undefined,
      refusal: undefined,
    };
    this.reads.push(recorded);
    return (ended) => {
      recorded.endedAs = this.ended;
      this.ended += 1;
      if (ended instanceof Failure) recorded.refusal = refusalFingerprint(ended);
      else recorded.fingerprint = ended.fingerprint;
      if (recorded.fingerprint === undefined && recorded.refusal === undefined) this.isRepeatable = false;
    };
  }

  /** All reads; null if one of them failed, or has not ended. */
  completed(): readonly RecordedRead[] | null {
    return this.isRepeatable && this.ended === this.reads.length ? this.reads : null;
  }
}

/**
 * Repeats recorded reads. Each begins as soon as all reads have ended that had ended before it began in the recording. Resolves to true
 * if every response is byte-identical and every refusal is the same; after the first that is not, no more reads begin.
 */
export const repeatReads = (
  recorded: readonly RecordedRead[],
  read: (one: RecordedRead, done: Done) => void,
): Promise<boolean> =>
  new Promise((resolve) => {
    const same: boolean[] = [];
    let [begun, ended, isOver] = [0, 0, false];
    const finish = (unchanged: boolean) => {
      isOver = true;
      begun = recorded.length;
      resolve(unchanged);
    };
    const beginNext = () => {
      if (ended === recorded.length) return finish(true);
      while (begun < recorded.length && recorded[begun]!.endedBefore <= ended) {
        const one = recorded[begun]!;
        begun += 1;
        read(one, (outcome) => receive(one, outcome));
      }
      return undefined;
    };
    const receive = (one: RecordedRead, outcome: Ended) => {
      if (isOver) return undefined;
      if (!hasSameOutcome(one, outcome)) return finish(false);
      same[one.endedAs] = true;
      while (same[ended]) ended += 1;
      return beginNext();
    };
    beginNext();
  });
