import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { readContract } from '../../src/graphql/contract.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { command, endOf, startCommand } from '../support/command.ts';
import { gateway } from '../support/gateway.ts';
import packageJson from '../../package.json' with { type: 'json' };

const CALLS = ['serve', 'doctor', 'query', 'topology', 'access', 'wait', 'schema', 'completion'];
const FLEET_SERVICE = 'f0f5e5d7-d4e7-4294-84cb-f5a54315d7be';

test('--help lists every call, and where credentials come from', async () => {
  const { out, err, code } = await command(['--help']);
  expect([err, code]).toEqual(['', 0]);
  for (const call of CALLS) expect(out).toContain(`vpc-endpoint-graph ${call}`);
  expect(out).toMatch(/HW_AUTH_TOKEN[^]*GATEWAY_API_KEY[^]*HW_WORKSPACE_ID/);
  expect(out).toMatch(/0 done, 1 failed, 2 wrong use, 3 partial/);
});

test.each(CALLS.slice(0, -1))('%s --help says what it does', async (call) => {
  const { out, code } = await command([call, '--help']);
  expect([out.startsWith(`vpc-endpoint-graph ${call}`), code]).toEqual([true, 0]);
});

test.each(['--version', 'query --version'])('%s is the version of the package', async (call) => {
  expect(await command(call.split(' '))).toEqual({ out: `${packageJson.version}\n`, err: '', code: 0 });
});

test.each([
  ['a call that there is not', 'doctr', /Did you mean doctor\?/],
  ['an option that there is not', 'topology --staus FAILED', /staus/],
  ['an option alone', '--json', /Say what to do|json/],
  ['no text', 'query', /An argument is missing/],
  ['no account', 'access', /An argument is missing/],
  ['an unknown format', 'topology --format pdf', /format[^]*mermaid/],
  ['an unknown status', 'topology --status FIALED', /no status FIALED; there are ACCEPTED/],
  ['variables that are no JSON', 'query {a} --variables {x', /--variables: takes a JSON object/],
  ['variables that are no object', 'query {a} --variables [1]', /--variables: takes a JSON object/],
  ['two formats', 'query {a} --json --csv', /mutually exclusive/],
  [
    'a file that there is not',
    'query nothing.graphql',
    /nothing\.graphql: is neither GraphQL nor a file that can be read \(ENOENT\)/,
  ],
  ['a URL that is none', 'query {a} --url nope', /--url: takes the URL of a gateway/],
  ['a URL with a password', 'query {a} --url http://u:p@localhost', /--url: carries a password/],
  ['credentials in the clear', 'query {a} --url http://graph.example.com', /over plain http/],
])('%s is wrong use: it is named, nothing is written, and the exit code is 2', async (_, args, message) => {
  const { out, err, code } = await command(args.split(' '), { HW_AUTH_TOKEN: 'canary-token' });
  expect([out, code]).toEqual(['', 2]);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/canary|\n\s+at /);
});

test('without a server it asks a gateway of its own, with the same settings', async () => {
  const { out, err, code } = await command(['query', '{ projects { region projectId } }', '--json']);
  expect([JSON.parse(out), err, code]).toEqual([
    { data: { projects: [{ region: SANDBOX.region, projectId: SANDBOX.projectId }] } },
    '',
    0,
  ]);
});

test('settings that are wrong are listed, as at the start of the gateway', async () => {
  const { err, code } = await command(['topology'], { HW_REGION_NAME: 'cn-north-4', MAX_DEPTH: '1' });
  expect(code).toBe(1);
  expect(err).toMatch(
    /^The settings are wrong:\n[^]*HW_PROJECT_ID: [^]*MAX_DEPTH: |^The settings are wrong:\n[^]*MAX_DEPTH: [^]*HW_PROJECT_ID: /,
  );
});

test('who may ask the gateway over the network is no matter for a call of its own', async () => {
  const hash = createHash('sha256').update('a key').digest('hex');
  const settings = {
    API_KEYS: `ops:${hash}`,
    RATE_LIMIT: '1',
    METRICS_PORT: '9',
    HOST: '0.0.0.0',
    SANDBOX: '1',
  };
  expect((await command(['query', '{ projects { region } }'], settings)).code).toBe(0);
});

