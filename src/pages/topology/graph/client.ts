import type { TadaDocumentNode } from 'gql.tada';
import { print } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import type { Problem } from '../model/topology.ts';

/** An answer of the graph; `data` can be there beside problems. */
export interface Answer<T> {
  data: T | null;
  problems: readonly LocatedProblem[];
}

/** A problem with the place in `data` that is missing because of it. */
export interface LocatedProblem extends Problem {
  path: readonly (string | number)[];
}

interface GraphError {
  message?: string;
  path?: readonly (string | number)[] | undefined;
  extensions?: { code?: string; retryable?: boolean; retryAfterMs?: number };
}

const THROTTLING = new Set(['RATE_LIMITED', 'OVERLOADED', 'UPSTREAM_BUSY']);

/** Time to wait where the gateway names none. */
const DEFAULT_WAIT_MS = 2_000;

/** Tries of a read that is throttled as a whole. */
const MAX_TRIES = 6;

const UNREADABLE: LocatedProblem = {
  code: 'UPSTREAM_BAD_RESPONSE',
  message: 'The answer is none of the graph. Is there a proxy in between that asks to sign in?',
  retryable: true,
  path: [],
};

const OFFLINE: Problem = {
  code: 'OFFLINE',
  message: 'The gateway does not answer. Is it running, and is this computer online?',
  retryable: true,
};

const toProblem = ({ message, path, extensions }: GraphError, retryAfter?: number): LocatedProblem => {
  const retryAfterMs = extensions?.retryAfterMs ?? retryAfter;
  return {
    code: extensions?.code ?? 'INTERNAL_SERVER_ERROR',
    message: message ?? 'Unknown error.',
    retryable: extensions?.retryable ?? false,
    path: path ?? [],
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};

interface Deps {
  url: string;
  /** Headers that sign in, read for each request. */
  headers: () => Record<string, string>;
  /** Waits before a throttled read is sent again. */
  wait: (ms: number) => Promise<void>;
  /** Told of every answer, with its first problem if nothing was read. */
  onAnswer: (problem: Problem | null) => void;
}

export type Client = ReturnType<typeof createClient>;

/** Asks the gateway that served this page. */
export const createClient = ({ url, headers, wait, onAnswer }: Deps) => {
  const send = async <T>(body: string): Promise<Answer<T>> => {
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        body,
        credentials: 'same-origin',
        headers: { ...headers(), 'content-type': 'application/json', accept: 'application/json' },
      });
    } catch {
      return { data: null, problems: [{ ...OFFLINE, path: [] }] };
    }
    let answer: { data?: T | null; errors?: GraphError[] } | null;
    try {
      answer = (await response.json()) as typeof answer;
    } catch {
      return { data: null, problems: [UNREADABLE] };
    }
    if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer))
      return { data: null, problems: [UNREADABLE] };
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN) * 1_000;
    const errors = answer.errors ?? [];
    const problems = errors.map((error) =>
      toProblem(error, Number.isNaN(retryAfter) ? undefined : retryAfter),
    );
    return { data: answer.data ?? null, problems };
  };

  const isEmpty = ({ data }: Answer<object>): boolean =>
    data === null || Object.values(data).every((value) => value === null);

  /** Sends a read, and sends it again while the gateway or the cloud asks to wait. */
  const ask = async <T extends object, V>(
    document: TadaDocumentNode<T, V>,
    variables: V,
    signal?: AbortSignal,
  ): Promise<Answer<T>> => {
    const body = JSON.stringify({ query: print(document), variables });
    for (let tries = 1; ; tries += 1) {
      const answer = await send<T>(body);
      const [problem] = answer.problems;
      const isThrottled =
        problem && isEmpty(answer) && answer.problems.every(({ code }) => THROTTLING.has(code));
      if (!isThrottled || tries === MAX_TRIES || signal?.aborted) {
        onAnswer(problem && isEmpty(answer) ? problem : null);
        return answer;
      }
      await wait(problem.retryAfterMs ?? DEFAULT_WAIT_MS);
    }
  };

  /** Sends a write, once. */
  const change = async <T extends object, V>(
    document: TadaDocumentNode<T, V>,
    variables: V,
  ): Promise<Answer<T>> => {
    const answer = await send<T>(JSON.stringify({ query: print(document), variables }));
    const [problem] = answer.problems;
    onAnswer(problem?.code === 'UNAUTHENTICATED' || problem?.code === 'OFFLINE' ? problem : null);
    return answer;
  };

  /** Events of a subscription, until it ends. */
  const watch = <T extends object, V extends Record<string, unknown>>(
    document: TadaDocumentNode<T, V>,
    variables: V,
    onEvent: (answer: Answer<T>) => void,
  ): Promise<void> =>
    new Promise((resolve) => {
      const events = createSseClient({
        url,
        headers: () => headers(),
        retryAttempts: 2,
        credentials: 'same-origin',
      });
      events.subscribe<T>(
        { query: print(document), variables },
        {
          next: ({ data, errors }) =>
            onEvent({
              data: data ?? null,
              problems: (errors ?? []).map((error) => toProblem(error as GraphError)),
            }),
          error: () => {
            onEvent({ data: null, problems: [{ ...OFFLINE, path: [] }] });
            resolve();
          },
          complete: resolve,
        },
      );
    });

  return { ask, change, watch };
};
