import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { runChecklist } from '../../src/doctor/checklist.ts';

const ONE_PROJECT = { HW_REGION_NAME: 'cn-north-4', HW_PROJECT_ID: 'p1' };
const GOOD = { ...ONE_PROJECT, NODE_ENV: 'production', HOST: '0.0.0.0' };

const verdictsOf = (environment: Record<string, string>, sandbox = false): Record<string, string> =>
  Object.fromEntries(
    runChecklist({ config: readConfig(environment), environment, sandbox }).map(({ check, verdict }) => [
      check,
      verdict,
    ]),
  );

test('the defaults of production pass, but for operations that nobody registered, and metrics for everyone', () => {
  const { PERSISTED_OPERATIONS_ONLY: persisted, METRICS_PORT: metrics, ...others } = verdictsOf(GOOD);
  expect([persisted, metrics]).toEqual(['WARN', 'WARN']);
  expect(verdictsOf({ ...GOOD, METRICS_PORT: '9464' })['METRICS_PORT']).toBe('PASS');
  expect(verdictsOf({ METRICS_PORT: '' })['METRICS_PORT']).toBe('PASS');
  expect(new Set(Object.values(others))).toEqual(new Set(['PASS']));
});

const LENDING = { HW_ACCESS_KEY: 'ak', HW_SECRET_KEY: 'sk', ALLOW_ANONYMOUS: '1' };
const INSECURE = { CSS_ENDPOINT: 'http://css.internal', ALLOW_INSECURE_UPSTREAM: '1' };

test.each([
  { check: 'INTROSPECTION', settings: { INTROSPECTION: 'on' } },
  { check: 'GRAPHIQL', settings: { GRAPHIQL: 'on' } },
  { check: 'EXPLAIN', settings: { EXPLAIN: 'on' } },
  { check: 'CORS_ORIGINS', settings: { CORS_ORIGINS: '*' } },
  { check: 'access', settings: LENDING },
  { check: 'https', settings: INSECURE },
  { check: 'REDIS_URL', settings: { REDIS_URL: 'redis://:password@redis.internal' } },
  { check: 'ALLOW_INSECURE_UPSTREAM', settings: INSECURE },
  { check: 'NODE_TLS_REJECT_UNAUTHORIZED', settings: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
  { check: 'LOG_LEVEL', settings: { LOG_LEVEL: 'debug' } },
  { check: 'time-outs', settings: { UPSTREAM_TIMEOUT_MS: '9000', OPERATION_TIMEOUT_MS: '9000' } },
])('$check fails in production with $settings, and is told elsewhere', ({ check, settings }) => {
  expect(verdictsOf({ ...GOOD, ...settings })[check]).toBe('FAIL');
  expect(verdictsOf({ ...GOOD, ...settings, NODE_ENV: '' })[check]).toBe('WARN');
});

test.each([
  { check: 'NODE_ENV', settings: { NODE_ENV: 'development' } },
  { check: 'HOST', settings: { HOST: '127.0.0.1' } },
  { check: 'HOST', settings: { HOST: 'app.localhost' } },
  { check: 'HOST', settings: { NODE_ENV: 'development' } },
  { check: 'https', settings: { CSS_ENDPOINT: 'http://127.0.0.1:1' } },
  { check: 'https', settings: { CSS_ENDPOINT: 'http://[::1]:1' } },
  { check: 'REDIS_URL', settings: { REDIS_URL: 'rediss://redis.internal' } },
  { check: 'LOG_LEVEL', settings: { LOG_LEVEL: 'silent' } },
  { check: 'SHUTDOWN_GRACE_MS', settings: { SHUTDOWN_GRACE_MS: '30000' } },
  { check: 'SHUTDOWN_GRACE_MS', settings: { SHUTDOWN_GRACE_MS: '14999' } },
  { check: 'limits', settings: { MAX_COST: '500001' } },
  { check: 'limits', settings: { UPSTREAM_CALL_LIMIT: '5001' } },
])('$check is told with $settings', ({ check, settings }) => {
  expect(verdictsOf({ ...GOOD, ...settings })[check]).toBe('WARN');
});

test.each([
  'redis://127.0.0.1:6379',
  'redis://[::1]',
  'rediss://:password@redis.internal',
  'rediss://redis.internal?password=password',
])('the Redis at %s is well', (REDIS_URL) => {
  expect(verdictsOf({ ...GOOD, REDIS_URL })['REDIS_URL']).toBe('PASS');
});

test('limits far above their defaults are named', () => {
  const environment = { ...GOOD, MAX_COST: '500001', UPSTREAM_CALL_LIMIT: '5001', MAX_DEPTH: '100' };
  const findings = runChecklist({ config: readConfig(environment), environment, sandbox: false });
  expect(findings.find(({ check }) => check === 'limits')!.words).toBe(
    'MAX_COST, UPSTREAM_CALL_LIMIT more than 10 times the default',
  );
});

test('callers who have to say who they are may use credentials of the gateway', () => {
  const { ALLOW_ANONYMOUS: _, ...keys } = LENDING;
  expect(verdictsOf({ ...GOOD, ...keys, API_KEYS: `a:${'0'.repeat(64)}` })['access']).toBe('PASS');
  expect(verdictsOf({ ...GOOD, ...keys, JWT_JWKS_URL: 'https://issuer.example' })['access']).toBe('PASS');
});

test.each([
  { settings: {}, words: 'everyone who may ask: the cloud decides' },
  { settings: { API_KEYS: `a:${'0'.repeat(64)}` }, words: 'nobody: every key and token only reads' },
  { settings: { JWT_JWKS_URL: 'https://issuer.example' }, words: 'nobody: every key and token only reads' },
  {
    settings: {
      API_KEYS: [`a:${'0'.repeat(64)}:read`, `b:${'1'.repeat(64)}:write`, `b:${'2'.repeat(64)}:write`].join(
        ',',
      ),
    },
    words: 'API keys b',
  },
  {
    settings: {
      API_KEYS: `b:${'1'.repeat(64)}:write,c:${'2'.repeat(64)}:write`,
      JWT_JWKS_URL: 'https://issuer.example',
      JWT_WRITE_SCOPE: 'graph:write',
    },
    words: 'API keys b, c, and tokens with the scope graph:write',
  },
])('who may send mutations is told: $words', ({ settings, words }) => {
  const environment = { ...GOOD, ...settings };
  const findings = runChecklist({ config: readConfig(environment), environment, sandbox: false });
  expect(findings.find(({ check }) => check === 'mutations')).toMatchObject({ verdict: 'PASS', words });
});

test('the sandbox is nothing for production', () => {
  expect(verdictsOf({ NODE_ENV: 'production', SANDBOX: '1' }, true)['cloud']).toBe('FAIL');
  expect(verdictsOf({}, true)['cloud']).toBe('WARN');
});
