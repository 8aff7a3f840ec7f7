import { parseRedisUrl, type RedisTarget } from '../cache/redis-url.ts';
import { type Config, readConfig } from '../config/config.ts';
import { isLoopback } from '../http/loopback.ts';
import type { SettingValues } from '../config/settings.ts';
import { fail, type Finding, pass, warn } from './finding.ts';

/** The environment, for what is not in the configuration. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface ChecklistInput {
  config: Config;
  environment: Environment;
  /** Whether the sandbox is served. */
  sandbox: boolean;
}

type Check = (input: ChecklistInput) => Finding;

const isProduction = ({ NODE_ENV }: Environment): boolean => NODE_ENV === 'production';

/** A failure in production, a warning otherwise. */
const failInProduction = (environment: Environment) => (isProduction(environment) ? fail : warn);

const nodeEnv: Check = ({ environment }) =>
  isProduction(environment)
    ? pass('NODE_ENV', '`production`')
    : warn('NODE_ENV', 'not `production`', 'Set NODE_ENV=production where others can reach the gateway');

/** Checks that a feature is off in production. */
const checkOff =
  (name: keyof SettingValues, isOn: (config: Config) => boolean, gives: string): Check =>
  ({ config, environment }) =>
    isOn(config)
      ? failInProduction(environment)(name, `on, which ${gives}`, `Set ${name}=off`)
      : pass(name, 'off');

const cloud: Check = ({ sandbox, environment }) =>
  sandbox
    ? failInProduction(environment)('cloud', 'the built-in sandbox', 'Set HW_REGION_NAME and HW_PROJECT_ID')
    : pass('cloud', 'a real one is configured');

const cors: Check = ({ config: { corsOrigins }, environment }) =>
  corsOrigins.includes('*')
    ? failInProduction(environment)(
        'CORS_ORIGINS',
        'pages of every site may ask',
        'Name the origins that may',
      )
    : pass('CORS_ORIGINS', corsOrigins.length === 0 ? 'no other site may ask' : 'only sites that are named');

const access: Check = ({ config, environment, sandbox }) => {
  const hasCredentials = config.projects.some(({ accessKey, user }) => accessKey ?? user);
  const authenticates = config.authentication.apiKeys.length > 0 || config.authentication.jwt !== undefined;
  if (authenticates) return pass('access', 'callers have to say who they are');
  if (sandbox) return pass('access', 'nothing real to protect');
  return hasCredentials
    ? failInProduction(environment)(
        'access',
        "everyone who reaches the gateway acts with the gateway's own credentials",
        'Set API_KEYS or JWT_JWKS_URL; leave ALLOW_ANONYMOUS=1 only behind something that asks who they are',
      )
    : pass('access', "calls carry the caller's own token");
};

const mutations: Check = ({ config: { authentication: rules } }) => {
  const { apiKeys, jwt } = rules;
  if (apiKeys.length === 0 && !jwt) return pass('mutations', 'everyone who may ask: the cloud decides');
  const names = new Set(apiKeys.flatMap(({ name, role }) => (role === 'write' ? [name] : [])));
  const who = [
    ...(names.size > 0 ? [`API keys ${[...names].join(', ')}`] : []),
    ...(jwt?.writeScope === undefined ? [] : [`tokens with the scope ${jwt.writeScope}`]),
  ];
  return pass('mutations', who.length > 0 ? who.join(', and ') : 'nobody: every key and token only reads');
};

const host: Check = ({ config, environment }) => {
  if (!isLoopback(config.host)) {
    return isProduction(environment)
      ? pass('HOST', 'other machines can reach it')
      : warn('HOST', 'other machines can reach it', 'Set HOST=127.0.0.1 while NODE_ENV is not `production`');
  }
  return isProduction(environment)
    ? warn(
        'HOST',
        'only this machine can reach it, and only under a loopback name',
        'Set HOST=0.0.0.0 in a container; a proxy on this machine has to send `Host: localhost`',
      )
    : pass('HOST', 'only this machine can reach it');
};

