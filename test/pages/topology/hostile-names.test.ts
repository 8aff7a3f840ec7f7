import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makePermission,
  makeService,
  makeServiceConnection,
} from '../../../src/sandbox/world.ts';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { findViolations, openPage, SIGNED_IN, untilRead } from './open-page.ts';

const NAMES = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 1">',
  '\u202egnp.exe\u2066\u200f abc',
  'x'.repeat(500),
  '👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301\u0301\u0301\u0301',
  '=1+1',
  '@SUM(A1)',
  '+1',
  '-1',
  '"]; click a "javascript:window.ran = 1"',
];

const createHostileWorld = () => {
  const world = emptyWorld();
  for (const name of NAMES) {
    const connections = ['pendingAcceptance', 'failed', 'accepted'].map((status) =>
      makeServiceConnection({
        status,
        description: name,
        error: [{ error_code: name, error_message: name }],
      }),
    );
    const permissions = [makePermission({ permission: '*', description: name })];
    const service = makeService({ connections, permissions, description: name });
    world.services.push(service);
    world.clusters.push(
      makeCluster({ name, connections, permissions, vpcServiceName: service.service_name }),
    );
  }
  return world;
};

/** How many pixels the page is wider than its window. */
const readOverflow = (page: Page) =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

const download = async (page: Page, name: string): Promise<string> => {
  await page.getByText('Export', { exact: true }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).click(),
  ]);
  return readFile(await file.path(), 'utf8');
};

describe.skipIf(browserPath === undefined)(
  'needs Chromium: hostile names on the topology page',
  { timeout: 60_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    test('nothing runs, and the layout holds from 390 to 3,840 pixels', async () => {
      const { url } = await gateway({ settings: SIGNED_IN, sandbox: { world: createHostileWorld() } });
      const page = await openPage(browser, url, { colorScheme: 'dark' });
      await untilRead(page);
      const look = async (what: string) => {
        for (const width of [3840, 2560, 1440, 768, 390]) {
          await page.setViewportSize({ width, height: 900 });
          expect([what, width, await readOverflow(page)]).toEqual([what, width, 0]);
        }
        expect(await findViolations(page)).toEqual([]);
      };
      for (const view of ['Picture', 'Table', 'Whitelists', 'By account']) {
        await page.getByRole('button', { name: view, exact: true }).click();
        await untilRead(page);
        await look(view);
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.getByRole('button', { name: 'Picture', exact: true }).click();
      await page.locator('.parent', { hasText: 'xxxx' }).click();
      await page.getByRole('heading', { name: 'Whitelist' }).waitFor();
      await look('details');
      expect(await page.evaluate('window.ran')).toBeUndefined();
    });

    test('exports hold no formula and no script', async () => {
      const { url } = await gateway({ settings: SIGNED_IN, sandbox: { world: createHostileWorld() } });
      const page = await openPage(browser, url);
      await untilRead(page);
      const table = await download(page, 'Table as CSV');
      expect(table.split('\n')).toHaveLength(1 + 3 * NAMES.length + 1);
      const formula = /(^|,)"?[=+\-@]/m;
      expect(table).not.toMatch(formula);
      expect(table).toContain("'=1+1");
      const svg = await download(page, 'Picture as SVG');
      expect(svg).not.toMatch(/<script|<img|javascript:[^<]*href/i);
      const mermaid = await download(page, 'Diagram for Mermaid');
      expect(mermaid).not.toMatch(/^\s*click /m);
      expect(mermaid).not.toContain('<');
      await page.getByRole('button', { name: 'Whitelists', exact: true }).click();
      await untilRead(page);
      const whitelists = await download(page, 'Whitelists as CSV');
      expect(whitelists).not.toMatch(formula);
      expect(whitelists.split('\n')).toHaveLength(1 + NAMES.length + 1);
    });
  },
);
