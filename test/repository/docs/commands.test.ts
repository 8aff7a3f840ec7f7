import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { blocksIn } from '../../support/docs.ts';
import { freePort } from '../../support/free-port.ts';
import { outputPattern, type Step, stepsIn } from '../../support/shell.ts';
import { startUnconfiguredGateway } from '../../support/unconfigured-gateway.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Commands of the pages that do not run here, each with the reason. */
const NOT_RUN: { command: RegExp; because: string }[] = [
  {
    command: /^npm ci$/,
    because: 'it needs the network; the packages of this test are those that it installed',
  },
  { command: /npm test$/, because: 'this test is part of it' },
  { command: /^npx vitest run /, because: 'it is a part of `npm test`' },
  { command: /^npm run check$/, because: '.ci/run runs it' },
  { command: /^npm run schema$/, because: 'it writes what tests of this suite compare' },
  { command: /^npm run bench/, because: 'it takes minutes' },
  { command: /^cp bench\/peers\.json |^cd <harness> /, because: 'they need the benchmark of other systems' },
  { command: /^docker /, because: 'it needs a daemon and a registry' },
  { command: /^npm link$|>> ~\//, because: 'they change the machine' },
  { command: /^export HW_REGION_NAME=/, because: 'it asks a real cloud' },
  { command: /^read -rs /, because: 'it waits for what somebody types' },
  {
    command: /; echo "exit code \$\?"$/,
    because: 'test/cli/command.test.ts presses Ctrl-C in the middle of a call',
  },
  {
    command: /^kubectl /,
    because: 'it needs a cluster; the overlays are rendered in test/repository/deploy/',
  },
  {
    command: /^nginx -c |^BASE_PATH=\/graph /,
    because: 'it serves the paths of the machine; test/server/base-path.test.ts runs nginx with this file',
  },
  { command: / haproxy -f /, because: 'test/server/scale-out.test.ts runs HAProxy with this file' },
  {
    command: /^(rover|hive|router|hive-gateway) /,
    because: 'they are programs of others; test/graphql/federation.test.ts composes with libraries',
  },
];

const reasonAgainst = (command: string) => NOT_RUN.find((one) => one.command.test(command))?.because;

const BLOCKS = blocksIn('console', 'sh', 'bash')
  .map((block) => ({ ...block, steps: stepsIn(block.text) }))
  .map((block) => ({
    ...block,
    runs: block.steps.filter(({ command }) => reasonAgainst(command) === undefined),
  }));
const COMMANDS = BLOCKS.flatMap(({ steps }) => steps.map(({ command }) => command));

test('every command that does not run is on a page', () => {
  const stale = NOT_RUN.filter((one) => !COMMANDS.some((command) => one.command.test(command)));
  expect(stale).toEqual([]);
});

test('every script that a page runs is in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const named = COMMANDS.flatMap((command) => [
    ...command.matchAll(/npm (?:run (?:--silent )?(\S+)|(start|test))/g),
  ]);
  expect(named.length).toBeGreaterThan(5);
  expect(named.map(([, run, name]) => run ?? name!).filter((name) => !(name in scripts))).toEqual([]);
});

/** A copy of the project, without its tests, where commands may write. */
const copyProject = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'docs-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  const left = new Set(['node_modules', '.git', 'test', 'coverage', 'dist'].map((name) => join(ROOT, name)));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !left.has(path) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

/** Every file that a page has as a block, which begins with its name. */
const filesOf = (page: string) =>
  blocksIn('ts')
    .filter((block) => block.page === page)
    .flatMap(({ title, text }) => {
      const [, name] = /^\/\/ ([\w-]+\.ts)$/.exec(title) ?? [];
      return name === undefined ? [] : [{ name, text }];
    });

const ADDRESS = /(?:127\.0\.0\.1|localhost):4000/g;
const PLACEHOLDERS = { '<project id>': SANDBOX.projectId, '<SHA-256 of the key>': '0'.repeat(64) };

/** Environment of commands: nothing of the gateway, and Node as it runs this test. */
const environment = {
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  HOME: process.env['HOME'],
  TOKEN: SANDBOX.token,
  NO_COLOR: '1',
};

/** Whether a command starts a gateway, which ends when it is told to. */
const isServer = (command: string) => /npm (start|run dev)$/.test(command);

/** Starts it with all that the command needs, waits until it says what the page shows, and ends it. */
const runServer = async ({ command, output }: Step, folder: string): Promise<void> => {
  const port = await freePort();
  const child = spawn('bash', ['-c', command.replace(/^npm ci && /, '')], {
    cwd: folder,
    detached: true,
    env: { ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  };
  onTestFinished(end);
  const shown = () => said.replaceAll(`127.0.0.1:${port}`, '127.0.0.1:4000');
  await expect
    .poll(shown, { timeout: 20_000 })
    .toMatch(output.length > 0 ? outputPattern(output) : /GraphQL: /);
  end();
};

const run = (script: string, cwd: string): Promise<{ code: number | null; said: string }> => {
  const child = spawn('bash', ['-e'], { cwd, env: environment });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  // One stream for all, so that errors are where a terminal has them.
  child.stdin.end(`exec 2>&1\n${script}`);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, said }));
  });
};

const hasProgram = (name: string) => spawnSync('bash', ['-c', `command -v ${name}`]).status === 0;
/** Programs that a machine with npm may not have. */
const MISSING = ['bash', 'curl', 'openssl', 'promtool'].filter((name) => !hasProgram(name));
const missingFor = (steps: readonly Step[]) =>
  MISSING.filter((name) => name === 'bash' || steps.some(({ command }) => command.includes(`${name} `)));

const RUNNABLE = BLOCKS.filter(({ runs }) => runs.length > 0).map((block) => ({
  ...block,
  needs: missingFor(block.runs),
}));

test.for(RUNNABLE)('$page: $title', { timeout: 90_000 }, async ({ page, runs, needs }, { skip }) => {
  if (needs.length > 0) skip(`there is no ${needs.join(', ')}`);
  const { url } = await startUnconfiguredGateway({ SETTLING_LAG_MS: '100' });
  const { host } = new URL(url);
  const folder = copyProject();
  const local = (text: string) =>
    Object.entries(PLACEHOLDERS).reduce(
      (filled, [name, value]) => filled.replaceAll(name, value),
      text.replaceAll(ADDRESS, host),
    );
  for (const { name, text } of filesOf(page)) writeFileSync(join(folder, name), local(text));
  const steps = runs.filter(({ command }) => !isServer(command));
  const marker = (step: number) => `-- step ${step} --`;
  const script = steps.map(({ command }, i) => `echo; echo '${marker(i)}'\n${local(command)}\n`).join('');
  const { code, said } = await run(script, folder);
  expect({ code, said }).toMatchObject({ code: 0 });
  for (const [i, { output }] of steps.entries()) {
    const [, after = ''] = said.split(`${marker(i)}\n`);
    const shown = `${after.split(`\n${marker(i + 1)}`)[0]!.trimEnd()}\n`.replaceAll(host, '127.0.0.1:4000');
    if (output.length > 0) expect(shown).toMatch(outputPattern(output));
  }
  for (const step of runs.filter(({ command }) => isServer(command)))
    await runServer({ ...step, command: local(step.command) }, folder);
});