const metricsPort: Check = ({ config, environment }) => {
  if (config.metricsPort !== undefined) return pass('METRICS_PORT', 'metrics have a port of their own');
  return isProduction(environment)
    ? warn(
        'METRICS_PORT',
        'whoever reaches the gateway can read its metrics',
        'Set METRICS_PORT, and let only your monitoring reach that port',
      )
    : pass('METRICS_PORT', 'metrics are on the main port');
};

/** Names that need no network to be resolved: other names under `localhost` may be resolved by a name server. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

const listUrls = ({ projects, authentication: { jwt } }: Config): URL[] =>
  [...projects.flatMap(({ endpoints }) => Object.values(endpoints)), ...(jwt ? [jwt.jwksUrl] : [])].map(
    (url) => new URL(url),
  );

const encryption: Check = ({ config, environment, sandbox }) => {
  if (sandbox) return pass('https', 'the sandbox is on this machine');
  const plain = listUrls(config).filter(({ protocol }) => protocol === 'http:');
  if (plain.length === 0) return pass('https', 'every call is encrypted');
  const away = plain.filter(({ hostname }) => !LOOPBACK.test(hostname.replace(/^\[|\]$/g, '')));
  return away.length > 0
    ? failInProduction(environment)('https', `plain http to ${away[0]!.host}`, 'Use https base URLs')
    : warn('https', 'plain http to loopback', 'Right where something on this machine encrypts it');
};

const redis: Check = ({ config: { redisUrl }, environment }) => {
  if (redisUrl === undefined)
    return pass(
      'REDIS_URL',
      'not set: right for one replica; on several an `idempotencyKey` and the order of whitelist changes hold in each alone',
    );
  const { addresses, tls, password } = parseRedisUrl(redisUrl) as RedisTarget;
  if (addresses.every((address) => LOOPBACK.test(address.host))) return pass('REDIS_URL', 'on this machine');
  if (!tls)
    return failInProduction(environment)('REDIS_URL', 'answers go to Redis unencrypted', 'Use a rediss URL');
  return password
    ? pass('REDIS_URL', 'encrypted, with a password')
    : warn('REDIS_URL', 'without a password', 'Let Redis ask for one');
};

const insecureUpstream: Check = ({ environment }) =>
  environment['ALLOW_INSECURE_UPSTREAM'] === '1'
    ? failInProduction(environment)(
        'ALLOW_INSECURE_UPSTREAM',
        'credentials may leave unencrypted',
        'Use https base URLs, and leave it out',
      )
    : pass('ALLOW_INSECURE_UPSTREAM', 'not set');

const certificates: Check = ({ environment }) =>
  environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
    ? failInProduction(environment)(
        'NODE_TLS_REJECT_UNAUTHORIZED',
        'any certificate passes for that of the cloud',
        'Leave it out, and name your authority in NODE_EXTRA_CA_CERTS',
      )
    : pass('NODE_TLS_REJECT_UNAUTHORIZED', 'not set');

const logLevel: Check = ({ config, environment }) => {
  if (config.logLevel === 'debug')
    return failInProduction(environment)('LOG_LEVEL', 'debug, a line for every call', 'Set LOG_LEVEL=info');
  return config.logLevel === 'silent'
    ? warn('LOG_LEVEL', 'silent: nothing will tell what went wrong', 'Set LOG_LEVEL=info')
    : pass('LOG_LEVEL', config.logLevel);
};

const persisted: Check = ({ config }) =>
  config.persisted?.only
    ? pass('PERSISTED_OPERATIONS_ONLY', 'only registered operations are taken')
    : warn(
        'PERSISTED_OPERATIONS_ONLY',
        'any operation within the limits is taken',
        'Register those of your clients, if they are all known',
      );

const timeouts: Check = ({ config, environment }) => {
  const { answerTimeoutMs: call, operationTimeoutMs: operation } = config.client;
  return call < operation
    ? pass('time-outs', `${call} ms for a call, ${operation} ms for an operation`)
    : failInProduction(environment)(
        'time-outs',
        `${call} ms for a call, and no more than ${operation} ms for the operation it belongs to`,
        'Set UPSTREAM_TIMEOUT_MS below OPERATION_TIMEOUT_MS',
      );
};

/** Time that orchestrators usually wait after SIGTERM before they kill a process. */
const USUAL_GRACE_MS = 30_000;

