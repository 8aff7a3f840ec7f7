import { BadSettings, readConfig } from '../config/config.ts';
import { withSandbox } from '../config/sandbox-fallback.ts';
import { createLog } from '../observability/log.ts';
import { freeStartupMemory } from './free-startup-memory.ts';
import { startGateway } from './gateway.ts';
import { greet } from './greeting.ts';

type Environment = Record<string, string | undefined>;

/** Time for what is still being written, such as the last lines of the log. */
const EXIT_MS = 500;

/** Ends the process as soon as nothing keeps it, and soon in any case. */
const exitSoon = (code: number): void => {
  process.exitCode = code;
  setTimeout(() => process.exit(), EXIT_MS).unref();
};

const start = async (environment: Environment, stopRequest: Promise<string>): Promise<void> => {
  const settings = readConfig(environment);
  const { config, sandbox } = await withSandbox(settings);
  const log = createLog(config);
  const gateway = await startGateway(config, {
    log,
    ...(sandbox && { graphiql: sandbox.graphiql, sandbox: true }),
  });
  freeStartupMemory();
  greet({ config, gateway, sandbox: sandbox !== undefined }, log);

  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  const stop = async (reason: string) => {
    log.info({ reason }, 'gateway stopping');
    await gateway.close();
    await sandbox?.close();
  };
  void stopRequest.then(stop).then(
    () => exitSoon(0),
    () => exitSoon(1),
  );
};

interface ListenError extends Error {
  code: string;
  syscall: string;
  setting?: string;
  address?: string;
  port?: number;
}

const isListenError = (error: unknown): error is ListenError =>
  error instanceof Error &&
  'code' in error &&
  'syscall' in error &&
  (error.syscall === 'listen' || error.syscall === 'getaddrinfo');

/** Why it cannot listen, by the setting to change. */
const describeListenError = (
  { code, setting = 'PORT', port, address }: ListenError,
  { HOST }: Environment,
): string => {
  const takes = 'must be a free port; 0 takes any';
  if (code === 'EADDRINUSE') return `${setting}: ${takes}, but ${port} is taken by another process.`;
  if (code === 'EACCES') return `${setting}: ${takes}, but this user may not listen on ${port}.`;
  const host = JSON.stringify(address ?? HOST);
  return `HOST: must be an address of this machine, such as 127.0.0.1 or 0.0.0.0, but is ${host} (${code}).`;
};

/** Why it did not start; what was not foreseen keeps its stack. */
const describeFailure = (error: unknown, environment: Environment): unknown => {
  if (error instanceof BadSettings) return error.message;
  return isListenError(error) ? describeListenError(error, environment) : error;
};

/** Serves until the process is asked to stop. If it cannot start, it says why and ends with code 1. */
export const serve = async (environment: Environment, stopRequest: Promise<string>): Promise<void> => {
  try {
    await start(environment, stopRequest);
  } catch (error) {
    console.error(describeFailure(error, environment));
    process.exit(1);
  }
};
