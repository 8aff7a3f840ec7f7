import { readFileSync } from 'node:fs';
import type { AuthenticationRules } from '../guards/authentication.ts';
import type { ConcurrencyLimits } from '../guards/concurrency-limit.ts';
import type { OperationLimits } from '../guards/limits/errors.ts';
import { readManifest } from './persisted-manifest.ts';
import { UPSTREAMS } from '../upstreams/services.ts';
import { resolveEndpoints } from './endpoints.ts';
import type { ClientLimits, Project } from '../http/client.ts';
import type { PageSizes } from '../paging/page-request.ts';
import { readProjects } from './projects-file.ts';
import { baseUrlProblems, hostProblems } from './validators.ts';
import { Settings, type SettingValues } from './environment.ts';
import { ENDPOINT_VARIABLES, endpointVariable, UPSTREAM_SETTINGS } from './upstream-settings.ts';
import type { PollInterval } from '../polling/poll-interval.ts';

/** What the process runs with. */
export interface Config {
  port: number;
  /** Port for metrics; missing where they are on the main one. */
  metricsPort?: number;
  host: string;
  /** The projects served; none where the sandbox is to be served. */
  projects: Project[];
  graphiql: boolean;
  introspection: boolean;
  /** Whether errors may propose names of the schema. */
  suggestions: boolean;
  /** Whether a caller may be told which calls an operation made. */
  explain: boolean;
  authentication: AuthenticationRules;
  /** Operations by their hash; missing where none are registered. */
  persisted?: { operations: ReadonlyMap<string, string>; only: boolean };
  corsOrigins: string[];
  logLevel: SettingValues['LOG_LEVEL'];
  /** Whether reads of one caller are shared while they are on their way. */
  shareReads: boolean;
  /** Whether queries that come again are compiled. */
  compileQueries: boolean;
  revalidateAnswers: boolean;
  /** Milliseconds that answers are kept; 0 for none. */
  cacheTtlMs: number;
  redisUrl: string | undefined;
  /** Operations of one caller within a minute; 0 for any number. */
  rateLimit: number;
  maxBodyBytes: number;
  operation: OperationLimits;
  concurrency: ConcurrencyLimits;
  maxConnections: number;
  /** Of one answer, and of all that clients have not read yet. */
  answer: { maxBytes: number; maxUnreadBytes: number };
  /** Of all that is kept to be used again. */
  keptBytes: number;
  /** Addresses and ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  client: ClientLimits;
  sizes: PageSizes;
  shutdownGraceMs: number;
  polling: PollInterval;
  /** Where traces go; missing where none are made. */
  tracing?: { endpoint: string; serviceName: string };
}

