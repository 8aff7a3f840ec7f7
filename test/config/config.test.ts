import { expect, test } from 'vitest';
import { BadSettings, readConfig } from '../../src/config/config.ts';
import { SECRET_SETTINGS, Settings } from '../../src/config/settings.ts';
import { NO_PROXIES, parseProxy } from '../../src/http/proxies.ts';
import { fileWith, projectsFile } from '../support/projects-file.ts';

const ONE_PROJECT = { HW_REGION_NAME: 'cn-north-4', HW_PROJECT_ID: 'p1' };

const HASH = '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8';

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
    production: false,
    port: 4000,
    host: '127.0.0.1',
    basePath: '',
    projects: [],
    graphiql: true,
    topology: true,
    introspection: true,
    suggestions: true,
    explain: true,
    authentication: { apiKeys: [] },
    corsOrigins: [],
    logLevel: 'info',
    shareReads: true,
    compileQueries: true,
    revalidateAnswers: true,
    cacheTtlMs: 0,
    rateLimit: 0,
    maxBodyBytes: 320 * 1024,
    operation: {
      variablesBytes: 256 * 1024,
      tokens: 5_000,
      depth: 20,
      aliases: 100,
      rootFields: 50,
      directives: 50,
      listLength: 1000,
      cost: 50_000,
    },
    concurrency: {
      inFlight: 256,
      queue: 256,
      subscriptions: 1000,
      runningCost: 200_000,
      bodyBytes: 32 * 1024 * 1024,
    },
    maxConnections: 10_000,
    answer: { maxBytes: 10 * 1024 * 1024, maxUnreadBytes: 32 * 1024 * 1024 },
    keptBytes: 64 * 1024 * 1024,
    trustedProxies: [],
    proxies: NO_PROXIES,
    client: {
      proxies: NO_PROXIES,
      connections: 128,
      connectTimeoutMs: 3_000,
      answerTimeoutMs: 5_000,
      operationTimeoutMs: 15_000,
      callLimit: 500,
      maxAnswerBytes: 10 * 1024 * 1024,
      answersBytes: 64 * 1024 * 1024,
    },
    sizes: { default: 20, max: 1000, maxRows: 10_000 },
    shutdownGraceMs: 15_000,
    polling: { firstWaitMs: 1000, limitMs: 600_000, lagMs: 5000 },
  });
});

test('an empty setting, or one of blanks, counts as missing', () => {
  const empty = Object.fromEntries(
    Object.keys(Settings.shape).map((name, at) => [name, at % 2 === 0 ? '' : '  ']),
  );
  expect(readConfig(empty)).toEqual(readConfig({}));
});

