import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { TABS } from './graphiql-tabs.ts';

/** Values that GraphiQL's header pane starts with; empty where the person has to fill them in. */
export interface HeaderHints {
  'X-Auth-Token': string;
  'X-Workspace-Id': string;
}

/** The page brings all it needs; its workers are blobs, and it talks to this gateway only. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'worker-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const zip = promisify(gzip);

/** Whether a request is a browser that wants to see a page. */
export const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html');

/** GraphiQL: one page of 9 MB without a foreign host, made and compressed when it is first asked for. */
export const createGraphiql = (hints: HeaderHints) => {
  const make = async () => {
    const headers = JSON.stringify(hints, null, 2);
    const html = renderGraphiQL({
      title: 'VPC endpoints',
      endpoint: '/graphql',
      defaultTabs: TABS.map((tab) => ({ headers, ...tab })),
      headers,
      defaultHeaders: headers,
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: true,
      defaultEditorToolsVisibility: 'headers',
      credentials: 'same-origin',
    });
    const body = await zip(html);
    return { html, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"` };
  };
  let page: ReturnType<typeof make> | undefined;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    page ??= make();
    const { html, body, etag } = await page;
    const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    response.setHeader('etag', etag);
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('vary', 'accept, accept-encoding');
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      ...(zipped && { 'content-encoding': 'gzip' }),
    });
    response.end(zipped ? body : html);
  };
};
