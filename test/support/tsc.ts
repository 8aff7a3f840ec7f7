import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const OPTIONS =
  '--ignoreConfig --noEmit --strict --skipLibCheck --target esnext --module nodenext --allowImportingTsExtensions --types node';

/** A folder with these files, in which the packages of the project are found. It is removed at the end of the test. */
export const writeModules = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(NODE_MODULES, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

/** What the compiler finds wrong in files, by their names. */
export const typeErrorsIn = (files: Readonly<Record<string, string>>): string[] => {
  const folder = writeModules(files);
  const tsc = join(NODE_MODULES, 'typescript/bin/tsc');
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, ...OPTIONS.split(' '), ...Object.keys(files)],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  return status === 0 ? [] : stdout.trim().split('\n');
};
