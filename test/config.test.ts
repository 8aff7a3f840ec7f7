import { expect, test } from 'vitest';
import { BadSettings, readConfig } from '../src/config.ts';
import { Settings } from '../src/settings.ts';

const ONE_PROJECT = { HW_REGION_NAME: 'cn-north-4', HW_PROJECT_ID: 'p1' };

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof BadSettings) return error.problems;
    throw error;
  }
  return [];
};

test('with nothing set there are only defaults, and no project', () => {
  expect(readConfig({ PATH: '/bin', HOME: '/root' })).toEqual({
    port: 4000,
    host: '127.0.0.1',
    projects: [],
    graphiql: true,
    introspection: true,
    corsOrigins: [],
    logLevel: 'info',
    client: {
      connections: 128,
      connectTimeoutMs: 3_000,
      answerTimeoutMs: 10_000,
      maxAnswerBytes: 10 * 1024 * 1024,
    },
    sizes: { default: 20, max: 1000, maxRows: 10_000 },
    shutdownGraceMs: 10_000,
    settling: { firstWaitMs: 1000, limitMs: 600_000 },
  });
});

test('an empty setting, or one of blanks, counts as missing', () => {
  const empty = Object.fromEntries(
    Object.keys(Settings.shape).map((name, at) => [name, at % 2 === 0 ? '' : '  ']),
  );
  expect(readConfig(empty)).toEqual(readConfig({}));
});

test('every setting has its effect', () => {
  const config = readConfig({
    PORT: '0',
    HOST: '0.0.0.0',
    ...ONE_PROJECT,
    HW_ACCESS_KEY: 'ak',
    HW_SECRET_KEY: 'sk',
    HW_SECURITY_TOKEN: 'st',
    CSS_ENDPOINT: 'https://css.eu-de.otc.t-systems.com/',
    VPCEP_ENDPOINT: 'http://127.0.0.1:8080/proxy//',
    DATAARTSINSIGHT_ENDPOINT: 'http://insight.internal',
    ALLOW_INSECURE_UPSTREAM: '1',
    DATAARTSINSIGHT_WORKSPACE_ID: 'w1',
    CSS_BODY_CASE: 'camel',
    VPCEP_SORT_KEY: 'created_at',
    CSS_POSITION: 'start',
    GRAPHIQL: 'off',
    INTROSPECTION: 'off',
    CORS_ORIGINS: 'https://a.example, http://localhost:3000',
    LOG_LEVEL: 'debug',
    UPSTREAM_TIMEOUT_MS: '500',
    UPSTREAM_CONNECTIONS: '7',
    MAX_PAGE_SIZE: '10',
    MAX_LIST_ROWS: '5000',
    SHUTDOWN_GRACE_MS: '1',
    SETTLING_POLL_MS: '10',
    SETTLING_LIMIT_MS: '100',
  });
  expect(config).toEqual({
    port: 0,
    host: '0.0.0.0',
    projects: [
      {
        region: 'cn-north-4',
        projectId: 'p1',
        endpoints: {
          css: 'https://css.eu-de.otc.t-systems.com',
          vpcep: 'http://127.0.0.1:8080/proxy',
          dataartsinsight: 'http://insight.internal',
        },
        accessKey: { accessKey: 'ak', secretKey: 'sk', securityToken: 'st' },
        workspaceId: 'w1',
        cssBodyCase: 'camel',
        sortKey: 'created_at',
        cssPosition: 'start',
      },
    ],
    graphiql: false,
    introspection: false,
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    logLevel: 'debug',
    client: { connections: 7, connectTimeoutMs: 500, answerTimeoutMs: 500, maxAnswerBytes: 10 * 1024 * 1024 },
    sizes: { default: 10, max: 10, maxRows: 5000 },
    shutdownGraceMs: 1,
    settling: { firstWaitMs: 10, limitMs: 100 },
  });
});

test('every setting tells what it means', () => {
  for (const [name, setting] of Object.entries(Settings.shape))
    expect(setting.description, name).toMatch(/\w.*\.$/);
});

test.each([
  { environment: {}, graphiql: true, introspection: true },
  { environment: { NODE_ENV: 'production' }, graphiql: false, introspection: false },
  { environment: { NODE_ENV: 'production', GRAPHIQL: 'on' }, graphiql: true, introspection: false },
  { environment: { NODE_ENV: 'production', INTROSPECTION: 'on' }, graphiql: false, introspection: true },
  { environment: { NODE_ENV: 'development', GRAPHIQL: 'off' }, graphiql: false, introspection: true },
])(
  'with $environment GraphiQL is $graphiql and introspection $introspection',
  ({ environment, ...expected }) => {
    expect(readConfig(environment)).toMatchObject(expected);
  },
);

