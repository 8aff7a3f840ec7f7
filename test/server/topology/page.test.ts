import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { gateway } from '../../support/gateway.ts';

const PATHS = ['/topology', '/topology.js', '/topology.css'] as const;

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('the page and what it loads are served with their types', async () => {
  const { url } = await gateway();
  const answers = await Promise.all(PATHS.map((path) => fetch(url + path)));
  expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
    [200, 'text/html; charset=utf-8'],
    [200, 'text/javascript; charset=utf-8'],
    [200, 'text/css; charset=utf-8'],
  ]);
  for (const { headers } of answers) expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('the policy lets no foreign script, no inline script and no text become one', async () => {
  const { url } = await gateway();
  const policy = (await fetch(`${url}/topology`)).headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|https?:/);
});

test('the page has no script of its own and names no host', async () => {
  const { url } = await gateway();
  const html = await (await fetch(`${url}/topology`)).text();
  expect(html).not.toMatch(/<script(?! src="topology\.js" defer>)/);
  expect(html).not.toMatch(/https?:|style=|\son\w+=/);
});

test.each(PATHS)('%s is sent compressed to whoever takes gzip, and once', async (path) => {
  const { url } = await gateway();
  const zipped = await fetch(url + path, { headers: { 'accept-encoding': 'gzip' } });
  const plain = await fetch(url + path, { headers: { 'accept-encoding': 'identity' } });
  expect([zipped, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual(['gzip', null]);
  expect(await zipped.text()).toBe(await plain.text());
  const etag = plain.headers.get('etag')!;
  const again = await fetch(url + path, { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('HEAD answers without a body, and what is no read is refused', async () => {
  const { url } = await gateway();
  const head = await fetch(`${url}/topology`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  const post = await fetch(`${url}/topology`, { method: 'POST', body: '{}' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test.each([{ TOPOLOGY: 'off' }, { NODE_ENV: 'production' }])('is not there with %o', async (settings) => {
  const { url } = await gateway({ settings });
  const answers = await Promise.all(PATHS.map((path) => fetch(url + path)));
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
});

test('it is there in production where it is asked for, without GraphiQL', async () => {
  const { url } = await gateway({ settings: { NODE_ENV: 'production', TOPOLOGY: 'on' } });
  const html = await (await fetch(`${url}/topology`)).text();
  expect(html).toContain('&#34;graphiql&#34;:false');
});

test('the start page leads to the pages that are on', async () => {
  const links = async (settings: Record<string, string>): Promise<string[]> => {
    const { url } = await gateway({ settings });
    const html = await (await fetch(`${url}/`, { headers: BROWSER })).text();
    return [...html.matchAll(/<li><a href="(\w+)"/g)].map(([, href]) => href!);
  };
  expect(await links({})).toEqual(['topology', 'graphql']);
  expect(await links({ TOPOLOGY: 'off' })).toEqual(['graphql']);
  expect(await links({ GRAPHIQL: 'off' })).toEqual(['topology']);
  expect(await links({ GRAPHIQL: 'off', TOPOLOGY: 'off' })).toEqual([]);
});

test('it stands below the base path, and loads its files from there', async () => {
  const { url } = await gateway({ settings: { BASE_PATH: '/tools/graph' } });
  const html = await (await fetch(`${url}/topology`)).text();
  const files = [...html.matchAll(/(?:src|href)="(topology\.\w+)"/g)].map(
    ([, file]) => new URL(file!, `${url}/topology`),
  );
  const answers = await Promise.all(files.map((file) => fetch(file)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

/** Starts a gateway in a process of its own, asks for `/topology`, and counts what was loaded or read of the page and what makes it. */
const PROGRAM = `
import fs from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
const touched = [];
registerHooks({ load: (url, context, next) => { touched.push(url); return next(url, context); } });
for (const [holder, name] of [[fs, 'readFileSync'], [fs, 'readFile'], [fs.promises, 'readFile']]) {
  const read = holder[name];
  holder[name] = (path, ...rest) => { touched.push(String(path)); return read.call(holder, path, ...rest); };
}
syncBuiltinESMExports();
const { readConfig } = await import('./src/config/config.ts');
const { withSandbox } = await import('./src/config/sandbox-fallback.ts');
const { startGateway } = await import('./src/server/gateway.ts');
const { config, sandbox } = await withSandbox(readConfig({ SANDBOX: '1', PORT: '0', LOG_LEVEL: 'silent', ...JSON.parse(process.argv[1]) }));
const gateway = await startGateway(config);
await (await fetch(gateway.url + '/topology')).text();
await gateway.close();
await sandbox?.close();
console.log(touched.filter((one) => /(src|dist).pages|rolldown|server.topology.page/.test(one)).length);
`;

const countTouched = (settings: object): number =>
  Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, JSON.stringify(settings)], {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      encoding: 'utf8',
    }),
  );

test('where it is off, nothing of it is loaded or read, so that nothing of it is in memory', () => {
  expect(countTouched({ TOPOLOGY: 'off' })).toBe(0);
  // The script of the page, its style and the page itself, and what bundles them.
  expect(countTouched({})).toBeGreaterThan(4);
}, 60_000);
