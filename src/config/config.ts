import { readFileSync } from 'node:fs';
import type { AuthenticationRules } from '../guards/authentication.ts';
import type { ConcurrencyLimits } from '../guards/concurrency-limit.ts';
import type { OperationLimits } from '../guards/limits/operation-limits.ts';
import type { TracingTarget } from '../observability/operation-trace.ts';
import { readManifest } from './persisted-manifest.ts';
import { UPSTREAMS } from '../upstreams/services.ts';
import { resolveEndpoints } from './endpoints.ts';
import type { ClientLimits } from '../http/client.ts';
import { parseExceptions, type Proxies } from '../http/proxies.ts';
import type { Project } from '../http/request.ts';
import type { PageSizes } from '../paging/page-request.ts';
import { readProjects } from './projects-file.ts';
import { findMisspeltNames } from './misspelt-names.ts';
import { checkBaseUrl, checkHost, quote } from './validators.ts';
import { SECRET_SETTINGS, Settings, type SettingValues } from './settings.ts';
import { ENDPOINT_VARIABLES, nameEndpointVariable, UPSTREAM_SETTINGS } from './upstream-settings.ts';
import type { PollInterval } from '../polling/poll-interval.ts';

/** Configuration of the process. */
export interface Config {
  /** Whether `NODE_ENV` is `production`. */
  production: boolean;
  port: number;
  /** Port for metrics; missing if they are on the main port. */
  metricsPort?: number;
  host: string;
  /** In front of all paths, without a slash at its end; empty by default. */
  basePath: string;
  /** The projects served; none if the sandbox is to be served. */
  projects: Project[];
  graphiql: boolean;
  topology: boolean;
  introspection: boolean;
  /** Whether errors may suggest names of the schema. */
  suggestions: boolean;
  /** Whether callers may ask which calls an operation made. */
  explain: boolean;
  authentication: AuthenticationRules;
  /** Registered operations by their hash; missing if there are none. */
  persisted?: { operations: ReadonlyMap<string, string>; only: boolean };
  corsOrigins: string[];
  logLevel: SettingValues['LOG_LEVEL'];
  /** Whether equal reads of one caller share a call that is in progress. */
  shareReads: boolean;
  /** Whether repeated queries are compiled. */
  compileQueries: boolean;
  /** Whether a repeated query is answered from the last result if every response of the cloud is byte-identical. */
  revalidateAnswers: boolean;
  /** How long results are cached, in milliseconds; 0 disables the cache. */
  cacheTtlMs: number;
  redisUrl: string | undefined;
  /** Operations of one caller per minute; 0 for no limit. */
  rateLimit: number;
  maxBodyBytes: number;
  operation: OperationLimits;
  concurrency: ConcurrencyLimits;
  maxConnections: number;
  /** Bytes of one answer, and of all answers that clients have not read yet. */
  answer: { maxBytes: number; maxUnreadBytes: number };
  /** Bytes of all caches together. */
  keptBytes: number;
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: readonly string[];
  /** The proxies that calls take. */
  proxies: Proxies;
  client: ClientLimits;
  sizes: PageSizes;
  shutdownGraceMs: number;
  polling: PollInterval;
  /** Where traces are sent; missing if none are recorded. */
  tracing?: TracingTarget;
}