test('every problem is told at once, each by its setting, none by its value', () => {
  const environment = {
    PORT: '70000',
    HW_REGION_NAME: 'CANARY/../region',
    HW_ACCESS_KEY: 'CANARY access key',
    HW_SECURITY_TOKEN: 'CANARY\ttoken',
    CSS_ENDPOINT: 'ftp://CANARY.example',
    VPCEP_ENDPOINT: 'http://CANARY.example',
    DATAARTSINSIGHT_ENDPOINT: 'https://CANARY:CANARY@host/?CANARY#CANARY',
    ALLOW_INSECURE_UPSTREAM: 'CANARY',
    DATAARTSINSIGHT_WORKSPACE_ID: 'CANARY workspace',
    GRAPHIQL: 'CANARY',
    INTROSPECTION: 'CANARY',
    CORS_ORIGINS: 'https://CANARY.example/path',
    LOG_LEVEL: 'CANARY',
    UPSTREAM_TIMEOUT_MS: '5s-CANARY',
    MAX_LIST_ROWS: '-1',
  };
  const problems = problemsOf(environment);
  expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
    ...Object.keys(environment).filter(
      (name) => name !== 'VPCEP_ENDPOINT' && name !== 'DATAARTSINSIGHT_ENDPOINT',
    ),
    'HW_PROJECT_ID',
    'HW_ACCESS_KEY, HW_SECRET_KEY',
    'VPCEP_ENDPOINT',
    'DATAARTSINSIGHT_ENDPOINT',
  ]);
  expect(problems.join('\n')).not.toMatch(/CANARY/i);
});

test.each([
  { environment: { HW_REGION_NAME: 'r' }, missing: ['HW_PROJECT_ID'] },
  { environment: { HW_PROJECT_ID: 'p' }, missing: ['HW_REGION_NAME'] },
  { environment: { CSS_ENDPOINT: 'https://css.example' }, missing: ['HW_REGION_NAME', 'HW_PROJECT_ID'] },
  { environment: { ...ONE_PROJECT, HW_ACCESS_KEY: 'a' }, missing: ['HW_ACCESS_KEY, HW_SECRET_KEY'] },
  { environment: { ...ONE_PROJECT, HW_SECRET_KEY: 's' }, missing: ['HW_ACCESS_KEY, HW_SECRET_KEY'] },
  { environment: { ...ONE_PROJECT, HW_SECURITY_TOKEN: 't' }, missing: ['HW_SECURITY_TOKEN'] },
  { environment: { HW_REGION: 'of another tool', HW_DOMAIN_NAME: 'of another tool' }, missing: [] },
])('$environment lacks $missing', ({ environment, missing }) => {
  expect(problemsOf(environment).map((problem) => problem.split(':')[0])).toEqual(missing);
});

test.each([
  { url: 'http://localhost:1', ok: true },
  { url: 'http://127.0.0.1', ok: true },
  { url: 'http://127.9.9.9:8080', ok: true },
  { url: 'http://[::1]:1', ok: true },
  { url: 'https://css.internal', ok: true },
  { url: 'http://css.internal', ok: false },
  { url: 'http://127.0.0.1.example.com', ok: false },
  { url: 'http://localhost.example.com', ok: false },
  { url: 'http://0.0.0.0', ok: false },
  { url: 'http://169.254.169.254', ok: false },
  { url: 'css.internal', ok: false },
  { url: 'file:///etc/passwd', ok: false },
])('the base URL $url is accepted: $ok', ({ url, ok }) => {
  const problems = problemsOf({ ...ONE_PROJECT, CSS_ENDPOINT: url });
  expect(problems.length === 0).toBe(ok);
  expect(problems.every((problem) => problem.startsWith('CSS_ENDPOINT: '))).toBe(true);
});

test.each([
  {
    region: 'cn-north-4',
    css: 'https://css.cn-north-4.myhuaweicloud.com',
    vpcep: 'https://vpcep.cn-north-4.myhuaweicloud.com',
    dataartsinsight: 'https://dataartsinsight.cn-north-4.myhuaweicloud.com',
  },
  {
    region: 'cn-north-1',
    css: 'https://es.cn-north-1.myhuaweicloud.com',
    vpcep: 'https://vpcep.cn-north-1.myhuaweicloud.com',
  },
  {
    region: 'cn-east-2',
    css: 'https://es.cn-east-2.myhuaweicloud.com',
    vpcep: 'https://vpcep.cn-east-2.myhuaweicloud.com',
  },
  {
    region: 'eu-west-101',
    css: 'https://css.eu-west-101.myhuaweicloud.com',
    vpcep: 'https://vpcep.eu-west-101.myhuaweicloud.eu',
  },
])('the hosts of $region are those of the vendor', ({ region, ...endpoints }) => {
  expect(readConfig({ HW_REGION_NAME: region, HW_PROJECT_ID: 'p' }).projects[0]!.endpoints).toMatchObject(
    endpoints,
  );
});

test.each(['*', 'https://a.example', 'http://localhost:3000,https://b.example'])(
  '%s are origins',
  (CORS_ORIGINS) => {
    expect(readConfig({ CORS_ORIGINS }).corsOrigins).toEqual(CORS_ORIGINS.split(','));
  },
);

test.each(['https://a.example/', 'a.example', 'null', 'https://a.example,', 'https://A.example'])(
  '%s are no origins',
  (CORS_ORIGINS) => {
    expect(problemsOf({ CORS_ORIGINS })).toEqual([
      'CORS_ORIGINS: must be origins such as `https://example.com`, joined with commas, or `*`',
    ]);
  },
);
