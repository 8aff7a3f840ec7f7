import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { fileWith } from './projects-file.ts';

const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find(existsSync);

/** Whether this machine has `faketime`. */
export const hasFaketime = LIBRARY !== undefined;

/** A wall clock that a test sets while a process runs, and the environment of that process. Its monotonic clock is the real one. */
export const createFakeClock = () => {
  const path = fileWith('+0');
  return {
    environment: {
      LD_PRELOAD: LIBRARY!,
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    /** Sets the clock so many minutes before or after the right time. */
    setTo: (minutes: number): void => {
      writeFileSync(`${path}.new`, `${minutes < 0 ? '' : '+'}${minutes}m`);
      renameSync(`${path}.new`, path);
    },
  };
};
