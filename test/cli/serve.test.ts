import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, DETAIL } from '../support/sample-operations.ts';
import { fileWith } from '../support/projects-file.ts';

const START = fileURLToPath(new URL('../../src/start.js', import.meta.url));

/** The process as `npm start` runs it, with these settings and no others. */
const run = (settings: Record<string, string> = {}, flags: string[] = []): ChildProcess => {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [...flags, START], {
    env: { PATH, PORT: '0', LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const ended = async (child: ChildProcess) => {
  const [said, complained, code] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { said, complained, code };
};

/** Waits until the process has told where it is, and gives all it says from then on. */
const started = async (child: ChildProcess) => {
  const lines: string[] = [];
  child.stdout!.setEncoding('utf8').on('data', (part: string) => lines.push(part));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said = () => lines.join('');
  const urlOf = () => /(?:GraphQL: +|"url":")(http:\/\/\S+?)\/graphql/.exec(said())?.[1];
  await expect.poll(urlOf, { timeout: 20_000 }).toBeDefined();
  return { url: urlOf()!, said, exit };
};

const ask = (url: string, query = ASK_NAME, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

test('with nothing configured it serves the sandbox, also to callers without a token', async () => {
  const child = run();
  const { url, said, exit } = await started(child);
  expect(said()).toMatch(
    /^Nothing is configured, so this is the built-in sandbox cloud\.\nGraphQL:  (http:\/\/127\.0\.0\.1:\d+\/graphql)\nGraphiQL: \1 in a browser\nTopology: http:\/\/127\.0\.0\.1:\d+\/topology in a browser\n$/,
  );
  expect(await (await ask(url)).json()).toMatchObject({ data: { cluster: { name: expect.any(String) } } });
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});

test('a configured cloud is served, and a running request ends before SIGTERM ends the process', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  sandbox.fault({ path: DETAIL, delayMs: 500 });
  const child = run({
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    GRAPHIQL: 'off',
    TOPOLOGY: 'off',
  });
  const { url, said, exit } = await started(child);
  expect(said()).toBe(`Serving ${SANDBOX.region}.\nGraphQL:  ${url}/graphql\n`);
  // fetch keeps its connections alive: they must not hold the process.
  await fetch(`${url}/health`);
  const running = ask(url, ASK_NAME, { 'x-auth-token': SANDBOX.token });
  await expect.poll(() => sandbox.calls.length).toBe(1);
  const signalled = performance.now();
  child.kill('SIGTERM');
  expect(await (await running).json()).toMatchObject({ data: { cluster: { name: expect.any(String) } } });
  expect(await exit).toBe(0);
  expect(performance.now() - signalled).toBeLessThan(5_000);
});

test('in production one line of the log says what started, and two say why and how it ended', async () => {
  const child = run({
    HW_REGION_NAME: 'cn-north-4',
    HW_PROJECT_ID: 'p1',
    HW_ACCESS_KEY: 'canary-ak',
    HW_SECRET_KEY: 'canary-sk',
    API_KEYS: `a:${'a'.repeat(64)},b:${'b'.repeat(64)}`,
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
  });
  const { said, exit } = await started(child);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(said()).not.toContain('canary');
  const lines = said()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(lines).toEqual([
    expect.objectContaining({
      msg: 'gateway started',
      version,
      node: process.versions.node,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/),
      projects: [{ region: 'cn-north-4', projectId: 'p1' }],
      hosts: ['css', 'vpcep', 'dataartsinsight'].map((service) => `${service}.cn-north-4.myhuaweicloud.com`),
      callers: '2 API keys',
      off: expect.arrayContaining([
        'GRAPHIQL',
        'TOPOLOGY',
        'INTROSPECTION',
        'REDIS_URL',
        'OTEL_EXPORTER_OTLP_ENDPOINT',
      ]),
    }),
    expect.objectContaining({ msg: 'gateway stopping', reason: 'SIGTERM' }),
    expect.objectContaining({ msg: 'gateway stopped', drainMs: expect.any(Number), cutOperations: 0 }),
  ]);
});

test('what outlasts the grace is counted in the last line of the log', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  sandbox.fault({ path: DETAIL, delayMs: 60_000 });
  const child = run({
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    SHUTDOWN_GRACE_MS: '1',
    LOG_LEVEL: 'info',
  });
  const { url, said, exit } = await started(child);
  const running = ask(url, ASK_NAME, { 'x-auth-token': SANDBOX.token }).catch(() => null);
  await expect.poll(() => sandbox.calls.length).toBe(1);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  await running;
  expect(said()).toMatch(/"cutOperations":1,"msg":"gateway stopped"/);
});

test('under NODE_ENV=production a gateway with nothing configured does not start', async () => {
  const { said, complained, code } = await ended(run({ NODE_ENV: 'production', PROJECT_FILE: 'p.yaml' }));
  expect(complained).toBe(
    'The settings are wrong:\n' +
      '  PROJECT_FILE: is no setting, and nearly `PROJECTS_FILE`; correct the name, or remove it\n' +
      '  HW_REGION_NAME, HW_PROJECT_ID: no cloud is configured, and NODE_ENV=production allows no sandbox. Set both, or ' +
      'PROJECTS_FILE; SANDBOX=1 serves the built-in sandbox\n',
  );
  expect([said, code]).toEqual(['', 1]);
});

test('wrong settings are told all at once, without a secret, and it does not start', async () => {
  const { said, complained, code } = await ended(
    run({
      PORT: '70000',
      HW_SECRET_KEY: 'canary secret',
      CSS_ENDPOINT: 'http://canary@css.example',
      LOG_LEVEL: 'loud',
    }),
  );
  expect(code).toBe(1);
  expect(said).toBe('');
  expect(complained.split('\n').map((line) => line.split(':')[0])).toEqual([
    'The settings are wrong',
    '  PORT',
    '  HW_SECRET_KEY',
    '  LOG_LEVEL',
    '  HW_REGION_NAME',
    '  HW_PROJECT_ID',
    '  HW_ACCESS_KEY, HW_SECRET_KEY',
    '  CSS_ENDPOINT',
    '  CSS_ENDPOINT',
    '',
  ]);
  expect(complained).not.toContain('canary');
});

test('a gateway with an access key does not start before it is said who may ask', async () => {
  const settings = {
    HW_REGION_NAME: 'cn-north-4',
    HW_PROJECT_ID: 'p',
    HW_ACCESS_KEY: 'canary-ak',
    HW_SECRET_KEY: 'canary-sk',
  };
  const { said, complained, code } = await ended(run(settings));
  expect(code).toBe(1);
  expect(said).toBe('');
  expect(complained).toMatch(
    /^The settings are wrong:\n {2}API_KEYS, JWT_JWKS_URL: .*ALLOW_ANONYMOUS=1.*\n$/,
  );
  expect(complained).not.toContain('canary');
});

test.each([
  { cloud: 'the sandbox', settings: {} },
  { cloud: 'a cloud', settings: { HW_REGION_NAME: 'r', HW_PROJECT_ID: 'p' } },
])('with $cloud, a port that is in use is an error in one line, and it ends', async ({ settings }) => {
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const { complained, code } = await ended(run({ PORT: String(port), ...settings }));
  expect(complained).toBe(
    `PORT: must be a free port; 0 takes any, but ${port} is taken by another process.\n`,
  );
  expect(code).toBe(1);
});

test('so is one for metrics, by its own name', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const { complained, code } = await ended(run({ METRICS_PORT: String(port) }));
  expect(complained).toBe(
    `METRICS_PORT: must be a free port; 0 takes any, but ${port} is taken by another process.\n`,
  );
  expect(code).toBe(1);
});

test('it says where metrics are that have a port of their own', async () => {
  const { said } = await started(run({ METRICS_PORT: '0' }));
  await expect.poll(said).toMatch(/^Metrics: {2}http:\/\/127\.0\.0\.1:\d+\/metrics$/m);
});

test('an address that is not of this machine is told in one line', async () => {
  const { complained, code } = await ended(run({ HOST: '192.0.2.1' }));
  expect(complained).toBe(
    'HOST: must be an address of this machine, such as 127.0.0.1 or 0.0.0.0, but is "192.0.2.1" (EADDRNOTAVAIL).\n',
  );
  expect(code).toBe(1);
});

const pretending = (version: string): string[] => {
  const fake = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(fake)}`];
};

test.each(['20.20.2', '22.18.0'])(
  'Node %s, which is too old, runs the one beside the packages',
  async (version) => {
    const child = run({ NODE_ENV: 'production', SANDBOX: '1', LOG_LEVEL: 'info' }, pretending(version));
    const { said, exit } = await started(child);
    expect(said()).toContain(`"node":"${process.versions.node}"`);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(said()).toContain('"reason":"SIGTERM","msg":"gateway stopping"');
  },
);

test('where the one that starts it is killed, the gateway stops', async () => {
  const child = run({ LOG_LEVEL: 'info' }, pretending('20.20.2'));
  const { url, said } = await started(child);
  child.kill('SIGKILL');
  await expect.poll(said, { timeout: 10_000 }).toContain('"msg":"gateway stopped"');
  await expect(fetch(url)).rejects.toThrow();
});

/** A checkout with this as the Node beside its packages, which an old Node starts. */
const startBeside = (files: Record<string, string>, platform: string = process.platform): ChildProcess => {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(dirname(START), join(folder, 'src'), { recursive: true });
  for (const [path, content] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode: 0o755 });
  }
  const fake = `Object.defineProperty(process, 'platform', { value: '${platform}' })`;
  const flags = [...pretending('20.20.2'), '--import', `data:text/javascript,${encodeURIComponent(fake)}`];
  return spawn(process.execPath, [...flags, join(folder, 'src/start.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

const PACKAGE = `node_modules/node-linux-${process.arch}`;
const WAYS_OUT =
  /Install Node 22\.19 or newer.*container image.*or a machine with Linux \(glibc\), macOS or Windows/;

test.skipIf(process.platform !== 'linux').each([
  {
    without: 'a Node for the platform',
    platform: 'freebsd',
    files: {},
    reason: 'none comes with the packages for freebsd-',
  },
  {
    without: 'the package',
    platform: 'linux',
    files: {},
    reason: 'the one for linux-\\w+ is not installed \\(`npm ci` installs it',
  },
  {
    without: 'libatomic',
    platform: 'linux',
    files: {
      [`${PACKAGE}/package.json`]: '{}',
      [`${PACKAGE}/bin/node`]:
        '#!/bin/sh\necho "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2\nexit 127',
    },
    reason:
      'needs the library libatomic.so.1, which is missing here \\(apt-get install libatomic1, or dnf install libatomic\\)',
  },
  {
    without: 'the loader of glibc',
    platform: 'linux',
    files: { [`${PACKAGE}/package.json`]: '{}', [`${PACKAGE}/bin/node`]: '#!/nowhere/ld\n' },
    reason: 'the one that comes with the packages cannot run here',
  },
])('without $without, one sentence says why and three ways out', async ({ files, platform, reason }) => {
  const { said, complained, code } = await ended(startBeside(files, platform));
  expect(complained).toMatch(
    new RegExp(`^Node 20\\.20\\.2 is too old: 22\\.19 or newer is needed, and .*${reason}`),
  );
  expect(complained).toMatch(WAYS_OUT);
  expect(complained.trim().split('\n')).toHaveLength(1);
  expect([said, code]).toEqual(['', 1]);
});

test.each(['22.19.0', '24.0.0', '100.0.0'])('Node %s is new enough', async (version) => {
  const { exit } = await started(run({}, pretending(version)));
  expect(exit).toBeInstanceOf(Promise);
});

/** Says on standard error which packages are asked for. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve: (what, context, next) => {
      if (/^(jose|ioredis|rate-limiter-flexible|yaml)$/.test(what)) console.error(what);
      return next(what, context);
    },
  });
`)}`;

test.each<{ needs: string[]; settings: () => Record<string, string> }>([
  { needs: [], settings: () => ({}) },
  { needs: ['jose'], settings: () => ({ JWT_JWKS_URL: 'https://keys.example/jwks' }) },
  { needs: ['rate-limiter-flexible'], settings: () => ({ RATE_LIMIT: '9' }) },
  { needs: ['ioredis'], settings: () => ({ REDIS_URL: 'redis://127.0.0.1:9' }) },
  {
    needs: ['yaml'],
    settings: () => ({ PROJECTS_FILE: fileWith('projects: [{ region: r, projectId: p }]') }),
  },
])('of the packages that few gateways need, it loads $needs where a setting asks for it', async (one) => {
  const child = run(one.settings(), ['--import', WATCH]);
  const asked = text(child.stderr!);
  const { exit } = await started(child);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect([...new Set((await asked).split('\n').filter(Boolean))]).toEqual(one.needs);
});

test.runIf(process.platform === 'linux')(
  'once started, it has freed the memory that only the start needed',
  async () => {
    const child = run();
    await started(child);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
    expect(kilobytes('VmHWM') - kilobytes('VmRSS')).toBeGreaterThan(15_000);
  },
);
