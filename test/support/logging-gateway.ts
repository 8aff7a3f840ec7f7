import { onTestFinished } from 'vitest';
import { type Config, readConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/observability/log.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';

/** A parsed line of the log. */
export type Line = Record<string, unknown> & { level: number; msg: string };

/** Creates a log destination that keeps every line as it was written. */
export const keepLines = () => {
  const written: string[] = [];
  const lines = () =>
    written.flatMap((text) => text.trimEnd().split('\n')).map((one) => JSON.parse(one) as Line);
  return { written, lines, destination: { write: (line: string) => void written.push(line) } };
};

/** Starts a sandbox and a gateway whose log lines are kept. Both close with the test. */
export const startLoggingGateway = async (
  settings: Record<string, string> = {},
  sandboxOptions: SandboxOptions = {},
  changed: (config: Config, sandbox: Sandbox) => Config = (config) => config,
) => {
  const sandbox = await startSandbox({ settleMs: 10, ...sandboxOptions });
  const ofOneProject = {
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
    VPCEP_ENDPOINT: sandbox.url,
    DATAARTSINSIGHT_ENDPOINT: sandbox.url,
  };
  const config = changed(
    readConfig({
      PORT: '0',
      SHUTDOWN_GRACE_MS: '100',
      LOG_LEVEL: 'debug',
      ...(settings['PROJECTS_FILE'] === undefined && ofOneProject),
      ...settings,
    }),
    sandbox,
  );
  const kept = keepLines();
  const server = await startGateway(config, { log: createLog(config, kept.destination) });
  onTestFinished(async () => {
    await server.close();
    await sandbox.close();
  });
  const post = (body: object | string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  /** The lines of operations that ended; each is written just after its answer went out. */
  const operations = () => kept.lines().filter(({ msg }) => msg === 'operation');
  return { url: server.url, sandbox, server, post, metrics, operations, ...kept };
};
