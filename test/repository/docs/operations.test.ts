import { Kind, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { blocksIn, publishedOperations, readPage } from '../../support/docs.ts';
import { subscribe } from '../../support/server-sent-events.ts';
import { gateway } from '../../support/gateway.ts';
import { composers, ours } from '../../support/supergraph.ts';

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

test.each(OPERATIONS)('$page: $name succeeds in the sandbox as it starts', async ({ text }) => {
  const { ask } = await gateway();
  const { data, errors } = await ask(text, {}, { 'x-workspace-id': SANDBOX.workspaceId });
  expect(errors).toBeUndefined();
  expect(failuresIn(data)).toEqual([]);
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
