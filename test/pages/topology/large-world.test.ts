import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { adjustLimit } from '../../support/cpu.ts';
import { gateway } from '../../support/gateway.ts';
import { createLargeWorld, LARGE } from '../../support/large-world.ts';
import { expectRows, openPage, SIGNED_IN, untilRead } from './open-page.ts';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  tdur?: number;
  args: { name?: string };
}

/** The longest task of a page's main thread in milliseconds of CPU: the time for which other programs had the core does not count. */
const longestTask = (trace: Buffer): number => {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const mainThreads = new Set(
    traceEvents.filter(({ args }) => args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && mainThreads.has(`${pid} ${tid}`),
  );
  expect(tasks.length).toBeGreaterThan(10);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
};

/** Metrics of a page; durations are in seconds of CPU. */
const readMetrics = async (session: CDPSession): Promise<Record<string, number>> => {
  const { metrics } = await session.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
};

describe.skipIf(browserPath === undefined)(
  'needs Chromium: the topology page of a large project',
  { timeout: 60_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    test('reads 20,000 connections in few requests, and stays fluid in little memory', async () => {
      const { url } = await gateway({ settings: SIGNED_IN, sandbox: { world: createLargeWorld() } });
      let session: CDPSession | undefined;
      let requests = 0;
      const page = await openPage(browser, url, {
        prepare: async (opened) => {
          opened.on('request', (request) => {
            if (request.url().endsWith('/graphql')) requests += 1;
          });
          session = await opened.context().newCDPSession(opened);
          await session.send('Performance.enable', { timeDomain: 'threadTicks' });
        },
      });
      await page.locator('.picture svg').first().waitFor();
      const untilPicture = (await readMetrics(session!))['TaskDuration']! * 1000;
      expect(untilPicture).toBeLessThan(adjustLimit(2000, untilPicture));

      // Counts come first, and no connection before something shows it.
      await untilRead(page);
      expect(requests).toBeLessThanOrEqual(8);
      expect(await page.getByRole('button', { name: /^All / }).innerText()).toContain(
        '200 clusters, 300 services',
      );
      expect(await page.getByRole('button', { name: /^accepted [0-9]/ }).innerText()).toMatch(/1\d,\d\d\d/);

      await browser.startTracing(page, { categories: ['toplevel'] });
      requests = 0;
      await page.getByRole('button', { name: 'Table' }).click();
      await expectRows(page, LARGE.connections);
      await page.getByRole('button', { name: 'Account', exact: true }).click();
      await page.getByRole('searchbox', { name: 'Search' }).fill('search-17');
      await expectRows(page, 11 * 60);
      await page.getByRole('searchbox', { name: 'Search' }).fill('');
      await expectRows(page, LARGE.connections);
      await page.getByRole('button', { name: 'Picture' }).click();
      await page.getByLabel('Group by').selectOption('account');
      await page.locator('.picture svg').first().waitFor();
      const longest = longestTask(await browser.stopTracing());
      expect(longest).toBeLessThan(adjustLimit(200, longest));
      expect(requests).toBeLessThanOrEqual(20);

      await session!.send('HeapProfiler.collectGarbage');
      const { JSHeapUsedSize, Nodes } = await readMetrics(session!);
      expect(JSHeapUsedSize).toBeLessThan(60_000_000);
      expect(Nodes).toBeLessThan(6000);
    });
  },
);
