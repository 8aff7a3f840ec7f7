import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../../config/config.ts';
import { needsToken } from '../needs-token.ts';
import type { SendFile, StaticFile } from '../static-file.ts';

/** Sends the topology page or what it loads. */
type TopologyRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Paths of the page and of what it loads. */
const PATHS = ['/topology', '/topology.js', '/topology.css'] as const;

/** The routes of the topology page by path, made with the first request for one of them. None if the page is turned off. */
export const createTopologyRoutes = (
  config: Pick<Config, 'topology' | 'graphiql' | 'authentication' | 'projects' | 'sizes'>,
  sandbox: boolean,
  sendFile: SendFile,
): Readonly<Record<string, TopologyRoute>> => {
  if (!config.topology) return {};
  const { graphiql, authentication, sizes } = config;
  const authorization = authentication.apiKeys.length > 0 || authentication.jwt !== undefined;
  const token = needsToken(config);
  let files: Promise<Readonly<Record<string, StaticFile>>> | undefined;
  const load = async () => {
    const { createTopologyFiles } = await import('./page.ts');
    return createTopologyFiles({ sandbox, authorization, token, maxPage: sizes.max, graphiql });
  };
  const send =
    (path: string): TopologyRoute =>
    async (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
        return;
      }
      const all = await (files ??= load());
      await sendFile(request, response, all[path]!);
    };
  return Object.fromEntries(PATHS.map((path) => [path, send(path)]));
};
