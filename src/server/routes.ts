import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cors } from '../guards/cors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { type GraphiqlRoute, wantsPage } from './graphiql/route.ts';
import type { GraphqlRequests } from './graphql-request.ts';
import { destroyAfter } from './timeouts.ts';
import { createWelcomePage, type SendWelcomePage } from './welcome-page.ts';

/** Answers one request. */
type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void> | void;

/** The handlers of one port, by path. */
export interface Routes {
  paths: Readonly<Record<string, Handler>>;
  notFound: Handler;
}

/** Sets the request id of a response without an operation, and limits the time to read it. */
export type PrepareResponse = (response: ServerResponse, requestId: string) => void;

/** Disconnects clients that do not read a response within `readMs` milliseconds. */
export const prepareResponses =
  (readMs: number): PrepareResponse =>
  (response, requestId) => {
    response.setHeader('x-request-id', requestId);
    response.once('close', destroyAfter(response, readMs));
  };

interface Deps {
  prepareResponse: PrepareResponse;
  requests: Pick<GraphqlRequests, 'answer'>;
  cors: Cors;
  /** Missing where GraphiQL is turned off. */
  graphiql: GraphiqlRoute | undefined;
  /** By path; none where the topology page is turned off. */
  topology: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>>;
  metrics: Pick<Metrics, 'text' | 'contentType'>;
  isDraining: () => boolean;
  /** In front of all paths; empty by default. */
  basePath: string;
  /** The metrics have their own port. */
  metricsApart: boolean;
}

const sendText = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

/** True if a browser wants a page instead of the answer to a query in the URL. */
const wantsWelcomePage = (request: IncomingMessage): boolean =>
  wantsPage(request) && !/[?&]query=/.test(request.url ?? '');

/** Handles `/graphql`: GraphiQL or a static page for browsers, the response to a CORS preflight, or a GraphQL request. */
const createGraphHandler =
  ({ requests, cors, graphiql, prepareResponse }: Deps, sendWelcomePage: SendWelcomePage): Handler =>
  (request, response, requestId) => {
    if (graphiql && wantsPage(request)) {
      prepareResponse(response, requestId);
      return graphiql(request, response);
    }
    if (!graphiql && wantsWelcomePage(request)) {
      prepareResponse(response, requestId);
      // The resource is the graph, which has no representation as a page.
      return sendWelcomePage(response, 406);
    }
    if (request.method === 'OPTIONS') prepareResponse(response, requestId);
    return cors(request, response) ? undefined : requests.answer(request, response, requestId);
  };

const addBasePath = (basePath: string, paths: Routes['paths']): Routes['paths'] =>
  Object.fromEntries(Object.entries(paths).map(([path, handler]) => [`${basePath}${path}`, handler]));

/** The routes of the main port, and those of the port for metrics. */
export const createRoutes = (deps: Deps): { main: Routes; apart: Routes } => {
  const { prepareResponse, graphiql, topology, metrics, isDraining, basePath, metricsApart } = deps;
  const withoutOperation =
    (answer: (response: ServerResponse) => Promise<void> | void): Handler =>
    (_request, response, requestId) => {
      prepareResponse(response, requestId);
      return answer(response);
    };
  const notFound = (hint: string) =>
    withoutOperation((response) => sendText(response, 404, `There is nothing here. ${hint}`));
  const probes = {
    '/health': withoutOperation((response) => sendText(response, 200, 'alive')),
    '/ready': withoutOperation((response) =>
      isDraining() ? sendText(response, 503, 'draining') : sendText(response, 200, 'ready'),
    ),
  };
  const metricsPage = {
    '/metrics': withoutOperation(async (response) => {
      response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.text());
    }),
  };
  const notFoundOnMain = notFound(`The graph is at ${basePath}/graphql.`);
  /** Relative, since a reverse proxy may have removed the beginning of the path. */
  const redirectTo = (location: string) =>
    withoutOperation((response) => {
      response.writeHead(302, { location }).end();
    });
  const forBrowsers =
    (page: Handler): Handler =>
    (request, response, requestId) =>
      (wantsPage(request) ? page : notFoundOnMain)(request, response, requestId);
  const sendWelcomePage = createWelcomePage({
    graphiql: graphiql !== undefined,
    topology: '/topology' in topology,
  });
  const welcomePage = withoutOperation((response) => sendWelcomePage(response, 200));
  const topologyPage = Object.fromEntries(
    Object.entries(topology).map(([path, send]): [string, Handler] => [
      path,
      (request, response, requestId) => {
        prepareResponse(response, requestId);
        return send(request, response);
      },
    ]),
  );
  const withoutGraph = { ...probes, ...(!metricsApart && metricsPage) };
  const lastPart = basePath.slice(basePath.lastIndexOf('/') + 1);
  return {
    main: {
      paths: {
        ...addBasePath(basePath, {
          '/graphql': createGraphHandler(deps, sendWelcomePage),
          ...topologyPage,
          ...withoutGraph,
          '/': forBrowsers(welcomePage),
          ...(basePath && {
            // Without the slash, links of the page would miss the base path.
            '': forBrowsers(redirectTo(`${lastPart}/`)),
          }),
        }),
        // Who asks the process itself, past the reverse proxy, need not know the path.
        ...withoutGraph,
      },
      notFound: notFoundOnMain,
    },
    apart: { paths: { ...probes, ...metricsPage }, notFound: notFound('Metrics are at /metrics.') },
  };
};
