import { createClient as createSseClient } from 'graphql-sse';
import { fetch, type RequestInit } from 'undici';
import { z } from 'zod';
import { createDispatcher } from '../http/dispatcher.ts';
import { parseExceptions, parseProxy, type Proxies, type ProxyServer } from '../http/proxies.ts';
import { WrongUse } from './exit-codes.ts';

const ErrorInAnswer = z.looseObject({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.looseObject({ code: z.string().optional() }).optional(),
});

const Answer = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(ErrorInAnswer).optional(),
});

/** The answer to an operation, as GraphQL over HTTP has it. */
export type Answer = z.infer<typeof Answer>;

/** An operation. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

/** Asks a gateway over HTTP. */
export interface Client {
  /** @throws an error whose message says that there is no gateway, or something else, at the URL. */
  ask(operation: Operation): Promise<Answer>;
  subscribe(operation: Operation): AsyncIterable<Answer>;
}

/** The credentials of whoever runs the command. They come from the environment: a command line is visible to other users. */
const readHeaders = (environment: NodeJS.ProcessEnv): Record<string, string> => {
  const { HW_AUTH_TOKEN, HW_WORKSPACE_ID, GATEWAY_API_KEY } = environment;
  return {
    ...(HW_AUTH_TOKEN && { 'x-auth-token': HW_AUTH_TOKEN }),
    ...(HW_WORKSPACE_ID && { 'x-workspace-id': HW_WORKSPACE_ID }),
    ...(GATEWAY_API_KEY && { authorization: `Bearer ${GATEWAY_API_KEY}` }),
  };
};

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The URL of a gateway's graph, from that of the gateway or of the graph.
 * @throws WrongUse if it is none, or would carry credentials in the clear.
 */
export const readGraphUrl = (text: string, environment: NodeJS.ProcessEnv = {}): URL => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new WrongUse('--url: takes the URL of a gateway, such as https://graph.example.com.');
  if (url.username || url.password)
    throw new WrongUse('--url: carries a password, which other users of this machine can see. Leave it out.');
  const inClear = url.protocol === 'http:' && !LOOPBACK.test(url.hostname);
  if (
    inClear &&
    Object.keys(readHeaders(environment)).length > 0 &&
    environment['ALLOW_INSECURE_UPSTREAM'] !== '1'
  )
    throw new WrongUse(
      '--url: would send your credentials over plain http. Give an https URL, or set ALLOW_INSECURE_UPSTREAM=1 in a network that you trust.',
    );
  if (!url.pathname.endsWith('/graphql')) url.pathname = `${url.pathname.replace(/\/$/, '')}/graphql`;
  return url;
};

/**
 * The proxies of the environment, in lower case or in capitals, as the gateway takes them.
 * @throws WrongUse if one is no URL of a proxy.
 */
const readProxies = (environment: NodeJS.ProcessEnv): Proxies => {
  const read = (name: string) => environment[name.toLowerCase()] ?? environment[name] ?? '';
  const readProxy = (name: string): ProxyServer | undefined => {
    const text = read(name);
    const proxy = parseProxy(text);
    if (text && !proxy)
      throw new WrongUse(
        `${name}: must be an http or https URL of a proxy, such as http://proxy.example.com:3128.`,
      );
    return proxy;
  };
  const [https, http] = [readProxy('HTTPS_PROXY'), readProxy('HTTP_PROXY')];
  return { ...(https && { https }), ...(http && { http }), except: parseExceptions(read('NO_PROXY')) };
};

/** Few calls are made at once, and somebody waits for them. */
const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than any gateway lets an operation take. */
const ANSWER_TIMEOUT_MS = 660_000;

const describe = (url: URL, error: unknown): Error => {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Error(`${url.origin}: does not answer.`);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new Error(`${url.origin}: there is no connection${code}.`);
};

/** A client of the gateway at a URL. Calls end when the signal is aborted. */
export const createClient = (
  url: URL,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
  more: Record<string, string> = {},
): Client => {
  const headers = { ...readHeaders(environment), ...more };
  const dispatcher = createDispatcher(url.origin, {
    connections: CONNECTIONS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    proxies: readProxies(environment),
  });
  return {
    ask: async (operation) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          ...headers,
          accept: 'application/graphql-response+json, application/json;q=0.9',
          'content-type': 'application/json',
        },
        body: JSON.stringify(operation),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
        dispatcher,
      }).catch((error: unknown) => {
        throw signal.aborted ? error : describe(url, error);
      });
      const answer = Answer.safeParse(await response.json().catch(() => undefined));
      if (answer.success && (answer.data.data ?? answer.data.errors)) return answer.data;
      throw new Error(
        `${url.origin}${url.pathname}: answers with status ${response.status}, and no GraphQL.`,
      );
    },
    subscribe: (operation) => {
      const events = createSseClient({
        url: url.href,
        headers,
        retryAttempts: 0,
        fetchFn: (input: string, init: RequestInit) => fetch(input, { ...init, dispatcher }),
      });
      signal.addEventListener('abort', () => events.dispose());
      return events.iterate(operation) as AsyncIterable<Answer>;
    },
  };
};
