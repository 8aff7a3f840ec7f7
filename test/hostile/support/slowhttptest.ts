import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

const PROGRAM = '/usr/bin/slowhttptest';

/** Whether this machine has `slowhttptest`. */
export const hasSlowHttpTest = existsSync(PROGRAM);

/** Runs `slowhttptest` and gives its exit status text: who closed the last connection. */
export const runSlowHttpTest = async (args: readonly string[]): Promise<string> => {
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const said = await text(child.stdout);
  // oxlint-disable-next-line no-control-regex -- its words are coloured
  const plain = said.replace(/\x1b\[[\d;]*[A-Za-z]/g, '');
  return /Exit status:\s*(.+)/.exec(plain)?.[1]?.trim() ?? plain;
};
