import { onTestFinished, vi } from 'vitest';
import { startSandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';

/** An HTTP answer, with its body as text and parsed. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into answers of every shape
  body: any;
}

/** Path of a CSS operation. */
export const cssPath = (rest: string): string => `/v1.0/${SANDBOX.projectId}/clusters${rest}`;

/** Path of a VPCEP or DataArts Insight operation. */
export const v1 = (rest: string): string => `/v1/${SANDBOX.projectId}${rest}`;

const replyOf = async (response: Response): Promise<Reply> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
};

/** A sandbox that is closed after the test and shows at once what was written, and a caller with a token and a workspace. */
export const openSandbox = async (options: SandboxOptions = {}) => {
  const cloud = await startSandbox({ lagMs: 0, ...options });
  onTestFinished(() => cloud.close());
  const credentials = { 'X-Auth-Token': SANDBOX.token, 'X-Workspace-Id': SANDBOX.workspaceId };

  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    replyOf(
      await fetch(cloud.url + path, {
        method,
        headers: {
          ...credentials,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );

  return {
    cloud,
    send,
    get: (path: string) => send('GET', path),
    post: (path: string, body?: unknown) => send('POST', path, body),
    put: (path: string, body?: unknown) => send('PUT', path, body),
    remove: (path: string) => send('DELETE', path),
  };
};

/** Stops the clock, so that changes settle when a test says so and not before. */
export const stopClock = () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return {
    /** Lets the default settling time pass. */
    settle: () => vi.setSystemTime(Date.now() + 1500),
    pass: (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds),
  };
};

/** The item that has to be there. */
export const must = <Item>(item: Item | undefined | null): Item => {
  if (item === undefined || item === null) throw new Error('not found in the world');
  return item;
};
