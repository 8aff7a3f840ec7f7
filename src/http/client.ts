import { randomUUID } from 'node:crypto';
import { readAnswer, type Shape } from './answer.ts';
import type { BudgetLimits } from './budget.ts';
import { DeadlineExceeded } from './errors.ts';
import type { Answer } from './exchange.ts';
import { createHosts, type HostState } from './host.ts';
import type { CallReport } from './report.ts';
import {
  authorised,
  type Caller,
  type Method,
  type Outgoing,
  type Parts,
  type Project,
  requestOf,
} from './request.ts';
import { retryRead } from './retry.ts';
import { send } from './send.ts';
import { createSharing } from './sharing.ts';
import type { Service } from './service.ts';
import { createTokens, iam, Issued, issuedToken, type Token, tokenRequest, TOKENS_PATH } from './token.ts';

export type { Project } from './request.ts';

/** One REST call: what goes into it, and what comes out. */
interface Call<T> extends Omit<Parts, 'body' | 'method'> {
  shape: Shape<T>;
}

/** A write: sent once, whatever happens, and to the end though the caller hangs up. */
type Write = <T>(
  service: Service,
  project: Project,
  path: string,
  call: Call<T> & { body?: unknown },
) => Promise<T>;

/** The upstreams as one caller meets them. Paths are as the vendor documents them, with placeholders. */
export interface Cloud {
  /** Reads: sent again after a failure that can pass. */
  get<T>(service: Service, project: Project, path: string, call: Call<T>): Promise<T>;
  post: Write;
  put: Write;
  delete: Write;
}

/** How long and how much the client waits for and reads. */
export interface ClientLimits extends BudgetLimits {
  connections: number;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  maxAnswerBytes: number;
}

/** The connections to all upstreams, for as long as the process lives. */
export interface Client {
  as(caller: Caller): Cloud;
  /** How each host that was called is doing. */
  states(): HostState[];
  /** Ends them at once; nobody waits for an answer any more. */
  close(): Promise<void>;
}

/** What tells one read from another, of the same caller. */
const nameOf = (
  { name }: Service,
  { region, projectId }: Project,
  { origin, path, headers }: Outgoing,
): string => `${name} ${region} ${projectId} ${origin}${path} ${headers['x-workspace-id'] ?? ''}`;

/** A call that another operation of the same caller was just making. */
const joined = (service: Service, path: string, { requestId }: Caller, durationMs: number): CallReport => ({
  service: service.name,
  method: 'GET',
  path,
  requestId,
  retried: false,
  shared: true,
  outcome: 'ok',
  durationMs,
});

/** Opens nothing yet. */
export const createClient = (limits: ClientLimits, report: (call: CallReport) => void): Client => {
  const hosts = createHosts(limits);
  const sharing = createSharing();

  /** No caller ends it: the token is for all of them. */
  const fetchToken = (project: Project): Promise<Token> => {
    const requestId = randomUUID();
    const request = requestOf(iam, project, { requestId }, TOKENS_PATH, tokenRequest(project));
    const { method } = request;
    const facts = { service: iam.name, method, path: TOKENS_PATH, requestId, retried: false };
    const read = (answer: Answer): Token =>
      issuedToken(answer.status, answer.headers['x-subject-token'], readAnswer(iam, answer, Issued));
    const host = hosts.of(iam.name, request.origin);
    const { answerTimeoutMs: ms, maxAnswerBytes: maxBytes } = limits;
    const ready = { service: iam, request, facts, read, maxBytes, ms };
    return host.breaker.run(() => send(host, ready, report));
  };
  const tokens = createTokens(fetchToken);

  const cloudOf = (caller: Caller): Cloud => {
    const { budget, trace } = caller;

    /** Makes a try each time it is called, with credentials of its own: a signature holds the time. */
    const sender = <T>(
      service: Service,
      project: Project,
      path: string,
      { shape, ...parts }: Call<T> & Parts,
    ) => {
      const request = requestOf(service, project, caller, path, parts);
      const { method } = request;
      const isRead = method === 'GET';
      const host = hosts.of(service.name, request.origin);
      const read = (answer: Answer) => readAnswer(service, answer, shape);

      const attempt = async (
        token: string | undefined,
        retried: boolean,
        signal: AbortSignal | undefined,
      ): Promise<T> => {
        const as = token === undefined ? caller : { ...caller, token };
        const outgoing = authorised(service, project, as, request);
        const facts = { service: service.name, method, path, requestId: caller.requestId, retried };
        return host.breaker.run(() => {
          budget.take(service.name, retried);
          const traced = trace?.call(facts);
          if (traced) outgoing.headers['traceparent'] = traced.traceparent;
          const told = (call: CallReport) => {
            report(call);
            caller.onCall?.(call, parts);
            traced?.end(call);
          };
          const left = budget.left();
          // Of a write that was sent, nobody knows what became of it: that is a time-out, whosever time it was.
          const ownTime = isRead && left < limits.answerTimeoutMs;
          const ready = {
            service,
            request: outgoing,
            facts,
            read,
            maxBytes: limits.maxAnswerBytes,
            ms: Math.min(limits.answerTimeoutMs, left),
            ...(ownTime && { over: () => new DeadlineExceeded(service.name) }),
            signal,
          };
          return send(host, ready, told);
        });
      };
      const once = (retried = false, signal?: AbortSignal): Promise<T> =>
        tokens.run(project, (token) => attempt(token, retried, signal), isRead);
      return { once, retries: host.retries, request };
    };
    const write =
      (method: Method): Write =>
      async (service, project, path, call) => {
        const anew = () => caller.shareAs && sharing.forget(caller.shareAs());
        anew();
        try {
          return await sender(service, project, path, { ...call, method }).once();
        } finally {
          anew();
        }
      };
    return {
      get: async (service, project, path, call) => {
        const { once, retries, request } = sender(service, project, path, call);
        const read = (signal: AbortSignal | undefined) =>
          retryRead((retried) => once(retried, signal), { budget, retries, signal });
        if (!caller.shareAs) return read(caller.signal);
        const key = caller.shareAs();
        const name = nameOf(service, project, request);
        const joins = sharing.has(key, name);
        const started = performance.now();
        const waiter = { service: service.name, signal: caller.signal, left: budget.left };
        const answer = await sharing.read(key, name, waiter, read);
        if (joins) caller.onCall?.(joined(service, path, caller, performance.now() - started), call);
        return answer;
      },
      post: write('POST'),
      put: write('PUT'),
      delete: write('DELETE'),
    };
  };

  return {
    as: cloudOf,
    states: hosts.states,
    close: async () => {
      await hosts.destroy();
    },
  };
};
