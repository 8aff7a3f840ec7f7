import { existsSync } from 'node:fs';
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

describe.skipIf(browserPath === undefined)('needs Chromium: the topology page', () => {
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
});