test('every setting has its effect', () => {
  const proxies = {
    https: parseProxy('http://secure.example:3128')!,
    http: parseProxy('http://plain.example')!,
    except: ['10.0.0.0/8', '.internal'],
  };
  const config = readConfig({
    PORT: '0',
    HOST: '0.0.0.0',
    BASE_PATH: '/tools/graph/',
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
    API_KEYS: `frontend:${HASH}, batch.2:${HASH.toUpperCase()}, ops:${'b'.repeat(64)}:write,ro:${'c'.repeat(64)}:read`,
    JWT_JWKS_URL: 'https://issuer.example/keys',
    JWT_ISSUER: 'https://issuer.example',
    JWT_AUDIENCE: 'graph',
    JWT_WRITE_SCOPE: 'graph:write',
    PERSISTED_OPERATIONS: fileWith('{"h1":"{ __typename }"}'),
    PERSISTED_OPERATIONS_ONLY: '1',
    GRAPHIQL: 'off',
    TOPOLOGY: 'off',
    INTROSPECTION: 'off',
    EXPLAIN: 'off',
    CORS_ORIGINS: 'https://a.example, http://localhost:3000',
    LOG_LEVEL: 'debug',
    OPERATION_TIMEOUT_MS: '700',
    UPSTREAM_TIMEOUT_MS: '500',
    UPSTREAM_CONNECTIONS: '7',
    UPSTREAM_CALL_LIMIT: '8',
    MAX_BODY_BYTES: '2048',
    MAX_VARIABLES_BYTES: '1024',
    MAX_TOKENS: '101',
    MAX_DEPTH: '6',
    MAX_ALIASES: '1',
    MAX_ROOT_FIELDS: '2',
    MAX_DIRECTIVES: '3',
    MAX_LIST_LENGTH: '4',
    MAX_COST: '5',
    MAX_IN_FLIGHT: '11',
    MAX_QUEUE: '12',
    MAX_SUBSCRIPTIONS: '13',
    MAX_RUNNING_COST: '17',
    MAX_PENDING_BODY_BYTES: '4096',
    MAX_ANSWER_BYTES: '8192',
    MAX_UNREAD_BYTES: '16384',
    MAX_UPSTREAM_BYTES: '2097152',
    MAX_KEPT_BYTES: '2000000',
    TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1',
    MAX_CONNECTIONS: '14',
    SHARE_READS: 'off',
    COMPILE_QUERIES: 'off',
    REVALIDATE_ANSWERS: 'off',
    CACHE_TTL_MS: '15',
    REDIS_URL: 'rediss://user:pass@redis.example:6380/1',
    RATE_LIMIT: '16',
    MAX_PAGE_SIZE: '10',
    MAX_LIST_ROWS: '5000',
    SHUTDOWN_GRACE_MS: '1',
    SETTLING_POLL_MS: '10',
    SETTLING_LIMIT_MS: '100',
    SETTLING_LAG_MS: '1',
    HTTPS_PROXY: 'http://secure.example:3128',
    HTTP_PROXY: 'plain.example',
    NO_PROXY: '10.0.0.0/8, .internal',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_SERVICE_NAME: 'graph',
  });
  expect(config).toEqual({
    production: false,
    port: 0,
    host: '0.0.0.0',
    basePath: '/tools/graph',
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
    topology: false,
    introspection: false,
    suggestions: false,
    explain: false,
    authentication: {
      apiKeys: [
        { name: 'frontend', hash: HASH, role: 'read' },
        { name: 'batch.2', hash: HASH, role: 'read' },
        { name: 'ops', hash: 'b'.repeat(64), role: 'write' },
        { name: 'ro', hash: 'c'.repeat(64), role: 'read' },
      ],
      jwt: {
        jwksUrl: 'https://issuer.example/keys',
        proxies,
        issuer: 'https://issuer.example',
        audience: 'graph',
        writeScope: 'graph:write',
      },
    },
    persisted: { operations: new Map([['h1', '{ __typename }']]), only: true },
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    logLevel: 'debug',
    shareReads: false,
    compileQueries: false,
    revalidateAnswers: false,
    cacheTtlMs: 15,
    redisUrl: 'rediss://user:pass@redis.example:6380/1',
    rateLimit: 16,
    maxBodyBytes: 2048,
    operation: {
      variablesBytes: 1024,
      tokens: 101,
      depth: 6,
      aliases: 1,
      rootFields: 2,
      directives: 3,
      listLength: 4,
      cost: 5,
    },
    concurrency: { inFlight: 11, queue: 12, subscriptions: 13, runningCost: 17, bodyBytes: 4096 },
    maxConnections: 14,
    answer: { maxBytes: 8192, maxUnreadBytes: 16_384 },
    keptBytes: 2_000_000,
    trustedProxies: ['10.0.0.0/8', '192.0.2.1'],
    proxies,
    client: {
      proxies,
      connections: 7,
      connectTimeoutMs: 500,
      answerTimeoutMs: 500,
      operationTimeoutMs: 700,
      callLimit: 8,
      maxAnswerBytes: 10 * 1024 * 1024,
      answersBytes: 2_097_152,
    },
    sizes: { default: 10, max: 10, maxRows: 5000 },
    shutdownGraceMs: 1,
    polling: { firstWaitMs: 10, limitMs: 100, lagMs: 1 },
    tracing: { endpoint: 'http://127.0.0.1:4318', serviceName: 'graph', proxies },
  });
});

test('every setting tells what it means', () => {
  for (const [name, setting] of Object.entries(Settings.shape))
    expect(setting.description, name).toMatch(/\w.*\.$/);
});

/** Settings that take any text. */
const TAKES_ANY = ['HOST', 'NO_PROXY', 'JWT_ISSUER', 'JWT_AUDIENCE', 'OTEL_SERVICE_NAME'];
/** Values that almost no setting takes; the second is long, and may have credentials. */
const WRONG = [
  { value: 'prod', quoted: '"prod"' },
  { value: `user:canary@host ${'x'.repeat(200)}`, quoted: `"…@host ${'x'.repeat(53)}…"` },
];

