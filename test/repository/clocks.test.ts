import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

const CLOCK = 'time/clock.ts';

/** The only files that read the wall clock, which can jump, and why. Everything else measures time by the monotonic clock. */
const WALL_CLOCK: Readonly<Record<string, string>> = {
  'http/signer.ts': 'a signature holds the time at which it was made',
  'http/answer-time.ts': 'for answers without a `Date` header',
  'guards/jwt.ts': '`exp` and `nbf` of a token are times',
  'doctor/probe.ts': 'compares the clock with those of the hosts',
  'doctor/hosts.ts': 'a certificate ends at a time',
};

/** The sandbox plays a cloud: it shows times, and tests move its clock. */
const isSandbox = (file: string): boolean => file.startsWith('sandbox/');

/** A page has the clock of the browser. */
const isPage = (file: string): boolean => file.startsWith('pages/');

const FILES = globSync('**/*.{ts,js}', { cwd: SRC }).filter((file) => !isSandbox(file) && !isPage(file));

const filesWith = (pattern: RegExp): string[] =>
  FILES.filter((file) => pattern.test(readFileSync(join(SRC, file), 'utf8'))).toSorted();

test('only the files of the list read the wall clock', () => {
  expect(filesWith(/\bwallClock\b/)).toEqual([...Object.keys(WALL_CLOCK), CLOCK].toSorted());
});

test('both clocks are read in one place', () => {
  expect(filesWith(/\bDate\.now\b|\bnew Date\(\)|[^.\w]Date\(\)|\bnew Date\b(?!\()/)).toEqual([CLOCK]);
  // The doctor looks names up in a process of its own, whose script imports nothing.
  expect(filesWith(/\bperformance\b|\bhrtime\b/)).toEqual(['doctor/probe.ts', CLOCK]);
});
