import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type AddressOf, hostOfAddress } from '../../guards/client-address.ts';
import type { Outbox } from '../../capacity/write-buffers.ts';
import { TABS } from './example-tabs.ts';

/** Values that GraphiQL's header pane starts with; empty where the person has to fill them in. */
export type HeaderHints = Readonly<Record<string, string>>;

const [zip, unzip] = [promisify(gzip), promisify(gunzip)];

const hashOf = (content: string, encoding: 'base64' | 'base64url') =>
  createHash('sha256').update(content).digest(encoding);

/** The page brings all it needs and runs its own script only; its workers are blobs, and it talks to this gateway only. */
const securityPolicy = (script: string): string =>
  [
    "default-src 'none'",
    `script-src 'sha256-${hashOf(script, 'base64')}'`,
    // The editor makes style elements and attributes as it goes.
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    'worker-src blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Whether a request is a browser that wants to see a page. */
export const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html');

/** Tabs do not move: else the first press on one makes it jump from under the pointer, and opens nothing. */
const STYLE = '<style>.graphiql-tab { transform: none !important; }</style>';

/**
 * GraphiQL opens with the tab that the stored query and variables belong to, and adds one where none fits. It stores
 * them only once they were edited, so that each reload would add a tab. An address with a query of its own may.
 */
const START = `
  try {
    const state = JSON.parse(localStorage.getItem('graphiql:tabState'));
    const tab = state ? state.tabs[state.activeTabIndex] : FIRST_TAB;
    const asked = new URLSearchParams(location.search).get('query') ?? tab.query;
    localStorage.setItem('graphiql:query', asked ?? '');
    localStorage.setItem('graphiql:variables', (asked === tab.query && tab.variables) || '');
  } catch {}
`;

/** A value as JSON that can stand in a script: `</script>` in it would end the script. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const render = async (hints: HeaderHints): Promise<string> => {
  // Loaded late: the package is 9 MB of text, which a gateway without GraphiQL has no use for.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = {
    title: 'VPC endpoints',
    defaultTabs: [...TABS],
    headers: JSON.stringify(hints, null, 2),
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: 'headers' as const,
  };
  return renderGraphiQL(options)
    .replace(JSON.stringify(options), () => inScript(options))
    .replace('<script>', () => `${STYLE}<script>${START.replace('FIRST_TAB', () => inScript(TABS[0]))}`);
};

const pageOf = async (hints: HeaderHints) => {
  const html = await render(hints);
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));
  return {
    zipped: await zip(html),
    etag: `"${hashOf(html, 'base64url').slice(0, 20)}"`,
    policy: securityPolicy(script),
  };
};

/** GraphiQL: one page of 9 MB without a foreign host, made when it is first asked for and kept compressed. */
export const createGraphiql = (hints: HeaderHints, outbox: Pick<Outbox, 'send'>, addressOf: AddressOf) => {
  let page: ReturnType<typeof pageOf> | undefined;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { zipped, etag, policy } = await (page ??= pageOf(hints));
    // Weak: the same tag stands for the page with and without compression.
    response.setHeader('etag', `W/${etag}`);
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('vary', 'accept, accept-encoding');
    response.setHeader('content-security-policy', policy);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    if (request.headers['if-none-match']?.includes(etag)) {
      response.writeHead(304).end();
      return;
    }
    const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const body = isZipped ? zipped : await unzip(zipped);
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      ...(isZipped && { 'content-encoding': 'gzip' }),
    };
    if (response.destroyed) return;
    outbox.send(response, { status: 200, headers, body }, `address ${hostOfAddress(addressOf(request))}`);
  };
};