/** The settings are wrong. Every problem names its setting, what it is and what it takes; none contains a secret. */
export class BadSettings extends Error {
  override readonly name = 'BadSettings';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Settings that are set, as text. */
type Given = Readonly<Record<string, string>>;

const NAMES = Object.keys(Settings.shape);

/** Settings that have no meaning without a region and a project. */
const NEED_A_PROJECT = NAMES.filter((name) => name.startsWith('HW_') || ENDPOINT_VARIABLES.includes(name));

/** Describes a wrong value: what the setting takes, and what it is, unless that may be a secret. */
const describeWrongValue = (name: string, takes: string, given: Given): string =>
  `${name}: ${takes}${SECRET_SETTINGS.has(name) ? '' : `, but is ${quote(given[name] ?? '')}`}`;

/** Settings of a single project; PROJECTS_FILE has them for each of its projects. */
const OF_ONE_PROJECT = NAMES.filter(
  (name) => NEED_A_PROJECT.includes(name) || UPSTREAM_SETTINGS.some(({ variable }) => variable === name),
);

const checkCredentials = (given: Given): string[] => {
  const problems: string[] = [];
  if ('HW_ACCESS_KEY' in given !== 'HW_SECRET_KEY' in given) {
    problems.push('HW_ACCESS_KEY, HW_SECRET_KEY: give both, or neither');
  }
  if ('HW_SECURITY_TOKEN' in given && !('HW_ACCESS_KEY' in given)) {
    problems.push('HW_SECURITY_TOKEN: belongs to an access key, and HW_ACCESS_KEY is missing');
  }
  return problems;
};

const checkUrl = (given: Given, name: string, problemsOf: typeof checkBaseUrl): string[] =>
  problemsOf(given[name] ?? '', given['ALLOW_INSECURE_UPSTREAM'] === '1').map((problem) =>
    describeWrongValue(name, problem, given),
  );

const checkBesideFile = (given: Given): string[] =>
  OF_ONE_PROJECT.filter((name) => name in given).map(
    (name) => `${name}: has no meaning beside PROJECTS_FILE; that file says it of each project`,
  );

const checkSingleProject = (given: Given): string[] => {
  const needing = NEED_A_PROJECT.find((name) => name in given);
  const missing = ['HW_REGION_NAME', 'HW_PROJECT_ID'].filter((name) => !(name in given));
  return [
    ...(needing === undefined ? [] : missing.map((name) => `${name}: is needed, since ${needing} is set`)),
    ...checkCredentials(given),
  ];
};

/** Problems of a sandbox that is asked for beside a cloud, or that nobody asked for where it would be taken for one. */
const checkSandbox = (given: Given): string[] => {
  const { SANDBOX, NODE_ENV } = given;
  const cloud = [...NEED_A_PROJECT, 'PROJECTS_FILE'].filter((name) => name in given);
  if (cloud.length > 0)
    return SANDBOX === '1'
      ? [
          `SANDBOX: \`1\` serves the built-in sandbox, and a cloud is configured (${cloud.join(', ')}); remove one of the two`,
        ]
      : [];
  const isRefused = SANDBOX === '0' || (NODE_ENV === 'production' && SANDBOX === undefined);
  return isRefused
    ? [
        `HW_REGION_NAME, HW_PROJECT_ID: no cloud is configured, and ${SANDBOX === '0' ? 'SANDBOX=0' : 'NODE_ENV=production'} ` +
          'allows no sandbox. Set both, or PROJECTS_FILE; SANDBOX=1 serves the built-in sandbox',
      ]
    : [];
};

/** Problems of authentication: callers of a gateway with credentials of its own act with these. */
const checkAccess = (given: Given, projects: readonly Project[]): string[] => {
  const problems: string[] = [];
  const hasCredentials =
    'HW_ACCESS_KEY' in given || projects.some(({ accessKey, user }) => accessKey ?? user);
  const asks = 'API_KEYS' in given || 'JWT_JWKS_URL' in given;
  if (hasCredentials && !asks && given['ALLOW_ANONYMOUS'] !== '1') {
    problems.push(
      'API_KEYS, JWT_JWKS_URL: the gateway has credentials of its own, and everyone could ask with them. Give one of the two, ' +
        'or ALLOW_ANONYMOUS=1 where something in front of it knows who asks',
    );
  }
  if (asks && given['ALLOW_ANONYMOUS'] === '1') {
    problems.push('ALLOW_ANONYMOUS: contradicts API_KEYS and JWT_JWKS_URL, which ask who it is');
  }
  for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_WRITE_SCOPE']) {
    if (name in given && !('JWT_JWKS_URL' in given))
      problems.push(`${name}: belongs to JWT_JWKS_URL, which is missing`);
  }
  if (given['PERSISTED_OPERATIONS_ONLY'] === '1' && !('PERSISTED_OPERATIONS' in given)) {
    problems.push('PERSISTED_OPERATIONS_ONLY: needs PERSISTED_OPERATIONS, the file with those operations');
  }
  return problems;
};

/** Two ports of 0 do not collide: each takes a free one. */
const checkPorts = ({ PORT = '4000', METRICS_PORT }: Given): string[] =>
  METRICS_PORT !== undefined && Number(METRICS_PORT) > 0 && Number(METRICS_PORT) === Number(PORT)
    ? ['METRICS_PORT: must be another port than PORT; leave it out to have metrics on PORT']
    : [];