/** The settings are wrong; each problem names its setting, and none its value. */
export class BadSettings extends Error {
  override readonly name = 'BadSettings';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The settings that are there, as text. */
type Given = Readonly<Record<string, string>>;

const NAMES = Object.keys(Settings.shape);

/** Settings that have no meaning without a region and a project. */
const NEED_A_PROJECT = NAMES.filter((name) => name.startsWith('HW_') || ENDPOINT_VARIABLES.includes(name));

/** Settings of a single project; PROJECTS_FILE has them for each of its projects. */
const OF_ONE_PROJECT = NAMES.filter(
  (name) => NEED_A_PROJECT.includes(name) || UPSTREAM_SETTINGS.some(({ variable }) => variable === name),
);

const credentialProblems = (given: Given): string[] => {
  const problems: string[] = [];
  if ('HW_ACCESS_KEY' in given !== 'HW_SECRET_KEY' in given) {
    problems.push('HW_ACCESS_KEY, HW_SECRET_KEY: give both, or neither');
  }
  if ('HW_SECURITY_TOKEN' in given && !('HW_ACCESS_KEY' in given)) {
    problems.push('HW_SECURITY_TOKEN: belongs to an access key, and HW_ACCESS_KEY is missing');
  }
  return problems;
};

const urlProblems = (given: Given, name: string, problemsOf: typeof baseUrlProblems): string[] =>
  problemsOf(given[name] ?? '', given['ALLOW_INSECURE_UPSTREAM'] === '1').map(
    (problem) => `${name}: ${problem}`,
  );

const besideFileProblems = (given: Given): string[] =>
  OF_ONE_PROJECT.filter((name) => name in given).map(
    (name) => `${name}: has no meaning beside PROJECTS_FILE; that file says it of each project`,
  );

const oneProjectProblems = (given: Given): string[] => [
  ...(['HW_REGION_NAME', 'HW_PROJECT_ID'] as const)
    .filter((name) => NEED_A_PROJECT.some((needing) => needing in given) && !(name in given))
    .map((name) => `${name}: is needed, since another HW_* or *_ENDPOINT setting is there`),
  ...credentialProblems(given),
];

/** A gateway with credentials of its own lends them to whoever asks it. */
const accessProblems = (given: Given, projects: readonly Project[]): string[] => {
  const problems: string[] = [];
  const lends = 'HW_ACCESS_KEY' in given || projects.some(({ accessKey, user }) => accessKey ?? user);
  const asks = 'API_KEYS' in given || 'JWT_JWKS_URL' in given;
  if (lends && !asks && given['ALLOW_ANONYMOUS'] !== '1') {
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

/** 0 takes a free port, each time another one. */
const portProblems = ({ PORT = '4000', METRICS_PORT }: Given): string[] =>
  METRICS_PORT !== undefined && Number(METRICS_PORT) > 0 && Number(METRICS_PORT) === Number(PORT)
    ? ['METRICS_PORT: must be another port than PORT; leave it out to have metrics on PORT']
    : [];

/** What one setting by itself cannot tell. It looks at the text given, so that one bad setting hides no other. */
const crossChecks = (given: Given): string[] => [
  ...portProblems(given),
  ...('PROJECTS_FILE' in given ? besideFileProblems(given) : oneProjectProblems(given)),
  ...ENDPOINT_VARIABLES.flatMap((name) => urlProblems(given, name, baseUrlProblems)),
  ...urlProblems(given, 'JWT_JWKS_URL', hostProblems),
];

const projectsOf = (settings: SettingValues): Project[] => {
  const { HW_REGION_NAME: region, HW_PROJECT_ID: projectId } = settings;
  if (!region || !projectId) return [];
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey, HW_SECURITY_TOKEN: securityToken } = settings;
  const textOf = (name: string) =>
    (settings as Readonly<Record<string, unknown>>)[name] as string | undefined;
  const endpoints = Object.fromEntries(
    UPSTREAMS.map((upstream) => [upstream.name, textOf(endpointVariable(upstream))]),
  );
  return [
    {
      region,
      projectId,
      endpoints: resolveEndpoints(region, endpoints),
      ...(accessKey && secretKey && { accessKey: { accessKey, secretKey, securityToken } }),
      ...Object.fromEntries(UPSTREAM_SETTINGS.map(({ property, variable }) => [property, textOf(variable)])),
    },
  ];
};

/** What a file that a setting names holds, where it is named and can be read. */
const fileText = (given: Given, name: string): { text?: string; problems: string[] } => {
  const path = given[name];
  if (path === undefined) return { problems: [] };
  try {
    return { text: readFileSync(path, 'utf8'), problems: [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { problems: [`${name}: cannot be read (${code})`] };
  }
};

const fileProjects = (given: Given): ReturnType<typeof readProjects> => {
  const { text, problems } = fileText(given, 'PROJECTS_FILE');
  if (text === undefined) return { projects: [], problems };
  const file = readProjects(text, given['ALLOW_INSECURE_UPSTREAM'] === '1');
  return { ...file, problems: file.problems.map((problem) => `PROJECTS_FILE: ${problem}`) };
};

const fileOperations = (given: Given): ReturnType<typeof readManifest> => {
  const { text, problems } = fileText(given, 'PERSISTED_OPERATIONS');
  if (text === undefined) return { operations: new Map(), problems };
  const file = readManifest(text);
  return { ...file, problems: file.problems.map((problem) => `PERSISTED_OPERATIONS: ${problem}`) };
};

/** Of one answer of the cloud: a page of 1,000 rows has less than one. */
const MAX_UPSTREAM_ANSWER_BYTES = 10 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 3_000;
const DEFAULT_PAGE_SIZE = 20;

/** The environment, checked whole: every problem is told at once. */
export const readConfig = (environment: Record<string, string | undefined>): Config => {
  const given: Given = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim())),
  );
  const parsed = Settings.safeParse(given);
  const misread = parsed.error?.issues.map(({ path, message }) => `${String(path[0])}: ${message}`) ?? [];
  const file = fileProjects(given);
  const manifest = fileOperations(given);
  const problems = [
    ...misread,
    ...crossChecks(given),
    ...file.problems,
    ...accessProblems(given, file.projects),
    ...manifest.problems,
  ];
  if (!parsed.success || problems.length > 0) throw new BadSettings(problems);
  const settings = parsed.data;
  const production = settings.NODE_ENV === 'production';
  const introspection = settings.INTROSPECTION ? settings.INTROSPECTION === 'on' : !production;
  return {
    port: settings.PORT,
    ...(settings.METRICS_PORT !== undefined && { metricsPort: settings.METRICS_PORT }),
    host: settings.HOST,
    projects: settings.PROJECTS_FILE ? file.projects : projectsOf(settings),
    graphiql: settings.GRAPHIQL ? settings.GRAPHIQL === 'on' : !production,
    introspection,
    suggestions: introspection && !production,
    explain: settings.EXPLAIN ? settings.EXPLAIN === 'on' : !production,
    authentication: {
      apiKeys: settings.API_KEYS ?? [],
      ...(settings.JWT_JWKS_URL && {
        jwt: {
          jwksUrl: settings.JWT_JWKS_URL,
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
    client: {
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
      tracing: { endpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT, serviceName: settings.OTEL_SERVICE_NAME },
    }),
  };
};
