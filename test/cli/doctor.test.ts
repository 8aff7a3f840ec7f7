import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startUpstream } from '../support/sample-operations.ts';
import { projectsFile } from '../support/projects-file.ts';

const START = fileURLToPath(new URL('../../src/start.js', import.meta.url));

/** The doctor as `npm run doctor` asks it, with these settings and no others. */
const doctor = async (settings: Record<string, string> = {}, options: string[] = []) => {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [START, 'doctor', ...options], {
    env: { PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said, complained, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  const line = (check: string) => said.split('\n').find((one) => one.slice(6).startsWith(check));
  const verdicts = (verdict: string) => said.split('\n').filter((one) => one.startsWith(verdict));
  return { said, complained, code, line, verdicts };
};

/** One project, whose services are all at this base URL. */
const at = (url: string, more: Record<string, string> = {}) => ({
  HW_REGION_NAME: SANDBOX.region,
  HW_PROJECT_ID: SANDBOX.projectId,
  CSS_ENDPOINT: url,
  VPCEP_ENDPOINT: url,
  DATAARTSINSIGHT_ENDPOINT: url,
  DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId,
  ...more,
});

const SIGNED = {
  HW_ACCESS_KEY: SANDBOX.accessKey,
  HW_SECRET_KEY: SANDBOX.secretKey,
  ALLOW_ANONYMOUS: '1',
};
const TOKEN = { DOCTOR_TOKEN: SANDBOX.token };
const OF_PROJECT = `${SANDBOX.region} ${SANDBOX.projectId}`;

const cloud = async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  return sandbox;
};

test('with nothing configured the sandbox is looked at, and nothing fails', async () => {
  const { said, complained, code, verdicts } = await doctor();
  expect([code, complained]).toEqual([0, '']);
  expect(said).toMatch(/\nPASS {2}settings: nothing is configured: the built-in sandbox cloud/);
  expect(verdicts('FAIL')).toEqual([]);
  expect(verdicts('SKIP')).toEqual([]);
  expect(verdicts('PASS  read')).toHaveLength(3);
});

test('a cloud is asked for the head of its root, and once by each service', async () => {
  const sandbox = await cloud();
  const { code, line, verdicts } = await doctor(at(sandbox.url, TOKEN));
  expect([code, verdicts('FAIL'), verdicts('SKIP')]).toEqual([0, [], []]);
  const [head, ...reads] = sandbox.calls;
  expect(head).toMatchObject({ method: 'HEAD', path: '/' });
  expect(JSON.stringify(head!.headers)).not.toContain(SANDBOX.token);
  expect(reads.map(({ method, path }) => `${method} ${path.split('?')[0]}`).toSorted()).toEqual([
    `GET /v1.0/${SANDBOX.projectId}/clusters`,
    `GET /v1/${SANDBOX.projectId}/instances`,
    `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services`,
  ]);
  expect(reads.every(({ headers }) => headers['x-auth-token'] === SANDBOX.token)).toBe(true);
  expect(line('token DOCTOR_TOKEN')).toContain('13 characters');
  expect(line('clock')).toMatch(/^PASS .*within \d s\.$/);
});

test('without a token to try, what callers would read is skipped', async () => {
  const sandbox = await cloud();
  const { code, line, verdicts } = await doctor(at(sandbox.url));
  expect(code).toBe(0);
  expect(line('token DOCTOR_TOKEN')).toMatch(/^SKIP .*Give a project-scoped token/);
  expect(verdicts('SKIP  read')).toHaveLength(3);
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['HEAD']);
});

