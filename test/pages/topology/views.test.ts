import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { findViolations, openPage, SLOWLY, untilRead } from './open-page.ts';

/** A gateway that signs calls itself, so that nobody has to sign in. */
const SIGNED_IN = {
  HW_ACCESS_KEY: SANDBOX.accessKey,
  HW_SECRET_KEY: SANDBOX.secretKey,
  ALLOW_ANONYMOUS: '1',
};

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
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('3327');
    expect(await rows.count()).toBeLessThan(60);
    expect(await rows.first().innerText()).toContain('failed');
    expect(await findViolations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('button', { name: /^waiting/ }).click();
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount'), SLOWLY).toBe('318');
    await page.getByRole('searchbox', { name: 'Search' }).fill('orders');
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount'), SLOWLY).toBe('3');

    await rows.first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => rows.nth(1).getAttribute('aria-selected'), SLOWLY).toBe('true');
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link);
    await untilRead(page);
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('3');
    expect(await rows.nth(1).getAttribute('aria-selected')).toBe('true');
  });
});
