import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { UPSTREAMS } from '../../src/upstreams/services.ts';

const SRC = join(import.meta.dirname, '../../src');

/** The folders of `src/`, lowest first: a file imports from its own folder and from those before it, types included. */
const FOLDERS = [
  'pages',
  'sandbox',
  'time',
  'errors',
  'capacity',
  'cache',
  'http',
  'paging',
  'polling',
  'writes',
  'observability',
  'guards',
  'request',
  'graph',
  'upstreams',
  'links',
  'config',
  'graphql',
  'server',
  'doctor',
  'cli',
  '.',
];

const FILES = globSync('**/*.{ts,tsx,js}', { cwd: SRC });

/** Every import between files of `src/`, types included, as paths relative to it. */
const IMPORTS = FILES.flatMap((from) => {
  const text = readFileSync(join(SRC, from), 'utf8');
  return [...text.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map(([, path]) => ({
    from,
    to: join(dirname(from), path!),
  }));
});

const folderOf = (file: string): string => (file.includes('/') ? file.split('/', 1)[0]! : '.');

const shown = (imports: typeof IMPORTS): string[] => imports.map(({ from, to }) => `${from} → ${to}`);

/** The files that import one another in a circle. */
const filesInCircles = (): string[] => {
  const importedBy = Map.groupBy(IMPORTS, ({ from }) => from);
  const reachable = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [start];
    while (open.length > 0)
      for (const { to } of importedBy.get(open.pop()!) ?? [])
        if (seen.size < seen.add(to).size) open.push(to);
    return seen;
  };
  return FILES.filter((file) => reachable(file).has(file));
};

test('there are imports to look at', () => {
  expect(IMPORTS.length).toBeGreaterThan(500);
});

test('every folder has its place in the order', () => {
  expect([...new Set(FILES.map(folderOf))].toSorted()).toEqual(FOLDERS.toSorted());
});

test('no file imports from a folder above its own', () => {
  const upwards = IMPORTS.filter(
    ({ from, to }) => FOLDERS.indexOf(folderOf(to)) > FOLDERS.indexOf(folderOf(from)),
  );
  expect(shown(upwards)).toEqual([]);
});

test('no files import one another in a circle, types included', () => {
  expect(filesInCircles()).toEqual([]);
});

test('the root of src/ holds the entry points of the process and nothing else', () => {
  expect(FILES.filter((file) => folderOf(file) === '.').toSorted()).toEqual([
    'healthcheck.js',
    'index.ts',
    'start.js',
  ]);
});

test.each([
  ['http knows no upstream, no GraphQL and no list', /^http\//, /^(http|errors|capacity|time)\//],
  ['paging knows no upstream', /^paging\//, /^(paging|errors)\/|^http\/errors\.ts$/],
  [
    'REST calls know no GraphQL',
    /^upstreams\/\w+\/(\w+\/)?([\w-]*rest|rest-writes)\.ts$/,
    /^(http\/|paging\/window\.ts$|graph\/connection-status\.ts$|upstreams\/\w+\/(service|(\w+\/)?[\w-]*rest)\.ts$)/,
  ],
  ['polling knows no upstream and no GraphQL', /^polling\//, /^(polling|errors|http|time)\//],
  ['the sandbox shares nothing with the gateway that it is a cloud for', /^sandbox\//, /^sandbox\//],
  ['pages are clients: they share nothing with the gateway', /^pages\//, /^pages\//],
])('%s', (_, files, allowed) => {
  expect(shown(IMPORTS.filter(({ from, to }) => files.test(from) && !allowed.test(to)))).toEqual([]);
});

test.each(UPSTREAMS)('$name imports no other upstream', ({ name }) => {
  const own = `upstreams/${name}/`;
  const others = IMPORTS.filter(
    ({ from, to }) => from.startsWith(own) && /^upstreams\/\w+\//.test(to) && !to.startsWith(own),
  );
  expect(shown(others)).toEqual([]);
});

test('only links and the table of upstreams import from the folder of an upstream', () => {
  const importers = IMPORTS.filter(
    ({ from, to }) =>
      /^upstreams\/\w+\//.test(to) && !/^(links\/|upstreams\/(services\.ts$|\w+\/))/.test(from),
  );
  expect(shown(importers)).toEqual([]);
});

/** The rooms of a page, lowest first, as the folders of `src/`. */
const PAGE_FOLDERS = ['model', 'graph', 'picture', 'export', 'state', 'views', '.'];

test('no file of the topology page imports from a folder above its own', () => {
  const inPage = (path: string): string => folderOf(path.replace('pages/topology/', ''));
  const upwards = IMPORTS.filter(
    ({ from, to }) =>
      from.startsWith('pages/topology/') &&
      PAGE_FOLDERS.indexOf(inPage(to)) > PAGE_FOLDERS.indexOf(inPage(from)),
  );
  expect(shown(upwards)).toEqual([]);
});

/** Name of an upstream or of one of its settings, as a word; a word of the product's own name is none. */
const UPSTREAM = new RegExp(
  // A style sheet is none.
  `(?<![\\w-]|text/|\\.)(?:${UPSTREAMS.flatMap(({ name, settings }) => [
    `${name}(?![\\w-])`,
    `${name.toUpperCase()}_`,
    ...settings.map(({ variable }) => variable),
  ]).join('|')})`,
);

const withoutComments = (text: string): string => text.replaceAll(/\/\*[^]*?\*\/|(^|\s)\/\/.*$/gm, '');

test('no code names an upstream, except its folders, links and the table of upstreams', () => {
  const others = FILES.filter((file) => !/^(upstreams|links|sandbox)\//.test(file));
  const naming = others.filter((file) =>
    UPSTREAM.test(withoutComments(readFileSync(join(SRC, file), 'utf8'))),
  );
  expect(naming).toEqual([]);
});

test.each([
  [
    'links are imported by the schema alone, or by one another',
    /^links\//,
    /^(graphql\/schema\.ts$|links\/)/,
  ],
  ['the sandbox is started in one place', /^sandbox\//, /^(config\/sandbox-fallback\.ts$|sandbox\/)/],
])('%s', (_, files, allowed) => {
  expect(shown(IMPORTS.filter(({ from, to }) => files.test(to) && !allowed.test(from)))).toEqual([]);
});

test('the environment is read by the entry points alone', () => {
  const readers = FILES.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.env'));
  expect(readers.toSorted()).toEqual([
    'cli/bundled-node.js',
    'cli/doctor.ts',
    'cli/run-call.ts',
    'cli/serve.ts',
    'healthcheck.js',
  ]);
});
