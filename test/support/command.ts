import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { onTestFinished } from 'vitest';
import type { CallContext } from '../../src/cli/call-context.ts';
import { createClient } from '../../src/cli/client.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readContract } from '../../src/graphql/contract.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';

const START = fileURLToPath(new URL('../../src/start.js', import.meta.url));

/** Starts the command as a process of its own, with these settings and no others. */
export const startCommand = (
  args: readonly string[],
  settings: Record<string, string> = {},
  stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'],
): ChildProcess => {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [START, ...args], { env: { PATH, ...settings }, stdio });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

/** Waits for the end of a process, and gives what it wrote and its exit code. */
export const endOf = async (child: ChildProcess) => {
  const [out, err, code] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { out, err, code };
};

export const command = (args: readonly string[], settings: Record<string, string> = {}) =>
  endOf(startCommand(args, settings));

const schema = buildSchema(readContract('api'));

/** What a call of the command is run with inside a test: it asks the gateway at a URL, and writes into `written`. */
export const callContext = (
  url: string,
  environment: NodeJS.ProcessEnv = { HW_AUTH_TOKEN: SANDBOX.token },
) => {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const written = { out: '', err: '' };
  out.setEncoding('utf8').on('data', (part: string) => (written.out += part));
  err.setEncoding('utf8').on('data', (part: string) => (written.err += part));
  const abort = new AbortController();
  const context: CallContext = {
    client: createClient(new URL('/graphql', url), environment, abort.signal),
    schema,
    terminal: createTerminal(out, err, () => abort.abort()),
    environment,
    signal: abort.signal,
  };
  return { context, written, abort, out };
};
