import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { examine } from '../../src/doctor/examination.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { createAuthority, hasOpenssl, startTlsFront } from '../support/certificates.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { closedPort } from '../support/raw-server.ts';

const HOST = 'cloud.invalid';
const PASSWORD = 'canary-proxy-password';

/** The lines of the doctor about a cloud at this URL, by check. */
const diagnose = async (url: string, settings: Record<string, string>) => {
  const environment = {
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: url,
    VPCEP_ENDPOINT: url,
    DATAARTSINSIGHT_ENDPOINT: url,
    DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId,
    DOCTOR_TOKEN: SANDBOX.token,
    ...settings,
  };
  const findings = await examine(readConfig(environment), environment, false);
  expect(JSON.stringify(findings)).not.toContain(PASSWORD);
  return (check: string) => findings.filter((finding) => finding.check.startsWith(check));
};

const withPassword = (url: string) => url.replace('//', `//user:${PASSWORD}@`);

test.skipIf(!hasOpenssl)(
  'needs openssl: a host that only the proxy knows is checked through it',
  async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const authority = createAuthority();
    authority.trust();
    const port = await startTlsFront(authority.issue(HOST), sandbox.url);
    const proxy = await startForwardProxy(() => port);
    const lines = await diagnose(`https://${HOST}`, { HTTPS_PROXY: withPassword(proxy.url) });
    expect(lines('dns')).toEqual([]);
    expect(lines('proxies')).toMatchObject([{ verdict: 'PASS', words: `https through ${proxy.url}` }]);
    expect(lines('proxy')).toMatchObject([{ check: `proxy ${new URL(proxy.url).host}`, verdict: 'PASS' }]);
    expect(lines('tls')).toMatchObject([
      { check: `tls ${HOST}`, verdict: 'WARN', words: expect.stringMatching(/TLSv1\.3/) },
    ]);
    expect(lines('clock')).toMatchObject([{ verdict: 'PASS' }]);
    expect(lines('read').map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'PASS']);
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${HOST}:443`]));
  },
);

test('a host of plain http is checked through its proxy as well', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const proxy = await startForwardProxy(() => Number(new URL(sandbox.url).port));
  const settings = { HTTP_PROXY: proxy.url, ALLOW_INSECURE_UPSTREAM: '1' };
  const lines = await diagnose(`http://${HOST}`, settings);
  expect(lines('tcp')).toMatchObject([{ verdict: 'PASS' }]);
  expect(lines('read').map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'PASS']);
  proxy.failure = 407;
  const refused = await diagnose(`http://${HOST}`, settings);
  expect(refused('tunnel')).toMatchObject([{ verdict: 'FAIL', words: expect.stringMatching(/status 407/) }]);
});

test.each([
  { failure: 407, words: /answered with status 407/, hint: /user and password/ },
  { failure: 403, words: /status 403/, hint: /let calls to this host and port pass/ },
  { failure: 502, words: /status 502/, hint: /does not reach the host/ },
  { failure: 'hangs up', words: /gave no connection \(ECONNRESET\)/, hint: /what became of the call/ },
] as const)('a proxy that opens no tunnel ($failure) is told, and no name is looked up', async (one) => {
  const proxy = await startForwardProxy(() => 1);
  proxy.failure = one.failure;
  const lines = await diagnose(`https://${HOST}`, { HTTPS_PROXY: withPassword(proxy.url) });
  expect(lines('dns')).toEqual([]);
  expect(lines('tunnel')).toMatchObject([
    { check: `tunnel ${HOST}`, verdict: 'FAIL', words: expect.stringMatching(one.words) },
  ]);
  expect(lines('tunnel')[0]!.hint).toMatch(one.hint);
  expect(lines('read').map(({ verdict }) => verdict)).toEqual(['SKIP', 'SKIP', 'SKIP']);
});

test('a proxy that cannot be reached is told once, and its hosts are not tried', async () => {
  const dead = await closedPort();
  const lines = await diagnose(`https://${HOST}`, {
    HTTPS_PROXY: withPassword(dead),
    VPCEP_ENDPOINT: 'https://vpcep.invalid',
  });
  expect(lines('proxy')).toMatchObject([
    { verdict: 'FAIL', words: 'no connection (ECONNREFUSED)', hint: expect.stringMatching(/HTTPS_PROXY/) },
  ]);
  expect(lines('tunnel').map(({ verdict }) => verdict)).toEqual(['SKIP', 'SKIP']);
  expect(lines('dns')).toEqual([]);
  const unknown = await diagnose(`https://${HOST}`, { HTTPS_PROXY: 'http://proxy.invalid:3128' });
  expect(unknown('proxy')).toMatchObject([
    { verdict: 'FAIL', words: expect.stringMatching(/cannot be looked up/) },
  ]);
});
