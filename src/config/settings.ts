import proxyAddress from 'proxy-addr';
import { z } from 'zod';
import { describeLongestWaits, endpointShape, upstreamShape } from './upstream-settings.ts';
import { baseUrl, id, secret } from './validators.ts';

const wholeNumber = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(min).max(max));

const number = (min: number, max: number, fallback: number) => wholeNumber(min, max).default(fallback);

const onOff = z.enum(['on', 'off'], 'must be `on` or `off`').optional();
const zeroOrOne = z.enum(['0', '1'], 'must be `0` or `1`').default('0');
const API_KEY = /^([A-Za-z0-9][\w.-]{0,63}):([0-9a-f]{64})(?::(read|write))?$/i;

const apiKeys = z
  .string()
  .transform((list) => list.split(',').map((key) => API_KEY.exec(key.trim())))
  .refine(
    (keys) => keys.every((key) => key !== null),
    'must be `name:hash` or `name:hash:role`, joined with commas: the hash is the SHA-256 of the key as 64 hex digits, the role ' +
      '`read` or `write`',
  )
  .transform((keys) =>
    keys.map((key) => ({
      name: key![1]!,
      hash: key![2]!.toLowerCase(),
      role: key![3]?.toLowerCase() === 'write' ? ('write' as const) : ('read' as const),
    })),
  )
  .refine(
    (keys) => keys.every(({ hash, role }) => keys.every((key) => key.hash !== hash || key.role === role)),
    'gives one key two roles: list its hash with one of them',
  );

const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be one scope, without spaces, quotes and backslashes');

const isOrigin = (text: string): boolean =>
  text === '*' || (/^https?:/.test(text) && URL.parse(text)?.origin === text);

/** Values joined with commas. */
const commaSeparated = (isOne: (text: string) => boolean, error: string) =>
  z
    .string()
    .transform((list) => list.split(',').map((one) => one.trim()))
    .refine((list) => list.every(isOne), error)
    .optional();

const origins = commaSeparated(
  isOrigin,
  'must be origins such as `https://example.com`, joined with commas, or `*`',
);

const isRange = (text: string): boolean => {
  try {
    proxyAddress.compile(text);
    return true;
  } catch {
    return false;
  }
};

const addressRanges = commaSeparated(
  isRange,
  'must be IP addresses or ranges such as `10.0.0.0/8`, joined with commas',
);

