import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { withSandbox } from '../../src/config/sandbox-fallback.ts';
import { type Gateway, startGateway } from '../../src/server/gateway.ts';
import { createMemoryLog } from './gateway.ts';

/** Starts what `npm start` does with nothing configured, on a free port: its sandbox needs no token. */
export const startUnconfiguredGateway = async (settings: Record<string, string> = {}): Promise<Gateway> => {
  const { config, sandbox } = await withSandbox(readConfig({ PORT: '0', ...settings }));
  const server = await startGateway(config, {
    log: createMemoryLog([]),
    sandbox: sandbox !== undefined,
  });
  onTestFinished(async () => {
    await server.close();
    await sandbox?.close();
  });
  return server;
};
