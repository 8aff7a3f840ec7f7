import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Where the package has the pages. */
const BUILT = join(import.meta.dirname, '../../dist/pages');

/** Of each page, the file that its script begins with, and the files beside the script. */
const PAGES = {
  topology: { entry: 'main.tsx', files: ['page.html', 'page.css'] },
  graphiql: { entry: 'main.ts', files: [] },
} as const;

/** The name of a page, which is that of its folder. */
export type PageName = keyof typeof PAGES;

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

/** Bundles a page: its files by name. The script of GraphiQL's page is an object with its exports. */
export const buildPage = async (name: PageName): Promise<ReadonlyMap<string, string>> => {
  const folder = join(import.meta.dirname, name);
  const { entry, files } = PAGES[name];
  const bundle = await rolldown({
    input: join(folder, entry),
    platform: 'browser',
    tsconfig: join(folder, 'tsconfig.json'),
  });
  const { output } = await bundle.generate({
    format: 'iife',
    name: `${name}Page`,
    minify: true,
    comments: { legal: false },
  });
  await bundle.close();
  const [{ code, moduleIds }] = output;
  return new Map([
    ...files.map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
    ['page.js', code],
    ['licences.txt', readLicences(moduleIds)],
  ]);
};

if (import.meta.main) {
  for (const name of Object.keys(PAGES) as PageName[]) {
    mkdirSync(join(BUILT, name), { recursive: true });
    for (const [file, content] of await buildPage(name)) writeFileSync(join(BUILT, name, file), content);
  }
}
