import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Every import between files of `src/`, as `from → to` of paths relative to it. */
const IMPORTS = globSync('**/*.{ts,js}', { cwd: SRC }).flatMap((from) => {
  const text = readFileSync(join(SRC, from), 'utf8');
  return [...text.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map(([, path]) => ({
    from,
    to: join(dirname(from), path!),
  }));
});

const wrong = (from: RegExp, allowed: RegExp) =>
  IMPORTS.filter((one) => from.test(one.from) && !allowed.test(one.to)).map(
    ({ from: a, to: b }) => `${a} → ${b}`,
  );

const importersOf = (to: RegExp, allowed: RegExp) =>
  IMPORTS.filter((one) => to.test(one.to) && !allowed.test(one.from)).map(
    ({ from: a, to: b }) => `${a} → ${b}`,
  );

test('there are imports to look at', () => {
  expect(IMPORTS.length).toBeGreaterThan(100);
});

test.each([
  ['http knows no service, no GraphQL and no list', /^http\//, /^(http\/|error-codes\.ts$|fair-share\.ts$)/],
  [
    'paging knows no upstream',
    /^paging\//,
    /^(paging\/|client-error\.ts$|error-codes\.ts$|http\/errors\.ts$)/,
  ],
  [
    'REST calls know no GraphQL',
    /^upstreams\/\w+\/(\w+\/)?([\w-]*rest|changes)\.ts$/,
    /^(http\/|paging\/window\.ts$|upstreams\/connection-status\.ts$|upstreams\/\w+\/(service|rest)\.ts$)/,
  ],
  [
    'settling knows no service and no GraphQL',
    /^settling\//,
    /^(settling\/|error-codes\.ts$|http\/(errors|hang-up)\.ts$)/,
  ],
  ['the sandbox cloud shares nothing with what it stands in for', /^sandbox\//, /^sandbox\//],
])('%s', (_, from, allowed) => {
  expect(wrong(from, allowed)).toEqual([]);
});

test.each(['css', 'vpcep', 'dataartsinsight'])('%s imports no other upstream, and no link', (name) => {
  const others = IMPORTS.filter(
    ({ from, to }) =>
      from.startsWith(`upstreams/${name}/`) &&
      (to.startsWith('links/') || (/^upstreams\/\w+\//.test(to) && !to.startsWith(`upstreams/${name}/`))),
  );
  expect(others).toEqual([]);
});

test.each([
  ['links are joined in by the schema alone, or by one another', /^links\//, /^(graph\/schema\.ts$|links\/)/],
  ['the sandbox is started in one place', /^sandbox\//, /^(with-sandbox\.ts$|sandbox\/)/],
  ['the doctor is asked by the process alone', /^doctor(\.ts$|\/)/, /^(start\.js$|doctor(\.ts$|\/))/],
  [
    'nothing under the graph knows the server',
    /^(server|listener|operations|graphql-server|main|front-door)\.ts$/,
    /^(guards\/|(server|listener|operations|graphql-server|main|front-door|start)\.[tj]s$)/,
  ],
])('%s', (_, to, allowed) => {
  expect(importersOf(to, allowed)).toEqual([]);
});

test('the environment is read in one place', () => {
  const readers = globSync('**/*.{ts,js}', { cwd: SRC }).filter((file) =>
    readFileSync(join(SRC, file), 'utf8').includes('process.env'),
  );
  expect(readers.toSorted()).toEqual(['doctor.ts', 'healthcheck.js', 'main.ts']);
});
