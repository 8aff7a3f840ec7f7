import type { CallOptions, UpstreamCall } from '../../http/chain/link.ts';
import { UpstreamRefusal } from '../../http/errors.ts';
import type { Fingerprint } from '../../http/response-body.ts';
import type { UpstreamResponse } from '../../http/upstream-response.ts';

/** A read in a form that another operation can repeat. */
export interface RepeatableRead extends Pick<CallOptions, 'validate'> {
  call: UpstreamCall;
  /** Identifies it among the reads of the same caller. */
  key: string;
}

/** The outcome of a read, to compare with that of its repetition. */
type ReadOutcome = { fingerprint: Fingerprint } | { refusal: string };

/** One read of an operation. */
export interface RecordedRead {
  read: RepeatableRead;
  /** Number of the operation's reads that had ended when this one began: it may depend on them, and on no others. */
  endedBefore: number;
  /** Its index in the order in which the reads ended. */
  endedAs: number;
  outcome: ReadOutcome;
}

/** The fingerprint of the response; undefined if the read was refused. */
export const fingerprintOf = ({ outcome }: RecordedRead): Fingerprint | undefined =>
  'fingerprint' in outcome ? outcome.fingerprint : undefined;

/** Identifies a refusal, which can be data: the connections of a cluster whose endpoint access is off are refused. */
const refusalFingerprint = (failure: unknown): string | null =>
  failure instanceof UpstreamRefusal ? `${failure.facts.status} ${failure.facts.errorCode}` : null;

const hasSameOutcome = async (
  outcome: ReadOutcome,
  read: () => Promise<UpstreamResponse>,
): Promise<boolean> => {
  try {
    const response = await read();
    return 'fingerprint' in outcome && response.hasFingerprint(outcome.fingerprint);
  } catch (error) {
    return 'refusal' in outcome && refusalFingerprint(error) === outcome.refusal;
  }
};

/** Records the reads of one operation, in the order in which they begin. */
export class Recorder {
  private readonly reads: (RecordedRead | null)[] = [];
  private ended = 0;

  /** Records a read that begins now. Call the function returned with its outcome. */
  begin(read: RepeatableRead): (ended: { response: UpstreamResponse } | { failure: unknown }) => void {
    const begun = { read, endedBefore: this.ended };
    const at = this.reads.push(null) - 1;
    return (ended) => {
      const refusal = 'failure' in ended ? refusalFingerprint(ended.failure) : null;
      if ('response' in ended || refusal !== null) {
        const outcome =
          'response' in ended ? { fingerprint: ended.response.fingerprint } : { refusal: refusal! };
        this.reads[at] = { ...begun, endedAs: this.ended, outcome };
      }
      this.ended += 1;
    };
  }

  /** All reads; null if one of them failed, or has not ended. */
  completed(): readonly RecordedRead[] | null {
    const reads = this.reads.filter((read) => read !== null);
    return reads.length === this.reads.length ? reads : null;
  }
}

/**
 * Repeats recorded reads. Each begins as soon as all reads have ended that had ended before it began in the recording. Resolves to true
 * if every response is byte-identical and every refusal is the same; after the first that is not, no more reads begin.
 */
export const repeatReads = (
  recorded: readonly RecordedRead[],
  read: (one: RecordedRead) => Promise<UpstreamResponse>,
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
      if (ended === recorded.length) finish(true);
      while (begun < recorded.length && recorded[begun]!.endedBefore <= ended) {
        begun += 1;
        void repeat(recorded[begun - 1]!);
      }
    };
    const repeat = async (one: RecordedRead) => {
      const isSame = await hasSameOutcome(one.outcome, () => read(one));
      if (isOver) return;
      if (!isSame) return finish(false);
      same[one.endedAs] = true;
      while (same[ended]) ended += 1;
      beginNext();
    };
    beginNext();
  });