/** Problems between settings. Works on the given text, so that one wrong setting does not hide others. */
const checkCombinations = (given: Given): string[] => [
  ...checkPorts(given),
  ...checkSandbox(given),
  ...('PROJECTS_FILE' in given ? checkBesideFile(given) : checkSingleProject(given)),
  ...ENDPOINT_VARIABLES.flatMap((name) => checkUrl(given, name, checkBaseUrl)),
  ...checkUrl(given, 'JWT_JWKS_URL', checkHost),
];

const readSingleProject = (settings: SettingValues): Project[] => {
  const { HW_REGION_NAME: region, HW_PROJECT_ID: projectId } = settings;
  if (!region || !projectId) return [];
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey, HW_SECURITY_TOKEN: securityToken } = settings;
  const readText = (name: string) =>
    (settings as Readonly<Record<string, unknown>>)[name] as string | undefined;
  const endpoints = Object.fromEntries(
    UPSTREAMS.map((upstream) => [upstream.name, readText(nameEndpointVariable(upstream))]),
  );
  return [
    {
      region,
      projectId,
      endpoints: resolveEndpoints(region, endpoints),
      ...(accessKey && secretKey && { accessKey: { accessKey, secretKey, securityToken } }),
      ...Object.fromEntries(
        UPSTREAM_SETTINGS.map(({ property, variable }) => [property, readText(variable)]),
      ),
    },
  ];
};

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist',
  EACCES: 'which this user may not read',
  EISDIR: 'which is a folder',
};

/** Reads the file that a setting names. Without the setting, or if the file cannot be read, there is no text. */
const readNamedFile = (given: Given, name: string, format: string): { text?: string; problems: string[] } => {
  const path = given[name];
  if (path === undefined) return { problems: [] };
  try {
    return { text: readFileSync(path, 'utf8'), problems: [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const takes = `must be the path of a ${format} file`;
    const why = FILE_ERRORS[code] ?? 'which cannot be read';
    return { problems: [`${describeWrongValue(name, takes, given)}, ${why} (${code})`] };
  }
};

const readProjectsFile = (given: Given): ReturnType<typeof readProjects> => {
  const { text, problems } = readNamedFile(given, 'PROJECTS_FILE', 'YAML');
  if (text === undefined) return { projects: [], problems };
  const file = readProjects(text, given['ALLOW_INSECURE_UPSTREAM'] === '1');
  return { ...file, problems: file.problems.map((problem) => `PROJECTS_FILE: ${problem}`) };
};

const readPersistedOperations = (given: Given): ReturnType<typeof readManifest> => {
  const { text, problems } = readNamedFile(given, 'PERSISTED_OPERATIONS', 'JSON');
  if (text === undefined) return { operations: new Map(), problems };
  const file = readManifest(text);
  return { ...file, problems: file.problems.map((problem) => `PERSISTED_OPERATIONS: ${problem}`) };
};

/** Limit of one response of the cloud. A page of 1,000 rows has less than 1 MB. */
const MAX_UPSTREAM_ANSWER_BYTES = 10 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 3_000;
const DEFAULT_PAGE_SIZE = 20;

/** Settings that the field also writes in lower case; then that form is the one that counts. */
const LOWER_CASE_SETTINGS = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/** The settings that are set. An empty one counts as missing. */
const readGiven = (environment: Record<string, string | undefined>): Given => {
  const given = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim())),
  );
  for (const name of LOWER_CASE_SETTINGS) {
    const lowerCase = given[name.toLowerCase()];
    if (lowerCase !== undefined) given[name] = lowerCase;
  }
  return given;
};

/**
 * Reads and checks the environment.
 *
 * @throws BadSettings with all problems at once
 */
