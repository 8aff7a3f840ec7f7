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
  /** Headers of the calls that need no others; made by the first of them. */
  plainHeaders?: readonly string[];
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

/** A request as it goes over the wire, without its headers. */
export interface HttpRequest {
  method: Method;
  /** Changes nothing, so that it can be repeated. */
  isRead: boolean;
  origin: string;
  path: string;
  body: string | undefined;
}

/** A call to which credentials are added. */
interface AuthorisableCall {
  service: Service;
  project: Project;
  input: RequestInput;
  request: HttpRequest;
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

const fillPath = (path: string, projectId: string, params: RequestInput['params']): string => {
  const template = parseTemplate(path);
  let filled = template[0]!;
  for (let index = 1; index < template.length; index += 2) {
    const name = template[index]!;
    const value = params?.[name] ?? (name === 'project_id' ? projectId : '');
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`Not a path parameter: ${name}`);
    filled += encode(value) + template[index + 1]!;
  }
  return filled;
};

const formatQuery = (query: RequestInput['query']): string => {
  let text = '';
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encode(String(value))}`;
  }
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

/** Builds the request of a call. */
export const buildRequest = (
  service: Service,
  project: Project,
  path: string,
  { method = 'GET', isQuery = false, params, query, body }: RequestInput,
): HttpRequest => {
  const { origin, prefix } = parseBase(project.endpoints[service.name]!);
  return {
    method,
    isRead: isQuery || method === 'GET',
    origin,
    path: prefix + fillPath(path, project.projectId, params) + formatQuery(query),
    body: body === undefined ? undefined : JSON.stringify(body),
  };
};

/** Headers that are signed beside host and date. A proxy may rewrite other headers, and failed signatures lock the access key. */
const SIGNED_HEADERS = new Set(['content-type', 'x-project-id', 'x-workspace-id']);

/** The caller, as far as the headers name them. A traced call gets the `traceparent` of its span when it is sent. */
type CallerHeaders = Pick<Caller, 'requestId' | 'traceparent' | 'trace'>;

/** Appends headers to a list in which names and values alternate. */
const addHeaders = (list: string[], headers: Readonly<Record<string, string>>): void => {
  for (const name of Object.keys(headers)) list.push(name, headers[name]!);
};

/** The headers of a request without credentials: names and values alternate. */
export const headersOf = (
  { body }: HttpRequest,
  { headers }: Pick<RequestInput, 'headers'>,
  { requestId, traceparent, trace }: CallerHeaders,
): string[] => {
  const list = ['accept', 'application/json', 'x-request-id', requestId];
  if (traceparent && !trace) list.push('traceparent', traceparent);
  if (body !== undefined) list.push('content-type', 'application/json');
  if (headers) addHeaders(list, headers);
  return list;
};

const signature = (request: HttpRequest, project: Project, key: AccessKey, list: readonly string[]) => {
  const toSign: Record<string, string> = { 'x-project-id': project.projectId };
  for (let index = 0; index < list.length; index += 2)
    if (SIGNED_HEADERS.has(list[index]!)) toSign[list[index]!] = list[index + 1]!;
  const signed = sign({ ...request, headers: toSign, host: new URL(request.origin).host }, key);
  return { 'x-project-id': project.projectId, ...signed };
};

/** True if all calls of the caller with their own token have the same headers. */
const isPlain = ({ body }: HttpRequest, { headers }: RequestInput): boolean =>
  body === undefined && headers === undefined;

/**
 * The headers of a call with the caller's and the credentials: a signature over the exact bytes if the project has an access key, else
 * the token. Names and values alternate.
 * @throws `UNAUTHENTICATED` if there is neither a key nor a token.
 */
export const authorise = (
  { service, project, request, input }: AuthorisableCall,
  caller: CallerHeaders & Pick<Caller, 'token' | 'plainHeaders'>,
  token: string | undefined,
): readonly string[] => {
  const { accessKey } = project;
  if (accessKey) {
    const list = headersOf(request, input, caller);
    addHeaders(list, signature(request, project, accessKey, list));
    return list;
  }
  if (!token) throw new MissingCredentials(service.name);
  const isShared = token === caller.token && isPlain(request, input);
  if (isShared && caller.plainHeaders) return caller.plainHeaders;
  const list = headersOf(request, input, caller);
  list.push('x-auth-token', token);
  if (isShared) caller.plainHeaders = list;
  return list;
};
