import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../src/observability/metrics.ts';
import type { CallReport } from '../../src/http/call-report.ts';
import { createWriteBuffers } from '../../src/capacity/write-buffers.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { createAuthority, hasOpenssl, startTlsFront } from '../support/certificates.ts';
import { startCollector } from '../support/collector.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { startLoggingGateway } from '../support/logging-gateway.ts';
import { closedPort, head, startRawServer } from '../support/raw-server.ts';
import { ASK_NAME, getOnlyError, startUpstream } from '../support/sample-operations.ts';
import type { Answer } from '../support/gateway.ts';

const CALL = 'GET /v1.0/{project_id}/clusters/{cluster_id}';

/** Everything that tells the cause of a call to CSS that fails. */
const observe = async (url: string, settings: Record<string, string> = {}) => {
  const collector = await startCollector(200);
  const gate = await startLoggingGateway({
    CSS_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    UPSTREAM_TIMEOUT_MS: '2000',
    ...settings,
  });
  const response = await gate.post({ query: ASK_NAME }, { 'x-explain': '1' });
  const answer = (await response.json()) as Answer;
  await expect.poll(() => gate.operations().length).toBe(1);
  const metrics = await gate.metrics();
  await gate.server.close();
  const { host, hostname } = new URL(url);
  const shown = [...gate.written, JSON.stringify(answer), ...collector.posts.map(({ text }) => text)].join(
    '\n',
  );
  expect(shown).not.toContain(host);
  if (hostname !== '127.0.0.1') expect(shown).not.toContain(hostname);
  const { message, extensions } = getOnlyError(answer);
  return {
    client: { message, code: extensions.code, keys: Object.keys(extensions).toSorted() },
    causes: {
      log: gate.lines().find(({ msg }) => msg === 'upstream call failed')!['cause'],
      explanation: / UPSTREAM_\w+ \((\w+)\): /.exec(answer.extensions!['explain'].calls[0])?.[1],
      span: collector.spans().find(({ name }) => name === CALL)!.attributes['upstream.cause'],
      metric: /^gateway_upstream_failures_total\{service="css",cause="(\w+)"\} [1-9]/m.exec(metrics)?.[1],
    },
  };
};

const everywhere = (cause: unknown) => ({ log: cause, explanation: cause, span: cause, metric: cause });

/** Errors of clients are the same, whatever the cause. */
const UNAVAILABLE = {
  message: 'css: The cloud could not be reached, or failed.',
  code: 'UPSTREAM_UNAVAILABLE',
  keys: ['code', 'requestId', 'retryable', 'upstream'],
};

test.each([
  { what: 'a name that is not known', url: () => 'http://css.invalid', cause: /^(ENOTFOUND|EAI_AGAIN)$/ },
  { what: 'a port that nothing listens on', url: closedPort, cause: /^ECONNREFUSED$/ },
  {
    what: 'a port that does not speak TLS',
    url: async () => {
      const raw = await startRawServer(
        () => {},
        (socket) => socket.once('data', () => socket.end(head('400 No'))),
      );
      return raw.url.replace('http:', 'https:');
    },
    cause: /^ERR_SSL_|^EPROTO$/,
  },
  {
    what: 'a connection that ends before the answer',
    url: async () => (await startRawServer((socket) => socket.end())).url,
    cause: /^UND_ERR_SOCKET$/,
  },
])('$what is told by its code, and to no client', async ({ url, cause }) => {
  const { client, causes } = await observe(await url(), { ALLOW_INSECURE_UPSTREAM: '1' });
  expect(client).toEqual(UNAVAILABLE);
  expect(causes).toEqual(everywhere(expect.stringMatching(cause)));
});

