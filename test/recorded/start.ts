import { readConfig } from '../../src/config/config.ts';
import { type FaultRule, type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { createWorld, emptyWorld, openTelekomWorld, SANDBOX, type World } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';

// The only file of the recording that imports anything of `src/`.
export { SANDBOX, type FaultRule, type Sandbox, type World };

/** The worlds that a scenario can begin with. */
export const WORLDS = {
  default: createWorld,
  empty: emptyWorld,
  otc: openTelekomWorld,
} satisfies Record<string, () => World>;

/** Name of one of them. */
export type WorldName = keyof typeof WORLDS;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, audit: () => {} };

/** Starts a sandbox, and a gateway in front of it, both on free ports of loopback. */
export const startBoth = async (
  sandboxOptions: SandboxOptions,
  settings: Readonly<Record<string, string>>,
): Promise<{ url: string; sandbox: Sandbox; close: () => Promise<void> }> => {
  const sandbox = await startSandbox(sandboxOptions);
  const config = readConfig({
    PORT: '0',
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    VPCEP_ENDPOINT: sandbox.url,
    DATAARTSINSIGHT_ENDPOINT: sandbox.url,
    SHUTDOWN_GRACE_MS: '0',
    SETTLING_LAG_MS: '50',
    SETTLING_POLL_MS: '10',
    ...settings,
  });
  const gateway = await startGateway(config, { log: silent });
  return {
    url: gateway.url,
    sandbox,
    close: async () => {
      await gateway.close();
      await sandbox.close();
    },
  };
};
