import { unescape } from 'node:querystring';
import { pino } from 'pino';
import type { Config } from '../config/config.ts';
import type { Project } from '../http/client.ts';

/** The log: lines of JSON on standard output. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'> &
  Partial<Pick<pino.Logger, 'isLevelEnabled'>> & {
    /** Writes the line of a mutation, at any level but `silent`. */
    audit(facts: object): void;
  };

const SHORTEST_SECRET = 6;
const LONGEST_MESSAGE = 500;

/** What failed to be read as JSON is quoted in the error, and can be a variable of a caller. */
const QUOTED_JSON = /(\.{3})?"[^]*"(\.{3})? is not valid JSON/;

/** The password in a URL, as it stands there and as it is meant. */
const passwordsOf = (url: string | undefined): string[] => {
  const parsed = url === undefined ? null : URL.parse(url);
  if (!parsed) return [];
  const asked = [...parsed.search.matchAll(/[?&]password=([^&]*)/g)].map(([, password]) => password!);
  const given = [parsed.password, ...asked];
  return given.flatMap((password) => [password, unescape(password)]);
};

const ofProject = ({ accessKey, user, token }: Project) => [
  accessKey?.accessKey,
  accessKey?.secretKey,
  accessKey?.securityToken,
  user?.password,
  token,
];

/** What of a configuration nobody may read anywhere. */
const secretsOf = (projects: readonly Project[], redisUrl: string | undefined): string[] =>
  [...projects.flatMap(ofProject), ...passwordsOf(redisUrl)]
    .filter((secret) => secret !== undefined && secret.length >= SHORTEST_SECRET)
    .map((secret) => JSON.stringify(secret).slice(1, -1));

/** An error without what libraries hang on to it, such as the headers and the body of a call. */
const errorFacts = (error: unknown): object => {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message: message.replace(QUOTED_JSON, 'something that is not JSON').slice(0, LONGEST_MESSAGE),
    ...(frames && { stack: frames.join('\n') }),
    ...(cause instanceof Error && { cause: { type: cause.name } }),
  };
};

/** The log of a configuration. Nothing that is logged holds a header, a body or a variable; the gateway's own secrets are cut out of every line besides. */
export const createLog = (
  { logLevel, projects, redisUrl }: Pick<Config, 'logLevel' | 'projects'> & { redisUrl?: string | undefined },
  destination?: pino.DestinationStream,
): Log => {
  const secrets = secretsOf(projects, redisUrl);
  const streamWrite = (line: string) =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), line);
  const log = pino(
    { level: logLevel, base: null, serializers: { err: errorFacts }, hooks: { streamWrite } },
    destination ?? pino.destination(1),
  );
  const auditor = log.child({ audit: true }, { level: logLevel === 'silent' ? 'silent' : 'info' });
  return Object.assign(log, { audit: (facts: object) => auditor.info(facts, 'mutation') });
};
