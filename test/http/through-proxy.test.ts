import { generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { withSandbox } from '../../src/config/sandbox-fallback.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { createAuthority, hasOpenssl, startTlsFront } from '../support/certificates.ts';
import { startCollector } from '../support/collector.ts';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.ts';
import { type Answer, createMemoryLog } from '../support/gateway.ts';
import { publicJwk, startKeyServer } from '../support/key-server.ts';
import { keepLines } from '../support/logging-gateway.ts';
import { createLog } from '../../src/observability/log.ts';
import { projectsFile } from '../support/projects-file.ts';
import { closedPort } from '../support/raw-server.ts';
import { ASK_NAME, CLUSTER, getOnlyError } from '../support/sample-operations.ts';

/** A name that no name server knows: only the proxy of these tests does. */
const HOST = 'cloud.invalid';
const PASSWORD = 'canary-proxy-password';
const SIGNED = {
  HW_ACCESS_KEY: SANDBOX.accessKey,
  HW_SECRET_KEY: SANDBOX.secretKey,
  ALLOW_ANONYMOUS: '1',
};

const endpoints = (url: string): Record<string, string> => ({
  CSS_ENDPOINT: url,
  VPCEP_ENDPOINT: url,
  DATAARTSINSIGHT_ENDPOINT: url,
});

const withCredentials = ({ url }: ForwardProxy) => url.replace('//', `//user:${PASSWORD}@`);

/** Starts a gateway with these settings, and gives what a test asks of it. */
const startWith = async (settings: Record<string, string>) => {
  const config = readConfig({
    PORT: '0',
    ...(settings['PROJECTS_FILE'] === undefined && {
      HW_REGION_NAME: SANDBOX.region,
      HW_PROJECT_ID: SANDBOX.projectId,
    }),
    SHUTDOWN_GRACE_MS: '100',
    LOG_LEVEL: 'debug',
    ...settings,
  });
  const { written, lines, destination } = keepLines();
  const server = await startGateway(config, { log: createLog(config, destination) });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= server.close());
  onTestFinished(close);
  const ask = async (query: string, headers: Record<string, string> = { 'x-auth-token': SANDBOX.token }) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer;
  };
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  return { ask, metrics, close, lines, written };
};

const startCloud = async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  return sandbox;
};

/** A sandbox behind TLS, under a name that only the proxy knows. */
const startSecureCloud = async () => {
  const sandbox = await startCloud();
  const authority = createAuthority();
  authority.trust();
  const port = await startTlsFront(authority.issue(HOST), sandbox.url);
  const proxy = await startForwardProxy(() => port);
  return { sandbox, proxy, url: `https://${HOST}`, authority };
};

const ALL = `{ cluster(clusterId: "${CLUSTER}") { name } endpointServices(first: 1) { totalCount } }`;

