import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyWorld, SANDBOX } from '../../../src/sandbox/world.ts';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { startUnconfiguredGateway } from '../../support/unconfigured-gateway.ts';
import { expectRows, findViolations, openPage, SIGNED_IN, untilRead } from './open-page.ts';

const refresh = (page: Page): Promise<void> => page.getByRole('button', { name: 'Refresh' }).click();

describe.skipIf(browserPath === undefined)(
  'needs Chromium: states of the topology page',
  { timeout: 60_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    test('asks for a token, and again when it has ended, and keeps the view', async () => {
      const { url, sandbox } = await gateway();
      const page = await openPage(browser, url, {
        hash: 'view=table&search=orders',
        expected: /status of 401/,
      });
      const signIn = async () => {
        await page.getByLabel('IAM token of your project (X-Auth-Token)').fill(SANDBOX.token);
        expect(await findViolations(page)).toEqual([]);
        await page.getByRole('button', { name: 'Sign in' }).click();
      };
      await signIn();
      await expectRows(page, 12);
      const link = page.url();
      sandbox.fault({
        path: /./,
        respond: { status: 401, body: { error_code: 'APIGW.0301', error_msg: 'ended' } },
      });
      await refresh(page);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      sandbox.clearFaults();
      await signIn();
      await untilRead(page);
      await expectRows(page, 12);
      expect(page.url()).toBe(link);
      expect(link).not.toContain(SANDBOX.token);
    });

    test('names the cluster that may not be read, and reads it again when asked', async () => {
      const { url, sandbox } = await gateway({ settings: SIGNED_IN });
      const { id } = sandbox.world.clusters.find(({ name }) => name === 'orders-search')!;
      sandbox.fault({
        path: new RegExp(`${id}/vpcepservice/connections`),
        respond: { status: 403, body: { errCode: 'CSS.0010', externalMessage: 'No permission.' } },
      });
      const page = await openPage(browser, url);
      await untilRead(page);
      const notice = page.getByRole('status').filter({ hasText: 'This is not all.' });
      expect(await notice.innerText()).toMatch(/orders-search: .*FORBIDDEN/);
      expect(await findViolations(page)).toEqual([]);
      sandbox.clearFaults();
      await notice.getByRole('button', { name: 'Read it again' }).click();
      await notice.waitFor({ state: 'detached' });
      // What the cloud does not give to its end is said too.
      await page.getByText('The cloud does not give all connections of telemetry-fleet').waitFor();
    });

    test('keeps what it has shown while the cloud is down, and while the gateway is out of reach', async () => {
      const { url, sandbox } = await gateway({ settings: SIGNED_IN });
      const page = await openPage(browser, url, { expected: /ERR_INTERNET_DISCONNECTED/ });
      await untilRead(page);
      sandbox.fault({ path: /clusters/, respond: { status: 500 } });
      await refresh(page);
      await page.getByText(/^Clusters: .*UPSTREAM_/).waitFor();
      expect(await page.getByRole('button', { name: /^orders-search cluster/ }).count()).toBe(1);
      expect(await findViolations(page)).toEqual([]);

      sandbox.clearFaults();
      await page.context().setOffline(true);
      await refresh(page);
      const offline = page.getByRole('alert');
      await offline.getByText('What you see was read before.').waitFor();
      expect(await page.getByRole('button', { name: /^orders-search cluster/ }).count()).toBe(1);
      expect(await findViolations(page)).toEqual([]);
      await page.context().setOffline(false);
      await offline.getByRole('button', { name: 'Try again' }).click();
      await offline.waitFor({ state: 'detached' });
    });

    test('counts down while it is asked to wait, and then goes on by itself', async () => {
      const { url } = await gateway({ settings: SIGNED_IN, sandbox: { world: emptyWorld() } });
      const page = await openPage(browser, url, {
        expected: /status of 429/,
        prepare: async (opened) => {
          await opened.route(
            '**/graphql',
            (route) =>
              route.fulfill({
                status: 429,
                contentType: 'application/json',
                headers: { 'retry-after': '3' },
                body: JSON.stringify({
                  errors: [{ message: 'Too many.', extensions: { code: 'RATE_LIMITED', retryable: true } }],
                }),
              }),
            { times: 2 },
          );
        },
      });
      await page.getByText(/Reading goes on in [1-3] s/).waitFor();
      expect(await findViolations(page)).toEqual([]);
      await untilRead(page);
      await page.getByText('There is no cluster and no endpoint service.').waitFor();
      expect(await findViolations(page)).toEqual([]);
    });

    test('says that the sandbox is one, how far it has read, and what becomes of a change', async () => {
      const { url } = await startUnconfiguredGateway();
      let letServicesGo = (): void => {};
      const services = new Promise<void>((resolve) => {
        letServicesGo = resolve;
      });
      const page = await openPage(browser, url, {
        prepare: async (opened) => {
          await opened.route('**/graphql', async (route) => {
            if (route.request().postData()!.includes('query Services')) await services;
            await route.continue();
          });
        },
      });
      await page.getByText('sandbox', { exact: true }).waitFor();
      await page.getByText(/^Reading clusters and services … \d+ so far$/).waitFor();
      expect(await findViolations(page)).toEqual([]);
      letServicesGo();
      await untilRead(page);

      await page.getByText('Export', { exact: true }).click();
      await page.getByRole('button', { name: 'Copy link to this view' }).waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.keyboard.press('Escape');

      await page.getByRole('searchbox', { name: 'Search' }).fill('orders');
      await page.getByRole('button', { name: /^orders-search cluster/ }).click();
      await page.getByText('The query behind this panel').click();
      await page
        .getByRole('button', { name: /^Connection .*, waiting/ })
        .first()
        .click();
      await page.getByRole('button', { name: 'Reject …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
      await page.getByRole('log').getByText(/…$/).first().waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page
        .getByRole('log')
        .getByText(/ is rejected\.$/)
        .waitFor();
    });

    test('where the gateway has credentials of its own, it asks for none that would not help', async () => {
      const { url, sandbox } = await gateway({ settings: SIGNED_IN });
      const body = { error_code: 'APIGW.0301', error_msg: 'unknown key' };
      sandbox.fault({ path: /./, respond: { status: 401, body } });
      const page = await openPage(browser, url, { expected: /status of 401/ });
      await page.getByRole('heading', { name: 'The cloud does not let the gateway in' }).waitFor();
      expect(await page.getByRole('textbox').count()).toBe(0);
      expect(await findViolations(page)).toEqual([]);
      sandbox.clearFaults();
      await page.getByRole('button', { name: 'Try again' }).click();
      await untilRead(page);
    });
  },
);