test.each([
  { what: 'a token that ended', settings: { DOCTOR_TOKEN: 'expired-token' }, hint: 'Give a fresh token' },
  {
    what: 'a wrong secret key',
    settings: { ...SIGNED, HW_SECRET_KEY: 'wrong' },
    hint: 'Check that the access key is active',
  },
])('$what fails each read, with what to do', async ({ settings, hint }) => {
  const sandbox = await cloud();
  const { code, verdicts } = await doctor(at(sandbox.url, settings));
  expect(code).toBe(1);
  const reads = verdicts('FAIL  read');
  expect(reads).toHaveLength(3);
  for (const read of reads) {
    expect(read).toMatch(
      /\(APIGW\.030[17]\): No credentials.*; UNAUTHENTICATED, status 401, request [0-9a-f]{32}\. /,
    );
    expect(read).toContain(hint);
  }
});

test('a token that cannot be sent is told so, and not tried', async () => {
  const sandbox = await cloud();
  const { code, line, verdicts } = await doctor(at(sandbox.url, { DOCTOR_TOKEN: 'Bearer canary' }));
  expect(code).toBe(1);
  expect(line('token DOCTOR_TOKEN')).toMatch(/^FAIL .*Give the token alone/);
  expect(verdicts('SKIP  read')).toHaveLength(3);
});

test('an access key signs the reads', async () => {
  const sandbox = await cloud();
  const { code, verdicts } = await doctor(at(sandbox.url, SIGNED));
  expect([code, verdicts('PASS  read').length]).toEqual([0, 3]);
  expect(sandbox.calls.filter(({ headers }) => headers.authorization)).toHaveLength(3);
});

/** The same project with a user, in a file. */
const withUser = (url: string, password: string) => ({
  PROJECTS_FILE: projectsFile([
    {
      region: SANDBOX.region,
      projectId: SANDBOX.projectId,
      name: 'orders',
      workspaceId: SANDBOX.workspaceId,
      endpoints: { css: url, vpcep: url, dataartsinsight: url, iam: url },
      credentials: { user: { ...SANDBOX.user, password } },
    },
  ]),
  ALLOW_ANONYMOUS: '1',
});

test('a user signs in once for all reads', async () => {
  const sandbox = await cloud();
  const { code, line, verdicts } = await doctor(withUser(sandbox.url, SANDBOX.user.password));
  expect(code).toBe(0);
  expect(line(`sign-in ${SANDBOX.region} orders`)).toMatch(/^PASS .*IAM issued a token in \d+ ms/);
  expect(verdicts('PASS  read')).toHaveLength(3);
});

test('a wrong password is tried once, and named once', async () => {
  const sandbox = await cloud();
  const { said, code, line, verdicts } = await doctor(withUser(sandbox.url, 'canary-password'));
  expect(code).toBe(1);
  expect(line('sign-in')).toMatch(/^FAIL .*\(UNAUTHENTICATED, 401\)\. Check name, password and account/);
  expect(verdicts('FAIL')).toHaveLength(1);
  expect(verdicts('SKIP  read')).toHaveLength(3);
  expect(sandbox.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(said).not.toContain('canary');
});

test('a refusal names the action that the identity lacks', async () => {
  const sandbox = await cloud();
  const body = { error_code: 'APIGW.0302', error_msg: 'canary' };
  sandbox.fault({ path: /clusters/, respond: { status: 403, body } });
  sandbox.fault({ path: /vpc-endpoint-services/, mutate: () => ({ endpoint_services: 'canary' }) });
  const { said, code, line } = await doctor(at(sandbox.url, TOKEN));
  expect(code).toBe(1);
  expect(line(`read css ${OF_PROJECT}`)).toMatch(/^FAIL .*\(APIGW\.0302\).*css:cluster:list/);
  expect(line('read vpcep')).toMatch(/^FAIL .*unexpected shape at endpoint_services.*the API has changed/);
  expect(line('read dataartsinsight')).toMatch(/^PASS /);
  expect(said).not.toContain('canary');
});

test('a region without DataArts Insight is no failure, nor is a project without a workspace', async () => {
  const sandbox = await cloud();
  const body = { error_code: 'APIGW.0101', error_msg: 'no such API' };
  sandbox.fault({ path: /instances/, respond: { status: 404, body } });
  const lacking = await doctor(at(sandbox.url, TOKEN));
  expect(lacking.code).toBe(0);
  expect(lacking.line('read dataartsinsight')).toMatch(/^SKIP .*this region does not offer it/);
  const nowhere = await doctor(at(sandbox.url, { ...TOKEN, DATAARTSINSIGHT_WORKSPACE_ID: '' }));
  expect(nowhere.code).toBe(0);
  expect(nowhere.line('read dataartsinsight')).toMatch(/^SKIP .*no workspace is known/);
});

test('a host that refuses is named once, and not read from', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  const { code, line, verdicts } = await doctor(at(`http://127.0.0.1:${port}`, TOKEN));
  expect(code).toBe(1);
  expect(verdicts('FAIL')).toHaveLength(1);
  expect(line(`tcp 127.0.0.1:${port}`)).toMatch(/^FAIL .*\(ECONNREFUSED\)\. Check host and port/);
  expect(verdicts('SKIP  read')).toHaveLength(3);
});