test.each(Object.keys(Settings.shape).filter((name) => !TAKES_ANY.includes(name)))(
  'a wrong value of %s is told with the name, what it takes, and the value unless it is secret',
  (name) => {
    const told = WRONG.flatMap(({ value, quoted }) =>
      problemsOf({ [name]: value })
        .filter((problem) => problem.startsWith(`${name}: must `))
        .map((problem) => ({ problem, quoted })),
    );
    expect(told).not.toEqual([]);
    for (const { problem, quoted } of told) {
      expect(problem).not.toMatch(/canary|invalid|expected|received/i);
      if (SECRET_SETTINGS.has(name)) expect(problem).not.toMatch(/but is|prod\b/);
      else expect(problem).toContain(`, but is ${quoted}`);
    }
  },
);

test.each([
  { environment: { NODE_ENV: 'production' }, problem: /^HW_REGION_NAME, HW_PROJECT_ID: .*SANDBOX=1/ },
  { environment: { SANDBOX: '0' }, problem: /^HW_REGION_NAME, HW_PROJECT_ID: .*SANDBOX=1/ },
  { environment: { NODE_ENV: 'production', SANDBOX: '0' }, problem: /^HW_REGION_NAME, HW_PROJECT_ID: / },
  { environment: { ...ONE_PROJECT, SANDBOX: '1' }, problem: /^SANDBOX: .*HW_REGION_NAME, HW_PROJECT_ID/ },
])('with $environment there is neither a cloud nor a sandbox', ({ environment, problem }) => {
  expect(problemsOf(environment)).toEqual([expect.stringMatching(problem)]);
});

test.each([
  { NODE_ENV: 'production', SANDBOX: '1' },
  { NODE_ENV: 'development' },
  { SANDBOX: '1' },
  { NODE_ENV: 'production', SANDBOX: '0', ...ONE_PROJECT },
])('with %o there is one of the two', (environment) => {
  expect(problemsOf(environment)).toEqual([]);
});

test('proxies are also named in lower case, which then counts', () => {
  const { proxies } = readConfig({
    https_proxy: 'http://lower.example',
    HTTPS_PROXY: 'http://UPPER.example',
    http_proxy: '',
    HTTP_PROXY: 'http://upper.example',
    no_proxy: 'lower',
    NO_PROXY: 'upper',
  });
  expect([proxies.https!.url.host, proxies.http!.url.host]).toEqual(['lower.example', 'upper.example']);
  expect(proxies.except).toEqual(['lower']);
});

const OPEN = { graphiql: true, topology: true, introspection: true, suggestions: true, explain: true };
const CLOSED = { graphiql: false, topology: false, introspection: false, suggestions: false, explain: false };

test.each([
  { environment: {}, expected: OPEN },
  { environment: { NODE_ENV: 'production', ...ONE_PROJECT }, expected: CLOSED },
  {
    environment: { NODE_ENV: 'production', ...ONE_PROJECT, GRAPHIQL: 'on' },
    expected: { ...CLOSED, graphiql: true },
  },
  {
    environment: { NODE_ENV: 'production', ...ONE_PROJECT, INTROSPECTION: 'on' },
    expected: { ...CLOSED, introspection: true },
  },
  {
    environment: { NODE_ENV: 'production', ...ONE_PROJECT, EXPLAIN: 'on' },
    expected: { ...CLOSED, explain: true },
  },
  {
    environment: { NODE_ENV: 'production', ...ONE_PROJECT, TOPOLOGY: 'on' },
    expected: { ...CLOSED, topology: true },
  },
  { environment: { NODE_ENV: 'development', TOPOLOGY: 'off' }, expected: { ...OPEN, topology: false } },
  { environment: { NODE_ENV: 'development', GRAPHIQL: 'off' }, expected: { ...OPEN, graphiql: false } },
  {
    environment: { NODE_ENV: 'development', INTROSPECTION: 'off' },
    expected: { ...OPEN, introspection: false, suggestions: false },
  },
  { environment: { EXPLAIN: 'off' }, expected: { ...OPEN, explain: false } },
])('with $environment what helps developers is $expected', ({ environment, expected }) => {
  expect(readConfig(environment)).toMatchObject(expected);
});

