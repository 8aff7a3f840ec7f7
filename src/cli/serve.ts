import { BadSettings, readConfig } from '../config/config.ts';
import { startGateway } from '../server/gateway.ts';
import { createLog } from '../observability/log.ts';
import { withSandbox } from '../config/sandbox-fallback.ts';

const start = async () => {
  const settings = readConfig(process.env);
  const { config, sandbox } = await withSandbox(settings);
  const log = createLog(config);
  const gateway = await startGateway(config, { log, ...(sandbox && { headerHints: sandbox.headerHints }) });

  console.log(
    sandbox
      ? 'Nothing is configured, so this is the built-in sandbox cloud.'
      : `Serving ${[...new Set(config.projects.map(({ region }) => region))].join(', ')}.`,
  );
  console.log(`GraphQL:  ${gateway.url}/graphql`);
  if (gateway.metricsUrl) console.log(`Metrics:  ${gateway.metricsUrl}/metrics`);
  if (config.graphiql) console.log(`GraphiQL: ${gateway.url}/graphql in a browser`);

  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  const stop = async () => {
    await gateway.close();
    await sandbox?.close();
  };
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(1); // whoever sends a second one does not want to wait
    stopping = true;
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, onSignal);
};

/** Why it did not start; what was not foreseen keeps its stack. */
const reasonOf = (error: unknown): unknown => {
  if (error instanceof BadSettings) return error.message;
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const setting = 'setting' in error ? String(error.setting) : 'PORT';
  if (error.code === 'EADDRINUSE') return `${setting}: the port is taken by another process.`;
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo'
    ? `HOST, ${setting}: cannot listen there (${String(error.code)}).`
    : error;
};

try {
  await start();
} catch (error) {
  console.error(reasonOf(error));
  process.exit(1);
}