test.skipIf(!hasOpenssl).each([
  {
    what: 'a certificate that has ended',
    host: 'localhost',
    days: -1,
    trusted: true,
    cause: 'CERT_HAS_EXPIRED',
  },
  {
    what: 'a certificate of another host',
    host: 'other.invalid',
    days: 2,
    trusted: true,
    cause: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    what: 'a certificate of an unknown authority',
    host: 'localhost',
    days: 2,
    trusted: false,
    cause: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
])('needs openssl: $what is told by its code', async ({ host, days, trusted, cause }) => {
  const authority = createAuthority();
  if (trusted) authority.trust();
  const port = await startTlsFront(authority.issue(host, days), await closedPort());
  const { client, causes } = await observe(`https://localhost:${port}`);
  expect(client).toEqual(UNAVAILABLE);
  expect(causes).toEqual(everywhere(cause));
});

test.each([
  { what: 'that asks for credentials', failure: 407, cause: 'PROXY_407' },
  { what: 'that does not reach the host', failure: 502, cause: 'PROXY_502' },
  { what: 'that hangs up', failure: 'hangs up', cause: 'PROXY_ECONNRESET' },
] as const)('a proxy $what is told by its code', async ({ failure, cause }) => {
  const proxy = await startForwardProxy(() => 1);
  proxy.failure = failure;
  const { client, causes } = await observe('https://css.invalid', { HTTPS_PROXY: proxy.url });
  expect(client).toEqual(UNAVAILABLE);
  expect(causes).toEqual(everywhere(cause));
});

test('a proxy that cannot be reached, or answers nothing, is told apart from the host', async () => {
  const away = await observe('https://css.invalid', { HTTPS_PROXY: await closedPort() });
  expect(away.causes).toEqual(everywhere('PROXY_ECONNREFUSED'));
  const silent = await startForwardProxy(() => 1);
  silent.failure = 'hangs';
  const hanging = await observe('https://css.invalid', {
    HTTPS_PROXY: silent.url,
    UPSTREAM_TIMEOUT_MS: '4000',
    OPERATION_TIMEOUT_MS: '5000',
  });
  expect(hanging.causes).toEqual(everywhere('PROXY_TIMEOUT'));
});

const MAIN = fileURLToPath(new URL('../../src/cli/serve.ts', import.meta.url));

test.skipIf(process.platform === 'win32')(
  'a process without file descriptors is told by its code',
  async () => {
    const url = await startUpstream((_request, response) => void setTimeout(() => response.end('{}'), 300));
    const { PATH = '' } = process.env;
    const settings = {
      PATH,
      PORT: '0',
      LOG_LEVEL: 'warn',
      HW_REGION_NAME: SANDBOX.region,
      HW_PROJECT_ID: SANDBOX.projectId,
      CSS_ENDPOINT: url,
      VPCEP_ENDPOINT: url,
      DATAARTSINSIGHT_ENDPOINT: url,
    };
    const child = spawn('sh', ['-c', 'ulimit -n 64 && exec "$0" "$1"', process.execPath, MAIN], {
      env: settings,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
    const urlOf = () => /GraphQL: +(http:\/\/\S+)/.exec(said)?.[1];
    await expect.poll(urlOf, { timeout: 20_000 }).toBeDefined();
    const ask = (count: number) =>
      fetch(urlOf()!, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-auth-token': 't' },
        body: JSON.stringify({
          query: `{ ${Array.from({ length: count }, (_, i) => `n${i}: cluster(clusterId: "${i}") { connections { totalCount } }`).join(' ')} }`,
        }),
      }).then((response) => response.text());
    await ask(1);
    await ask(50);
    await expect.poll(() => said).toMatch(/"cause":"EMFILE"/);
  },
);

test('there are no more causes in the metric than a hundred', async () => {
  const none = () => [];
  const metrics = createMetrics({
    operations: () => ({}),
    hosts: none,
    usage: none,
    writeBuffers: createWriteBuffers(1).state,
    whitelistLocks: () => ({ running: 0, waiting: 0 }),
    lostLines: () => ({ audit: 0, other: 0 }),
  });
  const call: CallReport = {
    service: 'css',
    method: 'GET',
    path: '/',
    requestId: 'r',
    retried: false,
    outcome: 'UPSTREAM_UNAVAILABLE',
    durationMs: 1,
  };
  for (let n = 0; n < 150; n += 1) metrics.countCall({ ...call, cause: `PROXY_${n}` });
  const lines = (await metrics.text()).match(/^gateway_upstream_failures_total\{.*$/gm)!;
  expect(lines).toHaveLength(101);
  expect(lines).toContain('gateway_upstream_failures_total{service="css",cause="other"} 50');
});
