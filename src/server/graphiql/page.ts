import { createHash } from 'node:crypto';
import { createStaticFile, type StaticFile } from '../static-file.ts';
import { loadPage } from '../load-page.ts';
import { EXAMPLE_TABS } from './example-tabs.ts';

/** Headers that GraphiQL proposes; users fill in the empty values. */
export type HeaderHints = Readonly<Record<string, string>>;

/** What GraphiQL shows on first use. */
export interface GraphiqlDefaults {
  headers: HeaderHints;
}

const digest = (content: string): string => createHash('sha256').update(content).digest('base64');

/** The page runs its own script only, loads nothing, and calls this gateway only; its workers are blobs. */
const securityPolicy = (script: string): string =>
  [
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    // The editor adds style elements and attributes at run time.
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    'worker-src blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const STYLE = `<style>
/* Keeps tabs in place: the first click on one would move it away from the pointer, and open nothing. */
.graphiql-tab { transform: none !important; }
.graphiql-logo { white-space: nowrap; }
#operation-cost {
  padding: var(--px-6) var(--px-16) var(--px-8);
  color: hsla(var(--color-neutral), var(--alpha-secondary));
  font-size: var(--font-size-hint);
}
#operation-cost:empty { display: none; }
/* In a narrow window, the answer is below the query. */
@media (max-width: 720px) {
  .graphiql-container .graphiql-sidebar { display: none; }
  .graphiql-logo { display: none; }
  #graphiql-session { flex-direction: column; }
  #graphiql-session > * { flex: 1 1 0 !important; min-width: 0; min-height: 0; padding-left: 0 !important; }
  .graphiql-horizontal-drag-bar { display: none; }
}
</style>`;

/** A value as JSON that can stand in a script: `</script>` in it would end the script. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Renders the page. The package is 9 MB of text, and is loaded by the first request for the page. */
const render = async ({ headers }: GraphiqlDefaults): Promise<string> => {
  const [{ renderGraphiQL }, read] = await Promise.all([
    import('@graphql-yoga/render-graphiql'),
    loadPage('graphiql'),
  ]);
  const script = await read('page.js');
  const options = {
    title: 'VPC endpoints',
    defaultTabs: [...EXAMPLE_TABS],
    headers: JSON.stringify(headers, null, 2),
    shouldPersistHeaders: false,
  };
  return (
    renderGraphiQL(options)
      .replace(JSON.stringify(options), () => `graphiqlPage.start(${inScript(options)})`)
      // The page's script fills the pane of variables.
      .replace('globalAPI: false', 'globalAPI: true')
      .replace('<script>', () => `${STYLE}<script>${script}`)
  );
};

/** Creates GraphiQL's page: 9 MB, and it loads nothing from other hosts. */
export const createPage = async (defaults: GraphiqlDefaults): Promise<StaticFile> => {
  const html = await render(defaults);
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));
  return createStaticFile(html, { type: 'text/html; charset=utf-8', policy: securityPolicy(script) });
};
