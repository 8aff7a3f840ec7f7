import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The folder with everything for operations. */
export const DEPLOY = join(ROOT, 'deploy');

// oxlint-disable-next-line typescript/no-explicit-any -- files of many programs
export type Yaml = any;

export const readDeployed = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');
export const readYaml = (path: string): Yaml => parse(readDeployed(path), { merge: true });
export const parseManifests = (text: string): Yaml[] =>
  parseAllDocuments(text).map((document) => document.toJS());

/** The lines of an environment file, as settings. */
export const parseEnvironment = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** What people write in place of the placeholders of an example. */
export const fillIn = (example: string): string =>
  example
    .replace(/^API_KEYS=.*$/m, `API_KEYS=one:${'0'.repeat(64)}:write`)
    .replaceAll(/=<[^>\n]*>/g, `=${'fedcba9876543210'.repeat(2)}`);

/** Whether this machine has a `kubectl` that knows components. */
export const hasKubectl = /Kustomize Version: v[5-9]/.test(
  spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' }).stdout ?? '',
);

/** Paths of kustomizations, from the folder. */
export const KUSTOMIZATIONS = globSync('**/kustomization.yaml', { cwd: DEPLOY }).toSorted();
export const OVERLAYS = KUSTOMIZATIONS.map((path) => /overlays\/(\w+)\//.exec(path)?.[1]).filter(
  (name) => name !== undefined,
);

/** The manifests of an overlay, with its secrets filled in. Needs `kubectl`. */
export const renderOverlay = (name: string): Yaml[] => {
  const copy = mkdtempSync(join(tmpdir(), 'deploy-'));
  try {
    cpSync(DEPLOY, copy, { recursive: true });
    const overlay = join(copy, 'kubernetes/overlays', name);
    for (const example of globSync('secrets/*.example', { cwd: overlay })) {
      const path = join(overlay, example);
      writeFileSync(path.replace(/\.example$/, ''), fillIn(readFileSync(path, 'utf8')));
    }
    return parseManifests(execFileSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' }));
  } finally {
    rmSync(copy, { recursive: true });
  }
};

/** Whether this machine has `promtool`. */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** Runs promtool: its exit code, and all that it printed. */
export const promtool = (...args: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', cwd: DEPLOY });
  return { status, said: stdout + stderr };
};
