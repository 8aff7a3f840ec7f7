import type { Answer } from './client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

type ErrorInAnswer = NonNullable<Answer['errors']>[number];

const DENIED = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);
const WRONG_USE = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

const isAll = (errors: readonly ErrorInAnswer[], codes: ReadonlySet<string>) =>
  errors.every(({ extensions }) => codes.has(extensions?.code ?? ''));

const hasData = (data: Answer['data']): boolean => Object.values(data ?? {}).some((value) => value !== null);

/** The exit code for an answer: partial if it has data as well as errors. */
export const exitCodeOf = ({ data, errors = [] }: Answer): ExitCode => {
  if (errors.length === 0) return EXIT.done;
  if (hasData(data)) return EXIT.partial;
  if (isAll(errors, DENIED)) return EXIT.denied;
  return isAll(errors, WRONG_USE) ? EXIT.wrongUse : EXIT.failed;
};

const MAX_SHOWN = 10;

/** Tells the errors of an answer, one line each. */
export const noteErrors = (
  terminal: Terminal,
  { errors = [] }: Answer,
  environment: NodeJS.ProcessEnv,
): void => {
  for (const { message, path, extensions } of errors.slice(0, MAX_SHOWN)) {
    const place = path ? ` at ${path.join('.')}` : '';
    terminal.note(`${extensions?.code ?? 'ERROR'}${place}: ${message}`);
  }
  if (errors.length > MAX_SHOWN) terminal.note(`… and ${errors.length - MAX_SHOWN} more errors.`);
  const has = (code: string) => errors.some(({ extensions }) => extensions?.code === code);
  if (has('UPSTREAM_UNAVAILABLE')) terminal.note('To find out why, run `vpc-endpoint-graph doctor`.');
  if (has('UNAUTHENTICATED') && !environment['HW_AUTH_TOKEN'])
    terminal.note(
      'Set HW_AUTH_TOKEN to a token of the project, or GATEWAY_API_KEY where the gateway asks for a key.',
    );
};
