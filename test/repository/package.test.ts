import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_PACKED_BYTES = 2_000_000;

let folder: string;
let tarball: string;
let files: string[];

/** Runs a program in the folder that the package is installed into. */
const run = (program: string, args: readonly string[], cwd = folder): string =>
  execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: 240_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const packed = run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], ROOT);
  const [result] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ];
  tarball = join(folder, result.filename);
  files = result.files.map(({ path }) => path);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', tarball]);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('it holds what runs and what explains it, and no test or benchmark, in less than 2 MB', () => {
  const [rooms, others] = [
    new Set(files.map((path) => path.split('/', 1)[0]!)),
    files.filter((path) => !path.startsWith('dist/')),
  ];
  expect([...rooms].toSorted()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist',
      'package.json',
      'schema',
      'src',
    ].toSorted(),
  );
  expect(others.filter((path) => path.startsWith('src/'))).toEqual([
    'src/cli/bundled-node.js',
    'src/start.js',
  ]);
  expect(files.filter((path) => /test|bench|\.ts$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
  expect(statSync(tarball).size).toBeLessThan(MAX_PACKED_BYTES);
});

test('it brings no Node of its own: whoever installs it has one', () => {
  const installed = JSON.parse(
    readFileSync(join(folder, 'node_modules/vpc-endpoint-graph/package.json'), 'utf8'),
  ) as typeof packageJson;
  expect(installed).not.toHaveProperty('optionalDependencies');
  expect(installed.engines).toEqual(packageJson.engines);
});

test('the file of the checkout is as it was', () => {
  expect(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).toEqual(packageJson);
});

test('publint finds nothing', async () => {
  const { messages } = await publint({
    pkgDir: join(folder, 'node_modules/vpc-endpoint-graph'),
    pack: false,
  });
  expect(messages.map((message) => formatMessage(message, packageJson))).toEqual([]);
});

test('its types resolve for modules, as are-the-types-wrong sees it', async () => {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)), {
    entrypoints: ['.'],
  });
  // It is a package of modules: a CommonJS program imports it dynamically.
  const problems = 'problems' in result ? result.problems : [];
  expect(
    problems.filter(
      (problem) => !('resolutionKind' in problem && /node10|node16-cjs/.test(problem.resolutionKind)),
    ),
  ).toEqual([]);
  expect(result.types).toBeTruthy();
});

test('the command asks the sandbox', () => {
  const answer = run('npx', ['vpc-endpoint-graph', 'query', '{ projects { region } }', '--json']);
  expect(JSON.parse(answer)).toEqual({ data: { projects: [{ region: 'cn-north-4' }] } });
  expect(run('npx', ['vpc-endpoint-graph', '--version'])).toBe(`${packageJson.version}\n`);
});

const PROGRAM = `
import { readConfig, readContract, startGateway, withSandbox, type Config } from 'vpc-endpoint-graph';

const settings: Config = readConfig({ SANDBOX: '1', PORT: '0', LOG_LEVEL: 'silent' });
const { config, sandbox } = await withSandbox(settings);
const gateway = await startGateway(config);
const body = JSON.stringify({ query: '{ clusters { totalCount } }' });
const response = await fetch(gateway.url + '/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
console.log(JSON.stringify([await response.json(), readContract('api').includes('type Cluster')]));
await gateway.close();
await sandbox?.close();
`;

test('a program embeds the gateway in ten lines, with types', () => {
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  expect(JSON.parse(run(process.execPath, ['program.ts']))).toEqual([
    { data: { clusters: { totalCount: 11 } } },
    true,
  ]);
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--types',
    'node',
    '--typeRoots',
    join(ROOT, 'node_modules/@types'),
  ];
  expect(
    run(join(ROOT, 'node_modules/.bin/tsc'), [...options, '--allowImportingTsExtensions', 'program.ts']),
  ).toBe('');
});

test('the contract can be read as files', () => {
  writeFileSync(
    join(folder, 'contract.ts'),
    `import { readFileSync } from 'node:fs';
console.log(readFileSync(new URL(import.meta.resolve('vpc-endpoint-graph/schema/api.graphql')), 'utf8').length);`,
  );
  expect(Number(run(process.execPath, ['contract.ts']))).toBe(
    readFileSync(join(ROOT, 'schema/api.graphql'), 'utf8').length,
  );
});
