import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { EXAMPLE_TABS } from '../../../src/server/graphiql/example-tabs.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  SANDBOX,
  type World,
} from '../../../src/sandbox/world.ts';
import { type Gateway, startGateway } from '../../../src/server/gateway.ts';
import type { GraphiqlDefaults } from '../../../src/server/graphiql/page.ts';
import { createLog } from '../../../src/observability/log.ts';
import { browserPath, launchBrowser, openWindow } from '../../support/browser.ts';
import { sandboxTabs } from '../../support/example-tabs.ts';
import { gateway, sandboxSettings } from '../../support/gateway.ts';

const HINTS = { 'X-Auth-Token': SANDBOX.token, 'X-Workspace-Id': SANDBOX.workspaceId };

/** Starts a gateway, by default with a page that knows the sandbox's headers, as an unconfigured start does. */
const startPage = async (
  graphiql: GraphiqlDefaults = { headers: HINTS },
  { port = '0', world = createWorld() }: { port?: string; world?: World } = {},
): Promise<Gateway> => {
  const sandbox = await startSandbox({ settleMs: 30, world });
  const config = readConfig({ ...sandboxSettings(sandbox), PORT: port });
  const server = await startGateway(config, {
    log: createLog({ logLevel: 'silent', projects: [] }),
    graphiql,
  });
  onTestFinished(async () => {
    await server.close();
    await sandbox.close();
  });
  return server;
};

const get = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/graphql`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers } });

const outsideOfScript = (html: string): string =>
  html.slice(0, html.indexOf('<script>')) + html.slice(html.lastIndexOf('</script>'));

/** A page is there soon, other than on a busy machine. */
const SLOWLY = { timeout: 10_000 };

describe('the page', () => {
  test('is for browsers only', async () => {
    const { url } = await gateway();
    expect((await get(url)).headers.get('content-type')).toBe('text/html; charset=utf-8');
    const answer = await fetch(`${url}/graphql?query={__typename}`, {
      headers: { accept: 'application/json' },
    });
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test.each([{ GRAPHIQL: 'off' }, { NODE_ENV: 'production' }])('is off with %o', async (settings) => {
    const { url } = await gateway({ settings });
    const answer = await get(url);
    expect(await answer.text()).toContain('is turned off');
  });

  test('is sent compressed to whoever takes gzip, and is the same without', async () => {
    const { url } = await gateway();
    const zipped = await get(url, { 'accept-encoding': 'br, gzip' });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(3_000_000);
    const plain = await get(url, { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect((await zipped.text()) === (await plain.text())).toBe(true);
  });

  test('is sent once: whoever has it is told that it did not change', async () => {
    const { url } = await gateway();
    const first = await get(url);
    await first.body?.cancel();
    const etag = first.headers.get('etag')!;
    const again = await get(url, { 'if-none-match': `"another", ${etag}` });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    const other = await get(url, { 'if-none-match': '"another"' });
    await other.body?.cancel();
    expect(other.status).toBe(200);
  });

  test('names no other host in anything that it loads', async () => {
    const { url } = await gateway();
    const html = await (await get(url)).text();
    expect(outsideOfScript(html)).not.toMatch(/(src|href|action)\s*=\s*["']?\s*(https?:)?\/\//i);
    expect(outsideOfScript(html)).not.toMatch(/(url\(|@import)\s*["']?\s*(https?:)?\/\//i);
    expect(html).not.toMatch(/\b(import|importScripts)\s*\(?\s*\\?["'`](https?:)?\/\//);
  });

  test('stays whole with a closing script tag among its options', async () => {
    const token = '</script><script>alert(1)</script><!--<script>';
    const html = await (await get((await startPage({ headers: { 'X-Auth-Token': token } })).url)).text();
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect(html).not.toContain('<script>alert');
  });

  test('allows scripts by hash alone', async () => {
    const { url } = await gateway();
    const answer = await get(url);
    await answer.body?.cancel();
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toMatch(/default-src 'none'; script-src 'sha256-[\w+/]{43}='; /);
    expect(policy).not.toContain('unsafe-eval');
  });
});

test.each(sandboxTabs)('$name answers in the sandbox', async ({ query, variables }) => {
  const served = await gateway();
  const workspace = { 'x-workspace-id': SANDBOX.workspaceId };
  const { data, errors = [] } = await served.ask(query, JSON.parse(variables) as object, workspace);
  expect(errors).toEqual([]);
  expect(Object.values(data as object)).not.toContain(null);
});

