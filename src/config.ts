import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { hostOf } from './hosts.ts';
import type { ClientLimits, Project } from './http/client.ts';
import type { CloudServiceName } from './http/service.ts';
import type { PageSizes } from './paging/request.ts';
import { readProjects } from './projects-file.ts';
import {
  baseUrl,
  baseUrlProblems,
  cssBodyCase,
  cssPosition,
  id,
  secret,
  sortKey,
  workspaceId,
} from './setting.ts';
import type { Pace } from './settling/pace.ts';

const number = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(fallback);

const onOff = z.enum(['on', 'off'], 'must be `on` or `off`').optional();
const isOrigin = (text: string): boolean =>
  text === '*' || (/^https?:/.test(text) && URL.parse(text)?.origin === text);

const origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every(isOrigin),
    'must be origins such as `https://example.com`, joined with commas, or `*`',
  )
  .optional();

/** Every setting, with what it means: read from the environment, once, at the start. An empty one counts as missing. */
export const Settings = z.object({
  PORT: number(0, 65535, 4000).describe('Port to listen on; 0 takes a free one.'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on (`0.0.0.0` in the image).'),
  PROJECTS_FILE: z
    .string()
    .optional()
    .describe('Path of a YAML file with several projects, instead of the settings of one.'),
  HW_REGION_NAME: id.optional().describe('Region served, such as `cn-north-4`.'),
  HW_PROJECT_ID: id.optional().describe('Cloud project served.'),
  HW_ACCESS_KEY: secret
    .optional()
    .describe(
      "Access key that signs every call. Without it the caller's `X-Auth-Token` is forwarded instead.",
    ),
  HW_SECRET_KEY: secret.optional().describe('Secret key of `HW_ACCESS_KEY`.'),
  HW_SECURITY_TOKEN: secret.optional().describe('Security token, for a temporary access key.'),
  CSS_ENDPOINT: baseUrl
    .optional()
    .describe("Base URL of Cloud Search Service, instead of the region's host."),
  VPCEP_ENDPOINT: baseUrl.optional().describe("Base URL of VPC Endpoint, instead of the region's host."),
  DATAARTSINSIGHT_ENDPOINT: baseUrl
    .optional()
    .describe("Base URL of DataArts Insight, instead of the region's host."),
  ALLOW_INSECURE_UPSTREAM: z
    .enum(['0', '1'], 'must be `0` or `1`')
    .default('0')
    .describe('`1` allows base URLs with plain `http` to other hosts than loopback.'),
  DATAARTSINSIGHT_WORKSPACE_ID: workspaceId
    .optional()
    .describe('Workspace for callers that send no `X-Workspace-Id`.'),
  CSS_BODY_CASE: cssBodyCase
    .optional()
    .describe('Spelling of CSS request bodies: `snake`, as most regions have it, or `camel`.'),
  VPCEP_SORT_KEY: sortKey
    .optional()
    .describe(
      'Spelling of VPCEP sort keys, `create_at` or `created_at`: VPCEP then orders its lists itself, also by update.',
    ),
  CSS_POSITION: cssPosition
    .optional()
    .describe(
      'Position parameter of CSS connections: `offset`, as most regions have it, `start`, or `none` where the answer is the whole list.',
    ),
  GRAPHIQL: onOff.describe('`on` or `off`: GraphiQL for browsers. On, but off where `NODE_ENV=production`.'),
  INTROSPECTION: onOff.describe('`on` or `off`: introspection. On, but off where `NODE_ENV=production`.'),
  CORS_ORIGINS: origins.describe(
    'Origins of other sites whose pages may ask, joined with commas. None by default.',
  ),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What is logged: `debug`, `info`, `warn`, `error` or `silent`.'),
  UPSTREAM_TIMEOUT_MS: number(10, 600_000, 10_000).describe(
    'How long one call to the cloud may take, in milliseconds.',
  ),
  UPSTREAM_CONNECTIONS: number(1, 10_000, 128).describe('Connections kept to each host of the cloud.'),
  MAX_PAGE_SIZE: number(1, 10_000, 1000).describe('Most rows of one page; the default page has 20.'),
  MAX_LIST_ROWS: number(1000, 1_000_000, 10_000).describe(
    'Most rows of one list that are read to filter or order it. Longer lists answer `RESULT_TRUNCATED`.',
  ),
  SHUTDOWN_GRACE_MS: number(0, 600_000, 10_000).describe(
    'How long requests may go on after SIGTERM, in milliseconds.',
  ),
  SETTLING_POLL_MS: number(10, 60_000, 1000).describe(
    'First wait between two looks at what a subscription waits for, in milliseconds; it doubles, up to 15 times as long.',
  ),
  SETTLING_LIMIT_MS: number(100, 86_400_000, 600_000).describe(
    'How long one subscription goes on, in milliseconds.',
  ),
  NODE_ENV: z.string().optional().describe('`production` turns GraphiQL and introspection off.'),
});

type SettingValues = z.output<typeof Settings>;

/** What the process runs with. */
export interface Config {
  port: number;
  host: string;
  /** The projects served; none where the sandbox is to be served. */
  projects: Project[];
  graphiql: boolean;
  introspection: boolean;
  corsOrigins: string[];
  logLevel: SettingValues['LOG_LEVEL'];
  client: ClientLimits;
  sizes: PageSizes;
  shutdownGraceMs: number;
  settling: Pace;
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

const ENDPOINTS = {
  css: 'CSS_ENDPOINT',
  vpcep: 'VPCEP_ENDPOINT',
  dataartsinsight: 'DATAARTSINSIGHT_ENDPOINT',
} as const satisfies Record<CloudServiceName, keyof SettingValues>;

/** The settings that are there, as text. */
type Given = Readonly<Record<string, string>>;

const isConfigured = (given: Given): boolean =>
  Object.keys(Settings.shape).some(
    (name) => name in given && (name.startsWith('HW_') || name.endsWith('_ENDPOINT')),
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

const endpointProblems = (name: string, given: Given): string[] =>
  baseUrlProblems(given[name] ?? '', given['ALLOW_INSECURE_UPSTREAM'] === '1').map(
    (problem) => `${name}: ${problem}`,
  );

/** What the file says of each project by itself. */
const OF_ONE_PROJECT = /^HW_|_ENDPOINT$|^DATAARTSINSIGHT_WORKSPACE_ID$|^CSS_|^VPCEP_/;

const besideFileProblems = (given: Given): string[] =>
  Object.keys(Settings.shape)
    .filter((name) => name in given && OF_ONE_PROJECT.test(name))
    .map((name) => `${name}: has no meaning beside PROJECTS_FILE; that file says it of each project`);

const oneProjectProblems = (given: Given): string[] => [
  ...(['HW_REGION_NAME', 'HW_PROJECT_ID'] as const)
    .filter((name) => isConfigured(given) && !(name in given))
    .map((name) => `${name}: is needed, since another HW_* or *_ENDPOINT setting is there`),
  ...credentialProblems(given),
];

/** What one setting by itself cannot tell. It looks at the text given, so that one bad setting hides no other. */
const crossChecks = (given: Given): string[] => [
  ...('PROJECTS_FILE' in given ? besideFileProblems(given) : oneProjectProblems(given)),
  ...Object.values(ENDPOINTS).flatMap((name) => endpointProblems(name, given)),
];

const endpointsOf = (settings: SettingValues, region: string): Project['endpoints'] => {
  const url = (service: CloudServiceName) =>
    (settings[ENDPOINTS[service]] ?? hostOf(service, region)).replace(/\/+$/, '');
  return { css: url('css'), vpcep: url('vpcep'), dataartsinsight: url('dataartsinsight') };
};

const projectsOf = (settings: SettingValues): Project[] => {
  const { HW_REGION_NAME: region, HW_PROJECT_ID: projectId } = settings;
  if (!region || !projectId) return [];
  const { HW_ACCESS_KEY: accessKey, HW_SECRET_KEY: secretKey, HW_SECURITY_TOKEN: securityToken } = settings;
  return [
    {
      region,
      projectId,
      endpoints: endpointsOf(settings, region),
      ...(accessKey && secretKey && { accessKey: { accessKey, secretKey, securityToken } }),
      workspaceId: settings.DATAARTSINSIGHT_WORKSPACE_ID,
      ...(settings.CSS_BODY_CASE && { cssBodyCase: settings.CSS_BODY_CASE }),
      ...(settings.VPCEP_SORT_KEY && { sortKey: settings.VPCEP_SORT_KEY }),
      ...(settings.CSS_POSITION && { cssPosition: settings.CSS_POSITION }),
    },
  ];
};

/** The projects of the file that is named; without one, none and no problem. */
const fileProjects = (given: Given): ReturnType<typeof readProjects> => {
  const path = given['PROJECTS_FILE'];
  if (path === undefined) return { projects: [], problems: [] };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { projects: [], problems: [`PROJECTS_FILE: cannot be read (${code})`] };
  }
  const { projects, problems } = readProjects(text, given['ALLOW_INSECURE_UPSTREAM'] === '1');
  return { projects, problems: problems.map((problem) => `PROJECTS_FILE: ${problem}`) };
};

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
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
  const problems = [...misread, ...crossChecks(given), ...file.problems];
  if (!parsed.success || problems.length > 0) throw new BadSettings(problems);
  const settings = parsed.data;
  const production = settings.NODE_ENV === 'production';
  return {
    port: settings.PORT,
    host: settings.HOST,
    projects: settings.PROJECTS_FILE ? file.projects : projectsOf(settings),
    graphiql: settings.GRAPHIQL ? settings.GRAPHIQL === 'on' : !production,
    introspection: settings.INTROSPECTION ? settings.INTROSPECTION === 'on' : !production,
    corsOrigins: settings.CORS_ORIGINS ?? [],
    logLevel: settings.LOG_LEVEL,
    client: {
      connections: settings.UPSTREAM_CONNECTIONS,
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, settings.UPSTREAM_TIMEOUT_MS),
      answerTimeoutMs: settings.UPSTREAM_TIMEOUT_MS,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    },
    sizes: {
      default: Math.min(DEFAULT_PAGE_SIZE, settings.MAX_PAGE_SIZE),
      max: settings.MAX_PAGE_SIZE,
      maxRows: settings.MAX_LIST_ROWS,
    },
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    settling: { firstWaitMs: settings.SETTLING_POLL_MS, limitMs: settings.SETTLING_LIMIT_MS },
  };
};
