import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const PROGRAM = '/usr/sbin/nginx';
const EXAMPLE = new URL('../../deploy/nginx/nginx.conf', import.meta.url);

/** Whether this machine has `nginx`. */
export const hasNginx = existsSync(PROGRAM);

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const replaceOnce = (text: string, part: string, by: string): string => {
  expect(text.split(part)).toHaveLength(2);
  return text.replace(part, by);
};

/** Runs the nginx of `deploy/` before a gateway until the test ends, and gives the URL of its site. */
export const startNginx = async (gateway: string, { strips = false } = {}): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const replacements = [
    ['127.0.0.1:4000', new URL(gateway).host],
    ['listen 8080', `listen 127.0.0.1:${port}`],
    ['events {}', 'daemon off; pid nginx.pid; events {}'],
    ['http {', `http { access_log off; ${TEMPORARY.map((name) => `${name}_temp_path ${name};`).join(' ')}`],
    ...(strips ? [['http://gateway;', 'http://gateway/;']] : []),
  ] as const;
  let text = readFileSync(EXAMPLE, 'utf8');
  for (const [part, by] of replacements) text = replaceOnce(text, part, by);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  const child = spawn(PROGRAM, ['-p', folder, '-c', file, '-e', 'stderr'], { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const status = () =>
    fetch(`${url}/graph/ready`).then(
      (response) => response.status,
      () => 'not yet',
    );
  await expect.poll(status, { timeout: 10_000 }).toBe(200);
  return url;
};
