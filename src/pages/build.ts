import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const SOURCES = join(import.meta.dirname, 'topology');

/** Where the package has the pages. */
const BUILT = join(import.meta.dirname, '../../dist/pages/topology');

/** Licences of the packages in a bundle, which require that their text comes with every copy. */
const readLicences = (moduleIds: readonly string[]): string => {
  const folders = new Set(
    moduleIds.flatMap(
      (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replaceAll('\\', '/')) ?? [],
    ),
  );
  return [...folders]
    .toSorted()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
      };
      const licence = ['LICENSE', 'LICENSE.md'].map((file) => {
        try {
          return readFileSync(join(folder, file), 'utf8').trim();
        } catch {
          return '';
        }
      });
      return `${name} ${version}\n\n${licence.join('')}\n`;
    })
    .join('\n');
};

/** Bundles the topology page: its files by name. */
export const buildTopologyPage = async (): Promise<ReadonlyMap<string, string>> => {
  const bundle = await rolldown({
    input: join(SOURCES, 'main.tsx'),
    platform: 'browser',
    tsconfig: join(SOURCES, 'tsconfig.json'),
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true, comments: { legal: false } });
  await bundle.close();
  const [{ code, moduleIds }] = output;
  const read = (file: string): string => readFileSync(join(SOURCES, file), 'utf8');
  return new Map([
    ['page.html', read('page.html')],
    ['page.css', read('page.css')],
    ['page.js', code],
    ['licences.txt', readLicences(moduleIds)],
  ]);
};

if (import.meta.main) {
  mkdirSync(BUILT, { recursive: true });
  for (const [name, content] of await buildTopologyPage()) writeFileSync(join(BUILT, name), content);
}
