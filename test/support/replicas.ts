import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { type Answer, createMemoryLog, sandboxSettings } from './gateway.ts';

/** Several gateways in front of one stand-in cloud. All end with the test. */
interface Replicas {
  sandbox: Sandbox;
  /** Asks the replica of this number. */
  ask: (at: number, query: string, variables?: object, headers?: Record<string, string>) => Promise<Answer>;
}

/** Starts so many gateways with the same settings. */
export const startReplicas = async (
  count: number,
  settings: Record<string, string>,
  sandboxOptions: SandboxOptions = {},
): Promise<Replicas> => {
  const sandbox = await startSandbox({ settleMs: 30, ...sandboxOptions });
  onTestFinished(() => sandbox.close());
  const config = readConfig({ ...sandboxSettings(sandbox), ...settings });
  const start = async () => {
    const server = await startGateway(config, { log: createMemoryLog([]) });
    onTestFinished(() => server.close());
    return server.url;
  };
  const urls = await Promise.all(Array.from({ length: count }, start));
  return {
    sandbox,
    ask: async (at, query, variables = {}, headers = {}) => {
      const response = await fetch(`${urls[at]!}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token, ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
  };
};
