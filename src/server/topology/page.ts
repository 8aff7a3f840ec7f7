import { loadPage } from '../load-page.ts';
import { createStaticFile, type StaticFile } from '../static-file.ts';

/** What the page has to know of the gateway; none of it is secret. */
export interface PageHints {
  /** Whether the built-in sandbox cloud is served. */
  sandbox: boolean;
  /** Whether the gateway wants an API key or a JWT. */
  authorization: boolean;
  /** Whether the gateway calls the cloud with the token of who asks. */
  token: boolean;
  /** Rows of a page that the gateway gives at most. */
  maxPage: number;
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

const escapeAttribute = (text: string): string =>
  text.replaceAll(/[&"<>]/g, (character) => `&#${character.codePointAt(0)};`);

/** The page and what it loads, by path. */
export const createTopologyFiles = async (
  hints: PageHints,
): Promise<Readonly<Record<string, StaticFile>>> => {
  const read = await loadPage('topology');
  const [html, script, style] = await Promise.all(['page.html', 'page.js', 'page.css'].map(read));
  const page = html!.replace('content="{}"', () => `content="${escapeAttribute(JSON.stringify(hints))}"`);
  return {
    '/topology': await createStaticFile(page, { type: 'text/html; charset=utf-8', policy: POLICY }),
    '/topology.js': await createStaticFile(script!, { type: 'text/javascript; charset=utf-8' }),
    '/topology.css': await createStaticFile(style!, { type: 'text/css; charset=utf-8' }),
  };
};
