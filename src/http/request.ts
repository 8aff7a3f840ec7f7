import type { Budget } from './budget.ts';
import { MissingCredentials, type UpstreamRefusal } from './errors.ts';
import type { AbortSignalLike } from './abort-signal.ts';
import type { CallReport } from './call-report.ts';
import type { Service, ServiceName } from './service.ts';
import { type AccessKey, encode, sign } from './signer.ts';
import type { CallTracer } from './call-tracer.ts';

/** A user of IAM: tokens are issued for its name and password. */
interface IamUser {
  name: string;
  password: string;
  /** Name of the account that the user belongs to. */
  domain: string;
}

/**
 * A cloud project, and where its services are. Upstreams declare their own settings in it: see
 * `upstreams/<service>/settings.ts`.
 */
export interface Project {
  region: string;
  projectId: string;
  /** What its owner calls it. */
  name?: string | undefined;
  /** Base URL of each service by its name, without a slash at the end; of IAM where the project has a user. */
  endpoints: Readonly<Record<ServiceName, string>>;
  /** Signs every call; without it, and without a user, the caller's token is forwarded. */
  accessKey?: AccessKey | undefined;
  /** Whose token every call carries; never together with an access key. */
  user?: IamUser | undefined;
  /** Token for callers that send none. Only the sandbox has one. */
  token?: string | undefined;
}

/** What of a caller's request goes along upstream. */
export interface Caller {
  token?: string | undefined;
  requestId: string;
  traceparent?: string | undefined;
  /** Ends reads, never writes, when the caller hangs up. */
  signal?: AbortSignalLike | undefined;
  /** A digest of the caller, where equal reads of the same caller may be made one. */
  shareAs?: (() => string) | undefined;
  /** Who shares the calls to a host with the others. */
  tenant: string;
  /** Is told that the cloud accepted the caller's own token. */
  onAccepted?: (() => void) | undefined;
  /** What the operation may still ask. */
  budget: Budget;
  /** Is told of each call when it ended, with what went into it. */
  onCall?: ((call: CallReport, parts: RequestInput) => void) | undefined;
  /** Follows the operation's calls; they carry its mark instead of the caller's `traceparent`. */
  trace?: CallTracer | undefined;
}

/** What goes into one REST call, beside its path. */
export interface RequestInput {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** A read unless told otherwise. */
  method?: Method;
  /** Sent as JSON. */
  body?: unknown;
  /** Which refusals of it are answers, since the code makes data of them: log, metrics and traces show no failure then. */
  answers?: ((refusal: UpstreamRefusal) => boolean) | undefined;
}

/** Throws where a write may not be sent any more; it is asked at the last moment before that. */
export type Fence = () => void;

/** What the three services know. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A request as it goes over the wire. */
export interface HttpRequest {
  method: Method;
  origin: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const PLACEHOLDER = /\{(\w+)\}/;

/** Paths as documented, taken apart once: between the parts of a path stand the names of its parameters. */
const templates = new Map<string, string[]>();

const templateOf = (path: string): string[] => {
  const known = templates.get(path);
  if (known) return known;
  const template = path.split(PLACEHOLDER);
  templates.set(path, template);
  return template;
};

const pathOf = (path: string, params: Record<string, string>): string => {
  const [start = '', ...rest] = templateOf(path);
  let filled = start;
  for (let at = 0; at < rest.length; at += 2) {
    const value = params[rest[at]!] ?? '';
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`Not a path parameter: ${rest[at]}`);
    filled += encode(value) + rest[at + 1]!;
  }
  return filled;
};

const queryOf = (query: RequestInput['query'] = {}): string => {
  let text = '';
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encode(String(value))}`;
  return text;
};

/** Base URLs, taken apart once. */
const bases = new Map<string, { origin: string; prefix: string }>();

const baseOf = (endpoint: string) => {
  const known = bases.get(endpoint);
  if (known) return known;
  const { origin, pathname } = new URL(endpoint);
  const base = { origin, prefix: pathname === '/' ? '' : pathname };
  bases.set(endpoint, base);
  return base;
};

/** The request of a call, without what its caller adds. */
export const buildRequest = (
  service: Service,
  project: Project,
  path: string,
  { method = 'GET', params, query, headers, body }: RequestInput,
): HttpRequest => {
  const { origin, prefix } = baseOf(project.endpoints[service.name]!);
  return {
    method,
    origin,
    path: `${prefix}${pathOf(path, { project_id: project.projectId, ...params })}${queryOf(query)}`,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
};

/** What is signed beside host and date; a proxy on the way may rewrite the rest, and failed signatures lock the key. */
const SIGNED = new Set(['content-type', 'x-project-id', 'x-workspace-id']);

const signed = (request: HttpRequest, project: Project, key: AccessKey): Record<string, string> => {
  const headers = { ...request.headers, 'x-project-id': project.projectId };
  const toSign = Object.fromEntries(Object.entries(headers).filter(([name]) => SIGNED.has(name)));
  return { ...headers, ...sign({ ...request, headers: toSign, host: new URL(request.origin).host }, key) };
};

/** The request as its caller sends it: marked as his, and without credentials. */
export const withCallerHeaders = (
  { requestId, traceparent }: Pick<Caller, 'requestId' | 'traceparent'>,
  request: HttpRequest,
): HttpRequest => ({
  ...request,
  headers: { ...request.headers, 'x-request-id': requestId, ...(traceparent && { traceparent }) },
});

/** The request with its credentials: a signature over its exact bytes where the project has a key, else the caller's token. */
export const authorise = (
  service: Service,
  project: Project,
  caller: Pick<Caller, 'token' | 'requestId' | 'traceparent'>,
  request: HttpRequest,
): HttpRequest => {
  const outgoing = withCallerHeaders(caller, request);
  if (project.accessKey) {
    outgoing.headers = signed(outgoing, project, project.accessKey);
    return outgoing;
  }
  const token = caller.token ?? project.token;
  if (!token) throw new MissingCredentials(service.name);
  outgoing.headers['x-auth-token'] = token;
  return outgoing;
};
