import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ENDPOINT_VARIABLES } from '../../src/config/upstream-settings.ts';
import type { Project } from '../../src/http/request.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { type GatewayOptions, startGateway } from '../../src/server/gateway.ts';
import type { Log } from '../../src/observability/log.ts';

/** A GraphQL response body. */
export interface Answer {
  extensions?: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any
  data?: any; // oxlint-disable-line typescript/no-explicit-any
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: {
      code: string;
      retryable?: boolean;
      requestId?: string;
      upstream?: Record<string, unknown>;
    } & Record<string, unknown>;
  }[];
}

/** A gateway under test with its sandbox. Both close with the test. */
export interface TestGateway {
  url: string;
  sandbox: Sandbox;
  project: Pick<Project, 'region' | 'projectId'>;
  /** All that was logged, as text. */
  log: string[];
  ask: (query: string, variables?: object, headers?: Record<string, string>) => Promise<Answer>;
  /** The upstream calls since the last time, as `GET /path?query`, in order. */
  calls: () => string[];
}

export interface TestOptions {
  sandbox?: SandboxOptions;
  /** Environment settings, over those of the test. */
  settings?: Record<string, string>;
  patience?: GatewayOptions['timeouts'];
  /** Sends this token with every question; empty for none. */
  token?: string;
}

/** Creates a log that appends its lines to an array. */
export const createMemoryLog = (lines: string[]): Log => {
  const note = (...words: unknown[]) => {
    const line = words
      .map((word) =>
        JSON.stringify(word, (_, v: unknown) =>
          v instanceof Error ? `${v.stack} ${v.cause instanceof Error ? v.cause.stack : ''}` : v,
        ),
      )
      .join(' ');
    lines.push(line);
  };
  const audit = (facts: object) => note({ audit: true, ...facts }, 'mutation');
  return { debug: note, info: note, warn: note, error: note, audit };
};

/** The settings of a gateway that calls a sandbox. */
export const sandboxSettings = ({ url }: Pick<Sandbox, 'url'>): Record<string, string> => ({
  PORT: '0',
  HW_REGION_NAME: SANDBOX.region,
  HW_PROJECT_ID: SANDBOX.projectId,
  ...Object.fromEntries(ENDPOINT_VARIABLES.map((name) => [name, url])),
  SHUTDOWN_GRACE_MS: '100',
  SETTLING_LAG_MS: '100',
});

/** Starts a sandbox and a gateway that calls it, both on free ports of loopback. */
export const gateway = async (options: TestOptions = {}): Promise<TestGateway> => {
  const sandbox = await startSandbox({ settleMs: 30, lagMs: 30, ...options.sandbox });
  const config = readConfig({ ...sandboxSettings(sandbox), ...options.settings });
  const log: string[] = [];
  const server = await startGateway(config, {
    log: createMemoryLog(log),
    ...(options.patience && { timeouts: options.patience }),
  });
  onTestFinished(async () => {
    await server.close();
    await sandbox.close();
  });
  const token = options.token ?? SANDBOX.token;
  return {
    url: server.url,
    sandbox,
    project: { region: SANDBOX.region, projectId: SANDBOX.projectId },
    log,
    ask: async (query, variables = {}, headers = {}) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { 'x-auth-token': token }), ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
    calls: () => sandbox.calls.splice(0).map(({ method, path }) => `${method} ${path}`),
  };
};
