import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { monotonic } from '../time/clock.ts';

/** Signals that ask a process to stop: from a supervisor, from a terminal, and when a terminal closes (on Windows also Ctrl-Break). */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const;

/** A signal that comes again so soon is the same one: a terminal sends Ctrl-C to npm too, and npm hands it on. */
const SAME_SIGNAL_MS = 1_000;

const PARENT_POLL_MS = 250;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** The parent of the parent on Windows, where a shell stays between npm and what it starts. */
const findGrandparent = async (): Promise<number[]> => {
  if (process.platform !== 'win32') return [];
  const command = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${process.ppid}').ParentProcessId`;
  const { stdout } = await promisify(execFile)('powershell.exe', ['-NoProfile', '-Command', command]);
  return [Number(stdout)];
};

/** Calls back when the parent of this process is gone, which nothing tells a process. */
const watchParent = async (onGone: () => void): Promise<void> => {
  const parent = process.ppid;
  const pids = [parent, ...(await findGrandparent().catch(() => []))];
  const timer = setInterval(() => {
    if (process.ppid === parent && pids.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS).unref();
};

/**
 * Waits until the process is asked to stop, and returns by what. From then on a second request ends the process at once, with code 1:
 * whoever sends it does not want to wait. A process that npm started also stops when npm is gone: npm cannot hand SIGKILL on.
 */
export const waitForStopRequest = (isStartedByNpm: boolean): Promise<string> =>
  new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: string) => {
      const now = monotonic();
      firstAt ??= now;
      if (now - firstAt > SAME_SIGNAL_MS) process.exit(1);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    if (isStartedByNpm) void watchParent(() => resolve('the end of npm'));
  });
