import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { openWindow } from '../../support/browser.ts';

/** Settings of a gateway that signs calls itself, so that nobody has to sign in. */
export const SIGNED_IN = {
  HW_ACCESS_KEY: SANDBOX.accessKey,
  HW_SECRET_KEY: SANDBOX.secretKey,
  ALLOW_ANONYMOUS: '1',
};

/** Waits that leave room for a machine with much else to do. */
export const SLOWLY = { timeout: 20_000 };

interface OpenOptions {
  /** The view, as the part of the address behind `#`. */
  hash?: string;
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  /** Complaints of the browser that the test brings about, such as a failed request. */
  expected?: RegExp;
  /** Runs before anything is loaded. */
  prepare?: (page: Page) => Promise<void>;
}

/** Opens the topology page, and checks at the end of the test that it asked no other host and that the browser was content. */
export const openPage = async (browser: Browser, url: string, options: OpenOptions = {}): Promise<Page> => {
  const { hash = '', width = 1280, height = 800, colorScheme = 'light', expected, prepare } = options;
  const { context, foreign, complaints } = await openWindow(browser, new URL(url).origin);
  onTestFinished(() =>
    expect({ foreign, complaints: complaints.filter((one) => !expected?.test(one)) }).toEqual({
      foreign: [],
      complaints: [],
    }),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(SLOWLY.timeout);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  await prepare?.(page);
  await page.goto(`${url}/topology${hash && `#${hash}`}`);
  return page;
};

/** Waits until everything has been read, also where a narrow window hides when. */
export const untilRead = (page: Page): Promise<void> =>
  page.getByText(/^read at/).waitFor({ state: 'attached' });

/** Expects the table to have so many rows, which may still be being read. */
export const expectRows = async (page: Page, count: number): Promise<void> => {
  const countRows = () => page.getByRole('grid').getAttribute('aria-rowcount');
  // The headings are a row too.
  await expect.poll(countRows, SLOWLY).toBe(String(count + 1));
};

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds wrong with the page as it is now, in light and in dark. */
export const findViolations = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  const found: string[] = [];
  const isDark = await page.evaluate<boolean>('matchMedia("(prefers-color-scheme: dark)").matches');
  // The scheme that the page has comes last.
  for (const colorScheme of isDark ? (['light', 'dark'] as const) : (['dark', 'light'] as const)) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
    for (const { id, nodes } of violations)
      for (const { html, failureSummary } of nodes)
        found.push(`${colorScheme} ${id}: ${html.slice(0, 200)} ${failureSummary}`);
  }
  return found;
};
