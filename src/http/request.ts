import type { Budget } from './budget.ts';
import { MissingCredentials, type UpstreamRefusal } from './errors.ts';
import type { AbortSignalLike } from './abort-signal.ts';
import type { CallReport } from './call-report.ts';
import type { Service, ServiceName } from './service.ts';
import { type AccessKey, encode, sign } from './signer.ts';
import type { CallTracer } from './call-tracer.ts';

/** An IAM user: IAM issues tokens for the name and password. */
interface IamUser {
  name: string;
  password: string;
  /** Name of the account that the user belongs to. */
  domain: string;
}

/**
 * A cloud project and the endpoints of its services. Upstreams declare settings of their own in it, in
 * `upstreams/<service>/settings.ts`.
 */
export interface Project {
  region: string;
  projectId: string;
  /** Chosen by its owner. */
  name?: string | undefined;
  /** Base URL of each service by its name, without a slash at the end; that of IAM only if the project has a user. */
  endpoints: Readonly<Record<ServiceName, string>>;
  /** Signs every call. Without it and without a user, the caller's token is forwarded. */
  accessKey?: AccessKey | undefined;
  /** Every call carries a token of this user. Never set together with an access key. */
  user?: IamUser | undefined;
  /** Token for callers that send none. Only the sandbox has one. */
  token?: string | undefined;
}

/** The caller on whose behalf upstream calls are made, and the limits of their operation. */
export interface Caller {
  token?: string | undefined;
  requestId: string;
  traceparent?: string | undefined;
  /** Aborts reads, never writes, when the client disconnects. */
  signal?: AbortSignalLike | undefined;
  /** A digest of the caller, if their equal reads may be joined. */
  shareAs?: (() => string) | undefined;
  /** Limits of calls and bytes are shared fairly between tenants. */
  tenant: string;
  /** Called when the cloud has accepted the caller's own token. */
  onAccepted?: (() => void) | undefined;
  budget: Budget;
  /** Called when a call has ended. */
  onCall?: ((call: CallReport, input: RequestInput) => void) | undefined;
  /** Traces the operation's calls, which then carry the `traceparent` of their span instead of the caller's. */
  trace?: CallTracer | undefined;
}

/** Parameters, headers and body of one REST call; everything but its path. */
export interface RequestInput {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** `GET` if missing. */
  method?: Method;
  /** The call reads, although it is a `POST`. */
  isQuery?: boolean;
  /** Sent as JSON. */
  body?: unknown;
  /** True for refusals that the call expects and makes data of: log, metrics and traces show no failure then. */
  isExpectedRefusal?: ((refusal: UpstreamRefusal) => boolean) | undefined;
}

/** Throws if a write may no longer be sent; called immediately before it is. */
export type Fence = () => void;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A request as it goes over the wire. */
export interface HttpRequest {
  method: Method;
  /** Changes nothing, so that it can be repeated. */
  isRead: boolean;
  origin: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const PLACEHOLDER = /\{(\w+)\}/;

/** Documented paths, split once: text and parameter names alternate. */
const templates = new Map<string, string[]>();

const parseTemplate = (path: string): string[] => {
  const cached = templates.get(path);
  if (cached) return cached;
  const template = path.split(PLACEHOLDER);
  templates.set(path, template);
  return template;
};

const fillPath = (path: string, params: Record<string, string>): string => {
  const [start = '', ...rest] = parseTemplate(path);
  let filled = start;
  for (let index = 0; index < rest.length; index += 2) {
    const value = params[rest[index]!] ?? '';
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`Not a path parameter: ${rest[index]}`);
    filled += encode(value) + rest[index + 1]!;
  }
  return filled;
};

const formatQuery = (query: RequestInput['query'] = {}): string => {
  let text = '';
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encode(String(value))}`;
  return text;
};

/** Base URLs, parsed once. */
const bases = new Map<string, { origin: string; prefix: string }>();

const parseBase = (endpoint: string) => {
  const cached = bases.get(endpoint);
  if (cached) return cached;
  const { origin, pathname } = new URL(endpoint);
  const base = { origin, prefix: pathname === '/' ? '' : pathname };
  bases.set(endpoint, base);
  return base;
};

/** Builds the request of a call, without the caller's headers and without credentials. */
export const buildRequest = (
  service: Service,
  project: Project,
  path: string,
  { method = 'GET', isQuery = false, params, query, headers, body }: RequestInput,
): HttpRequest => {
  const { origin, prefix } = parseBase(project.endpoints[service.name]!);
  return {
    method,
    isRead: isQuery || method === 'GET',
    origin,
    path: `${prefix}${fillPath(path, { project_id: project.projectId, ...params })}${formatQuery(query)}`,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
};

/** Headers that are signed beside host and date. A proxy may rewrite other headers, and failed signatures lock the access key. */
const SIGNED_HEADERS = new Set(['content-type', 'x-project-id', 'x-workspace-id']);

const signHeaders = (request: HttpRequest, project: Project, key: AccessKey): Record<string, string> => {
  const headers = { ...request.headers, 'x-project-id': project.projectId };
  const toSign = Object.fromEntries(Object.entries(headers).filter(([name]) => SIGNED_HEADERS.has(name)));
  return { ...headers, ...sign({ ...request, headers: toSign, host: new URL(request.origin).host }, key) };
};

/** Adds the caller's request id and `traceparent`, but no credentials. */
export const withCallerHeaders = (
  { requestId, traceparent }: Pick<Caller, 'requestId' | 'traceparent'>,
  request: HttpRequest,
): HttpRequest => ({
  ...request,
  headers: { ...request.headers, 'x-request-id': requestId, ...(traceparent && { traceparent }) },
});

/**
 * Adds the caller's headers and the credentials: a signature over the exact bytes if the project has an access key, else the token.
 * @throws `UNAUTHENTICATED` if there is neither a key nor a token.
 */
export const authorise = (
  service: Service,
  project: Project,
  caller: Pick<Caller, 'token' | 'requestId' | 'traceparent'>,
  request: HttpRequest,
): HttpRequest => {
  const outgoing = withCallerHeaders(caller, request);
  if (project.accessKey) {
    outgoing.headers = signHeaders(outgoing, project, project.accessKey);
    return outgoing;
  }
  const token = caller.token ?? project.token;
  if (!token) throw new MissingCredentials(service.name);
  outgoing.headers['x-auth-token'] = token;
  return outgoing;
};