test.skipIf(!hasOpenssl)(
  'needs openssl: signed calls to https reach the cloud through a tunnel, and the proxy sees no more than the host',
  async () => {
    const { sandbox, proxy, url } = await startSecureCloud();
    const gate = await startWith({ ...SIGNED, ...endpoints(url), HTTPS_PROXY: withCredentials(proxy) });
    expect(await gate.ask(ALL, {})).toEqual({
      data: { cluster: { name: expect.any(String) }, endpointServices: { totalCount: expect.any(Number) } },
    });
    expect(sandbox.calls.map(({ headers }) => headers.host)).toEqual([HOST, HOST]);
    expect(sandbox.calls.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
    expect(proxy.tunnels).toEqual([`${HOST}:443`, `${HOST}:443`]);
    expect(proxy.requests).toEqual([]);
    expect(proxy.credentials).toEqual(
      Array.from({ length: 2 }, () => `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`),
    );
    expect(proxy.heads.join()).not.toMatch(/sdk-hmac|x-auth-token|x-project-id/i);
    expect(await gate.metrics()).toContain(
      `gateway_upstream_calls{service="css",host="${HOST}",state="running"} 0`,
    );
    expect(gate.written.join()).not.toContain(PASSWORD);
  },
);

test.skipIf(!hasOpenssl)(
  'needs openssl: tunnels are kept for further calls, and there are no more than connections',
  async () => {
    const { proxy, url } = await startSecureCloud();
    const gate = await startWith({ ...endpoints(url), HTTPS_PROXY: proxy.url, UPSTREAM_CONNECTIONS: '2' });
    const names = Array.from({ length: 12 }, (_, i) => `n${i}: cluster(clusterId: "${i}") { name }`);
    for (let round = 0; round < 2; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const { errors } = await gate.ask(`{ ${names.join(' ')} }`);
      expect(errors!.every(({ extensions }) => extensions.code === 'NOT_FOUND')).toBe(true);
    }
    expect(proxy.tunnels).toHaveLength(2);
    expect(proxy.open()).toBe(2);
    await gate.close();
    await expect.poll(proxy.open).toBe(0);
  },
);

test.skipIf(!hasOpenssl)('needs openssl: a proxy may itself be reached by https', async () => {
  const { sandbox, proxy, url, authority } = await startSecureCloud();
  const port = await startTlsFront(authority.issue('localhost'), proxy.url);
  const plain = await startForwardProxy(() => Number(new URL(sandbox.url).port));
  const plainPort = await startTlsFront(authority.issue('localhost'), plain.url);
  const gate = await startWith({
    ...endpoints(url),
    VPCEP_ENDPOINT: `http://${HOST}`,
    ALLOW_INSECURE_UPSTREAM: '1',
    HTTPS_PROXY: `https://localhost:${port}`,
    HTTP_PROXY: `https://localhost:${plainPort}`,
  });
  expect((await gate.ask(ALL)).errors).toBeUndefined();
  expect([proxy.tunnels.length, plain.requests.length]).toEqual([1, 1]);
});

test('signed calls to plain http are sent to the proxy with the whole URL', async () => {
  const sandbox = await startCloud();
  const proxy = await startForwardProxy(() => Number(new URL(sandbox.url).port));
  const gate = await startWith({
    ...SIGNED,
    ...endpoints(`http://${HOST}:8080`),
    ALLOW_INSECURE_UPSTREAM: '1',
    http_proxy: withCredentials(proxy),
    HTTP_PROXY: 'http://not-this-one.invalid',
  });
  expect(await gate.ask(ASK_NAME, {})).toEqual({ data: { cluster: { name: expect.any(String) } } });
  expect(proxy.requests).toEqual([`http://${HOST}:8080/v1.0/${SANDBOX.projectId}/clusters/${CLUSTER}`]);
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`]);
  expect(sandbox.calls.map(({ headers }) => headers.host)).toEqual([`${HOST}:8080`]);
});

test.skipIf(!hasOpenssl)('needs openssl: tokens of IAM come through the proxy', async () => {
  const { sandbox, proxy, url } = await startSecureCloud();
  const gate = await startWith({
    PROJECTS_FILE: projectsFile([
      {
        region: SANDBOX.region,
        projectId: SANDBOX.projectId,
        endpoints: { css: url, vpcep: url, dataartsinsight: url, iam: `${url}:8443` },
        credentials: { user: SANDBOX.user },
      },
    ]),
    ALLOW_ANONYMOUS: '1',
    https_proxy: proxy.url,
  });
  expect(await gate.ask(ASK_NAME, {})).toEqual({ data: { cluster: { name: expect.any(String) } } });
  expect(proxy.tunnels).toEqual([`${HOST}:8443`, `${HOST}:443`]);
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

test.skipIf(!hasOpenssl)('needs openssl: keys of a JWKS URL come through the proxy', async () => {
  const pair = await generateKeyPair('RS256');
  const keys = await startKeyServer([await publicJwk(pair)]);
  const authority = createAuthority();
  authority.trust();
  const port = await startTlsFront(authority.issue('issuer.invalid'), keys.url);
  const proxy = await startForwardProxy(() => port);
  const sandbox = await startCloud();
  const gate = await startWith({
    ...endpoints(sandbox.url),
    JWT_JWKS_URL: 'https://issuer.invalid/keys',
    HTTPS_PROXY: proxy.url,
  });
  const token = await new SignJWT({ sub: 's' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setExpirationTime('5m')
    .sign(pair.privateKey);
  const headers = { authorization: `Bearer ${token}`, 'x-auth-token': SANDBOX.token };
  expect(await gate.ask(ASK_NAME, headers)).toEqual({ data: { cluster: { name: expect.any(String) } } });
  expect([keys.state.asked, proxy.tunnels]).toEqual([1, ['issuer.invalid:443']]);
});

test.skipIf(!hasOpenssl)('needs openssl: traces reach an https collector through the proxy', async () => {
  const collector = await startCollector(200);
  const authority = createAuthority();
  authority.trust();
  const port = await startTlsFront(authority.issue('traces.invalid'), collector.url);
  const proxy = await startForwardProxy(() => port);
  const sandbox = await startCloud();
  const gate = await startWith({
    ...endpoints(sandbox.url),
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://traces.invalid',
    HTTPS_PROXY: withCredentials(proxy),
  });
  await gate.ask(ASK_NAME);
  await gate.close();
  expect(collector.posts.map(({ path }) => path)).toEqual(['/v1/traces']);
  expect(proxy.tunnels).toEqual(['traces.invalid:443']);
  expect(proxy.credentials[0]).toMatch(/^Basic /);
});

test('traces reach a plain http collector through the proxy', async () => {
  const collector = await startCollector(200);
  const proxy = await startForwardProxy(() => Number(new URL(collector.url).port));
  const sandbox = await startCloud();
  const gate = await startWith({
    ...endpoints(sandbox.url),
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://traces.invalid:4318',
    ALLOW_INSECURE_UPSTREAM: '1',
    HTTP_PROXY: withCredentials(proxy),
  });
  await gate.ask(ASK_NAME);
  await gate.close();
  expect(collector.posts.map(({ path }) => path)).toEqual(['/v1/traces']);
  expect(proxy.requests).toEqual(['http://traces.invalid:4318/v1/traces']);
  expect(proxy.credentials[0]).toMatch(/^Basic /);
});

test('hosts of NO_PROXY are called directly', async () => {
  const proxy = await startForwardProxy(() => 1);
  const gate = await startWith({
    ...endpoints(`https://${HOST}`),
    HTTPS_PROXY: proxy.url,
    NO_PROXY: 'example.com, .invalid',
  });
  expect(getOnlyError(await gate.ask(ASK_NAME)).extensions.code).toBe('UPSTREAM_UNAVAILABLE');
  expect(proxy.tunnels).toEqual([]);
});

