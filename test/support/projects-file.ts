import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';

/** Writes a file with this content, which is deleted after the test. */
export const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'projects-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'projects.yaml');
  writeFileSync(path, text);
  return path;
};

/** Writes a projects file, which is deleted after the test. */
export const projectsFile = (projects: readonly object[]): string => fileWith(stringify({ projects }));