test.each([
  { environment: { METRICS_PORT: '4000' }, problems: 1 },
  { environment: { PORT: '9000', METRICS_PORT: '9000' }, problems: 1 },
  { environment: { METRICS_PORT: '9464' }, problems: 0 },
  { environment: { PORT: '0', METRICS_PORT: '0' }, problems: 0 },
])('metrics have no port of their own that is also PORT: $environment', ({ environment, problems }) => {
  const told = problemsOf(environment);
  expect(told).toHaveLength(problems);
  for (const problem of told) expect(problem).toMatch(/^METRICS_PORT: .*another port/);
});

test('every problem is told at once, each by its setting, and none tells a secret', () => {
  const environment = {
    PORT: '70000',
    BASE_PATH: 'no path',
    HW_REGION_NAME: 'region/..',
    HW_ACCESS_KEY: 'CANARY access key',
    HW_SECURITY_TOKEN: 'CANARY\ttoken',
    CSS_ENDPOINT: 'CANARY@css.example',
    VPCEP_ENDPOINT: 'http://vpcep.example',
    DATAARTSINSIGHT_ENDPOINT: 'https://CANARY:CANARY@host/?CANARY#CANARY',
    ALLOW_INSECURE_UPSTREAM: 'yes',
    DATAARTSINSIGHT_WORKSPACE_ID: 'my workspace',
    API_KEYS: 'frontend:CANARY',
    JWT_JWKS_URL: 'ftp://CANARY@host',
    ALLOW_ANONYMOUS: 'yes',
    PERSISTED_OPERATIONS_ONLY: 'yes',
    GRAPHIQL: 'yes',
    TOPOLOGY: 'yes',
    INTROSPECTION: 'yes',
    EXPLAIN: 'yes',
    CORS_ORIGINS: 'https://a.example/path',
    LOG_LEVEL: 'yes',
    UPSTREAM_TIMEOUT_MS: '5s',
    MAX_BODY_BYTES: '1',
    SHARE_READS: 'yes',
    COMPILE_QUERIES: 'yes',
    REVALIDATE_ANSWERS: 'yes',
    CACHE_TTL_MS: '86400001',
    REDIS_URL: 'http://user:CANARY@CANARY.example',
    RATE_LIMIT: '-1',
    MAX_LIST_ROWS: '-1',
    HTTPS_PROXY: 'socks5://user:CANARY@CANARY.example',
    HTTP_PROXY: 'http://user:CANARY%zz@CANARY.example',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector?CANARY',
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
  {
    environment: { ...ONE_PROJECT, HW_ACCESS_KEY: 'a', ALLOW_ANONYMOUS: '1' },
    missing: ['HW_ACCESS_KEY, HW_SECRET_KEY'],
  },
  { environment: { ...ONE_PROJECT, HW_SECRET_KEY: 's' }, missing: ['HW_ACCESS_KEY, HW_SECRET_KEY'] },
  { environment: { ...ONE_PROJECT, HW_SECURITY_TOKEN: 't' }, missing: ['HW_SECURITY_TOKEN'] },
  { environment: { HW_REGION: 'of another tool', HW_DOMAIN_NAME: 'of another tool' }, missing: [] },
])('$environment lacks $missing', ({ environment, missing }) => {
  expect(problemsOf(environment).map((problem) => problem.split(':')[0])).toEqual(missing);
});

const SIGNED = { ...ONE_PROJECT, HW_ACCESS_KEY: 'ak', HW_SECRET_KEY: 'sk' };
const projectsWith = (credentials: object | 'none') => ({
  PROJECTS_FILE: projectsFile([
    { region: 'cn-north-4', projectId: 'p1', credentials: 'none' },
    { region: 'cn-north-4', projectId: 'p2', credentials },
  ]),
});
const KEYS = { API_KEYS: `frontend:${HASH}` };
const TOKENS = { JWT_JWKS_URL: 'https://issuer.example/keys' };
const NOBODY_ASKED = [
  'API_KEYS, JWT_JWKS_URL: the gateway has credentials of its own, and everyone could ask with them. Give one of the two, ' +
    'or ALLOW_ANONYMOUS=1 where something in front of it knows who asks',
];

test.each([
  { what: 'an access key', own: () => SIGNED },
  {
    what: 'an access key in PROJECTS_FILE',
    own: () => projectsWith({ accessKey: { accessKey: 'ak', secretKey: 'sk' } }),
  },
  {
    what: 'a user in PROJECTS_FILE',
    own: () => projectsWith({ user: { name: 'u', password: 'p', domain: 'd' } }),
  },
])('a gateway with $what starts only where it is said who may ask', ({ own }) => {
  const settings = own();
  expect(problemsOf(settings)).toEqual(NOBODY_ASKED);
  expect(problemsOf({ ...settings, ALLOW_ANONYMOUS: '0' })).toEqual(NOBODY_ASKED);
  for (const said of [KEYS, TOKENS, { ...KEYS, ...TOKENS }, { ALLOW_ANONYMOUS: '1' }])
    expect(problemsOf({ ...settings, ...said })).toEqual([]);
});

test.each([
  { what: 'tokens of the callers', own: () => ONE_PROJECT },
  { what: 'tokens of the callers, by PROJECTS_FILE', own: () => projectsWith('none') },
  { what: 'the sandbox', own: () => ({}) },
])('a gateway with $what need not know who asks, and may', ({ own }) => {
  const settings = own();
  expect(problemsOf(settings)).toEqual([]);
  expect(problemsOf({ ...settings, ...KEYS, ...TOKENS })).toEqual([]);
});

test.each([
  { settings: { ...KEYS, ALLOW_ANONYMOUS: '1' }, wrong: ['ALLOW_ANONYMOUS'] },
  { settings: { ...TOKENS, ALLOW_ANONYMOUS: '1' }, wrong: ['ALLOW_ANONYMOUS'] },
  { settings: { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }, wrong: ['JWT_ISSUER', 'JWT_AUDIENCE'] },
  { settings: { JWT_WRITE_SCOPE: 'graph:write' }, wrong: ['JWT_WRITE_SCOPE'] },
  { settings: { ...KEYS, JWT_WRITE_SCOPE: 'graph:write' }, wrong: ['JWT_WRITE_SCOPE'] },
  { settings: { ...TOKENS, JWT_WRITE_SCOPE: 'graph write' }, wrong: ['JWT_WRITE_SCOPE'] },
  { settings: { ...TOKENS, JWT_WRITE_SCOPE: 'graph:write' }, wrong: [] },
  { settings: { JWT_JWKS_URL: 'http://issuer.example/keys' }, wrong: ['JWT_JWKS_URL'] },
  {
    settings: { JWT_JWKS_URL: 'http://issuer.example/keys', ALLOW_INSECURE_UPSTREAM: '1' },
    wrong: [],
  },
  { settings: { API_KEYS: 'the-key-itself' }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `frontend:${HASH}0` }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `:${HASH}` }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `frontend:${HASH}:admin` }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `frontend:${HASH}:` }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `frontend:write:${HASH}` }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `frontend:${HASH},ops:${HASH}:write` }, wrong: ['API_KEYS'] },
  { settings: { API_KEYS: `frontend:${HASH},` }, wrong: ['API_KEYS'] },
  { settings: { PERSISTED_OPERATIONS_ONLY: '1' }, wrong: ['PERSISTED_OPERATIONS_ONLY'] },
  { settings: { PERSISTED_OPERATIONS: '/nowhere/at/all.json' }, wrong: ['PERSISTED_OPERATIONS'] },
])('of $settings, $wrong is wrong', ({ settings, wrong }) => {
  expect(problemsOf(settings).map((problem) => problem.split(':')[0])).toEqual(wrong);
});

test('what is wrong with a file of operations is told by its setting', () => {
  const PERSISTED_OPERATIONS = fileWith('{"h1":"{ a","h2":"{ b"}');
  expect(problemsOf({ PERSISTED_OPERATIONS })).toEqual([
    expect.stringMatching(/^PERSISTED_OPERATIONS: "h1": is not GraphQL/),
    expect.stringMatching(/^PERSISTED_OPERATIONS: "h2": is not GraphQL/),
  ]);
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

test.each([
  { url: 'redis://localhost', ok: true },
  { url: 'redis://127.0.0.1:6379/2', ok: true },
  { url: 'rediss://:password@redis.example:6380', ok: true },
  { url: 'redis.example:6379', ok: false },
  { url: 'https://redis.example', ok: false },
  { url: '/run/redis.sock', ok: false },
])('$url is one of Redis: $ok', ({ url, ok }) => {
  expect(problemsOf({ REDIS_URL: url })).toEqual(
    ok ? [] : [expect.stringMatching(/^REDIS_URL: must be `redis:/)],
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
      `CORS_ORIGINS: must be origins such as \`https://example.com\`, joined with commas, or \`*\`, but is "${CORS_ORIGINS}"`,
    ]);
  },
);
