import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { ASK_NAME, CLUSTER, DETAIL, VERIFY } from '../support/sample-operations.ts';
import { gateway } from '../support/gateway.ts';

const get = async (url: string) => {
  const response = await fetch(url, { redirect: 'manual' });
  return { status: response.status, said: await response.text(), headers: response.headers };
};

test('health and readiness answer', async () => {
  const { url } = await gateway();
  expect(await get(`${url}/health`)).toMatchObject({ status: 200, said: 'alive\n' });
  expect(await get(`${url}/ready`)).toMatchObject({ status: 200, said: 'ready\n' });
});

test('every answer carries a request id', async () => {
  const { url } = await gateway();
  for (const path of [
    '/',
    '/graphql',
    '/health',
    '/ready',
    '/metrics',
    '/nothing',
    '/__proto__',
    '//graphql',
  ]) {
    expect((await get(url + path)).headers.get('x-request-id'), path).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test.each([
  '/nothing',
  '/graphql/',
  '//graphql',
  '/__proto__',
  '/constructor',
  '/health/..%2f',
  '/graphql%00',
])('there is nothing at %s', async (path) => {
  const { url } = await gateway();
  expect(await get(url + path)).toMatchObject({ status: 404 });
});

test('the root is a page for browsers, and nothing for programs', async () => {
  const { url } = await gateway();
  expect((await get(url)).status).toBe(404);
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
});

test('metrics count requests, calls and errors, and hold nothing of a caller or a resource', async () => {
  const { url, ask, sandbox } = await gateway({ token: 'canary-token' });
  const service = sandbox.world.services[0]!;
  await ask(
    `{ cluster(clusterId: "${CLUSTER}") { name } endpointService(by: { id: "${service.id}" }) { name } }`,
  );
  await ask('{ cluster(clusterId: "canary-cluster") { name } }', {}, { 'x-request-id': 'canary-request' });
  await ask(
    VERIFY,
    { input: { service: { id: 'canary-service' }, dataSourceType: 'DWS' } },
    { 'x-workspace-id': SANDBOX.workspaceId },
  );
  await ask('{ canaryField }');
  await fetch(`${url}/graphql?canary=1`, { method: 'POST', body: 'canary' });
  await fetch(`${url}/canary`);

  const { said, headers } = await get(`${url}/metrics`);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const counts = said.split('\n').filter((line) => /^gateway_.*(count|total)/.test(line));
  expect(counts.toSorted()).toEqual([
    'gateway_errors_total{code="BAD_USER_INPUT"} 1',
    'gateway_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1',
    'gateway_errors_total{code="NOT_FOUND"} 1',
    'gateway_loads_total 3',
    'gateway_log_lines_lost_total{kind="audit"} 0',
    'gateway_log_lines_lost_total{kind="other"} 0',
    'gateway_operation_upstream_calls_count 5',
    'gateway_repeated_queries_total{outcome="changed"} 0',
    'gateway_repeated_queries_total{outcome="unchanged"} 0',
    'gateway_request_duration_seconds_count{status="200"} 4',
    'gateway_request_duration_seconds_count{status="415"} 1',
    'gateway_slow_readers_total 0',
    'gateway_upstream_call_duration_seconds_count{service="css",method="GET",path="/v1.0/{project_id}/clusters/{cluster_id}",outcome="NOT_FOUND"} 1',
    'gateway_upstream_call_duration_seconds_count{service="css",method="GET",path="/v1.0/{project_id}/clusters/{cluster_id}",outcome="ok"} 1',
    expect.stringMatching(
      /^gateway_upstream_call_duration_seconds_count\{service="dataartsinsight",method="POST",path="\/v1\/\{project_id\}\/connections\/vpc-endpoint",outcome="[A-Z_]+"\} 1$/,
    ),
    'gateway_upstream_call_duration_seconds_count{service="vpcep",method="GET",path="/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}",outcome="ok"} 1',
  ]);
  expect(said).toContain('process_cpu_seconds_total');
  expect(said).not.toMatch(/canary/i);
  for (const value of [CLUSTER, service.id, SANDBOX.projectId, SANDBOX.workspaceId])
    expect(said).not.toContain(value);
});

/** A gateway that a test closes by itself. */
const closable = async (settings: Record<string, string> = {}) => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const config = readConfig({
    PORT: '0',
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    LOG_LEVEL: 'silent',
    ...settings,
  });
  return { sandbox, server: await startGateway(config) };
};

const ask = (url: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ASK_NAME }),
  });

test(
  'while it drains, what runs ends well, new work is refused, and it says so',
  { timeout: 5_000 },
  async () => {
    const { sandbox, server } = await closable();
    sandbox.fault({ path: DETAIL, delayMs: 400 });
    const running = ask(server.url);
    await expect.poll(() => sandbox.calls.length).toBe(1);
    const closed = server.close();

    expect(await get(`${server.url}/health`)).toMatchObject({ status: 200 });
    const { status, said, headers } = await get(`${server.url}/ready`);
    expect([status, said, headers.get('connection')]).toEqual([503, 'draining\n', 'close']);
    const refused = await ask(server.url);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      errors: [{ extensions: { code: 'OVERLOADED', retryable: true } }],
    });

    const answer = await running;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ data: { cluster: { name: expect.any(String) } } });
    await closed;
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    expect(sandbox.calls).toHaveLength(1);
  },
);

test('what takes longer than the grace is answered, with what to do', { timeout: 5_000 }, async () => {
  const { sandbox, server } = await closable({ SHUTDOWN_GRACE_MS: '100' });
  sandbox.fault({ path: DETAIL, hang: 'before' });
  const running = ask(server.url);
  await expect.poll(() => sandbox.calls.length).toBe(1);
  await server.close();
  const answer = await running;
  expect(await answer.json()).toMatchObject({
    errors: [{ extensions: { code: 'OVERLOADED', retryable: true } }],
  });
});

/** An open connection that has had one answer, and waits. */
const keptAlive = async (url: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
};

test('connections that are kept alive, or never say a word, do not hold it', { timeout: 2_000 }, async () => {
  const { server } = await closable();
  const { hostname, port } = new URL(server.url);
  const idle = [await keptAlive(server.url), connect(Number(port), hostname)];
  const ended = idle.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of idle) socket.resume().on('error', () => {});
  await wait(20);
  await server.close();
  expect(await Promise.all(ended)).toHaveLength(2);
});

test('a port that is in use is an error', async () => {
  const { server, sandbox } = await closable();
  await expect(startGateway(readConfig({ PORT: new URL(sandbox.url).port }))).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await server.close();
});

test('headers of more than 32 KB are refused', async () => {
  const { url } = await gateway();
  const response = await fetch(`${url}/health`, { headers: { 'x-auth-token': 'a'.repeat(33 * 1024) } });
  expect(response.status).toBe(431);
});
