import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { Settings } from '../../src/config/environment.ts';
import { ERROR_CODES, RETRYABLE } from '../../src/errors/error-codes.ts';
import { apiSchema } from '../../src/graphql/schema.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { subscribe } from '../support/events.ts';
import { gateway } from '../support/gateway.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const settingsTable = (): string => {
  const defaults = Settings.parse({}) as Record<string, string | number | undefined>;
  const rows = Object.entries(Settings.shape).map(
    ([name, shape]) =>
      `| \`${name}\` | ${shape.description} | ${defaults[name] === undefined ? '' : `\`${defaults[name]}\``} |`,
  );
  return ['| name | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
};

const errorTable = (): string => {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, meaning]) =>
      `| \`${code}\` | ${meaning} | ${RETRYABLE.has(code as keyof typeof ERROR_CODES) ? 'yes' : ''} |`,
  );
  return ['| code | means | worth another try |', '| --- | --- | --- |', ...rows].join('\n');
};

const block = (name: string, content: string) => (text: string) =>
  text.replace(
    new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`),
    (_, open, close) => `${open}\n\n${content}\n\n${close}`,
  );

test('the tables of the README are those of the code', async () => {
  const written = block('error codes', errorTable())(block('settings', settingsTable())(README));
  await expect(written).toMatchFileSnapshot('../../README.md');
});

/** The operations in the README, by their text. */
const OPERATIONS = [...README.matchAll(/```graphql\n((?:query|mutation) (\w+)[^]*?)```/g)].map(
  ([, text, name]) => ({
    text: text!,
    name: name!,
  }),
);

test.each(OPERATIONS)('the recipe $name fits the graph', ({ text }) => {
  expect(validate(apiSchema(), parse(text)).map(({ message }) => message)).toEqual([]);
});

/** What a payload or a page says went wrong, or did not come. */
const failuresIn = (data: Record<string, unknown>): unknown[] =>
  Object.values(data).flatMap((root) => {
    const { userErrors = [], ...rest } = (root ?? {}) as { userErrors?: unknown[] };
    return [...userErrors, ...Object.values({ root, ...rest }).filter((value) => value === null)];
  });

test.each(OPERATIONS)('the recipe $name succeeds in the sandbox as it starts', async ({ text }) => {
  const { ask } = await gateway();
  const { data, errors } = await ask(text, {}, { 'x-workspace-id': SANDBOX.workspaceId });
  expect(errors).toBeUndefined();
  expect(failuresIn(data)).toEqual([]);
});

test('the command that waits for a change is told of it', async () => {
  const served = await gateway();
  const { query } = JSON.parse(/^ {2}-d '(\{"query":"subscription [^']*\})'$/m.exec(README)![1]!);
  const events = await subscribe(served, query);
  expect(await events.next()).toMatchObject({
    data: { connectionStatusChanged: { status: 'PENDING_ACCEPTANCE' } },
  });
});

test('there are recipes to look at', () => {
  expect(OPERATIONS.length).toBeGreaterThan(5);
});

test('the query of the README runs, with as many REST calls as the README says', async () => {
  const { ask, calls } = await gateway();
  const query = /```graphql\n(\{\n {2}clusters[^]*?)```/.exec(README)?.[1] ?? '';
  const { data, errors } = await ask(query);
  expect(errors).toBeUndefined();
  expect(data.clusters.nodes[0]).toMatchObject({ name: 'orders-search', connections: { totalCount: 12 } });
  expect(README).toContain('six REST calls');
  expect(calls()).toHaveLength(6);
});
