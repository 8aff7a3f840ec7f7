import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { browserPath, launchBrowser, openWindow } from '../support/browser.ts';
import { gateway } from '../support/gateway.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const OFF = { settings: { GRAPHIQL: 'off', TOPOLOGY: 'off' } };

test('where GraphiQL is off, a browser gets a page that says how to ask, at / and with 406 at /graphql', async () => {
  const { url } = await gateway(OFF);
  for (const [path, status] of [
    ['/', 200],
    ['/graphql', 406],
  ] as const) {
    const answer = await fetch(url + path, { headers: BROWSER }); // oxlint-disable-line no-await-in-loop
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const page = await answer.text(); // oxlint-disable-line no-await-in-loop
    expect(page).toMatch(/GraphiQL.* is turned off/s);
    expect(page).toContain('X-Auth-Token');
    expect(page).not.toContain('<script');
  }
});

test.each([{}, { BASE_PATH: '/tools/graph' }])(
  'the page names no address, and its links lead to the graph and to /ready: %o',
  async (settings) => {
    const { url } = await gateway({ settings: { ...OFF.settings, ...settings } });
    for (const path of ['', '/', '/graphql']) {
      const answer = await fetch(url + path, { headers: { ...BROWSER } }); // oxlint-disable-line no-await-in-loop
      const page = await answer.text(); // oxlint-disable-line no-await-in-loop
      expect(page).not.toMatch(/https?:/);
      const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => new URL(href!, answer.url).href);
      expect(links).toEqual([`${url}/graphql`, `${url}/ready`]);
    }
  },
);

test('a program gets no page at /', async () => {
  const { url } = await gateway(OFF);
  expect((await fetch(`${url}/`)).status).toBe(404);
});

test('a query in the URL is answered to a browser as ever', async () => {
  const { url } = await gateway(OFF);
  const answer = await fetch(`${url}/graphql?query={__typename}`, { headers: BROWSER });
  expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
});

test.each(['text/html', 'image/png'])(
  'a program that accepts only %s gets an error with a body',
  async (accept) => {
    const { url } = await gateway(OFF);
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    expect(answer.status).toBe(406);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  },
);

describe.skipIf(browserPath === undefined)('needs Chromium: the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('fits into %i pixels, %s, without a complaint', async (width, colorScheme) => {
    const { url } = await gateway(OFF);
    const { context, foreign, complaints } = await openWindow(browser, url);
    const page = await context.newPage();
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${url}/`);
    const scrollWidth = await page.evaluate('document.documentElement.scrollWidth');
    expect(scrollWidth).toBeLessThanOrEqual(width);
    const folder = process.env['SCREENSHOTS'];
    if (folder !== undefined)
      await page.screenshot({ path: `${folder}/welcome-${width}-${colorScheme}.png` });
    expect([foreign, complaints]).toEqual([[], []]);
  });
});