const shutdown: Check = ({ config: { shutdownGraceMs: ms, client } }) => {
  if (ms < client.operationTimeoutMs)
    return warn(
      'SHUTDOWN_GRACE_MS',
      `${ms} ms, while an operation may take ${client.operationTimeoutMs} ms: a write can be cut off, and is INDETERMINATE then`,
      'Raise it to OPERATION_TIMEOUT_MS, or lower that',
    );
  return ms < USUAL_GRACE_MS
    ? pass('SHUTDOWN_GRACE_MS', `${ms} ms, less than the 30 s that are usually given`)
    : warn(
        'SHUTDOWN_GRACE_MS',
        `${ms} ms, while a process is usually killed after 30 s`,
        'Lower it, or raise what the orchestrator gives (terminationGracePeriodSeconds)',
      );
};

/** Limits of what one caller can use, by setting. */
const LIMITS: Partial<Record<keyof SettingValues, (config: Config) => number>> = {
  MAX_BODY_BYTES: (config) => config.maxBodyBytes,
  MAX_VARIABLES_BYTES: ({ operation }) => operation.variablesBytes,
  MAX_TOKENS: ({ operation }) => operation.tokens,
  MAX_DEPTH: ({ operation }) => operation.depth,
  MAX_ALIASES: ({ operation }) => operation.aliases,
  MAX_ROOT_FIELDS: ({ operation }) => operation.rootFields,
  MAX_DIRECTIVES: ({ operation }) => operation.directives,
  MAX_LIST_LENGTH: ({ operation }) => operation.listLength,
  MAX_COST: ({ operation }) => operation.cost,
  MAX_IN_FLIGHT: ({ concurrency }) => concurrency.inFlight,
  MAX_QUEUE: ({ concurrency }) => concurrency.queue,
  MAX_SUBSCRIPTIONS: ({ concurrency }) => concurrency.subscriptions,
  MAX_LIST_ROWS: ({ sizes }) => sizes.maxRows,
  UPSTREAM_CALL_LIMIT: ({ client }) => client.callLimit,
};

const TIMES_TOO_HIGH = 10;

const limits: Check = ({ config }) => {
  const usual = readConfig({});
  const raised = Object.entries(LIMITS)
    .filter(([, of]) => of(config) > TIMES_TOO_HIGH * of(usual))
    .map(([name]) => name);
  return raised.length === 0
    ? pass('limits', 'none far above its default')
    : warn(
        'limits',
        `${raised.join(', ')} more than ${TIMES_TOO_HIGH} times the default`,
        'One caller can then take what is meant for many: lower what no client needs',
      );
};

const CHECKS: readonly Check[] = [
  nodeEnv,
  cloud,
  checkOff('INTROSPECTION', ({ introspection }) => introspection, 'shows the whole schema'),
  checkOff('GRAPHIQL', ({ graphiql }) => graphiql, 'is a page for people'),
  checkOff('EXPLAIN', ({ explain }) => explain, 'tells which calls an operation made'),
  cors,
  access,
  mutations,
  host,
  metricsPort,
  encryption,
  redis,
  insecureUpstream,
  certificates,
  logLevel,
  persisted,
  timeouts,
  shutdown,
  limits,
];

/** Compares a gateway with recommendations for production. */
export const runChecklist = (input: ChecklistInput): Finding[] => CHECKS.map((check) => check(input));
