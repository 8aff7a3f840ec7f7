import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../../config/config.ts';
import { needsToken } from '../needs-token.ts';
import type { SendFile, StaticFile } from '../static-file.ts';
import { createPage, type GraphiqlDefaults, type HeaderHints } from './page.ts';

/** Sends the page of GraphiQL. */
export type GraphiqlRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const DEFAULTS: GraphiqlDefaults = { headers: { 'X-Auth-Token': '', 'X-Workspace-Id': '' } };

/** The headers that this gateway requires: no token where it has credentials of its own. */
const proposedHeaders = (
  config: Pick<Config, 'authentication' | 'projects'>,
  { 'X-Auth-Token': token = '', ...hints }: HeaderHints,
): HeaderHints => ({
  ...((token !== '' || needsToken(config)) && { 'X-Auth-Token': token }),
  ...hints,
  ...((config.authentication.apiKeys.length > 0 || config.authentication.jwt) && { Authorization: '' }),
});

/** True if the request comes from a browser that wants to show a page. */
export const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html');

/** Creates the page with the first request for it, and keeps it compressed. Undefined if GraphiQL is turned off. */
export const createGraphiqlRoute = (
  config: Pick<Config, 'graphiql' | 'authentication' | 'projects'>,
  defaults = DEFAULTS,
  sendFile: SendFile,
): GraphiqlRoute | undefined => {
  if (!config.graphiql) return undefined;
  let page: Promise<StaticFile> | undefined;
  return async (request, response) =>
    sendFile(
      request,
      response,
      await (page ??= createPage({ ...defaults, headers: proposedHeaders(config, defaults.headers) })),
    );
};
