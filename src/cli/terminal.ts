import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** Where a call writes: data on standard output, everything else on standard error. */
export interface Terminal {
  /** Writes data; resolves when there is room for more, so that nothing piles up behind a slow reader. */
  write(data: string): Promise<void>;
  /** Writes a line for people. */
  note(line: string): void;
  /** Shows how far long work has come: one line that is rewritten on a terminal, otherwise a line each time. */
  progress(line: string): void;
  /** Colours a text for standard output, if that is a terminal that wants colours. */
  colour(format: Parameters<typeof styleText>[0], text: string): string;
  /** Whether the reader of standard output has gone, as `head` does. */
  readonly closed: boolean;
}

const ERASE_LINE = '\r\u001B[2K';

/** A terminal on two streams. */
export const createTerminal = (
  out: Writable & { isTTY?: boolean } = process.stdout,
  err: Writable & { isTTY?: boolean } = process.stderr,
  onClosed: () => void = () => {},
): Terminal => {
  let closed = false;
  out.on('error', () => {
    if (closed) return;
    closed = true;
    onClosed();
  });
  err.on('error', () => {}); // nobody reads it, and there is nobody to tell
  let progressing = false;
  const endProgress = () => {
    if (progressing) err.write(ERASE_LINE);
    progressing = false;
  };
  return {
    write: async (data) => {
      if (closed) return;
      endProgress();
      if (out.write(data)) return;
      await Promise.race([once(out, 'drain'), once(out, 'close')]).catch(() => {});
    },
    note: (line) => {
      endProgress();
      err.write(`${line}\n`);
    },
    progress: (line) => {
      err.write(err.isTTY ? `${ERASE_LINE}${line}` : `${line}\n`);
      progressing = Boolean(err.isTTY);
    },
    colour: (format, text) => (out.isTTY ? styleText(format, text, { stream: out }) : text),
    get closed() {
      return closed;
    },
  };
};
