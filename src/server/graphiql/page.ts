import { createHash } from 'node:crypto';
import { createStaticFile, type StaticFile } from '../static-file.ts';
import { createTabs, type Examples } from './example-tabs.ts';

/** Headers that GraphiQL proposes; users fill in the empty values. */
export type HeaderHints = Readonly<Record<string, string>>;

/** What GraphiQL shows on first use. */
export interface GraphiqlDefaults {
  headers: HeaderHints;
  /** By default the tabs ask for the caller's own resources. */
  examples?: Examples;
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

/** Keeps tabs in place: the first click on one would move it away from the pointer, and open nothing. */
const STYLE = '<style>.graphiql-tab { transform: none !important; }</style>';

/**
 * Script that runs before GraphiQL starts and stores the query and variables of the active tab. GraphiQL opens with the tab that the
 * stored query and variables belong to, and adds a tab if none does. It stores them only when they are edited, so that each reload would
 * add a tab. A URL with a query of its own may add one.
 *
 * A stored tab with the variables of another cloud that was served here before, such as the sandbox, gets those of this one.
 */
const START_SCRIPT = `
  try {
    const examples = EXAMPLE_TABS;
    const state = JSON.parse(localStorage.getItem('graphiql:tabState'));
    const before = JSON.parse(localStorage.getItem('graphiql:examples')) ?? [];
    for (const tab of state?.tabs ?? []) {
      const isSame = ({ query, variables }) => query === tab.query && variables === tab.variables;
      const example = before.some(isSame) && examples.find(({ query }) => query === tab.query);
      if (example) tab.variables = example.variables;
    }
    if (state) localStorage.setItem('graphiql:tabState', JSON.stringify(state));
    localStorage.setItem('graphiql:examples', JSON.stringify(examples));
    const tab = state ? state.tabs[state.activeTabIndex] : examples[0];
    const asked = new URLSearchParams(location.search).get('query') ?? tab.query;
    localStorage.setItem('graphiql:query', asked ?? '');
    localStorage.setItem('graphiql:variables', (asked === tab.query && tab.variables) || '');
  } catch {}
`;

/** A value as JSON that can stand in a script: `</script>` in it would end the script. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Renders the page. The package is 9 MB of text, and is loaded by the first request for the page. */
const render = async ({ headers, examples }: GraphiqlDefaults): Promise<string> => {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const tabs = createTabs(examples);
  const options = {
    title: 'VPC endpoints',
    defaultTabs: [...tabs],
    headers: JSON.stringify(headers, null, 2),
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'headers' as const,
  };
  return renderGraphiQL(options)
    .replace(JSON.stringify(options), () => inScript(options))
    .replace(
      '<script>',
      () => `${STYLE}<script>${START_SCRIPT.replace('EXAMPLE_TABS', () => inScript(tabs))}`,
    );
};

/** Creates GraphiQL's page: 9 MB, and it loads nothing from other hosts. */
export const createPage = async (defaults: GraphiqlDefaults): Promise<StaticFile> => {
  const html = await render(defaults);
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));
  return createStaticFile(html, { type: 'text/html; charset=utf-8', policy: securityPolicy(script) });
};
