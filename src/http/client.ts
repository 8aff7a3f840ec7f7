import { type Dispatcher, errors, Pool } from 'undici';
import { AnswerTooLarge, AnswerTooSlow, parseJson, readText } from './body.ts';
import {
  MissingCredentials,
  UpstreamContractError,
  UpstreamError,
  UpstreamTimeout,
  UpstreamUnreachable,
} from './errors.ts';
import { isRefusalInDisguise, refusalOf } from './refusal.ts';
import { retryRead } from './retry.ts';
import type { Service, ServiceName } from './service.ts';
import { type AccessKey, encode, sign } from './signer.ts';

/** A cloud project, and where its services are. */
export interface Project {
  region: string;
  projectId: string;
  /** Base URL of each service, without a slash at the end. */
  endpoints: Readonly<Record<ServiceName, string>>;
  /** Signs every call; without it the caller's token is forwarded. */
  accessKey?: AccessKey | undefined;
  /** DataArts Insight workspace for callers that name none. */
  workspaceId?: string | undefined;
  /** Token for callers that send none. Only the sandbox has one. */
  token?: string | undefined;
}

/** What of a caller's request goes along upstream. */
export interface Caller {
  token?: string | undefined;
  workspaceId?: string | undefined;
  requestId: string;
  traceparent?: string | undefined;
  /** Ends reads, never writes, when the caller hangs up. */
  signal?: AbortSignal | undefined;
}

/** What a zod schema, compiled or not, does here. */
export interface Shape<T> {
  parse(body: unknown): T;
}

/** One REST call: the path as the vendor documents it, and what goes into it. */
export interface Call<T> {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  shape: Shape<T>;
}

/** The upstreams as one caller meets them. */
export interface Cloud {
  /** Reads: sent again after a failure that can pass. */
  get<T>(service: Service, project: Project, path: string, call: Call<T>): Promise<T>;
  /** Writes: sent once, whatever happens. */
  post<T>(service: Service, project: Project, path: string, call: Call<T> & { body: unknown }): Promise<T>;
}

/** How long and how much the client waits for and reads. */
export interface ClientLimits {
  connections: number;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  maxAnswerBytes: number;
}

/** What is known of a call when it ended. */
export interface CallReport {
  service: ServiceName;
  method: string;
  /** The path as documented, with its placeholders: it names no customer's resource. */
  path: string;
  outcome: 'ok' | UpstreamError['code'] | 'ABORTED';
  durationMs: number;
}

/** The connections to all upstreams, for as long as the process lives. */
export interface Client {
  as(caller: Caller): Cloud;
  close(): Promise<void>;
}

const pathOf = (path: string, params: Record<string, string>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`Not a path parameter: ${name}`);
    return encode(value);
  });

const queryOf = (query: Call<unknown>['query'] = {}): string => {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${encode(String(value))}`).join('&')}`;
};

const callerHeaders = (caller: Caller): Record<string, string> => ({
  accept: 'application/json',
  'x-request-id': caller.requestId,
  ...(caller.traceparent && { traceparent: caller.traceparent }),
});

