import { buildSchema } from 'graphql';
import { BadSettings } from '../config/config.ts';
import { readContract } from '../graphql/contract.ts';
import type { CallContext } from './call-context.ts';
import { createClient, readGraphUrl } from './client.ts';
import { EXIT, type ExitCode, WrongUse } from './exit-codes.ts';
import { createTerminal } from './terminal.ts';

/** Tells why a call failed; what was not foreseen keeps its stack. */
const describeFailure = (error: unknown): string => {
  if (error instanceof BadSettings || error instanceof WrongUse) return error.message;
  return error instanceof Error ? error.message : String(error);
};

/**
 * Runs a call of the command against the gateway at a URL, or against one of its own, and ends the process with the call's exit code.
 * Ctrl-C aborts the call, which then says how far it came; a second one ends the process.
 */
export const runCall = async (
  url: string | undefined,
  call: (context: CallContext) => Promise<ExitCode>,
): Promise<void> => {
  const environment = process.env;
  const abort = new AbortController();
  const terminal = createTerminal(process.stdout, process.stderr, () => abort.abort());
  let interrupted = false;
  process.on('SIGINT', () => {
    if (interrupted) process.exit(EXIT.interrupted);
    interrupted = true;
    abort.abort();
  });
  let close = async (): Promise<void> => {};
  const runAtGateway = async (): Promise<ExitCode> => {
    const own =
      url === undefined
        ? await (await import('./local-gateway.ts')).startLocalGateway(environment)
        : undefined;
    if (own) close = () => own.close();
    const client = createClient(
      own?.url ?? readGraphUrl(url!, environment),
      environment,
      abort.signal,
      own?.headers,
    );
    const schema = buildSchema(readContract('api'), { assumeValid: true });
    return call({ client, schema, terminal, environment, signal: abort.signal });
  };
  let code: ExitCode;
  try {
    code = await runAtGateway();
  } catch (error) {
    if (!terminal.closed && !interrupted) terminal.note(describeFailure(error));
    code = error instanceof WrongUse ? EXIT.wrongUse : EXIT.failed;
  }
  if (interrupted) code = EXIT.interrupted;
  if (terminal.closed) code = EXIT.done;
  await close();
  // Connections that are kept alive would hold the process.
  process.stdout.write('', () => process.exit(code));
};