export const readConfig = (environment: Record<string, string | undefined>): Config => {
  const given = readGiven(environment);
  const parsed = Settings.safeParse(given);
  const misread =
    parsed.error?.issues.map(({ path, message }) => describeWrongValue(String(path[0]), message, given)) ??
    [];
  const file = readProjectsFile(given);
  const manifest = readPersistedOperations(given);
  const problems = [
    ...findMisspeltNames(given),
    ...misread,
    ...checkCombinations(given),
    ...file.problems,
    ...checkAccess(given, file.projects),
    ...manifest.problems,
  ];
  if (!parsed.success || problems.length > 0) throw new BadSettings(problems);
  const settings = parsed.data;
  const production = settings.NODE_ENV === 'production';
  const proxies: Proxies = {
    https: settings.HTTPS_PROXY,
    http: settings.HTTP_PROXY,
    except: parseExceptions(settings.NO_PROXY ?? ''),
  };
  const introspection = settings.INTROSPECTION ? settings.INTROSPECTION === 'on' : !production;
  return {
    production,
    port: settings.PORT,
    ...(settings.METRICS_PORT !== undefined && { metricsPort: settings.METRICS_PORT }),
    host: settings.HOST,
    basePath: settings.BASE_PATH ?? '',
    projects: settings.PROJECTS_FILE ? file.projects : readSingleProject(settings),
    graphiql: settings.GRAPHIQL ? settings.GRAPHIQL === 'on' : !production,
    topology: settings.TOPOLOGY ? settings.TOPOLOGY === 'on' : !production,
    introspection,
    suggestions: introspection && !production,
    explain: settings.EXPLAIN ? settings.EXPLAIN === 'on' : !production,
    authentication: {
      apiKeys: settings.API_KEYS ?? [],
      ...(settings.JWT_JWKS_URL && {
        jwt: {
          jwksUrl: settings.JWT_JWKS_URL,
          proxies,
          issuer: settings.JWT_ISSUER,
          audience: settings.JWT_AUDIENCE,
          writeScope: settings.JWT_WRITE_SCOPE,
        },
      }),
    },
    ...(settings.PERSISTED_OPERATIONS && {
      persisted: { operations: manifest.operations, only: settings.PERSISTED_OPERATIONS_ONLY === '1' },
    }),
    corsOrigins: settings.CORS_ORIGINS ?? [],
    logLevel: settings.LOG_LEVEL,
    shareReads: settings.SHARE_READS !== 'off',
    compileQueries: settings.COMPILE_QUERIES !== 'off',
    revalidateAnswers: settings.REVALIDATE_ANSWERS !== 'off',
    cacheTtlMs: settings.CACHE_TTL_MS,
    redisUrl: settings.REDIS_URL,
    rateLimit: settings.RATE_LIMIT,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    operation: {
      variablesBytes: settings.MAX_VARIABLES_BYTES,
      tokens: settings.MAX_TOKENS,
      depth: settings.MAX_DEPTH,
      aliases: settings.MAX_ALIASES,
      rootFields: settings.MAX_ROOT_FIELDS,
      directives: settings.MAX_DIRECTIVES,
      listLength: settings.MAX_LIST_LENGTH,
      cost: settings.MAX_COST,
    },
    concurrency: {
      inFlight: settings.MAX_IN_FLIGHT,
      queue: settings.MAX_QUEUE,
      subscriptions: settings.MAX_SUBSCRIPTIONS,
      runningCost: settings.MAX_RUNNING_COST,
      bodyBytes: settings.MAX_PENDING_BODY_BYTES,
    },
    maxConnections: settings.MAX_CONNECTIONS,
    answer: { maxBytes: settings.MAX_ANSWER_BYTES, maxUnreadBytes: settings.MAX_UNREAD_BYTES },
    keptBytes: settings.MAX_KEPT_BYTES,
    trustedProxies: settings.TRUSTED_PROXIES ?? [],
    proxies,
    client: {
      proxies,
      connections: settings.UPSTREAM_CONNECTIONS,
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.UPSTREAM_TIMEOUT_MS),
      answerTimeoutMs: settings.UPSTREAM_TIMEOUT_MS,
      operationTimeoutMs: settings.OPERATION_TIMEOUT_MS,
      callLimit: settings.UPSTREAM_CALL_LIMIT,
      maxAnswerBytes: MAX_UPSTREAM_ANSWER_BYTES,
      answersBytes: settings.MAX_UPSTREAM_BYTES,
    },
    sizes: {
      default: Math.min(DEFAULT_PAGE_SIZE, settings.MAX_PAGE_SIZE),
      max: settings.MAX_PAGE_SIZE,
      maxRows: settings.MAX_LIST_ROWS,
    },
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    polling: {
      firstWaitMs: settings.SETTLING_POLL_MS,
      limitMs: settings.SETTLING_LIMIT_MS,
      lagMs: settings.SETTLING_LAG_MS,
    },
    ...(settings.OTEL_EXPORTER_OTLP_ENDPOINT && {
      tracing: {
        endpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
        serviceName: settings.OTEL_SERVICE_NAME,
        proxies,
      },
    }),
  };
};
