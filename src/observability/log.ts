import { pino } from 'pino';
import { listRedisPasswords } from '../cache/redis-url.ts';
import { listProxySecrets, NO_PROXIES, type Proxies } from '../http/proxies.ts';
import type { Project } from '../http/request.ts';

/** The log: lines of JSON. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'> &
  Partial<Pick<pino.Logger, 'isLevelEnabled'>> & {
    /** Writes the audit line of a mutation, at every level except `silent`. */
    audit(facts: object): void;
  };

/** The lowest level to log, and the configuration whose secrets must not appear in any line. */
interface LogOptions {
  logLevel: pino.LevelWithSilent;
  projects: readonly Project[];
  redisUrl?: string | undefined;
  proxies?: Proxies;
}

const MIN_SECRET_LENGTH = 6;
const MAX_MESSAGE_LENGTH = 500;

/** Matches the message of a JSON syntax error, which quotes the text; that text can be a variable of a client. */
const QUOTED_JSON = /(\.{3})?"[^]*"(\.{3})? is not valid JSON/;

const listSecrets = ({ accessKey, user, token }: Project) => [
  accessKey?.accessKey,
  accessKey?.secretKey,
  accessKey?.securityToken,
  user?.password,
  token,
];

/** The secrets of a configuration, as they would appear in a line of JSON. Short ones are left out: they match by chance. */
const collectSecrets = ({ projects, redisUrl, proxies = NO_PROXIES }: LogOptions): string[] =>
  [...projects.flatMap(listSecrets), ...listRedisPasswords(redisUrl ?? ''), ...listProxySecrets(proxies)]
    .filter((secret) => secret !== undefined && secret.length >= MIN_SECRET_LENGTH)
    .map((secret) => JSON.stringify(secret).slice(1, -1));

/** An error without properties that libraries add to it, such as headers and body of a call. */
const serializeError = (error: unknown): object => {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message: message.replace(QUOTED_JSON, 'something that is not JSON').slice(0, MAX_MESSAGE_LENGTH),
    ...(frames && { stack: frames.join('\n') }),
    ...(cause instanceof Error && { cause: { type: cause.name } }),
  };
};

/**
 * Creates the log, by default on standard output. Callers never log headers, bodies or variables; in addition, the secrets of the
 * configuration are removed from every line.
 */
export const createLog = (options: LogOptions, destination?: pino.DestinationStream): Log => {
  const secrets = collectSecrets(options);
  const streamWrite = (line: string) =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), line);
  const log = pino(
    { level: options.logLevel, base: null, serializers: { err: serializeError }, hooks: { streamWrite } },
    destination ?? pino.destination(1),
  );
  const auditor = log.child({ audit: true }, { level: options.logLevel === 'silent' ? 'silent' : 'info' });
  return Object.assign(log, { audit: (facts: object) => auditor.info(facts, 'mutation') });
};
