/** Lines that the log has lost: those of the audit, and all others. */
export interface LostLines {
  audit: number;
  other: number;
}

/** What waits for the reader of the log, in bytes, the most that may, and what was lost. */
export interface LogState {
  waitingBytes: number;
  maxBytes: number;
  lost: Readonly<LostLines>;
}

/** Where lines of the log go. */
export interface LogOutput {
  /** Takes one line, with its line break. */
  write: (line: string, isAudit?: boolean) => void;
  state?: () => LogState;
}

/** The stream below: `process.stdout`. */
type Target = Pick<NodeJS.WriteStream, 'write' | 'writableLength' | 'on'>;

/** Most bytes of lines that wait for their reader. Ordinary lines may take half of them, audit lines all. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Most bytes of one write. */
const MAX_CHUNK_BYTES = 64 * 1024;

interface Waiting {
  line: string;
  bytes: number;
  isAudit: boolean;
}

/**
 * Lets standard output never block. Pipes do not on Linux and macOS; a terminal would, while its user holds the output with Ctrl-S.
 * Node has no other way to say so.
 */
const neverBlock = (stream: object): void => {
  const { _handle: handle } = stream as { _handle?: { setBlocking?: (blocks: boolean) => void } };
  handle?.setBlocking?.(false);
};

/**
 * Writes lines to a stream whose reader may be slow, stuck or gone: it neither blocks nor fails. Lines that cannot be written at once
 * wait, up to a number of bytes; further ones are lost and counted, ordinary lines before audit lines. `onRecovered` is called once the
 * reader has read all that waited, if lines were lost since the last time.
 */
export const createLogOutput = (
  stream: Target,
  onRecovered: (lost: LostLines) => void,
  maxBytes = MAX_WAITING_BYTES,
): Required<LogOutput> => {
  const lost: LostLines = { audit: 0, other: 0 };
  let told: LostLines = { ...lost };
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let pendingWrites = 0;

  neverBlock(stream);
  // A reader that is gone (EPIPE), or a full disk: the callback of the write counts the lines.
  stream.on('error', () => {});

  const lose = ({ isAudit }: Pick<Waiting, 'isAudit'>): void => {
    lost[isAudit ? 'audit' : 'other'] += 1;
  };

  const send = (lines: readonly Waiting[]): void => {
    pendingWrites += 1;
    stream.write(lines.map(({ line }) => line).join(''), (error) => {
      pendingWrites -= 1;
      if (error) lines.forEach(lose);
      if (pendingWrites > 0) return;
      if (waiting.length > 0) return sendNext();
      if (!error) tellLost();
    });
  };

  const sendNext = (): void => {
    let bytes = 0;
    const tooMany = waiting.findIndex((one, index) => (bytes += one.bytes) > MAX_CHUNK_BYTES && index > 0);
    const lines = waiting.splice(0, tooMany === -1 ? waiting.length : tooMany);
    for (const one of lines) waitingBytes -= one.bytes;
    send(lines);
  };

  const tellLost = (): void => {
    const news = { audit: lost.audit - told.audit, other: lost.other - told.other };
    if (news.audit + news.other === 0) return;
    told = { ...lost };
    onRecovered(news);
  };

  /** Makes room for an audit line: ordinary lines that wait are lost first. */
  const dropOrdinary = (): void => {
    for (const one of waiting) {
      if (one.isAudit) continue;
      waitingBytes -= one.bytes;
      lose(one);
    }
    waiting = waiting.filter(({ isAudit }) => isAudit);
  };

  return {
    state: () => ({ waitingBytes: stream.writableLength + waitingBytes, maxBytes, lost }),
    write: (line, isAudit = false) => {
      const one = { line, bytes: Buffer.byteLength(line), isAudit };
      if (waiting.length === 0 && stream.writableLength === 0) return send([one]);
      const isOver = (limit: number) => stream.writableLength + waitingBytes + one.bytes > limit;
      if (isAudit && isOver(maxBytes)) dropOrdinary();
      if (isOver(isAudit ? maxBytes : maxBytes / 2)) return lose(one);
      waitingBytes += one.bytes;
      waiting.push(one);
    },
  };
};
