import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createStaticFile, type StaticFile } from '../static-file.ts';

/** What the page has to know of the gateway; none of it is secret. */
export interface PageHints {
  /** Whether the built-in sandbox cloud is served. */
  sandbox: boolean;
  /** Whether the gateway wants an API key or a JWT. */
  authorization: boolean;
  graphiql: boolean;
}

/** The page loads its own two files, and calls this gateway only. Nothing can become a script at run time. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data: blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const BUILT = new URL('../../../dist/pages/topology/', import.meta.url);
const SOURCES = new URL('../../pages/build.ts', import.meta.url);

/** What `pages/build.ts` exports. It is no import, so that the package compiles without it. */
interface Bundler {
  buildTopologyPage: () => Promise<ReadonlyMap<string, string>>;
}

/** The files of the page: a checkout bundles its sources if it has the bundler, the package and the image have the bundle. */
const loadFiles = async (): Promise<(name: string) => Promise<string>> => {
  if (existsSync(SOURCES)) {
    try {
      const { buildTopologyPage } = (await import(SOURCES.href)) as Bundler;
      const files = await buildTopologyPage();
      return async (name) => files.get(name)!;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    }
  }
  return (name) => readFile(new URL(name, BUILT), 'utf8');
};

const escapeAttribute = (text: string): string =>
  text.replaceAll(/[&"<>]/g, (character) => `&#${character.codePointAt(0)};`);

/** The page and what it loads, by path. */
export const createTopologyFiles = async (
  hints: PageHints,
): Promise<Readonly<Record<string, StaticFile>>> => {
  const read = await loadFiles();
  const [html, script, style] = await Promise.all(['page.html', 'page.js', 'page.css'].map(read));
  const page = html!.replace('content="{}"', () => `content="${escapeAttribute(JSON.stringify(hints))}"`);
  return {
    '/topology': await createStaticFile(page, { type: 'text/html; charset=utf-8', policy: POLICY }),
    '/topology.js': await createStaticFile(script!, { type: 'text/javascript; charset=utf-8' }),
    '/topology.css': await createStaticFile(style!, { type: 'text/css; charset=utf-8' }),
  };
};
