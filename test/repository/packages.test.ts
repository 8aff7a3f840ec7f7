import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Locked {
  os?: string;
  cpu?: string;
  libc?: string[];
  bin?: Record<string, string>;
  optional?: boolean;
  integrity?: string;
  resolved?: string;
}

const MANIFEST = JSON.parse(read('package.json'));
const LOCKED: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages;

/** The packages with a Node, by platform, as `start.js` looks for them. */
const NODES = [...read('src/cli/bundled-node.js').matchAll(/^ {2}'(\w+)-(\w+)': '(node-[\w-]+)',$/gm)].map(
  ([, os, cpu, name]) => ({ os, cpu, name: name! }),
);

test('a Node comes with the packages for Linux, macOS and Windows, on x64 and arm64', () => {
  expect(NODES.map(({ name }) => name).toSorted()).toEqual(Object.keys(MANIFEST.optionalDependencies));
  expect(NODES).toHaveLength(6);
  for (const { os, cpu, name } of NODES)
    expect(LOCKED[`node_modules/${name}`], name).toMatchObject({
      os,
      cpu,
      optional: true,
      integrity: expect.stringMatching(/^sha512-/),
      bin: { node: os === 'win32' ? 'bin/node.exe' : 'bin/node' },
    });
});

test('on Linux it is installed only where there is glibc, which its package does not say', () => {
  for (const { name } of NODES.filter(({ os }) => os === 'linux'))
    expect(LOCKED[`node_modules/${name}`]!.libc, name).toEqual(['glibc']);
});

test('the lock file names no place to download from', () => {
  const withPlace = Object.entries(LOCKED).filter(([, { resolved }]) => resolved !== undefined);
  expect(withPlace.map(([path]) => path)).toEqual([]);
});

test('npm runs no install script, which may run on a Node that cannot run here', () => {
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});
