import { createHash, randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  makeServiceConnection,
  SANDBOX,
} from '../../../src/sandbox/world.ts';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { expectRows, findViolations, openPage, SIGNED_IN, SLOWLY, untilRead } from './open-page.ts';

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** The gateway signs calls itself, and asks callers for a key. */
const WITH_KEYS = {
  HW_ACCESS_KEY: SANDBOX.accessKey,
  HW_SECRET_KEY: SANDBOX.secretKey,
  API_KEYS: `reader:${hashOf('read-key')}:read,writer:${hashOf('write-key')}:write`,
};

describe.skipIf(browserPath === undefined)(
  'needs Chromium: changes on the topology page',
  { timeout: 60_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    const signedIn = async (key: string, hash?: string) => {
      const served = await gateway({ settings: WITH_KEYS });
      const page = await openPage(browser, served.url, {
        ...(hash !== undefined && { hash }),
        expected: /status of 401/,
      });
      await page.getByLabel('API key or JWT of the gateway').fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await untilRead(page);
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).toBe(
        '[{},{},""]',
      );
      expect(page.url()).not.toContain(key);
      return { ...served, page };
    };

    test('a connection is accepted after a question, and shown until it is settled', async () => {
      const { page, calls } = await signedIn('write-key', 'search=orders');
      await page.getByRole('button', { name: /^orders-search cluster/ }).click();
      await page
        .getByRole('button', { name: /^Connection .*, waiting/ })
        .first()
        .click();
      calls();
      await page.getByRole('button', { name: 'Accept …' }).click();
      const question = page.getByRole('dialog');
      await question.getByText('can then reach orders-search').waitFor();
      expect(await findViolations(page)).toEqual([]);
      expect(calls().filter((call) => call.startsWith('POST'))).toEqual([]);
      await question.getByRole('button', { name: 'Accept' }).click();
      await page
        .getByRole('log')
        .getByText(/ is accepted\.$/)
        .waitFor();
      expect(calls().filter((call) => call.startsWith('POST'))).toHaveLength(1);
      await expect
        .poll(() => page.getByRole('complementary').innerText(), SLOWLY)
        .toContain('End connection …');
    });

    test('whoever may only read is told so in words, and is not asked to try again', async () => {
      const { page, calls } = await signedIn('read-key', 'search=orders');
      await page.getByRole('button', { name: /^orders-search cluster/ }).click();
      await page.getByRole('button', { name: 'Add an account …' }).click();
      await page.getByLabel('Account id').fill('0123456789abcdef0123456789abcdef');
      await page.getByRole('button', { name: 'Add to the whitelist' }).click();
      await page
        .getByRole('log')
        .getByText(/FORBIDDEN/)
        .waitFor();
      await expect.poll(() => page.getByRole('button', { name: 'Add an account …' }).count(), SLOWLY).toBe(0);
      expect(calls().filter((call) => /^(POST|PUT)/.test(call))).toEqual([]);
    });

    test('removing the last record of a cluster says that the cluster is open then', async () => {
      const { page, sandbox } = await signedIn('write-key', 'search=orders');
      const cluster = sandbox.world.clusters.find(({ name }) => name === 'orders-search')!;
      cluster.permissions.splice(1);
      await page.getByRole('button', { name: /^orders-search cluster/ }).click();
      await page.getByRole('button', { name: /^Remove …/ }).click();
      await page.getByRole('dialog').getByText('lets every account in').waitFor();
      await page.getByRole('button', { name: 'Remove, and open to everyone' }).click();
      await page
        .getByRole('log')
        .getByText(/: done\.$/)
        .waitFor();
      expect(sandbox.world.clusters.find(({ name }) => name === 'orders-search')!.permissions).toMatchObject([
        { permission: expect.stringContaining('*') },
      ]);
    });

    test('several connections are accepted after one question, and others see it when they refresh', async () => {
      const served = await gateway({ settings: SIGNED_IN });
      const hash = 'view=table&search=orders&status=PENDING_ACCEPTANCE';
      const [page, other] = [
        await openPage(browser, served.url, { hash }),
        await openPage(browser, served.url, { hash }),
      ];
      await expectRows(page, 2);
      await expectRows(other, 2);
      const bodies: string[] = [];
      page.on('request', (request) => bodies.push(request.postData() ?? ''));
      served.calls();
      for (const box of await page.getByRole('checkbox').all()) await box.check();
      await page.getByRole('button', { name: 'Accept 2 …' }).click();
      const question = page.getByRole('dialog');
      await question.getByText('2 endpoints of 2 accounts can then reach orders-search.').waitFor();
      expect(await findViolations(page)).toEqual([]);
      await question.getByRole('button', { name: 'Accept 2' }).click();
      await page.getByRole('log').getByText('2 connections: 2 accepted.').waitFor();
      const changes = bodies.filter((body) => body.includes('mutation'));
      expect(changes).toHaveLength(1);
      expect(changes[0]).toMatch(/"idempotencyKey":"[0-9a-f]{32}"/);
      expect(served.calls().filter((call) => call.startsWith('POST'))).toHaveLength(1);
      await expectRows(page, 0);

      await other.getByRole('button', { name: 'Refresh' }).click();
      await expectRows(other, 0);
    });

    test('of several connections, those that were accepted, refused, and perhaps accepted are told apart', async () => {
      const world = emptyWorld();
      const inCluster = () => makeClusterConnection({ id: randomUUID(), status: 'pendingAcceptance' });
      const settling = makeCluster({ name: 'settling', connections: [inCluster()] });
      const closed = makeCluster({ name: 'closed', connections: [inCluster(), inCluster()] });
      const silent = makeService({
        connections: [makeServiceConnection({ id: randomUUID(), status: 'pendingAcceptance' })],
      });
      world.clusters.push(settling, closed);
      world.services.push(silent);
      const served = await gateway({ settings: SIGNED_IN, sandbox: { world } });
      served.sandbox.fault({
        method: 'POST',
        path: new RegExp(closed.id),
        respond: { status: 400, body: { errCode: 'CSS.0005', externalMessage: 'busy' } },
      });
      served.sandbox.fault({ method: 'POST', path: new RegExp(silent.id), reset: 'after' });
      const page = await openPage(browser, served.url, { hash: 'view=table' });
      await expectRows(page, 4);
      await page.getByRole('checkbox', { name: 'Choose all' }).check();
      served.calls();
      await page.getByRole('button', { name: 'Accept 4 …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Accept 4' }).click();
      const log = page.getByRole('log');
      await log.getByText(`${settling.connections[0]!.id} is accepted.`).waitFor();
      await log.getByText(/^2 connections were not accepted: .* \([A-Z_]+\)$/).waitFor();
      await log
        .getByText(`The cloud did not say whether it did so. ${silent.connections[0]!.id} is accepted.`)
        .waitFor();
      expect(served.calls().filter((call) => call.startsWith('POST'))).toHaveLength(3);
      expect(await page.locator('.body .row', { hasText: 'waiting' }).count()).toBe(2);
      expect(await findViolations(page)).toEqual([]);
    });

    test('a decision whose connections cannot be read again was made all the same', async () => {
      const served = await gateway({ settings: SIGNED_IN });
      const page = await openPage(browser, served.url, {
        hash: 'view=table&search=orders&status=PENDING_ACCEPTANCE',
        prepare: async (opened) => {
          await opened.route('**/graphql', async (route) => {
            if (!route.request().postData()!.startsWith('{"query":"mutation')) return route.continue();
            const response = await route.fetch();
            const path = ['acceptConnections', 'connections'];
            const error = { message: 'Too slow.', path, extensions: { code: 'UPSTREAM_TIMEOUT' } };
            const { data } = (await response.json()) as { data: { acceptConnections: object } };
            const acceptConnections = { ...data.acceptConnections, connections: null };
            return route.fulfill({ response, json: { data: { acceptConnections }, errors: [error] } });
          });
        },
      });
      await expectRows(page, 2);
      await page.locator('.body .row').first().click();
      await page.getByRole('button', { name: 'Accept …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
      await page
        .getByRole('log')
        .getByText(/ is accepted\.$/)
        .waitFor();
      await expectRows(page, 1);
      expect(await page.getByRole('log').innerText()).not.toContain('Too slow.');
    });

    test('a record for everyone is warned of before it is added', async () => {
      const { page, sandbox } = await signedIn('write-key', 'search=orders');
      await page.getByRole('button', { name: /^orders-search cluster/ }).click();
      await page.getByRole('button', { name: 'Add an account …' }).click();
      const question = page.getByRole('dialog');
      expect(await question.innerText()).not.toContain('everyone');
      await question.getByLabel('Account id').fill('*');
      await question.getByText('This record is for everyone.').waitFor();
      expect(await findViolations(page)).toEqual([]);
      await question.getByRole('button', { name: 'Add to the whitelist' }).click();
      await page
        .getByRole('log')
        .getByText(/: done\.$/)
        .waitFor();
      const { permissions } = sandbox.world.clusters.find(({ name }) => name === 'orders-search')!;
      expect(permissions.map(({ permission }) => permission)).toContain('*');
      // Whoever goes now is still let in by the record for everyone.
      await page
        .getByRole('button', { name: /^Remove … [0-9a-f]/ })
        .first()
        .click();
      await question.getByText('The record for everyone (*) stays').waitFor();
    });
  },
);
