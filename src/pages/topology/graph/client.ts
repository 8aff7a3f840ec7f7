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
  /** What the operation would cost, and may cost, where it was refused for that. */
  cost?: Cost;
}

interface Cost {
  estimated: number;
  limit: number;
}

interface GraphError {
  message?: string;
  path?: readonly (string | number)[] | undefined;
  extensions?: { code?: string; retryable?: boolean; retryAfterMs?: number; cost?: Cost };
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

const UNAUTHENTICATED: Problem = {
  code: 'UNAUTHENTICATED',
  message: 'The gateway does not know any more who asks.',
  retryable: false,
};

/** Whether a stream was refused since the reader is not signed in. */
const isUnauthenticated = (error: unknown): boolean =>
  (error as { response?: { status?: number } } | null)?.response?.status === 401;

const toProblem = ({ message, path, extensions }: GraphError, retryAfter?: number): LocatedProblem => {
  const retryAfterMs = extensions?.retryAfterMs ?? retryAfter;
  return {
    code: extensions?.code ?? 'INTERNAL_SERVER_ERROR',
    message: message ?? 'Unknown error.',
    retryable: extensions?.retryable ?? false,
    path: path ?? [],
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(extensions?.cost && { cost: extensions.cost }),
  };
};

/** Variables of a query that reads pages: of one list, or of several. */
interface PageVariables {
  first?: number;
  ids?: readonly string[];
}

const countLists = ({ ids }: PageVariables): number => ids?.length ?? 1;

interface Deps {
  url: string;
  /** Rows of a page that the gateway gives at most. */
  maxPage: number;
  /** Headers that sign in, read for each request. */
  headers: () => Record<string, string>;
  /** Waits before a throttled read is sent again. */
  wait: (ms: number) => Promise<void>;
  /** Told of every answer, with its first problem if nothing was read. */
  onAnswer: (problem: Problem | null) => void;
}

export type Client = ReturnType<typeof createClient>;

/** Asks the gateway that served this page. */
export const createClient = ({ url, maxPage, headers, wait, onAnswer }: Deps) => {
  /** Rows that an answer to a query may have, where the gateway has refused more. */
  const rowLimits = new Map<object, number>();

  /** Rows that an answer to a query may have, in all of its lists. */
  const mostRows = (document: object): number => rowLimits.get(document) ?? Number.POSITIVE_INFINITY;

  /** Asks for no larger page than the gateway gives, and for no more rows than it lets the query have. */
  const fitPage = <V>(document: object, variables: V): V => {
    const page = variables as V & PageVariables;
    if (page.first === undefined) return variables;
    const most = countLists(page) === 1 ? mostRows(document) : Number.POSITIVE_INFINITY;
    return { ...page, first: Math.min(page.first, maxPage, most) };
  };

  /** Learns from a refusal how many rows fit. Returns false if there cannot be fewer. */
  const learnLimit = (document: object, page: PageVariables, { estimated, limit }: Cost): boolean => {
    const rows = (page.first ?? 1) * countLists(page);
    rowLimits.set(document, Math.max(1, Math.floor(((rows * limit) / estimated) * 0.95)));
    return rows > 1;
  };

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

  /** Sends a read, and sends it again while the gateway or the cloud asks to wait, or wants a smaller page of one list. */
  const ask = async <T extends object, V>(
    document: TadaDocumentNode<T, V>,
    variables: V,
    signal?: AbortSignal,
  ): Promise<Answer<T>> => {
    const query = print(document);
    for (let tries = 1; ; tries += 1) {
      const page = fitPage(document, variables);
      const answer = await send<T>(JSON.stringify({ query, variables: page }));
      const [problem] = answer.problems;
      if (problem?.cost && learnLimit(document, page as PageVariables, problem.cost)) {
        if (countLists(page as PageVariables) === 1) continue;
      }
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
          error: (error) => {
            const problem = isUnauthenticated(error) ? UNAUTHENTICATED : OFFLINE;
            onAnswer(problem);
            onEvent({ data: null, problems: [{ ...problem, path: [] }] });
            resolve();
          },
          complete: resolve,
        },
      );
    });

  return { ask, change, watch, mostRows };
};