test('the sandbox is never called through a proxy', async () => {
  const dead = await closedPort();
  const { config, sandbox } = await withSandbox(
    readConfig({ PORT: '0', HTTP_PROXY: dead, HTTPS_PROXY: dead }),
  );
  onTestFinished(() => sandbox!.close());
  const server = await startGateway(config, { log: createMemoryLog([]) });
  onTestFinished(() => server.close());
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: ASK_NAME }),
  });
  expect(await response.json()).toEqual({ data: { cluster: { name: expect.any(String) } } });
});

const FAILURES = [
  { failure: 407, code: 'UPSTREAM_UNAVAILABLE' },
  { failure: 403, code: 'UPSTREAM_UNAVAILABLE' },
  { failure: 502, code: 'UPSTREAM_UNAVAILABLE' },
  { failure: 'hangs up', code: 'UPSTREAM_UNAVAILABLE' },
  { failure: 'hangs', code: 'UPSTREAM_TIMEOUT' },
] as const;

test.each(FAILURES)('a proxy that opens no tunnel ($failure): $code', async ({ failure, code }) => {
  const proxy = await startForwardProxy(() => 1);
  proxy.failure = failure;
  const gate = await startWith({
    ...endpoints(`https://${HOST}`),
    HTTPS_PROXY: withCredentials(proxy),
    UPSTREAM_TIMEOUT_MS: '300',
    OPERATION_TIMEOUT_MS: '3000',
  });
  const answer = await gate.ask(ASK_NAME);
  expect(getOnlyError(answer).extensions).toMatchObject({ code, retryable: true });
  expect(proxy.tunnels.length).toBeGreaterThan(0);
  expect(JSON.stringify([answer, gate.written])).not.toMatch(/canary|127\.0\.0\.1|cloud\.invalid/);
});

test.each(FAILURES.filter(({ failure }) => failure !== 403))(
  'a proxy that passes no request on ($failure): $code',
  async ({ failure, code }) => {
    const proxy = await startForwardProxy(() => 1);
    proxy.failure = failure;
    const gate = await startWith({
      ...endpoints(`http://${HOST}`),
      ALLOW_INSECURE_UPSTREAM: '1',
      HTTP_PROXY: withCredentials(proxy),
      UPSTREAM_TIMEOUT_MS: '300',
      OPERATION_TIMEOUT_MS: '3000',
    });
    const answer = await gate.ask(ASK_NAME);
    expect(getOnlyError(answer).extensions).toMatchObject({ code, retryable: true });
    expect(JSON.stringify([answer, gate.written])).not.toMatch(/canary|127\.0\.0\.1|cloud\.invalid/);
  },
);

test.skipIf(!hasOpenssl)('needs openssl: a proxy that hung and answers again is used again', async () => {
  const { proxy, url } = await startSecureCloud();
  proxy.failure = 'hangs';
  const gate = await startWith({
    ...endpoints(url),
    HTTPS_PROXY: proxy.url,
    UPSTREAM_CONNECTIONS: '1',
    UPSTREAM_TIMEOUT_MS: '300',
    OPERATION_TIMEOUT_MS: '400',
  });
  const { code } = getOnlyError(await gate.ask(ASK_NAME)).extensions;
  expect(code).toMatch(/^(UPSTREAM_TIMEOUT|DEADLINE_EXCEEDED)$/);
  proxy.failure = undefined;
  await expect
    .poll(() => gate.ask(ASK_NAME), { timeout: 5_000 })
    .toEqual({ data: { cluster: { name: expect.any(String) } } });
});
