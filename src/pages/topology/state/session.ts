import { signal } from '@preact/signals';
import { createClient } from '../graph/client.ts';
import type { Problem } from '../model/topology.ts';

/** What the gateway says about itself in the page. */
interface Gateway {
  /** Whether the built-in sandbox cloud is served. */
  sandbox?: boolean;
  /** Whether the gateway wants an API key or a JWT. */
  authorization?: boolean;
  /** Whether the gateway calls the cloud with the token of who asks. */
  token?: boolean;
  /** Rows of a page that the gateway gives at most. */
  maxPage?: number;
  /** Whether GraphiQL is served beside the graph. */
  graphiql?: boolean;
}

const readGateway = (): Gateway => {
  const content = document.querySelector('meta[name=gateway]')?.getAttribute('content');
  return JSON.parse(content ?? '{}') as Gateway;
};

export const GATEWAY = readGateway();

/** Address of the graph, relative to the page: a proxy may have put both below another path. */
export const GRAPH_URL = new URL('graphql', location.href.split('#', 1)[0]).href;

/** What signs the reader in. It is kept in memory only: a reload asks again. */
export interface Credentials {
  token: string;
  workspace: string;
  /** API key or JWT of the gateway. */
  key: string;
}

export const credentials = signal<Credentials>({ token: '', workspace: '', key: '' });

/** Why the last request was not accepted; null while the reader is signed in or need not be. */
export const signInProblem = signal<Problem | null>(null);

/** True after the gateway did not answer, until it answers again. */
export const isOffline = signal(false);

/** When throttled reads go on, in milliseconds of the clock; null while nothing is throttled. */
export const throttledUntil = signal<number | null>(null);

const headers = (): Record<string, string> => {
  const { token, workspace, key } = credentials.value;
  return {
    ...(token && { 'x-auth-token': token }),
    ...(workspace && { 'x-workspace-id': workspace }),
    ...(key && { authorization: `Bearer ${key}` }),
  };
};

let endWait: (() => void) | undefined;

/** Sends throttled reads at once. */
export const stopWaiting = (): void => endWait?.();

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const before = endWait;
    const until = Math.max(throttledUntil.value ?? 0, Date.now() + ms);
    throttledUntil.value = until;
    const end = (): void => {
      clearTimeout(timer);
      if (endWait === end) endWait = undefined;
      throttledUntil.value = null;
      resolve();
    };
    const timer = setTimeout(end, until - Date.now());
    endWait = () => {
      before?.();
      end();
    };
  });

export const client = createClient({
  url: GRAPH_URL,
  maxPage: GATEWAY.maxPage ?? Number.POSITIVE_INFINITY,
  headers,
  wait,
  onAnswer: (problem) => {
    isOffline.value = problem?.code === 'OFFLINE';
    if (problem?.code === 'UNAUTHENTICATED') signInProblem.value = problem;
  },
});
