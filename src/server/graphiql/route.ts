import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { WriteBuffers } from '../../capacity/write-buffers.ts';
import type { Config } from '../../config/config.ts';
import { type AddressOf, hostOfAddress } from '../../guards/client-address.ts';
import { createPage, type GraphiqlDefaults, type HeaderHints, type Page } from './page.ts';

const unzip = promisify(gunzip);

/** Sends the page of GraphiQL. */
export type GraphiqlRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const DEFAULTS: GraphiqlDefaults = { headers: { 'X-Auth-Token': '', 'X-Workspace-Id': '' } };

/** The headers that this gateway requires, and `X-Explain` if the gateway answers it. */
const proposedHeaders = (
  { authentication, explain }: Pick<Config, 'authentication' | 'explain'>,
  hints: HeaderHints,
): HeaderHints => ({
  ...hints,
  ...((authentication.apiKeys.length > 0 || authentication.jwt) && { Authorization: '' }),
  ...(explain && { 'X-Explain': '1' }),
});

/** True if the request comes from a browser that wants to show a page. */
export const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html');

/** Creates the page with the first request for it, and keeps it compressed. Undefined if GraphiQL is turned off. */
export const createGraphiqlRoute = (
  config: Pick<Config, 'graphiql' | 'authentication' | 'explain'>,
  defaults = DEFAULTS,
  { writeBuffers, addressOf }: { writeBuffers: Pick<WriteBuffers, 'send'>; addressOf: AddressOf },
): GraphiqlRoute | undefined => {
  if (!config.graphiql) return undefined;
  let page: Promise<Page> | undefined;

  return async (request, response) => {
    const { zipped, etag, policy } = await (page ??= createPage({
      ...defaults,
      headers: proposedHeaders(config, defaults.headers),
    }));
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
    const tenant = `address ${hostOfAddress(addressOf(request))}`;
    writeBuffers.send(response, { status: 200, headers, body }, tenant);
  };
};
