import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const PROGRAM = '/usr/sbin/haproxy';
const CONFIGURATION = fileURLToPath(new URL('../../deploy/haproxy/haproxy.cfg', import.meta.url));

/** Whether this machine has `haproxy`. */
export const hasHaproxy = existsSync(PROGRAM);

/** Runs the HAProxy of `deploy/` before three replicas until the test ends, and gives its URL. */
export const startHaproxy = async (replicas: readonly string[]): Promise<string> => {
  const listen = `127.0.0.1:${await freePort()}`;
  const places = replicas.map((url, i) => [`REPLICA_${i + 1}`, new URL(url).host]);
  const child = spawn(PROGRAM, ['-db', '-f', CONFIGURATION], {
    env: { LISTEN: listen, ...Object.fromEntries(places) },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://${listen}`;
  const status = () =>
    fetch(`${url}/ready`).then(
      (response) => response.status,
      () => 'not yet',
    );
  await expect.poll(status, { timeout: 10_000 }).toBe(200);
  return url;
};
