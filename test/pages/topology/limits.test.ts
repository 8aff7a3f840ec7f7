import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, launchBrowser } from '../../support/browser.ts';
import { gateway } from '../../support/gateway.ts';
import { expectRows, findViolations, openPage, SIGNED_IN, SLOWLY, untilRead } from './open-page.ts';

interface Asked {
  query: string;
  variables: { ids: string[]; first: number; after: string | null };
}

/** Three clusters, each with so many connections that the page has room for those of two. */
const HUGE = 20_000;
const CLUSTERS = ['accepted-only', 'one-failed', 'many-waiting'];

const pageOf = (nodes: readonly object[], more: object = {}) => ({
  totalCount: nodes.length,
  truncatedAt: null,
  pageInfo: { hasNextPage: false, endCursor: null },
  unavailable: [],
  nodes,
  ...more,
});

const statusIn = (name: string): string =>
  name === 'accepted-only' ? 'ACCEPTED' : name === 'one-failed' ? 'FAILED' : 'PENDING_ACCEPTANCE';

const hugeCluster = (name: string) => ({
  id: name,
  clusterId: name,
  name,
  status: 'AVAILABLE',
  region: 'r',
  projectId: 'p',
  endpointAccess: true,
  serviceName: null,
  connectionCounts: [{ status: statusIn(name), count: HUGE }],
  connections: { totalCount: HUGE, truncatedAt: null },
});

const hugePage = (name: string, { first, after }: Asked['variables']) => {
  const start = Number(after ?? 0);
  const nodes = Array.from({ length: Math.min(first, HUGE - start) }, (_none, index) => ({
    endpointId: `${name}-${start + index}`,
    status: statusIn(name),
    statusRaw: statusIn(name),
    domainId: 'account',
    ipv4: null,
    createdAt: null,
    updatedAt: null,
    failures: null,
  }));
  const end = start + nodes.length;
  return pageOf(nodes, {
    totalCount: HUGE,
    pageInfo: { hasNextPage: end < HUGE, endCursor: String(end) },
  });
};

/** Answers as a gateway with the huge clusters, and notes whose connections were asked for. */
const answerHuge = (asked: string[]) => async (route: Route) => {
  const { query, variables } = route.request().postDataJSON() as Asked;
  const answer = (): object => {
    if (query.startsWith('query Clusters')) return { clusters: pageOf(CLUSTERS.map(hugeCluster)) };
    if (query.startsWith('query Services')) return { endpointServices: pageOf([]) };
    if (!query.startsWith('query Connections')) return { cluster: null };
    if (variables.after === null) asked.push(...variables.ids);
    return { nodes: variables.ids.map((name) => ({ connections: hugePage(name, variables) })) };
  };
  await route.fulfill({ json: { data: answer() } });
};

describe.skipIf(browserPath === undefined)(
  'needs Chromium: limits of the topology page',
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    const lookAt = (page: Page, name: string | RegExp) => page.locator('.parent', { hasText: name }).click();

    test('keeps at most 50,000 connections, of what needs somebody first, and says what it leaves out', async () => {
      const { url } = await gateway({ settings: SIGNED_IN });
      const asked: string[] = [];
      const page = await openPage(browser, url, {
        hash: 'view=table',
        prepare: async (opened) => {
          await opened.route('**/graphql', answerHuge(asked));
        },
      });
      await expectRows(page, 2 * HUGE);
      const leftOut = page.getByText('20,000 connections more than this page keeps in memory');
      await leftOut.waitFor();
      expect(asked).toEqual(['one-failed', 'many-waiting']);
      expect(await findViolations(page)).toEqual([]);

      // The others make room for the one that is looked at, and are read again when they are shown again.
      asked.length = 0;
      await lookAt(page, 'accepted-only');
      await expectRows(page, HUGE);
      await leftOut.waitFor({ state: 'detached' });
      expect(asked).toEqual(['accepted-only']);
      asked.length = 0;
      await page.getByRole('button', { name: /^All / }).click();
      await expectRows(page, 2 * HUGE);
      expect(asked.toSorted()).toEqual(['many-waiting', 'one-failed']);
    });

    test.each([{ MAX_COST: '500' }, { MAX_PAGE_SIZE: '60' }])(
      'reads everything in smaller parts from a gateway with %o',
      async (settings) => {
        const { url } = await gateway({ settings: { ...SIGNED_IN, ...settings } });
        const refused: string[] = [];
        const page = await openPage(browser, url, {
          hash: 'view=table',
          prepare: async (opened) => {
            opened.on('response', async (response) => {
              if (!response.url().endsWith('/graphql')) return;
              const text = await response.text().catch(() => '');
              if (/QUERY_TOO_COMPLEX|BAD_USER_INPUT/.test(text)) refused.push(text);
            });
          },
        });
        await untilRead(page);
        await expectRows(page, 3326);
        expect(await page.getByText('This is not all.').count()).toBe(0);
        await page.getByRole('button', { name: 'Whitelists', exact: true }).click();
        await untilRead(page);
        await expectRows(page, 642);
        await lookAt(page, 'orders-search');
        await page.getByRole('heading', { name: 'Whitelist' }).waitFor();
        // It learns from the first refusals, and does not try again what was refused.
        expect(refused.length).toBeLessThan(25);
      },
    );

    test('says what it could not take in, and reads it again when asked', async () => {
      const { url } = await gateway({ settings: SIGNED_IN });
      const page = await openPage(browser, url, {
        hash: 'view=table&search=orders',
        expected: /of null/,
        prepare: async (opened) => {
          await opened.route('**/graphql', async (route) => {
            const { query } = route.request().postDataJSON() as Asked;
            if (!query.startsWith('query Connections')) return route.continue();
            const response = await route.fetch();
            const { data } = (await response.json()) as {
              data: { nodes: { connections: { nodes: unknown[] } | null }[] };
            };
            for (const { connections } of data.nodes) connections?.nodes.push(null);
            return route.fulfill({ response, json: { data } });
          });
        },
      });
      await untilRead(page);
      const notice = page.getByRole('status').filter({ hasText: 'This is not all.' });
      await notice.getByText('It could not be read.').first().waitFor();
      await page.unroute('**/graphql');
      await notice.getByRole('button', { name: 'Read all again' }).click();
      await notice.waitFor({ state: 'detached' });
      await untilRead(page);
      await expect.poll(() => page.locator('.body .row').count(), SLOWLY).toBe(12);
    });
  },
);