test('a running gateway is asked with --url, with the credentials of the environment', async () => {
  const key = 'the-key-of-somebody';
  const hash = createHash('sha256').update(key).digest('hex');
  const { url, sandbox } = await gateway({ settings: { API_KEYS: `ops:${hash}:read` } });
  const ask = (settings: Record<string, string>, at = url) =>
    command(['query', '{ clusters { totalCount } }', '--json', '--url', at], settings);
  const good = { GATEWAY_API_KEY: key, HW_AUTH_TOKEN: SANDBOX.token };
  expect((await ask(good)).out).toBe('{"data":{"clusters":{"totalCount":11}}}\n');
  expect((await ask(good, `${url}/graphql`)).code).toBe(0);
  expect(sandbox.calls.at(-1)!.headers['x-auth-token']).toBe(SANDBOX.token);
  expect((await ask({ HW_AUTH_TOKEN: SANDBOX.token })).code).toBe(4);
  expect((await ask({ GATEWAY_API_KEY: key })).code).toBe(4);
});

test.each([
  ['a query', 'query { clusters { totalCount } }', '"totalCount":11'],
  [
    'a subscription',
    `subscription { connectionStatusChanged(parent: { serviceId: "${FLEET_SERVICE}" }, endpointIds: ["none"], until: [GONE]) { status } }`,
    '"connectionStatusChanged":null',
  ],
])('%s goes through the proxy of the environment', async (_, text, answer) => {
  // On loopback alone the gateway would refuse the name.
  const { url } = await gateway({ settings: { HOST: '0.0.0.0' } });
  const proxy = await startForwardProxy(() => Number(new URL(url).port));
  const settings = { HTTP_PROXY: proxy.url, HW_AUTH_TOKEN: SANDBOX.token, ALLOW_INSECURE_UPSTREAM: '1' };
  const { out } = await command(['query', text, '--json', '--url', 'http://graph.example'], settings);
  expect(out).toContain(answer);
  expect(proxy.requests).toEqual(['http://graph.example/graphql']);
  const wrong = await command(['query', text, '--url', 'http://graph.example'], { HTTP_PROXY: 'socks5://p' });
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/^HTTP_PROXY: must be /)]);
});

test('where there is no gateway it says so', async () => {
  const { err, code } = await command(['query', '{a}', '--url', 'http://localhost:1']);
  expect([err, code]).toEqual([expect.stringMatching(/^http:\/\/localhost:1: there is no connection/), 1]);
});

test('a query can be in a file, or on standard input', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'query-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'projects.graphql');
  writeFileSync(file, 'query Regions { projects { region } }');
  const expected = `{"data":{"projects":[{"region":"${SANDBOX.region}"}]}}\n`;
  expect((await command(['query', file, '--json'])).out).toBe(expected);
  const child = startCommand(['query', '-', '--json'], {}, ['pipe', 'pipe', 'pipe']);
  child.stdin!.end('{ projects { region } }');
  expect((await endOf(child)).out).toBe(expected);
});

test('a reader that goes, as `head` does, ends it without a word and with 0', async () => {
  const child = startCommand(['query', '{ clusters(first: 1) { nodes { name } } }', '--all', '--csv']);
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});

test('Ctrl-C in the middle of --all ends it with 130, and says how far it came', async () => {
  const text = `{ endpointService(by: { id: "${FLEET_SERVICE}" }) { connections(first: 1) { nodes { endpointId } } } }`;
  const child = startCommand(['query', text, '--all']);
  await once(child.stdout!, 'data');
  const ended = endOf(child);
  child.kill('SIGINT');
  const { err, code } = await ended;
  expect(code).toBe(130);
  expect(err).toMatch(/Interrupted after \d+ rows\. To go on, ask with `after: "[\w-]+"`\.\n$/);
});

test.each(['api', 'subgraph'] as const)('schema prints the contract of the %s', async (name) => {
  const { out, code } = await command(name === 'api' ? ['schema'] : ['schema', '--subgraph']);
  expect([out, code]).toEqual([readContract(name), 0]);
});

test('completion prints a script, and completes calls', async () => {
  const { out } = await command(['completion']);
  expect(out).toMatch(/complete .*vpc-endpoint-graph|compdef/);
  const completed = await command(['--get-yargs-completions', 'vpc-endpoint-graph', 'to']);
  expect(completed.out.trim().split('\n')).toContain('topology');
});

test('no colours are written where nobody sees them', async () => {
  const { out } = await command(['topology', '--status', 'FAILED'], { FORCE_COLOR: '' });
  expect(out).toContain('FAILED');
  expect(out).not.toContain('\u001B');
});
