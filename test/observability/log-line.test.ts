import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { formatLine } from '../../src/observability/log-line.ts';

const LINE = {
  level: 30,
  time: Date.UTC(2026, 10, 30, 9, 5, 7, 42),
  requestId: 'request-1',
  operation: 'Two words',
  codes: ['NOT_FOUND'],
  ms: 12,
  msg: 'operation',
};

test('a line for people has time, level, message and the rest as key=value', () => {
  expect(formatLine(JSON.stringify(LINE), false)).toBe(
    '09:05:07.042 INFO  operation requestId=request-1 operation="Two words" codes=["NOT_FOUND"] ms=12\n',
  );
});

test('an error has its frames below', () => {
  const err = {
    type: 'TypeError',
    message: 'went wrong',
    stack: '    at one (a.ts:1:1)\n    at two (b.ts:2:2)',
  };
  expect(formatLine(JSON.stringify({ ...LINE, level: 50, err, msg: 'failed' }), false)).toMatch(
    /ERROR failed .* type=TypeError message="went wrong"\n {4}at one \(a\.ts:1:1\)\n {4}at two/,
  );
});

test('nothing that a client sends can steer the terminal', () => {
  const evil = 'a\u001b[31m\u009b2J\u007f\u202e\nINFO  forged';
  const text = formatLine(JSON.stringify({ ...LINE, operation: evil, msg: evil }), false);
  expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('colours are on the level and the rest only', () => {
  const text = formatLine(JSON.stringify({ ...LINE, level: 40 }), true);
  expect(text).toContain('\u001b[33mWARN \u001b[39m operation \u001b[90mrequestId=');
});

const PROGRAM = '/usr/bin/script';
const START = fileURLToPath(new URL('../../src/start.js', import.meta.url));

/** What the gateway writes to a terminal for one operation. */
const onTerminal = async (settings: Record<string, string>): Promise<string> => {
  const child = spawn(PROGRAM, ['-qefc', `'${process.execPath}' '${START}'`, '/dev/null'], {
    env: { PATH: process.env['PATH'], PORT: '0', TERM: 'xterm-256color', ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const url = () => /GraphQL: +(http:[^\s]+\/graphql)/.exec(said)?.[1];
  await expect.poll(url, { timeout: 20_000 }).toBeDefined();
  await fetch(`${url()}?query={__typename}`);
  await expect.poll(() => said, { timeout: 5_000 }).toContain('requestId=');
  return said;
};

test.skipIf(!existsSync(PROGRAM))(
  'needs script: on a terminal lines are for people, in colours',
  async () => {
    expect(await onTerminal({})).toContain('\u001b[32mINFO \u001b[39m operation ');
  },
);

test.skipIf(!existsSync(PROGRAM))('needs script: and without colours where NO_COLOR is set', async () => {
  expect(await onTerminal({ NO_COLOR: '1' })).toMatch(/\d\d:\d\d:\d\d\.\d{3} INFO  operation requestId=/);
});
