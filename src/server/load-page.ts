import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const BUILT = new URL('../../dist/pages/', import.meta.url);
const SOURCES = new URL('../pages/build.ts', import.meta.url);

/** What `pages/build.ts` exports. It is no import, so that the package compiles without it. */
interface Bundler {
  buildPage: (name: string) => Promise<ReadonlyMap<string, string>>;
}

/** Gives the files of a page: a checkout bundles its sources if it has the bundler, the package and the image have the bundle. */
export const loadPage = async (page: 'graphiql' | 'topology'): Promise<(file: string) => Promise<string>> => {
  if (existsSync(SOURCES)) {
    try {
      const { buildPage } = (await import(SOURCES.href)) as Bundler;
      const files = await buildPage(page);
      return async (file) => files.get(file)!;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    }
  }
  return (file) => readFile(new URL(`${page}/${file}`, BUILT), 'utf8');
};
