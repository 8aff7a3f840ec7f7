import { expect, test } from 'vitest';
import { BadSettings, readConfig } from '../../src/config/config.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { browserPath, launchBrowser, openWindow } from '../support/browser.ts';
import { type Answer, gateway } from '../support/gateway.ts';
import { hasNginx, startNginx } from '../support/nginx.ts';
import { ASK_NAME } from '../support/sample-operations.ts';

const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';

const get = async (url: string, accept = '*/*') => {
  const response = await fetch(url, { redirect: 'manual', headers: { accept } });
  return { status: response.status, said: await response.text(), headers: response.headers };
};

const ask = async (url: string) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ASK_NAME }),
  });
  return (await response.json()) as Answer;
};

const NAME = { data: { cluster: { name: expect.any(String) } } };

test('every path answers below the base path, and the graph nowhere else', async () => {
  const { url } = await gateway({ settings: { BASE_PATH: '/tools/graph/' } });
  const { origin, pathname } = new URL(url);
  expect(pathname).toBe('/tools/graph');
  expect(await ask(url)).toEqual(NAME);
  expect((await get(`${url}/graphql?query={__typename}`)).said).toBe('{"data":{"__typename":"Query"}}');
  expect((await get(`${url}/graphql`, HTML)).said).toContain('<html');
  for (const path of ['/health', '/ready', '/metrics']) {
    expect((await get(`${url}${path}`)).status, path).toBe(200); // oxlint-disable-line no-await-in-loop
    expect((await get(`${origin}${path}`)).status, path).toBe(200); // oxlint-disable-line no-await-in-loop
  }
  const elsewhere = await get(`${origin}/graphql`);
  expect([elsewhere.status, elsewhere.said]).toEqual([
    404,
    'There is nothing here. The graph is at /tools/graph/graphql.\n',
  ]);
  expect(new URL((await get(url, HTML)).headers.get('location')!, url).href).toBe(`${url}/`);
  expect((await get(`${url}/`, HTML)).said).toContain('href="graphql"');
});

test('the fast path answers below the base path as well', async () => {
  const { ask: askAgain } = await gateway({ settings: { BASE_PATH: '/graph' } });
  for (let n = 0; n < 4; n += 1) expect(await askAgain(ASK_NAME)).toEqual(NAME); // oxlint-disable-line no-await-in-loop
});

test('metrics on a port of their own have no base path', async () => {
  const { url } = await gateway({ settings: { BASE_PATH: '/graph', METRICS_PORT: '0' } });
  expect((await get(`${url}/metrics`)).status).toBe(404);
  expect((await get(`${url}/ready`)).status).toBe(200);
});

test('a base path that is a path of the gateway hides none of it', async () => {
  const { url } = await gateway({ settings: { BASE_PATH: '/health' } });
  expect((await get(url)).said).toBe('alive\n');
  expect(await ask(url)).toEqual(NAME);
});

test.each(['graph', '/graph//', '/a/../b', '/.', '/a b', '/a?b', '/a:b', '/a*', 'http://host/graph'])(
  'no base path: %s',
  (path) => {
    expect(() => readConfig({ BASE_PATH: path })).toThrow(BadSettings);
  },
);

test.each(['/', '', '/graph', '/graph/', '/a.b/~c_d-1'])('a base path: %s', (path) => {
  expect(readConfig({ BASE_PATH: path }).basePath).toBe(path.replace(/\/$/, ''));
});

const BEHIND = [
  { what: 'passes the path on', settings: { BASE_PATH: '/graph' }, strips: false },
  { what: 'removes the path', settings: {}, strips: true },
];

test.skipIf(!hasNginx).each(BEHIND)('needs nginx: behind one that $what', async ({ settings, strips }) => {
  const { url } = await gateway({ settings: { ...settings, TRUSTED_PROXIES: '127.0.0.1' } });
  const site = `${await startNginx(url, { strips })}/graph`;
  expect(await ask(site)).toEqual(NAME);
  expect((await get(`${site}/health`)).said).toBe('alive\n');
  expect((await get(`${site}/ready`)).said).toBe('ready\n');
  expect((await get(`${site}/metrics`)).status).toBe(404);
  expect((await get(`${site}/`, HTML)).said).toContain('href="graphql"');
});

test.skipIf(!hasNginx || !browserPath).each(BEHIND)(
  'needs nginx and Chromium: GraphiQL works behind one that $what',
  async ({ settings, strips }) => {
    const { url } = await gateway({ settings });
    const site = await startNginx(url, { strips });
    const browser = await launchBrowser();
    try {
      const { context, foreign, complaints } = await openWindow(browser, site);
      const page = await context.newPage();
      await page.goto(`${site}/graph/`);
      await page.getByRole('link', { name: 'GraphiQL' }).click();
      await page.getByRole('tab').first().waitFor();
      expect(page.url()).toBe(`${site}/graph/graphql`);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.getByRole('button', { name: /^Execute query/ }).click();
      const response = await answered;
      expect([response.url(), response.status()]).toEqual([`${site}/graph/graphql`, 200]);
      expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] });
    } finally {
      await browser.close();
    }
  },
);
