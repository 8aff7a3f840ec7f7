import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, validate } from 'graphql';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { createTabs, type Tab } from '../../../src/server/graphiql/example-tabs.ts';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import {
  createWorld,
  emptyWorld,
  EXAMPLES,
  makeCluster,
  makeService,
  SANDBOX,
} from '../../../src/sandbox/world.ts';
import { type Gateway, startGateway } from '../../../src/server/gateway.ts';
import type { GraphiqlDefaults } from '../../../src/server/graphiql/page.ts';
import { createLog } from '../../../src/observability/log.ts';
import { browserPath, launchBrowser, openWindow } from '../../support/browser.ts';
import { gateway, sandboxSettings } from '../../support/gateway.ts';

const HINTS = { 'X-Auth-Token': SANDBOX.token, 'X-Workspace-Id': SANDBOX.workspaceId };

const nameOf = (query: string): string => /^(?:query|mutation) (\w+)/m.exec(query)![1]!;
const tabs = createTabs(EXAMPLES).map(({ query, variables }) => ({ name: nameOf(query), query, variables }));

/** Starts a gateway, by default with a page that knows the sandbox's headers and examples, as an unconfigured start does. */
const startPage = async (
  graphiql: GraphiqlDefaults = { headers: HINTS, examples: EXAMPLES },
  port = '0',
): Promise<Gateway> => {
  const sandbox = await startSandbox({ settleMs: 30 });
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

test.each(tabs)('$name answers in the sandbox, for as many calls as it says', async (tab) => {
  const served = await gateway();
  const workspace = { 'x-workspace-id': SANDBOX.workspaceId };
  const answer = await served.ask(tab.query, JSON.parse(tab.variables ?? '{}'), workspace);
  expect(answer.errors).toBeUndefined();
  expect(served.calls()).toHaveLength(Number(/(\d+) REST calls/.exec(tab.query)?.[1]));
});

describe('where another cloud than the sandbox is served', () => {
  /** The tabs that a page opens with. */
  const tabsOf = async (url: string): Promise<Tab[]> => {
    const html = await (await get(url)).text();
    return JSON.parse(/const examples = (\[.*\]);$/m.exec(html)![1]!) as Tab[];
  };

  const ownWorld = () => {
    const world = emptyWorld();
    const service = makeService({
      id: 'a1',
      service_name: 'cn-north-4.mine.a1',
      created_at: '2026-01-01T00:00:00Z',
    });
    world.services.push(service);
    world.clusters.push(makeCluster({ id: 'c1', name: 'mine' }), makeCluster({ id: 'c2', name: 'mine too' }));
    return world;
  };

  test('the tabs are the same but for the variables, and name nothing of the sandbox', async () => {
    const { url } = await gateway();
    const served = await tabsOf(url);
    expect(served.map(({ query }) => query)).toEqual(tabs.map(({ query }) => query));
    const sandboxIds = JSON.stringify(createWorld()).match(/(?<=")[\w-]{8,}(?=")|[\da-f-]{32,36}/g)!;
    expect(sandboxIds).toEqual(expect.arrayContaining([EXAMPLES.clusterName, EXAMPLES.serviceId]));
    const words = new Set(JSON.stringify(served).match(/[\w-]{8,}/g));
    expect(sandboxIds.filter((id) => id.includes('-') && words.has(id))).toEqual([]);
    expect(JSON.stringify(served)).not.toContain(EXAMPLES.serviceName);
  });

  test('every tab fits the schema, and all but the one that writes show rows', async () => {
    const { url, ask, calls } = await gateway({ sandbox: { world: ownWorld() } });
    const served = await tabsOf(url);
    for (const { query, variables } of served) {
      expect(validate(apiSchema(), parse(query))).toEqual([]);
      // oxlint-disable-next-line no-await-in-loop
      const { data, errors } = await ask(query, JSON.parse(variables ?? '{}') as object);
      if (query.includes('mutation')) continue;
      expect(errors).toBeUndefined();
      const roots = Object.values(data as Record<string, { nodes: unknown[] }>);
      expect(roots.map(({ nodes }) => nodes.length)).not.toContain(0);
    }
    calls();
    const [first] = served;
    const { data } = await ask(first!.query, JSON.parse(first!.variables!) as object);
    expect(data.clusters.nodes.map(({ name }: { name: string }) => name)).toEqual(['mine', 'mine too']);
  });

  test('the tab that writes asks for an id, and sends nothing without it', async () => {
    const { url, ask, calls } = await gateway({ sandbox: { world: ownWorld() } });
    const { query, variables } = (await tabsOf(url)).at(-1)!;
    const { errors } = await ask(query, JSON.parse(variables!) as object);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors![0]!.message).toContain('`input.service.id`');
    expect(calls()).toEqual([]);
  });
});