/** All settings, with their descriptions: environment variables, read once at the start. An empty one counts as missing. */
export const Settings = z.object({
  PORT: number(0, 65535, 4000).describe('Port to listen on; 0 takes a free one.'),
  METRICS_PORT: wholeNumber(0, 65535)
    .optional()
    .describe(
      'Port of its own for `/metrics`, where `/health` and `/ready` answer too; 0 takes a free one. Without it `/metrics` is on `PORT`.',
    ),
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
  ...endpointShape(),
  ALLOW_INSECURE_UPSTREAM: zeroOrOne.describe(
    '`1` allows base URLs with plain `http` to other hosts than loopback.',
  ),
  ...upstreamShape(),
  API_KEYS: apiKeys
    .optional()
    .describe(
      'Who may ask, as `name:hash` or `name:hash:role` joined with commas: the SHA-256 of an API key, in hex, and `read` ' +
        '(queries and subscriptions, the default) or `write` (mutations as well). The key itself is sent as ' +
        '`Authorization: Bearer …`.',
    ),
  JWT_JWKS_URL: baseUrl
    .optional()
    .describe('Where the public keys are that sign the tokens (JWT) of those who may ask.'),
  JWT_ISSUER: z.string().optional().describe('Who must have issued such a token (`iss`).'),
  JWT_AUDIENCE: z.string().optional().describe('For whom it must have been issued (`aud`).'),
  JWT_WRITE_SCOPE: scope
    .optional()
    .describe(
      'Scope that such a token needs for mutations, in its claim `scope` or `scp`. Without the setting tokens only read.',
    ),
  ALLOW_ANONYMOUS: zeroOrOne.describe(
    '`1` lets everyone ask a gateway that has credentials of its own. Only behind something that asks who they are.',
  ),
  PERSISTED_OPERATIONS: z
    .string()
    .optional()
    .describe('Path of a JSON file with operations that clients may name by their hash.'),
  PERSISTED_OPERATIONS_ONLY: zeroOrOne.describe('`1` takes the operations of that file, and no other.'),
  GRAPHIQL: onOff.describe('`on` or `off`: GraphiQL for browsers. On, but off where `NODE_ENV=production`.'),
  INTROSPECTION: onOff.describe('`on` or `off`: introspection. On, but off where `NODE_ENV=production`.'),
  EXPLAIN: onOff.describe(
    '`on` or `off`: tells which calls an operation made when it is sent with `X-Explain: 1`. On, but off where ' +
      '`NODE_ENV=production`.',
  ),
  CORS_ORIGINS: origins.describe(
    'Origins of other sites whose pages may ask, joined with commas. None by default.',
  ),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What is logged: `debug`, `info`, `warn`, `error` or `silent`.'),
  OPERATION_TIMEOUT_MS: number(10, 600_000, 15_000).describe(
    'How long one operation may take with all its calls, pages and retries, in milliseconds. What is not read by then ' +
      'answers `DEADLINE_EXCEEDED`.',
  ),
  UPSTREAM_TIMEOUT_MS: number(10, 600_000, 5_000).describe(
    'How long one call to the cloud may take, in milliseconds.',
  ),
  UPSTREAM_CONNECTIONS: number(1, 10_000, 128).describe(
    'Connections to each host of the cloud, and so the calls it gets at once; the others wait.',
  ),
  UPSTREAM_CALL_LIMIT: number(1, 100_000, 200).describe(
    'Calls to the cloud that one operation may make. What needs more answers `UPSTREAM_CALL_LIMIT`.',
  ),
  MAX_UPSTREAM_BYTES: number(1024 * 1024, 10_000_000_000, 64 * 1024 * 1024).describe(
    'Bytes of answers of the cloud that are on their way or held by running operations. A read past it answers `OVERLOADED`.',
  ),
  MAX_BODY_BYTES: number(1024, 100_000_000, 256 * 1024).describe('Bytes of one request body.'),
  MAX_VARIABLES_BYTES: number(0, 100_000_000, 192 * 1024).describe(
    'Bytes of the variables of one operation, as JSON.',
  ),
  MAX_TOKENS: number(100, 100_000, 5_000).describe('Tokens of one document.'),
  MAX_DEPTH: number(5, 100, 20).describe('How deep fields of one operation may be nested.'),
  MAX_ALIASES: number(0, 10_000, 100).describe('Aliases in one operation.'),
  MAX_ROOT_FIELDS: number(1, 10_000, 50).describe('Root fields of one operation.'),
  MAX_DIRECTIVES: number(0, 10_000, 50).describe('Directives in one operation.'),
  MAX_LIST_LENGTH: number(1, 100_000, 1000).describe('Values in one list of an argument, such as ids.'),
  MAX_COST: number(1, 100_000_000, 50_000).describe(
    'Values that the answer of one operation may have: each object and each of its fields, and a page its `first` or `last` times what is asked of each row. About 10,000 fit into a megabyte.',
  ),
  MAX_ANSWER_BYTES: number(1024, 1_000_000_000, 10 * 1024 * 1024).describe(
    'Bytes of one answer. A longer one is `QUERY_TOO_COMPLEX` instead.',
  ),
  MAX_UNREAD_BYTES: number(1024, 10_000_000_000, 32 * 1024 * 1024).describe(
    'Bytes of answers that clients have not read yet, together. What goes over it ends the slowest reader of the tenant with most of them.',
  ),
  MAX_PENDING_BODY_BYTES: number(1024, 10_000_000_000, 32 * 1024 * 1024).describe(
    'Bytes of request bodies of all operations that wait or run.',
  ),
  MAX_RUNNING_COST: number(1, 1_000_000_000, 200_000).describe(
    'Cost (see `MAX_COST`) of all operations that run at once; what is more waits for its turn.',
  ),
  MAX_KEPT_BYTES: number(1024 * 1024, 10_000_000_000, 64 * 1024 * 1024).describe(
    'Bytes of everything that is kept to be used again: known queries, answers, counters.',
  ),
  TRUSTED_PROXIES: addressRanges.describe(
    'Addresses or ranges (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed, joined with commas. None by default: the address of ' +
      'a client is then that of the connection.',
  ),
  MAX_IN_FLIGHT: number(1, 100_000, 256).describe('Operations that run at once.'),
  MAX_QUEUE: number(0, 100_000, 256).describe(
    'Operations that wait for their turn. More are answered `OVERLOADED` at once.',
  ),
  MAX_SUBSCRIPTIONS: number(0, 1_000_000, 1000).describe('Subscriptions that are open at once.'),
  MAX_CONNECTIONS: number(1, 1_000_000, 10_000).describe('Connections of clients that are open at once.'),
  SHARE_READS: onOff.describe(
    '`on` or `off`: a read that the same caller is just making is made once. On by default.',
  ),
  COMPILE_QUERIES: onOff.describe(
    '`on` or `off`: queries that come again are compiled, and answered without the detours of rarer requests. On by default.',
  ),
  REVALIDATE_ANSWERS: onOff.describe(
    '`on` or `off`: a query of the same caller makes all its calls each time, and where every answer of the cloud is the same as before, byte for byte, its own answer is not worked out anew. Goes with `COMPILE_QUERIES`. On by default.',
  ),
  CACHE_TTL_MS: number(0, 86_400_000, 0).describe(
    'How long an answer is kept for the same caller and question, in milliseconds; writes of that caller empty it. Not at all by default.',
  ),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis or rediss URL' })
    .optional()
    .describe(
      'Where several replicas keep answers, count requests, know keys of writes and take turns to change whitelists together. ' +
        'Without it each does so by itself.',
    ),
  RATE_LIMIT: number(0, 1_000_000, 0).describe(
    'Operations that one caller may send within a minute; more are answered `RATE_LIMITED`. Unlimited by default.',
  ),
  MAX_PAGE_SIZE: number(1, 10_000, 1000).describe('Most rows of one page; the default page has 20.'),
  MAX_LIST_ROWS: number(1000, 1_000_000, 10_000).describe(
    'Most rows of one list that are read to filter or order it. Of a longer list that much is answered, and `truncatedAt` says so.',
  ),
  SHUTDOWN_GRACE_MS: number(0, 600_000, 10_000).describe(
    'How long requests may go on after SIGTERM, in milliseconds.',
  ),
  SETTLING_POLL_MS: number(10, 60_000, 1000).describe(
    `First wait between two looks at what a subscription waits for, in milliseconds; it doubles, up to ${describeLongestWaits()}.`,
  ),
  SETTLING_LAG_MS: number(0, 60_000, 5000).describe(
    'How long after a change the cloud may still show what was there before, in milliseconds: a subscription does not take that for the end.',
  ),
  SETTLING_LIMIT_MS: number(100, 86_400_000, 600_000).describe(
    'How long one subscription goes on, in milliseconds.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl
    .optional()
    .describe('Where traces go (OpenTelemetry, OTLP over HTTP with JSON). None are made without it.'),
  OTEL_SERVICE_NAME: z
    .string()
    .default('vpc-endpoint-graph')
    .describe('What the gateway is called in traces.'),
  NODE_ENV: z
    .string()
    .optional()
    .describe('`production` turns GraphiQL, introspection and explanations off.'),
});

export type SettingValues = z.output<typeof Settings>;
