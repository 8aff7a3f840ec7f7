import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { readManifest } from '../../../src/config/persisted-manifest.ts';
import { allBlocks, blocksIn } from '../../support/docs.ts';
import { startLoggingGateway } from '../../support/logging-gateway.ts';
import { fileWith } from '../../support/projects-file.ts';

/** Blocks that no test runs, each with the reason. The commands that do not run are in commands.test.ts. */
const NOT_RUN = [
  { page: 'docs/architecture.md', language: 'mermaid', because: 'it is a picture' },
  { page: 'docs/architecture.md', language: 'text', because: 'it names files and links of a chain' },
  { page: 'docs/federation.md', language: 'js', because: 'it configures a program of others' },
  { page: 'docs/federation.md', language: 'ts', because: 'it configures a program of others' },
];

/** Languages of which every block runs, and pages of which every block runs. */
const LANGUAGES = ['console', 'sh', 'bash', 'graphql', 'json'];
const RUN_PAGES = ['docs/clients.md', 'docs/command.md', 'docs/configuration.md', 'docs/quick-start.md'];

test('every block runs in a test, or is listed with the reason', () => {
  const notRun = allBlocks().filter(
    ({ page, language }) => !LANGUAGES.includes(language) && !RUN_PAGES.includes(page),
  );
  const found = new Set(notRun.map(({ page, language }) => `${page} ${language}`));
  expect([...found].toSorted()).toEqual(NOT_RUN.map(({ page, language }) => `${page} ${language}`));
});

const ofPage = (page: string, ...languages: string[]) =>
  blocksIn(...languages).filter((block) => block.page === page);

test.each(blocksIn('json'))('$page: $title is JSON', ({ text }) => {
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});

test.each(ofPage('docs/configuration.md', 'json'))(
  '$page: the gateway reads the persisted operations of $title',
  ({ text }) => {
    const { operations, problems } = readManifest(text);
    expect(problems).toEqual([]);
    expect([...operations.keys()]).toEqual(['<hash>']);
  },
);

test('the gateway reads the projects file of the page', () => {
  const [{ text } = { text: '' }] = ofPage('docs/configuration.md', 'yaml');
  const { projects } = readConfig({
    PROJECTS_FILE: fileWith(text.replaceAll(/<[^>]+>/g, 'of-this-test')),
    API_KEYS: `one:${'0'.repeat(64)}`,
  });
  expect(projects.map(({ region }) => region)).toEqual(['cn-north-4', 'ap-southeast-1', 'eu-de']);
});

const CLUSTER = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';

test('the lines of the log have what the page shows', async () => {
  const { post, lines } = await startLoggingGateway();
  const send = async (query: string) => (await post({ query })).text();
  await send('query Some { clusters(first: 1) { totalCount } }');
  await send(
    `mutation Off { disableEndpointAccess(input: { clusterId: "${CLUSTER}" }) { userErrors { code } } }`,
  );
  const shown = ofPage('docs/security.md', 'json').map(
    ({ text }) => JSON.parse(text) as { msg: string; operation: string },
  );
  expect(shown.map(({ operation }) => operation)).toEqual(['Some', 'Off']);
  for (const line of shown) {
    const written = () =>
      lines().find(({ msg, operation }) => msg === line.msg && operation === line.operation);
    await expect.poll(() => Object.keys(written() ?? {}).toSorted()).toEqual(Object.keys(line).toSorted());
  }
});
