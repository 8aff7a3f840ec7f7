import type { Config } from '../config/config.ts';
import type { SettingValues } from '../config/settings.ts';
import { describeProxies } from '../http/proxies.ts';
import type { Log } from '../observability/log.ts';
import { VERSION } from '../observability/version.ts';
import type { Gateway } from './gateway.ts';

interface Started {
  config: Config;
  gateway: Gateway;
  /** Whether the sandbox is served. */
  sandbox: boolean;
}

/** What can be off, by its setting. */
const FEATURES: Partial<Record<keyof SettingValues, (config: Config) => boolean>> = {
  GRAPHIQL: ({ graphiql }) => graphiql,
  TOPOLOGY: ({ topology }) => topology,
  INTROSPECTION: ({ introspection }) => introspection,
  EXPLAIN: ({ explain }) => explain,
  PERSISTED_OPERATIONS_ONLY: ({ persisted }) => persisted?.only === true,
  RATE_LIMIT: ({ rateLimit }) => rateLimit > 0,
  CACHE_TTL_MS: ({ cacheTtlMs }) => cacheTtlMs > 0,
  REDIS_URL: ({ redisUrl }) => redisUrl !== undefined,
  SHARE_READS: ({ shareReads }) => shareReads,
  COMPILE_QUERIES: ({ compileQueries }) => compileQueries,
  REVALIDATE_ANSWERS: ({ revalidateAnswers }) => revalidateAnswers,
  OTEL_EXPORTER_OTLP_ENDPOINT: ({ tracing }) => tracing !== undefined,
};

const listOff = (config: Config): string[] =>
  Object.entries(FEATURES)
    .filter(([, isOn]) => !isOn(config))
    .map(([name]) => name);

/** Who may send requests, in words. */
const describeCallers = (
  { authentication: { apiKeys, jwt }, projects }: Config,
  sandbox: boolean,
): string => {
  const keys = new Set(apiKeys.map(({ name }) => name)).size;
  const known = [
    ...(keys > 0 ? [`${keys} API ${keys === 1 ? 'key' : 'keys'}`] : []),
    ...(jwt ? ['JWT'] : []),
  ];
  if (known.length > 0) return known.join(', ');
  const hasCredentials = sandbox || projects.some(({ accessKey, user }) => accessKey ?? user);
  return hasCredentials ? 'anyone' : 'anyone with a token of the cloud';
};

const listHosts = ({ projects }: Config): string[] => [
  ...new Set(projects.flatMap(({ endpoints }) => Object.values(endpoints).map((url) => new URL(url).host))),
];

/** A line of the log with what an operator has to know of a gateway that has started. */
const logStart = ({ config, gateway, sandbox }: Started, log: Pick<Log, 'info'>): void => {
  const proxies = describeProxies(config.proxies);
  log.info(
    {
      version: VERSION,
      node: process.versions.node,
      url: `${gateway.url}/graphql`,
      ...(gateway.metricsUrl && { metricsUrl: `${gateway.metricsUrl}/metrics` }),
      ...(sandbox && { sandbox }),
      projects: config.projects.map(({ region, projectId }) => ({ region, projectId })),
      hosts: listHosts(config),
      callers: describeCallers(config, sandbox),
      ...(proxies !== undefined && { proxies }),
      off: listOff(config),
    },
    'gateway started',
  );
};

/** Lines for people. */
const printStart = ({ config, gateway, sandbox }: Started): void => {
  const regions = new Set(config.projects.map(({ region }) => region));
  const proxies = describeProxies(config.proxies);
  const lines = [
    sandbox
      ? 'Nothing is configured, so this is the built-in sandbox cloud.'
      : `Serving ${[...regions].join(', ')}.`,
    `GraphQL:  ${gateway.url}/graphql`,
    ...(gateway.metricsUrl ? [`Metrics:  ${gateway.metricsUrl}/metrics`] : []),
    ...(proxies === undefined ? [] : [`Proxies:  ${proxies}`]),
    ...(config.graphiql ? [`GraphiQL: ${gateway.url}/graphql in a browser`] : []),
    ...(config.topology ? [`Topology: ${gateway.url}/topology in a browser`] : []),
  ];
  console.log(lines.join('\n'));
};

/** Says what has started: in production by a line of the log, otherwise by lines for people. */
export const greet = (started: Started, log: Pick<Log, 'info'>): void =>
  started.config.production ? logStart(started, log) : printStart(started);
