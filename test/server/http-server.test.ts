import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { isLoopback, isOwnHost } from '../../src/http/loopback.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../../src/server/gateway.ts';
import { ASK_NAME, DETAIL } from '../support/sample-operations.ts';
import { createMemoryLog, sandboxSettings } from '../support/gateway.ts';
import { exchange } from '../support/raw-http.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';

const started = async (settings: Record<string, string> = {}) => {
  const sandbox = await startSandbox();
  const log: string[] = [];
  const config = readConfig({ ...sandboxSettings(sandbox), ...settings });
  const server = await startGateway(config, { log: createMemoryLog(log) });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= server.close());
  onTestFinished(async () => {
    await close();
    await sandbox.close();
  });
  return { sandbox, log, url: server.url, metricsUrl: server.metricsUrl!, close };
};

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, said: await response.text() };
};

/** A GET with this `Host`, or with none, over a connection of its own. */
const askAs = (url: string, path: string, host: string | undefined, version = '1.1') =>
  exchange(url, [
    [
      `GET ${path} HTTP/${version}`,
      ...(host === undefined ? [] : [`Host: ${host}`]),
      'Connection: close',
      '',
      '',
    ].join('\r\n'),
  ]);

const PATHS = ['/graphql?query={__typename}', '/', '/health', '/ready', '/metrics', '/nothing'];

test.each([
  'attacker.example',
  'attacker.example:4000',
  'localhost.attacker.example',
  '127.0.0.1.attacker.example',
  'notlocalhost',
  '192.168.0.1',
  '[2001:db8::1]:4000',
  'attacker.example@localhost',
  '127.0.0.1/attacker.example',
  'localhost:4000:1',
  '',
])('on loopback no path answers to the host `%s`', async (host) => {
  const { url } = await started();
  for (const path of PATHS) {
    // oxlint-disable-next-line no-await-in-loop -- one connection each
    const { status, head, body } = await askAs(url, path, host);
    expect(status, path).toBe(421);
    expect(head).toMatch(/^content-type: application\/json/im);
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          message: expect.stringContaining('HOST'),
          extensions: { code: 'FORBIDDEN', retryable: false, requestId: expect.any(String) },
        },
      ],
    });
  }
});

test('a request that is refused for its host is logged and counted, without that host', async () => {
  const { url, log } = await started();
  await askAs(url, '/graphql', 'canary.example');
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/"status":421.*Host is no loopback name/);
  const { said } = await get(`${url}/metrics`);
  expect(said).toContain('gateway_errors_total{code="FORBIDDEN"} 1');
  expect(said + log.join()).not.toContain('canary');
});

test('nor does it to a request of HTTP/1.0 that has no host', async () => {
  const { url } = await started();
  expect((await askAs(url, '/health', undefined, '1.0')).status).toBe(421);
  expect((await askAs(url, '/health', 'localhost', '1.0')).status).toBe(200);
});

test.each([
  'localhost',
  'LOCALHOST:4000',
  'localhost:1',
  'app.localhost',
  'a.b.localhost:8080',
  '127.0.0.1',
  '127.8.9.10:4000',
  '[::1]',
  '[::1]:4000',
])('it answers to `%s`', async (host) => {
  const { url } = await started();
  expect((await askAs(url, '/health', host)).status).toBe(200);
});

test('the port for metrics checks it too', async () => {
  const { metricsUrl } = await started({ METRICS_PORT: '0' });
  expect((await askAs(metricsUrl, '/metrics', 'attacker.example')).status).toBe(421);
});

test('where other machines can reach it, any host will do, and none', async () => {
  const { url } = await started({ HOST: '0.0.0.0' });
  const here = url.replace('0.0.0.0', '127.0.0.1');
  expect((await askAs(here, '/health', 'graph.example')).status).toBe(200);
  expect((await askAs(here, '/health', undefined, '1.0')).status).toBe(200);
});

test('a name that the gateway was told to listen on is its own, wherever it leads', () => {
  expect(isOwnHost('devbox:4000', 'DevBox')).toBe(true);
  expect(isOwnHost('devbox', '127.0.0.1')).toBe(false);
  expect(['localhost', '127.0.0.1', '::1', 'a.localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '1127.0.0.1'].some(isLoopback)).toBe(false);
});

test('without METRICS_PORT metrics are on the main port', async () => {
  const { url, metricsUrl } = await started();
  expect(metricsUrl).toBeUndefined();
  expect((await get(`${url}/metrics`)).status).toBe(200);
});

test('with METRICS_PORT metrics are there, with health and readiness, and not on the main port', async () => {
  const { url, metricsUrl } = await started({ METRICS_PORT: '0' });
  expect(new URL(metricsUrl).hostname).toBe('127.0.0.1');
  expect(new URL(metricsUrl).port).not.toBe(new URL(url).port);
  expect(await get(`${metricsUrl}/metrics`)).toMatchObject({
    status: 200,
    said: expect.stringContaining('gateway_operations'),
  });
  expect(await get(`${metricsUrl}/health`)).toEqual({ status: 200, said: 'alive\n' });
  expect(await get(`${metricsUrl}/ready`)).toEqual({ status: 200, said: 'ready\n' });
  expect((await get(`${metricsUrl}/graphql?query={__typename}`)).status).toBe(404);
  expect((await get(`${metricsUrl}/`)).status).toBe(404);
  expect((await get(`${url}/metrics`)).status).toBe(404);
  expect((await get(`${url}/health`)).status).toBe(200);
});

test('the port for metrics says that the gateway drains, and closes with it', async () => {
  const { sandbox, url, metricsUrl, close } = await started({
    METRICS_PORT: '0',
    SHUTDOWN_GRACE_MS: '5000',
  });
  sandbox.fault({ path: DETAIL, delayMs: 500 });
  const running = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ASK_NAME }),
  });
  await expect.poll(() => sandbox.calls.length).toBe(1);
  const closed = close();
  expect(await get(`${metricsUrl}/ready`)).toEqual({ status: 503, said: 'draining\n' });
  expect((await get(`${metricsUrl}/metrics`)).said).toContain('gateway_operations{state="running"} 1');
  expect((await running).status).toBe(200);
  await closed;
  await expect(fetch(`${metricsUrl}/health`)).rejects.toThrow();
});

/** A port that another process holds. */
const takenPort = async (): Promise<string> => {
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  return String((holder.address() as AddressInfo).port);
};

test.each(['PORT', 'METRICS_PORT'])(
  'where %s is taken that is told, and nothing stays open',
  async (setting) => {
    const [main, metrics] = [await takenPort(), await takenPort()];
    const free = { PORT: '0', METRICS_PORT: '0' };
    const config = readConfig({ ...free, [setting]: setting === 'PORT' ? main : metrics });
    const failed = startGateway(config, { log: createMemoryLog([]) }).then((gateway: Gateway) =>
      gateway.close(),
    );
    await expect(failed).rejects.toMatchObject({ code: 'EADDRINUSE', setting });
  },
);
