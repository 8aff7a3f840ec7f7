import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { createLargeWorld } from '../../support/large-world.ts';
import { expectRows, openPage, SIGNED_IN, SLOWLY, untilRead } from './open-page.ts';

/** The name of what has the focus: its label, else its text. */
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(
    `((one) => (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '').replaceAll(/\\s+/g, ' ').trim())(document.activeElement)`,
  );

/** Presses a key until something has the focus. A keyboard gets anywhere in few steps. */
const pressUntil = async (page: Page, key: string, name: RegExp, most = 20): Promise<void> => {
  const passed: string[] = [];
  for (let steps = 0; steps < most; steps += 1) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (name.test(now)) return;
    passed.push(now);
  }
  throw new Error(`${key} does not get to ${name}, but to: ${passed.join(' | ')}`);
};

describe.skipIf(browserPath === undefined)(
  'needs Chromium: the topology page by keyboard',
  { timeout: 60_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    test('a connection is found in the picture, and accepted', async () => {
      const { url } = await gateway({ settings: SIGNED_IN });
      const page = await openPage(browser, url);
      await untilRead(page);
      await pressUntil(page, 'Tab', /^Search/);
      await page.keyboard.type('orders');
      await expect.poll(() => page.locator('.parent').count(), SLOWLY).toBe(1);
      await pressUntil(page, 'Tab', /^orders-search cluster/);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Whitelist' }).waitFor();
      await pressUntil(page, 'Tab', /^cluster orders-search/);
      await pressUntil(page, 'ArrowDown', /^Connection .*, waiting/);
      const connection = await focused(page);
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), SLOWLY).toBe('Details');
      await page.keyboard.press('Escape');
      await expect.poll(() => focused(page), SLOWLY).toBe(connection);
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), SLOWLY).toBe('Details');
      await pressUntil(page, 'Tab', /^Accept …$/);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await pressUntil(page, 'Tab', /^Accept$/, 3);
      await page.keyboard.press('Enter');
      await page
        .getByRole('log')
        .getByText(/ is accepted\.$/)
        .waitFor();
    });

    test('several rows of the table are chosen, and one is looked at', async () => {
      const { url } = await gateway({ settings: SIGNED_IN });
      const page = await openPage(browser, url, { hash: 'view=table&search=orders' });
      await expectRows(page, 12);
      await pressUntil(page, 'Tab', /^Choose all$/, 30);
      await pressUntil(page, 'Tab', /failed orders-search/);
      for (let steps = 0; steps < 3; steps += 1) {
        await page.keyboard.press('ArrowDown');
        await expect.poll(() => focused(page), SLOWLY).toMatch(steps === 0 ? /^failed/ : /^waiting/);
        // What has failed cannot be chosen.
        await page.keyboard.press('Space');
      }
      await page.getByText('2 connections chosen').waitFor();
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), SLOWLY).toBe('Details');
      await page.keyboard.press('Escape');
      await expect.poll(() => focused(page), SLOWLY).toMatch(/^waiting/);
    });

    test('a long list is one step of the Tab key, and arrow keys go through it', async () => {
      const { url } = await gateway({ settings: SIGNED_IN, sandbox: { world: createLargeWorld() } });
      const page = await openPage(browser, url);
      await untilRead(page);
      await pressUntil(page, 'Tab', /^All /);
      await page.keyboard.press('Tab');
      expect(await focused(page)).toMatch(/^search-8 |^search-\d+ cluster/);
      for (let steps = 0; steps < 40; steps += 1) await page.keyboard.press('ArrowDown');
      expect(await focused(page)).toMatch(/ (cluster|service) /);
      await pressUntil(page, 'Tab', /^Picture:/, 1);
      await pressUntil(page, 'Tab', /^cluster search-/, 1);
      for (let steps = 0; steps < 40; steps += 1) await page.keyboard.press('ArrowDown');
      expect(await focused(page)).toMatch(/ at | cluster | service /i);
    });
  },
);
