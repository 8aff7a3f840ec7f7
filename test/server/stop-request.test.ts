import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, DETAIL } from '../support/sample-operations.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Time that the cloud takes to answer: an operation runs for so long. */
const OPERATION_MS = 1_200;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'stop-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** Starts a gateway with a command, in a process group of its own, and an operation in it. */
const startWithOperation = async ([program, ...args]: readonly string[], bin = '') => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  sandbox.fault({ path: DETAIL, delayMs: OPERATION_MS });
  const port = await freePort();
  const home = folder();
  const child: ChildProcess = spawn(program!, args, {
    cwd: ROOT,
    detached: true,
    env: {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: home,
      PORT: String(port),
      HW_REGION_NAME: SANDBOX.region,
      HW_PROJECT_ID: SANDBOX.projectId,
      CSS_ENDPOINT: sandbox.url,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout!);
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Everything has ended.
    }
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isUp, { timeout: 25_000 }).toBe(true);
  const answer = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ASK_NAME }),
  }).then(
    (response) => response.json(),
    () => null,
  );
  await expect.poll(() => sandbox.calls.length).toBe(1);
  return {
    pid: child.pid!,
    /** Ends when the process that was started ends. */
    exit,
    answer,
    /** Ends when every process with this output has ended: all of what it said. */
    output,
    isUp,
  };
};

type Started = Awaited<ReturnType<typeof startWithOperation>>;

/** The operation was answered, the port is free, nothing is left, and the log says why. */
const checkDrained = async ({ answer, isUp, output }: Started, reason: string): Promise<void> => {
  expect(await answer).toMatchObject({ data: { cluster: { name: expect.any(String) } } });
  const said = await output;
  expect(said).toContain(`"reason":"${reason}","msg":"gateway stopping"`);
  expect(said).toMatch(/"cutOperations":0,"msg":"gateway stopped"/);
  expect(await isUp()).toBe(false);
};

test.each([
  { command: ['node', 'src/start.js'], signal: 'SIGTERM' },
  { command: ['sh', '-c', 'exec node src/start.js'], signal: 'SIGTERM' },
  { command: ['npm', 'start'], signal: 'SIGTERM' },
  { command: ['npm', 'start'], signal: 'SIGINT' },
  { command: ['node', 'src/start.js'], signal: 'SIGHUP' },
] as const)('$signal to $command lets a running operation end', async ({ command, signal }) => {
  const started = await startWithOperation(command);
  process.kill(started.pid, signal);
  // What was started waits for the gateway, so that nobody takes the port for free too early.
  expect(await started.exit).toBe(0);
  expect(await started.isUp()).toBe(false);
  await checkDrained(started, signal);
});

test('Ctrl-C, which npm gets from the terminal too and hands on, is one signal', async () => {
  const started = await startWithOperation(['npm', 'start']);
  process.kill(-started.pid, 'SIGINT');
  await checkDrained(started, 'SIGINT');
});

test.each(['SIGKILL', 'SIGHUP'] as const)('npm start: %s to npm leaves no orphan', async (signal) => {
  const started = await startWithOperation(['npm', 'start']);
  process.kill(started.pid, signal);
  await started.exit;
  await checkDrained(started, 'the end of npm');
});

test('without npm, the end of the parent ends nothing: it runs in the background', async () => {
  const started = await startWithOperation(['sh', '-c', 'node src/start.js & wait']);
  process.kill(started.pid, 'SIGKILL');
  await started.exit;
  await started.answer;
  expect(await started.isUp()).toBe(true);
  process.kill(-started.pid, 'SIGTERM');
  await checkDrained(started, 'SIGTERM');
});

test('a second signal, more than a second later, ends it at once', async () => {
  const started = await startWithOperation(['node', 'src/start.js']);
  process.kill(started.pid, 'SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  process.kill(started.pid, 'SIGTERM');
  expect(await started.exit).toBe(1);
  expect(await started.answer).toBe(null);
});

const unshare = ['--pid', '--fork', '--kill-child'];
const mayUnshare = spawnSync('unshare', [...unshare, 'true']).status === 0;

/** The only child of a process. */
const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

test.skipIf(!mayUnshare).each([{ command: ['node', 'src/start.js'] }, { command: ['npm', 'start'] }])(
  '$command as process 1 of a container drains on SIGTERM (skipped where there is no unshare)',
  async ({ command }) => {
    const started = await startWithOperation(['unshare', ...unshare, ...command]);
    process.kill(childOf(started.pid), 'SIGTERM');
    expect(await started.exit).toBe(0);
    await checkDrained(started, 'SIGTERM');
  },
);

/** Says, like PowerShell on Windows, which process is the parent of another one. */
const POWERSHELL = `#!/bin/sh
pid=$(echo "$3" | sed 's/.*ProcessId=\\([0-9]*\\).*/\\1/')
sed 's/.*) . \\([0-9]*\\) .*/\\1/' "/proc/$pid/stat"
`;

test.skipIf(process.platform !== 'linux')(
  'on Windows, where a shell stays between npm and the gateway, the end of npm alone is noticed',
  async () => {
    const bin = folder();
    writeFileSync(join(bin, 'powershell.exe'), POWERSHELL, { mode: 0o755 });
    const windows = join(bin, 'windows.mjs');
    writeFileSync(windows, "Object.defineProperty(process, 'platform', { value: 'win32' })");
    const gateway = `npm_lifecycle_event=start node --import ${windows} src/start.js`;
    const started = await startWithOperation(['sh', '-c', `sh -c '${gateway}; true'; true`], bin);
    process.kill(started.pid, 'SIGKILL');
    await started.exit;
    await checkDrained(started, 'the end of npm');
  },
);
