import { randomUUID } from 'node:crypto';
import { type Dispatcher, Pool } from 'undici';
import { readAnswer, type Shape } from './answer.ts';
import { withDeadline } from './deadline.ts';
import { failureOf } from './failure.ts';
import { type CallReport, reported } from './report.ts';
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
export interface ClientLimits {
  connections: number;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  operationTimeoutMs: number;
  callLimit: number;
  maxAnswerBytes: number;
}

/** The connections to all upstreams, for as long as the process lives. */
export interface Client {
  as(caller: Caller): Cloud;
  /** Ends them at once; nobody waits for an answer any more. */
  close(): Promise<void>;
}

/** A pool of connections for each host, made when it is first called. */
const createPools = ({ connections, connectTimeoutMs: connectTimeout }: ClientLimits) => {
  const pools = new Map<string, Pool>();
  return {
    of: (origin: string): Pool => {
      let pool = pools.get(origin);
      if (!pool) {
        pool = new Pool(origin, { connections, connectTimeout, headersTimeout: 0, bodyTimeout: 0 });
        pools.set(origin, pool);
      }
      return pool;
    },
    destroy: () => Promise.all([...pools.values()].map((pool) => pool.destroy())),
  };
};

/** Opens nothing yet. */
export const createClient = (limits: ClientLimits, report: (call: CallReport) => void): Client => {
  const pools = createPools(limits);

  const exchange = async <T>(
    service: Service,
    request: Outgoing,
    read: (answer: Dispatcher.ResponseData) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    const { origin, ...rest } = request;
    try {
      return await read(await pools.of(origin).request({ ...rest, signal }));
    } catch (cause) {
      throw failureOf(service, cause);
    }
  };

  /** No caller ends it: the token is for all of them. */
  const fetchToken = (project: Project): Promise<Token> => {
    const requestId = randomUUID();
    const request = requestOf(iam, project, { requestId }, TOKENS_PATH, tokenRequest(project));
    const facts = { service: iam.name, method: request.method, path: TOKENS_PATH, requestId };
    const read = async (answer: Dispatcher.ResponseData): Promise<Token> => {
      const expiresAt = await readAnswer(iam, answer, Issued, limits.maxAnswerBytes);
      return issuedToken(answer.statusCode, answer.headers['x-subject-token'], expiresAt);
    };
    return reported(report, facts, () =>
      withDeadline(limits.answerTimeoutMs, undefined, (ended) => exchange(iam, request, read, ended)),
    );
  };
  const tokens = createTokens(fetchToken);

  const cloudOf = (caller: Caller): Cloud => {
    /** Makes an attempt each time it is called, with credentials of its own: a signature holds the time. */
    const sender = <T>(
      service: Service,
      project: Project,
      path: string,
      { shape, ...parts }: Call<T> & Parts,
    ) => {
      const request = requestOf(service, project, caller, path, parts);
      const facts = { service: service.name, method: request.method, path, requestId: caller.requestId };
      const read = (answer: Dispatcher.ResponseData) =>
        readAnswer(service, answer, shape, limits.maxAnswerBytes);
      const attempt = async (token: string | undefined, signal?: AbortSignal): Promise<T> => {
        const as = token === undefined ? caller : { ...caller, token };
        const outgoing = authorised(service, project, as, request);
        return reported(report, facts, () =>
          withDeadline(limits.answerTimeoutMs, signal, (ended) => exchange(service, outgoing, read, ended)),
        );
      };
      const isRead = request.method === 'GET';
      return (signal?: AbortSignal): Promise<T> =>
        tokens.run(project, (token) => attempt(token, signal), isRead);
    };
    const write =
      (method: Method): Write =>
      async (service, project, path, call) =>
        sender(service, project, path, { ...call, method })();
    return {
      get: async (service, project, path, call) => {
        const send = sender(service, project, path, call);
        return retryRead(async () => send(caller.signal), caller.signal);
      },
      post: write('POST'),
      put: write('PUT'),
      delete: write('DELETE'),
    };
  };

  return {
    as: cloudOf,
    close: async () => {
      await pools.destroy();
    },
  };
};
