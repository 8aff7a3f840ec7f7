import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium of this machine: the one that `CHROMIUM_PATH` names, else one in a usual place; undefined without any. */
export const browserPath = [process.env['CHROMIUM_PATH'], ...USUAL_PATHS].find(
  (path) => path !== undefined && existsSync(path),
);

/** Without these, Chromium calls its maker's services at every start. */
const QUIET = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** Starts Chromium without a window. Its profile is empty and ends with it. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox', '--disable-gpu', ...QUIET] });

/** A browser window that can reach one host only, with what it tried beside that and what it complained of. */
export interface Window {
  context: BrowserContext;
  /** URLs on other hosts that the page asked for; they were refused. */
  foreign: string[];
  /** Errors and warnings of the console, refusals of the security policy among them, and uncaught errors. */
  complaints: string[];
}

/** Opens a window that ends with the test. */
export const openWindow = async (browser: Browser, origin: string): Promise<Window> => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  onTestFinished(() => context.close());
  const foreign: string[] = [];
  const complaints: string[] = [];
  await context.route(
    (url) => url.origin !== origin && /^(https?|wss?|ftp):$/.test(url.protocol),
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  return { context, foreign, complaints };
};
