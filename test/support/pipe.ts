import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const PROGRAM = '/usr/bin/mkfifo';

/** Whether this machine has `mkfifo`. */
export const hasPipes = existsSync(PROGRAM);

/** A pipe that is read only when a test does so. */
export const openPipe = () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-'));
  const path = join(folder, 'pipe');
  execFileSync(PROGRAM, [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const open = new Set([reader, writer]);
  const close = (file: number) => {
    if (open.delete(file)) closeSync(file);
  };
  onTestFinished(() => {
    close(reader);
    close(writer);
    rmSync(folder, { recursive: true });
  });
  const block = Buffer.alloc(64 * 1024);
  return {
    /** The end for a process to write to. */
    writer,
    /** Closes this process's own writing end, so that only the other process holds one. */
    closeWriter: () => close(writer),
    /** All that is in the pipe now; empty if there is nothing. */
    read: (): string => {
      try {
        return block.toString('utf8', 0, readSync(reader, block));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
        throw error;
      }
    },
    /** Has nobody read any more. */
    closeReader: () => close(reader),
  };
};