/** A port that takes connections and never says a word. */
const silence = async (): Promise<number> => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
};

test('hosts that take the call and hang do not hold the doctor', async () => {
  const [plain, secure] = [await silence(), await silence()];
  const started = performance.now();
  const { code, line, verdicts } = await doctor({
    ...at(`http://127.0.0.1:${plain}`, TOKEN),
    VPCEP_ENDPOINT: `https://127.0.0.1:${secure}`,
    UPSTREAM_TIMEOUT_MS: '500',
  });
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(code).toBe(1);
  expect(line(`clock 127.0.0.1:${plain}`)).toMatch(/^WARN .*HEAD \/ was not answered in time/);
  expect(line(`tls 127.0.0.1:${secure}`)).toMatch(/^FAIL .*connected, and then silence/);
  expect(line('read css')).toMatch(/^FAIL .*did not answer in time/);
  expect(verdicts('SKIP  read vpcep')).toHaveLength(1);
});

/** What every list answers that has nothing. */
const NO_ROWS = JSON.stringify({
  clusters: [],
  endpoint_services: [],
  total_count: 0,
  instances: [],
  count: 0,
});

test('a clock 20 minutes off fails where calls are signed, and is told where not', async () => {
  const url = await startUpstream((request, response) => {
    response.setHeader('date', new Date(Date.now() - 20 * 60_000).toUTCString());
    response.setHeader('content-type', 'application/json');
    response.end(NO_ROWS);
    request.resume();
  });
  const signed = await doctor(at(url, SIGNED));
  expect(signed.code).toBe(1);
  expect(signed.line('clock')).toMatch(
    /^FAIL .*this machine is 1(199|200|201) s ahead; signatures are refused/,
  );
  const forwarded = await doctor(at(url, TOKEN));
  expect(forwarded.code).toBe(0);
  expect(forwarded.line('clock')).toMatch(/^WARN .*ahead\. Set this machine's clock/);
});

const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

test.skipIf(!HAS_OPENSSL)(
  'needs openssl: a certificate of an unknown authority fails, and one that ends soon is told',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const ask =
      '-x509 -newkey rsa:2048 -nodes -days 5 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
    execFileSync('openssl', ['req', ...ask.split(' '), '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    const pair = { key: readFileSync(key), cert: readFileSync(certificate) };
    const server = createTlsServer(pair, (_, response) => void response.end(NO_ROWS)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const settings = at(`https://localhost:${(server.address() as AddressInfo).port}`, TOKEN);

    const unknown = await doctor(settings);
    expect(unknown.code).toBe(1);
    expect(unknown.line('tls localhost')).toMatch(
      /^FAIL .*\(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/,
    );
    expect(unknown.verdicts('SKIP  read')).toHaveLength(3);

    const known = await doctor({ ...settings, NODE_EXTRA_CA_CERTS: certificate });
    expect(known.code).toBe(0);
    expect(known.line('tls localhost')).toMatch(
      /^WARN .*TLSv1\.3 in \d+ ms, certificate good for 4 more days/,
    );

    const unchecked = await doctor({
      ...settings,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_ENV: 'production',
    });
    expect(unchecked.line('tls localhost')).toMatch(/^FAIL /);
    expect(unchecked.line('NODE_TLS_REJECT_UNAUTHORIZED')).toMatch(/^FAIL /);
  },
);

test('every problem of the settings is a failure, and nothing is called', async () => {
  const sandbox = await cloud();
  const { said, code, verdicts } = await doctor(at(sandbox.url, { PORT: 'none', HW_SECRET_KEY: 'canary' }));
  expect(code).toBe(1);
  expect(verdicts('FAIL').map((line) => line.split(': ')[1])).toEqual([
    'PORT',
    'HW_ACCESS_KEY, HW_SECRET_KEY',
  ]);
  expect(verdicts('PASS')).toEqual([]);
  expect(said).not.toContain('canary');
  expect(sandbox.calls).toEqual([]);
});

test('no secret is printed, even where the cloud repeats all that it is sent', async () => {
  const url = await startUpstream((request, response) => {
    const echo = JSON.stringify({ ...request.headers, url: request.url });
    response.writeHead(request.method === 'HEAD' ? 200 : 403, { 'x-echo': echo });
    response.end(JSON.stringify({ error_code: echo, error_msg: echo, request_id: echo }));
  });
  const secrets = {
    HW_ACCESS_KEY: 'HSTCANARYACCESSKEY01',
    HW_SECRET_KEY: 'canary-secret-key',
    HW_SECURITY_TOKEN: 'canary-security-token',
    API_KEYS: `canary:${'c'.repeat(64)}`,
  };
  for (const settings of [secrets, { DOCTOR_TOKEN: `eyJcanary.canary.canary` }]) {
    for (const options of [[], ['--json']]) {
      const { said, complained, code } = await doctor(at(url, settings), options);
      expect(code).toBe(1);
      expect(`${said}${complained}`).not.toMatch(/canary|SDK-HMAC|cccc/i);
      expect(said).toContain('status 403');
    }
  }
});

test('as JSON it says the same', async () => {
  const sandbox = await cloud();
  sandbox.fault({ path: /clusters/, respond: { status: 403, body: { error_code: 'APIGW.0302' } } });
  const { said, code } = await doctor(at(sandbox.url, TOKEN), ['--json']);
  const report = JSON.parse(said) as { healthy: boolean; findings: Finding[] };
  expect([code, report.healthy]).toEqual([1, false]);
  expect(report.findings.filter(({ verdict }) => verdict === 'FAIL')).toEqual([
    {
      check: `read css ${OF_PROJECT}`,
      verdict: 'FAIL',
      words: expect.stringContaining('status 403'),
      hint: expect.stringContaining('css:cluster:list'),
    },
  ]);
  const plain = await doctor(at(sandbox.url, TOKEN));
  const checks = plain.said.split('\n').filter((line) => /^(PASS|FAIL|WARN|SKIP) /.test(line));
  expect(checks.map((line) => line.slice(0, 4))).toEqual(report.findings.map(({ verdict }) => verdict));
});

test('the token of the other calls is good for its reads', async () => {
  const sandbox = await cloud();
  const { verdicts } = await doctor(at(sandbox.url, { HW_AUTH_TOKEN: SANDBOX.token }));
  expect(verdicts('PASS').filter((line) => line.includes('read '))).toHaveLength(3);
});

test('an option that there is not is told', async () => {
  const { said, complained, code } = await doctor({}, ['--jason']);
  expect([said, complained, code]).toEqual([
    '',
    'Unknown argument: jason\nSee vpc-endpoint-graph --help.\n',
    2,
  ]);
});
