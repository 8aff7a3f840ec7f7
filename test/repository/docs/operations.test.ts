import { Kind, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { blocksIn, publishedOperations, readPage } from '../../support/docs.ts';
import { subscribe } from '../../support/server-sent-events.ts';
import { type Answer, gateway } from '../../support/gateway.ts';
import { composers, ours } from '../../support/supergraph.ts';
import { startUnconfiguredGateway } from '../../support/unconfigured-gateway.ts';

const OPERATIONS = publishedOperations();
const RECIPES = OPERATIONS.filter(({ page }) => page === 'docs/recipes.md');

test.each(OPERATIONS)('$page: $name fits the schema', ({ text }) => {
  expect(validate(apiSchema(), parse(text)).map(({ message }) => message)).toEqual([]);
});

test('there are recipes', () => {
  expect(RECIPES.length).toBeGreaterThan(5);
});

/** User errors, and every root field or payload field that is null. */
const failuresIn = (data: Record<string, unknown>): unknown[] =>
  Object.values(data).flatMap((root) => {
    const { userErrors = [], ...rest } = (root ?? {}) as { userErrors?: unknown[] };
    return [...userErrors, ...Object.values({ root, ...rest }).filter((value) => value === null)];
  });

/** Root fields and fields of payloads that are lists without a row. */
const emptyListsIn = (data: Record<string, Record<string, unknown> | null>): string[] =>
  Object.values(data).flatMap((root) =>
    Object.entries(root ?? {})
      .filter(([name, value]) => name !== 'userErrors' && Array.isArray(value) && value.length === 0)
      .map(([name]) => name),
  );

/** Asks a gateway with nothing configured, without any header, as a paste does. */
const startUnconfigured = async () => {
  const server = await startUnconfiguredGateway();
  return async (query: string) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer;
  };
};

test.each(OPERATIONS)('$page: $name succeeds in the sandbox as it starts', async ({ text }) => {
  const ask = await startUnconfigured();
  const { data, errors } = await ask(text);
  expect(errors).toBeUndefined();
  expect(failuresIn(data)).toEqual([]);
});

test('in the order of the pages, every operation shows or changes something', async () => {
  const ask = await startUnconfigured();
  for (const { page, name, text } of OPERATIONS) {
    const { data, errors } = await ask(text); // oxlint-disable-line no-await-in-loop
    expect({ page, name, errors, failures: failuresIn(data), empty: emptyListsIn(data) }).toEqual({
      page,
      name,
      errors: undefined,
      failures: [],
      empty: [],
    });
  }
});

test('the first recipe finds every id of the others', async () => {
  const ask = await startUnconfigured();
  const [first, ...others] = RECIPES;
  const found = JSON.stringify((await ask(first!.text)).data);
  const ids = others.flatMap(({ text }) => text.match(/(?<=")[\da-f-]{32,36}(?=")/g) ?? []);
  expect(ids.length).toBeGreaterThan(8);
  expect(ids.filter((id) => !found.includes(id))).toEqual([]);
});

test('the recipe for endpoint access answers, sent again, what the page says', async () => {
  const ask = await startUnconfigured();
  const { text } = RECIPES.find(({ name }) => name === 'Open')!;
  const codes = async () =>
    (await ask(text)).data.enableEndpointAccess.userErrors.map(({ code }: { code: string }) => code);
  expect(await codes()).toEqual([]);
  expect(await codes()).toEqual(['UPSTREAM_BUSY']);
  await expect.poll(codes, { timeout: 20_000 }).toEqual(['CONFLICT']);
  expect(readPage('docs/recipes.md')).toMatch(/answers `UPSTREAM_BUSY` until .* `CONFLICT`/s);
});

/** What is neither an operation nor the fragment that clients.test.ts reads. */
const DEFINITIONS = blocksIn('graphql').filter(({ text }) => {
  const [first] = parse(text).definitions;
  return first && first.kind !== Kind.OPERATION_DEFINITION && first.kind !== Kind.FRAGMENT_DEFINITION;
});

test.each(DEFINITIONS)('$page: $title composes with the subgraph', ({ text }) => {
  const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])`;
  const other = { name: 'other', sdl: `${link} type Query { other: Cluster } ${text}` };
  for (const compose of Object.values(composers)) expect(compose([ours, other])).toEqual([]);
});

test('the command that subscribes receives an event', async () => {
  const served = await gateway();
  const page = readPage('docs/subscriptions.md');
  const { query } = JSON.parse(/^ {2}-d '(\{"query":"subscription [^']*\})'$/m.exec(page)![1]!);
  const events = await subscribe(served, query);
  expect(await events.next()).toMatchObject({
    data: { connectionStatusChanged: { status: 'PENDING_ACCEPTANCE' } },
  });
});

test('the query of the README makes as many REST calls as the README says', async () => {
  const { ask, calls } = await gateway();
  const [query] = OPERATIONS.filter(({ page }) => page === 'README.md');
  const { data, errors } = await ask(query!.text);
  expect(errors).toBeUndefined();
  expect(data.clusters.nodes[0]).toMatchObject({ name: 'orders-search', connections: { totalCount: 12 } });
  expect(readPage('README.md')).toContain('takes six REST calls');
  expect(calls()).toHaveLength(6);
});

test('the query whose cost is explained costs and calls what the page says', async () => {
  const { ask } = await gateway();
  const page = readPage('docs/limits.md');
  const { text } = OPERATIONS.find((one) => one.page === 'docs/limits.md')!;
  const { extensions } = await ask(text, {}, { 'x-cost': '1', 'x-explain': '2' });
  const [told, short, explained] = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, json]) =>
    JSON.parse(json!),
  );
  expect(extensions).toMatchObject(told);
  expect(page).toContain(`their page are ${told.cost.estimated}.`);
  const brief = await ask(text, {}, { 'x-explain': '1' });
  const withoutTimes = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(/[\d.]+ ms/g, '_ ms'));
  expect(withoutTimes(brief.extensions!['explain'])).toEqual(withoutTimes(short));
  const { calls, lists } = extensions!['explain'];
  expect(explained.calls.map(({ path }: { path: string }) => path)).toEqual(
    calls.map(({ path }: { path: string }) => path),
  );
  expect(explained.calls[1].query).toEqual(calls[1].query);
  expect(lists).toMatchObject(expect.arrayContaining([expect.objectContaining(explained.lists[0])]));
});