test('there is a tab for each question that goes across', () => {
  const fields = EXAMPLE_TABS.flatMap(({ query }) => query.match(/\w+(?=\(| \{)/g));
  expect(fields).toEqual(
    expect.arrayContaining(['connections', 'accessFor', 'connectionsByEndpoint', 'connectionCounts']),
  );
});

test('the page names nothing of the sandbox', async () => {
  const { url } = await gateway();
  const html = await (await get(url)).text();
  const ids = JSON.stringify(createWorld()).match(/[\da-f]{8}-[\da-f-]{27}|(?<=":")[\da-f]{32}(?=")/g)!;
  expect(ids.length).toBeGreaterThan(100);
  const words = new Set(html.match(/[\da-f-]{32,36}/g));
  expect(ids.filter((id) => words.has(id))).toEqual([]);
});

/** A world with one cluster that has a connection, and one service. */
const ownWorld = (): World => {
  const world = emptyWorld();
  world.services.push(makeService({ id: 'a1', service_name: 'cn-north-4.mine.a1' }));
  const connections = [makeClusterConnection({ id: 'e1', domain_id: 'd1' })];
  world.clusters.push(makeCluster({ id: 'c1', name: 'quoted " name', connections }));
  return world;
};

/** What the response pane shows of each tab's answer in the sandbox, in the lines that fit. */
const SEEN: Record<string, string> = {
  Stuck: '"status": "REJECTED"',
  AccessFor: '"permission": "iam:domain::',
  WhereConnected: '"clusterConnection": {',
  Counts: '"endpointAccess": true',
  Whitelists: 'iam:domain::',
  Clusters: '"engineVersion":',
  Pages: '"endCursor":',
  Verify: '"dataSourceType": "DWS"',
};

const PICTURE = fileURLToPath(new URL('../../../docs/graphiql.png', import.meta.url));

/** The picture of the page for its readers, made where it is missing or asked for. */
const takePicture = async (page: Page): Promise<void> => {
  if (existsSync(PICTURE) && process.env['UPDATE_SCREENSHOT'] !== '1') return;
  await page.mouse.move(700, 895);
  // Until the scroll bars are gone.
  await page.waitForTimeout(2000);
  await page.screenshot({ path: PICTURE });
};

/** What a pane shows, its lines and no-break spaces as single blanks. */
const textOf = async (page: Page, pane: string): Promise<string> =>
  (await page.locator(pane).innerText()).replaceAll(/\s+/g, ' ');

const RESPONSE = '.graphiql-response';
/** The pane of variables or of headers, whichever is shown. */
const TOOL = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';
const COST = '#operation-cost';

const run = (page: Page) => page.getByRole('button', { name: /^Execute query/ }).click();

const showHeaders = (page: Page) => page.getByRole('button', { name: 'Headers', exact: true }).click();

const openTab = async (page: Page, name: string) => {
  await page.getByRole('button', { name, exact: true }).click();
  // The editor takes a moment to read the name of the operation that it would run.
  await page.waitForTimeout(500);
};

const everythingStored = (page: Page): Promise<string> =>
  page.evaluate(() =>
    [localStorage, sessionStorage]
      .flatMap((storage) => Object.keys(storage).map((key) => storage.getItem(key)))
      .concat(document.cookie)
      .join('\n'),
  );

describe('in a browser (skipped where there is no Chromium; CHROMIUM_PATH names one)', () => {
  let browser: Browser;
  beforeAll(async () => {
    if (browserPath) browser = await launchBrowser();
  });
  afterAll(async () => browser?.close());

  /** Opens the page, and checks at the end of the test that it asked nobody else for anything and was content. */
  const openPage = async (server?: Gateway): Promise<Page> => {
    const { url } = server ?? (await startPage());
    const { context, foreign, complaints } = await openWindow(browser, url);
    onTestFinished(() => expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] }));
    const page = await context.newPage();
    await page.goto(`${url}/graphql`);
    await page.getByRole('tab').first().waitFor();
    return page;
  };

  test.skipIf(!browserPath)('each tab runs with the play button and shows data', async () => {
    const page = await openPage();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(sandboxTabs.map(({ name }) => name));
    for (const { name } of sandboxTabs) {
      await openTab(page, name);
      await run(page);
      await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain(SEEN[name]);
      expect(await textOf(page, RESPONSE)).not.toContain('"errors"');
      expect(await textOf(page, COST)).toMatch(
        /^Cost [\d,]+ of 50,000 · \d+ of 500 calls to the cloud · [\d,]+ ms$/,
      );
      expect(await textOf(page, RESPONSE)).not.toContain('"extensions"');
      if (name === 'Stuck') await takePicture(page);
    }
  });

  test.skipIf(!browserPath)('the header pane names both headers, and stores nothing', async () => {
    const page = await openPage();
    await showHeaders(page);
    await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"X-Auth-Token"');
    expect(await textOf(page, TOOL)).toContain('"X-Workspace-Id"');

    await page.locator(TOOL).click();
    for (const key of ['Control+Home', 'ArrowDown', 'ArrowDown', 'End', 'ArrowLeft']) {
      await page.keyboard.press(key);
    }
    await page.keyboard.insertText('-of-mine');
    await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain(`${SANDBOX.workspaceId}-of-mine"`);
    await run(page);
    await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain('clickstream');
    await openTab(page, 'Whitelists');
    await expect.poll(() => everythingStored(page), SLOWLY).toContain('"activeTabIndex":4');
    await page.reload();
    await page.getByRole('tab').first().waitFor();
    await showHeaders(page);
    await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain(`${SANDBOX.workspaceId}"`);
    for (const secret of [SANDBOX.token, SANDBOX.workspaceId]) {
      expect(await everythingStored(page)).not.toContain(secret);
      expect(page.url()).not.toContain(secret);
    }
  });

  test.skipIf(!browserPath)('a reload shows the same tabs, and the same one of them', async () => {
    const page = await openPage();
    await page.reload();
    await openTab(page, 'Pages');
    await expect.poll(() => everythingStored(page), SLOWLY).toContain('"activeTabIndex":6');
    await page.reload();
    await expect
      .poll(() => page.getByRole('tab').allInnerTexts(), SLOWLY)
      .toEqual(sandboxTabs.map(({ name }) => name));
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Pages');
    await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"service": "orders-search"');
  });

  test.skipIf(!browserPath)('a tab opens on its variables, which have what the caller can read', async () => {
    const page = await openPage(await startPage({ headers: HINTS }, { world: ownWorld() }));
    await openTab(page, 'Clusters');
    await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"name": "quoted \\" name"');
    await run(page);
    await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain('"clusterId": "c1"');
    await showHeaders(page);
    await openTab(page, 'AccessFor');
    await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"domainId": "d1"');
  });

  test.skipIf(!browserPath)(
    'who has to give a token first sees where, and then gets own values',
    async () => {
      const page = await openPage(
        await startPage({ headers: { 'X-Auth-Token': '' } }, { world: ownWorld() }),
      );
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"X-Auth-Token": ""');
      await page.locator(TOOL).click();
      for (const key of ['Control+Home', 'ArrowDown', 'End', 'ArrowLeft']) await page.keyboard.press(key);
      await page.keyboard.insertText(SANDBOX.token);
      await run(page);
      await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain('"totalCount":');
      await openTab(page, 'WhereConnected');
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"<endpointId>"');
      await run(page);
      await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain('"endpointId": "e1"');
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"e1"');
      expect(await everythingStored(page)).not.toContain(SANDBOX.token);
    },
  );

  test.skipIf(!browserPath)(
    'a link opens a tab of its own, once, and leaves the others as they are',
    async () => {
      const server = await startPage();
      const page = await openPage(server);
      const link = new URL(`${server.url}/graphql`);
      link.searchParams.set('query', 'query Linked($n: Int) { clusters(first: $n) { totalCount } }');
      link.searchParams.set('variables', '{"n": 1}');
      const names = sandboxTabs.map(({ name }) => name);
      for (const url of [link.href, `${server.url}/graphql`]) {
        await page.goto(url);
        await expect.poll(() => page.getByRole('tab').allInnerTexts(), SLOWLY).toEqual([...names, 'Linked']);
        expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Linked');
        await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('{"n": 1}');
        // The address does not go on with the link's query when the tab gets another one.
        expect(new URL(page.url()).search).toBe('');
      }
    },
    60_000,
  );

  test.skipIf(!browserPath)(
    'where the gateway has credentials of its own, it opens on variables',
    async () => {
      const { url } = await gateway({
        settings: {
          HW_ACCESS_KEY: SANDBOX.accessKey,
          HW_SECRET_KEY: SANDBOX.secretKey,
          ALLOW_ANONYMOUS: '1',
        },
      });
      const { context } = await openWindow(browser, url);
      const page = await context.newPage();
      await page.goto(`${url}/graphql`);
      await page.getByRole('tab').first().waitFor();
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"status": [');
      await showHeaders(page);
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"X-Workspace-Id"');
      expect(await textOf(page, TOOL)).not.toContain('X-Auth-Token');
    },
  );

  test.skipIf(!browserPath)('a link is in a tab of its own on first use, too', async () => {
    const { url } = await startPage();
    const { context } = await openWindow(browser, url);
    const page = await context.newPage();
    await page.goto(`${url}/graphql?query=${encodeURIComponent('query Linked { __typename }')}`);
    await page.getByRole('tab').first().waitFor();
    const names = sandboxTabs.map(({ name }) => name);
    expect(await page.getByRole('tab').allInnerTexts()).toEqual([...names, 'Linked']);
    await openTab(page, names[0]!);
    expect(await textOf(page, '.graphiql-query-editor')).toContain('query Stuck(');
  });

  test.skipIf(!browserPath)('the documentation begins with the description of the schema', async () => {
    const page = await openPage();
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await expect
      .poll(() => textOf(page, '.graphiql-doc-explorer'), SLOWLY)
      .toContain('Private access through VPC endpoints');
  });

  test.skipIf(!browserPath)(
    'a tab asks for what the caller has now, once another cloud is served at its address',
    async () => {
      const server = await startPage();
      const page = await openPage(server);
      await openTab(page, 'Clusters');
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"orders-search"');
      await expect.poll(() => everythingStored(page), SLOWLY).toContain('orders-search');
      await server.close();
      await startPage({ headers: HINTS }, { port: new URL(server.url).port, world: ownWorld() });
      await page.reload();
      await expect.poll(() => textOf(page, TOOL), SLOWLY).toContain('"name": "quoted \\" name"');
      expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Clusters');
    },
  );
});
