import { BadSettings, type Config, readConfig } from './config.ts';
import { startSandbox } from './sandbox/server.ts';
import { SANDBOX } from './sandbox/world.ts';
import { startGateway } from './server.ts';
import { createLog } from './log.ts';

const SANDBOX_HINTS = { 'X-Auth-Token': SANDBOX.token, 'X-Workspace-Id': SANDBOX.workspaceId };

/** With nothing configured, the built-in cloud: reached over HTTP like the real one. */
const withSandbox = async (config: Config) => {
  const sandbox = await startSandbox();
  const { region, projectId, workspaceId, token } = SANDBOX;
  const endpoints = { css: sandbox.url, vpcep: sandbox.url, dataartsinsight: sandbox.url };
  return { sandbox, config: { ...config, projects: [{ region, projectId, endpoints, workspaceId, token }] } };
};

const start = async () => {
  const settings = readConfig(process.env);
  const { config, sandbox } =
    settings.projects.length === 0 ? await withSandbox(settings) : { config: settings, sandbox: undefined };
  const log = createLog(config);
  const gateway = await startGateway(config, { log, ...(sandbox && { headerHints: SANDBOX_HINTS }) });

  console.log(
    sandbox
      ? 'Nothing is configured, so this is the built-in sandbox cloud.'
      : `Serving ${[...new Set(config.projects.map(({ region }) => region))].join(', ')}.`,
  );
  console.log(`GraphQL:  ${gateway.url}/graphql`);
  if (config.graphiql) console.log(`GraphiQL: ${gateway.url}/graphql in a browser`);

  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  const stop = async () => {
    await gateway.close();
    await sandbox?.close();
  };
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => {
      stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
};

/** Why it did not start; what was not foreseen keeps its stack. */
const reasonOf = (error: unknown): unknown => {
  if (error instanceof BadSettings) return error.message;
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  if (error.code === 'EADDRINUSE') return 'PORT: the port is taken by another process.';
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo'
    ? `HOST, PORT: cannot listen there (${String(error.code)}).`
    : error;
};

try {
  await start();
} catch (error) {
  console.error(reasonOf(error));
  process.exit(1);
}