/** What the response pane shows of each tab's answer in the sandbox. */
const SEEN: Record<string, string> = {
  WholeClusters: 'cn-north-4.orders-search.',
  StuckConnections: 'The subnet has no free address left.',
  WhoMayConnect: 'iam:domain::',
  PageThroughConnections: '1200',
  VerifyAndCreateEndpoint: 'cn-north-4.DII-INGEST-LB.',
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
const HEADERS = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';

const run = (page: Page) => page.getByRole('button', { name: /^Execute query/ }).click();

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
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(tabs.map(({ name }) => name));
    for (const { name } of tabs) {
      await openTab(page, name);
      await run(page);
      await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain(SEEN[name]);
      expect(await textOf(page, RESPONSE)).not.toContain('"errors"');
      if (name === 'StuckConnections') await takePicture(page);
    }
  });

  test.skipIf(!browserPath)('the header pane names both headers, and stores nothing', async () => {
    const page = await openPage();
    await expect.poll(() => textOf(page, HEADERS), SLOWLY).toContain('"X-Auth-Token"');
    expect(await textOf(page, HEADERS)).toContain('"X-Workspace-Id"');

    await page.locator(HEADERS).click();
    for (const key of ['Control+Home', 'ArrowDown', 'ArrowDown', 'End', 'ArrowLeft', 'ArrowLeft']) {
      await page.keyboard.press(key);
    }
    await page.keyboard.insertText('-of-mine');
    await expect.poll(() => textOf(page, HEADERS), SLOWLY).toContain(`${SANDBOX.workspaceId}-of-mine"`);
    await run(page);
    await expect.poll(() => textOf(page, RESPONSE), SLOWLY).toContain('orders-search');
    await openTab(page, 'WhoMayConnect');
    await expect.poll(() => everythingStored(page), SLOWLY).toContain('"activeTabIndex":2');
    await page.reload();
    await expect.poll(() => textOf(page, HEADERS), SLOWLY).toContain(`${SANDBOX.workspaceId}"`);
    for (const secret of [SANDBOX.token, SANDBOX.workspaceId]) {
      expect(await everythingStored(page)).not.toContain(secret);
      expect(page.url()).not.toContain(secret);
    }
  });

  test.skipIf(!browserPath)('a reload shows the same tabs, and the same one of them', async () => {
    const page = await openPage();
    await page.reload();
    await openTab(page, 'PageThroughConnections');
    await page.getByRole('button', { name: 'Variables', exact: true }).click();
    await expect.poll(() => everythingStored(page), SLOWLY).toContain('"activeTabIndex":3');
    await page.reload();
    await expect
      .poll(() => page.getByRole('tab').allInnerTexts(), SLOWLY)
      .toEqual(tabs.map(({ name }) => name));
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('PageThroughConnections');
    await page.getByRole('button', { name: 'Variables', exact: true }).click();
    await expect.poll(() => textOf(page, HEADERS), SLOWLY).toContain('"fleet-api"');
  });

  test.skipIf(!browserPath)(
    'a tab of the sandbox asks for the own resources, once another cloud is served at its address',
    async () => {
      const server = await startPage();
      const page = await openPage(server);
      await openTab(page, 'PageThroughConnections');
      await expect.poll(() => everythingStored(page), SLOWLY).toContain('"activeTabIndex":3');
      expect(await everythingStored(page)).toContain('fleet-api');
      await server.close();
      await startPage({ headers: {} }, new URL(server.url).port);
      await page.reload();
      await expect
        .poll(() => page.getByRole('tab').allInnerTexts(), SLOWLY)
        .toEqual(tabs.map(({ name }) => name));
      expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('PageThroughConnections');
      await page.getByRole('button', { name: 'Variables', exact: true }).click();
      await expect.poll(() => textOf(page, HEADERS), SLOWLY).toContain('"service": ""');
      for (const name of Object.values(EXAMPLES)) expect(await everythingStored(page)).not.toContain(name); // oxlint-disable-line no-await-in-loop
    },
  );
});
