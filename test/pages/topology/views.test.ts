import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { expectRows, findViolations, openPage, SIGNED_IN, SLOWLY, untilRead } from './open-page.ts';

const PICTURE = fileURLToPath(new URL('../../../docs/topology.png', import.meta.url));

/** The picture of the page for its readers, made where it is missing or asked for. */
const takePicture = async (page: Page): Promise<void> => {
  if (existsSync(PICTURE) && process.env['UPDATE_SCREENSHOT'] !== '1') return;
  await page.screenshot({ path: PICTURE });
};

describe.skipIf(browserPath === undefined)('needs Chromium: the topology page', { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('shows what needs somebody first, and why', async () => {
    const { url } = await gateway({ settings: SIGNED_IN });
    const page = await openPage(browser, url);
    await untilRead(page);
    expect((await page.locator('.parent .name').allInnerTexts()).slice(0, 2)).toEqual([
      'telemetry-fleet',
      'fleet-api',
    ]);
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: /^orders-search cluster/ }).click();
    await page.getByRole('heading', { name: 'Whitelist' }).waitFor();
    await takePicture(page);
    await page
      .getByRole('button', { name: /^Connection .*, failed/ })
      .first()
      .click();
    await page.getByRole('complementary').getByText('The subnet has no free address left.').waitFor();
    expect(await findViolations(page)).toEqual([]);

    // The query behind the panel opens in GraphiQL, in a tab of its own.
    await page.getByText('The query behind this panel').click();
    const [graphiql] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Open in GraphiQL' }).click(),
    ]);
    await graphiql.getByRole('tab', { name: 'ClusterConnectionDetails', selected: true }).waitFor(SLOWLY);
    await graphiql.getByText('"endpointId"').first().waitFor(SLOWLY);
  });

  test('has a table that sorts, filters and keeps few rows in the document', async () => {
    const { url } = await gateway({ settings: SIGNED_IN });
    const page = await openPage(browser, url, { hash: 'view=table', colorScheme: 'dark' });
    await untilRead(page);
    const rows = page.locator('.body .row');
    await expectRows(page, 3326);
    expect(await rows.count()).toBeLessThan(60);
    expect(await rows.first().innerText()).toContain('failed');
    expect(await findViolations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Account', exact: true }).click();
    await page.getByRole('button', { name: /^waiting/ }).click();
    await expectRows(page, 317);
    await page.getByRole('searchbox', { name: 'Search' }).fill('orders');
    await expectRows(page, 2);

    await rows.first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => rows.nth(1).getAttribute('aria-selected'), SLOWLY).toBe('true');
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link);
    await untilRead(page);
    await expectRows(page, 2);
    expect(await rows.nth(1).getAttribute('aria-selected')).toBe('true');
  });

  test('shows who may reach what, what is open to everyone first, and what one account may reach', async () => {
    const { url, sandbox } = await gateway({ settings: SIGNED_IN });
    sandbox.world.clusters.find(({ name }) => name === 'clickstream')!.permissions.length = 0;
    const page = await openPage(browser, url, { hash: 'view=whitelists' });
    await untilRead(page);
    const rows = page.locator('.body .row');
    const [first, second] = await rows.allInnerTexts();
    expect(first).toMatch(/everyone\s+clickstream\s+cluster\s+the empty whitelist/);
    expect(second).toMatch(/everyone\s.*\s+service\s+a record for everyone/);
    // Who may connect to a cluster that does not tell is not known, which is not the same as everyone.
    await page.getByText('1 whitelist could not be read.').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await rows.first().click();
    await page.getByText('It is empty: every account can connect.').waitFor();
    expect(page.url()).toContain('view=whitelists');

    await page.getByRole('button', { name: 'By account' }).click();
    await page.getByLabel('Account id').fill('728c877445ec3857378ab2174f194ff3');
    await page.getByRole('button', { name: 'Show' }).click();
    await rows.filter({ hasText: 'orders-search' }).getByText('its own record').waitFor();
    await rows.filter({ hasText: 'fleet-api' }).getByText('a record for everyone').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByText('The query behind this view').click();
    expect(await page.locator('.foot pre').innerText()).toContain('accessFor(');
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link);
    await rows.filter({ hasText: 'orders-search' }).getByText('its own record').waitFor();
  });

  test('is taken elsewhere as a table, as pictures and as a link, and the way back is that of the browser', async () => {
    const { url } = await gateway({ settings: SIGNED_IN });
    const page = await openPage(browser, url, { hash: 'search=orders' });
    await untilRead(page);
    const save = async (name: string): Promise<Buffer> => {
      await page.getByText('Export', { exact: true }).click();
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).click(),
      ]);
      return readFile(await file.path());
    };
    await page.locator('.parent', { hasText: 'orders-search' }).click();
    await page.getByRole('heading', { name: 'Whitelist' }).waitFor();
    const place = page.url();
    expect((await save('Table as CSV')).toString().split('\n')).toHaveLength(1 + 12 + 1);
    const svg = (await save('Picture as SVG')).toString();
    expect(svg).toMatch(/^<svg .*10\.20\.4\.17.*<\/svg>\n$/s);
    const png = await save('Picture as PNG');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // Width and height of the image, twice those of the drawing.
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!;
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
    expect((await save('Diagram for Mermaid')).toString()).toMatch(/^flowchart LR\n {2}p0\[\("orders-search/);

    await page.getByRole('button', { name: 'By account' }).click();
    await page.getByLabel('Account id').fill('728c877445ec3857378ab2174f194ff3');
    await page.getByRole('button', { name: 'Show' }).click();
    const link = page.url();
    expect((await save('Access as CSV')).toString().split('\n').length).toBeGreaterThan(5);
    await page.goBack();
    await page.goBack();
    await expect.poll(() => page.url(), SLOWLY).toBe(place);
    await page.locator('.picture svg').first().waitFor();
    // All parts of a link are followed at once, also while the page is open.
    await page.goto(link);
    await page.reload();
    await page.getByText('its own record').first().waitFor();
    expect(page.url()).toBe(link);
  });
});
