import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createLogOutput, type LostLines } from '../../src/observability/log-output.ts';
import { hasPipes, openPipe } from '../support/pipe.ts';
import { fileWith } from '../support/projects-file.ts';

const START = fileURLToPath(new URL('../../src/start.js', import.meta.url));

/** A stream whose reader takes a write only when the test says so, and an output with room for 1,000 bytes in front of it. */
const startStuck = () => {
  const taken: string[] = [];
  let next: ((error?: Error) => void) | undefined;
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      taken.push(chunk);
      next = done;
    },
  });
  const told: LostLines[] = [];
  const output = createLogOutput(stream as unknown as NodeJS.WriteStream, (lost) => told.push(lost), 1_000);
  const take = async (error?: Error) => {
    next?.(error);
    await nextTurn();
  };
  return { output, take, told, text: () => taken.join('') };
};

const line = (name: string): string => `${name.padEnd(99, '.')}\n`;

test('lines wait in order while nobody reads, up to their bytes; further ones are lost, counted, and told once', async () => {
  const { output, take, told, text } = startStuck();
  for (let i = 0; i < 12; i += 1) output.write(line(`line ${i}`));
  expect(output.state()).toEqual({ waitingBytes: 500, maxBytes: 1_000, lost: { audit: 0, other: 7 } });
  await take();
  expect(told).toEqual([]);
  await take();
  expect(told).toEqual([{ audit: 0, other: 7 }]);
  expect(text()).toBe([0, 1, 2, 3, 4].map((i) => line(`line ${i}`)).join(''));
  output.write(line('later'));
  await take();
  expect(told).toHaveLength(1);
});

test('audit lines are lost last: they have all of the room, and ordinary lines make way for them', async () => {
  const { output, take, told, text } = startStuck();
  for (let i = 0; i < 9; i += 1) output.write(line(`line ${i}`));
  for (let i = 0; i < 12; i += 1) output.write(line(`audit ${i}`), true);
  output.write(line('line after'));
  expect(output.state().lost).toEqual({ audit: 3, other: 9 });
  await take();
  await take();
  const kept = Array.from({ length: 9 }, (_, i) => line(`audit ${i}`));
  expect(text()).toBe([line('line 0'), ...kept].join(''));
  expect(told).toEqual([{ audit: 3, other: 9 }]);
});

test('what a full disk or a reader that is gone did not take is counted, and the next line is tried again', async () => {
  const failing = Array<boolean>(3).fill(true);
  const taken: string[] = [];
  const stream = new Writable({
    autoDestroy: false,
    write: (chunk, _encoding, done) => {
      if (failing.pop()) return done(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      taken.push(String(chunk));
      done();
    },
  });
  const told: LostLines[] = [];
  const output = createLogOutput(stream as unknown as NodeJS.WriteStream, (lost) => told.push(lost));
  for (const name of ['a', 'b', 'c']) {
    output.write(name);
    await nextTurn();
    // As the `destroy` of standard output does: it stays usable.
    (stream as unknown as { _undestroy(): void })._undestroy();
  }
  expect([taken, told]).toEqual([[], []]);
  output.write('d', true);
  await nextTurn();
  expect([taken, told]).toEqual([['d'], [{ audit: 0, other: 3 }]]);
});

/** A process of the gateway whose standard output is this file. */
const startProcess = (stdout: number, settings: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [START], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      LOG_LEVEL: 'debug',
      SHUTDOWN_GRACE_MS: '60000',
      ...settings,
    },
    stdio: ['ignore', stdout, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const complained: string[] = [];
  child.stderr!.setEncoding('utf8').on('data', (part: string) => complained.push(part));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exit, complained };
};

const until = async (read: () => string, pattern: RegExp): Promise<string> => {
  await expect.poll(read, { timeout: 20_000 }).toMatch(pattern);
  return pattern.exec(read())![1]!;
};

/** Asks for clusters that do not exist, a hundred in one operation: a line for each, and one more. */
const askForMissing = async (url: string) => {
  const fields = Array.from({ length: 50 }, (_, i) => `c${i}: cluster(clusterId: "missing-${i}") { name }`);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `{ ${fields.join(' ')} }` }),
  });
  return ((await response.json()) as { errors: unknown[] }).errors.length;
};

const lostLines = async (url: string): Promise<number> => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^gateway_log_lines_lost_total\{kind="other"\} (\d+)$/m.exec(metrics)![1]);
};

/** A gateway whose log nobody reads after its first lines, until lines are lost. */
const startUnread = async () => {
  const pipe = openPipe();
  const gateway = startProcess(pipe.writer);
  pipe.closeWriter();
  let said = '';
  const url = await until(() => (said += pipe.read()), /GraphQL: +(http:\S+)\/graphql/);
  await expect
    .poll(
      async () => {
        for (let i = 0; i < 20; i += 1) expect(await askForMissing(url)).toBe(50);
        return lostLines(url);
      },
      { timeout: 60_000 },
    )
    .toBeGreaterThan(0);
  return { ...gateway, pipe, url };
};

test.skipIf(!hasPipes)(
  'needs mkfifo: a log that nobody reads holds up neither answers nor SIGTERM',
  async () => {
    const { child, exit, url, complained } = await startUnread();
    expect(await askForMissing(url)).toBe(50);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(complained).toEqual([]);
  },
  120_000,
);

test.skipIf(!hasPipes)(
  'needs mkfifo: a log that nobody reads does not hold up a second SIGTERM either',
  async () => {
    const { child, exit, url } = await startUnread();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    // A request that is still being sent holds the shutdown.
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.write(`POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 100\r\n\r\n`);
    await wait(100);
    child.kill('SIGTERM');
    await wait(1_200);
    child.kill('SIGTERM');
    expect(await exit).toBe(1);
  },
  120_000,
);

test.skipIf(!hasPipes)(
  'needs mkfifo: once the log is read again it goes on, with a line that says how many lines were lost',
  async () => {
    const { child, exit, pipe, url } = await startUnread();
    const lost = await lostLines(url);
    let said = '';
    await expect
      .poll(() => (said += pipe.read()), { timeout: 20_000 })
      .toContain('lines of the log were lost');
    const told = said.split('\n').find((one) => one.includes('were lost'))!;
    expect(JSON.parse(told)).toMatchObject({ level: 40, lost: { audit: 0, other: lost } });
    await askForMissing(url);
    expect(await lostLines(url)).toBe(lost);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  },
  120_000,
);

test.skipIf(!hasPipes)('needs mkfifo: a reader that is gone does not end the gateway', async () => {
  const pipe = openPipe();
  const { child, exit, complained } = startProcess(pipe.writer);
  pipe.closeWriter();
  let said = '';
  const url = await until(() => (said += pipe.read()), /GraphQL: +(http:\S+)\/graphql/);
  pipe.closeReader();
  for (let i = 0; i < 3; i += 1) expect(await askForMissing(url)).toBe(50);
  expect(await lostLines(url)).toBeGreaterThanOrEqual(50);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(complained).toEqual([]);
});

test('a log in a file has every line when the process has ended', async () => {
  const path = fileWith('');
  const file = openSync(path, 'a');
  const { child, exit } = startProcess(file);
  closeSync(file);
  const url = await until(() => readFileSync(path, 'utf8'), /GraphQL: +(http:\S+)\/graphql/);
  await askForMissing(url);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.filter((one) => one.includes('"upstream call refused"'))).toHaveLength(50);
  expect(lines.filter((one) => one.includes('"msg":"operation"'))).toHaveLength(1);
});