interface Outgoing {
  method: 'GET' | 'POST';
  origin: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What is signed beside host and date; a proxy on the way may rewrite the rest, and failed signatures lock the key. */
const SIGNED = new Set(['content-type', 'x-project-id', 'x-workspace-id']);

/** Adds the credentials: a signature over the exact bytes where the project has a key, else the caller's token. */
const authorise = (service: Service, project: Project, caller: Caller, request: Outgoing) => {
  if (project.accessKey) {
    const headers = { ...request.headers, 'x-project-id': project.projectId };
    const signed = Object.fromEntries(Object.entries(headers).filter(([name]) => SIGNED.has(name)));
    const host = new URL(request.origin).host;
    return { ...headers, ...sign({ ...request, headers: signed, host }, project.accessKey) };
  }
  const token = caller.token ?? project.token;
  if (!token) throw new MissingCredentials(service.name);
  return { ...request.headers, 'x-auth-token': token };
};

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Undici's failures, and those of reading the body, in the closed family. */
const asUpstreamError = (service: Service, status: number, cause: unknown): unknown => {
  if (cause instanceof UpstreamError) return cause;
  if (cause instanceof AnswerTooLarge) {
    return new UpstreamContractError(service.name, status, 'with more than the gateway reads', { cause });
  }
  if (
    cause instanceof AnswerTooSlow ||
    cause instanceof errors.HeadersTimeoutError ||
    cause instanceof errors.BodyTimeoutError
  ) {
    return new UpstreamTimeout(service.name, { cause });
  }
  if (cause instanceof Error && cause.name === 'AbortError') return cause;
  const code = (cause as { code?: string }).code ?? '';
  return new UpstreamUnreachable(service.name, NEVER_SENT.has(code), { cause });
};

const parsed = (service: Service, status: number, text: string): unknown => {
  if (text.trim() === '') return null;
  try {
    return parseJson(text);
  } catch (cause) {
    throw new UpstreamContractError(service.name, status, 'with something that is not JSON', { cause });
  }
};

const shaped = <T>(service: Service, status: number, body: unknown, shape: Shape<T>): T => {
  try {
    return shape.parse(body);
  } catch (cause) {
    const at = (cause as { issues?: { path: PropertyKey[] }[] }).issues?.[0]?.path.join('.') ?? '';
    const where = at === '' ? 'in an unexpected shape' : `in an unexpected shape at ${at}`;
    throw new UpstreamContractError(service.name, status, where, { cause });
  }
};

const read = async <T>(
  service: Service,
  answer: Dispatcher.ResponseData,
  shape: Shape<T>,
  limits: { maxBytes: number; deadline: number },
): Promise<T> => {
  const { statusCode: status, headers, body } = answer;
  const text = await readText(body, limits);
  if (status >= 300 && status < 400) {
    throw new UpstreamContractError(service.name, status, 'with a redirect, which is never followed');
  }
  if (status >= 400) {
    let said: unknown;
    try {
      said = parseJson(text);
    } catch {
      // A load balancer's HTML page, or nothing: the status has to do.
    }
    throw refusalOf(service, status, headers, said);
  }
  const said = parsed(service, status, text);
  if (isRefusalInDisguise(said)) throw refusalOf(service, status, headers, said);
  return shaped(service, status, said, shape);
};

/** Opens nothing yet: a pool for each host is made when it is first called. */
export const createClient = (limits: ClientLimits, report: (call: CallReport) => void): Client => {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    let pool = pools.get(origin);
    if (!pool) {
      pool = new Pool(origin, {
        connections: limits.connections,
        connectTimeout: limits.connectTimeoutMs,
        headersTimeout: limits.answerTimeoutMs,
        bodyTimeout: limits.answerTimeoutMs,
      });
      pools.set(origin, pool);
    }
    return pool;
  };

  const attempt = async <T>(
    service: Service,
    path: string,
    request: Outgoing,
    shape: Shape<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    const started = Date.now();
    let outcome: CallReport['outcome'] = 'ok';
    let status = 0;
    try {
      const { origin, ...rest } = request;
      const answer = await poolOf(origin).request({ ...rest, signal: signal ?? null });
      status = answer.statusCode;
      const deadline = started + limits.answerTimeoutMs;
      return await read(service, answer, shape, { maxBytes: limits.maxAnswerBytes, deadline });
    } catch (cause) {
      const error = asUpstreamError(service, status, cause);
      outcome = error instanceof UpstreamError ? error.code : 'ABORTED';
      throw error;
    } finally {
      report({ service: service.name, method: request.method, path, outcome, durationMs: Date.now() - started });
    }
  };

  return {
    as: (caller) => {
      const send = <T>(
        service: Service,
        project: Project,
        path: string,
        { params, query, headers, shape, body }: Call<T> & { body?: unknown },
      ): Promise<T> => {
        const base = new URL(project.endpoints[service.name]);
        const prefix = base.pathname === '/' ? '' : base.pathname;
        const filled = pathOf(path, { project_id: project.projectId, ...params });
        const outgoing: Outgoing = {
          method: body === undefined ? 'GET' : 'POST',
          origin: base.origin,
          path: `${prefix}${filled}${queryOf(query)}`,
          headers: { ...callerHeaders(caller), ...headers },
        };
        if (body !== undefined) {
          outgoing.body = JSON.stringify(body);
          outgoing.headers['content-type'] = 'application/json';
        }
        const once = (signal?: AbortSignal) => {
          const authorised = { ...outgoing, headers: authorise(service, project, caller, outgoing) };
          return attempt(service, path, authorised, shape, signal);
        };
        return body === undefined ? retryRead(() => once(caller.signal), caller.signal) : once();
      };
      return {
        get: async (service, project, path, call) => send(service, project, path, call),
        post: async (service, project, path, call) => send(service, project, path, call),
      };
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
};
