import proxyAddress from 'proxy-addr';
import { z } from 'zod';
import { REDIS_FORMS } from '../cache/redis-url.ts';
import { describeLongestWaits, endpointShape, upstreamShape } from './upstream-settings.ts';
import { basePath, baseUrl, id, proxy, redisUrl, secret } from './validators.ts';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);

const number = (min: number, max: number, fallback: number) => wholeNumber(min, max).default(fallback);

const onOff = z.enum(['on', 'off'], 'must be `on` or `off`').optional();
const flag = z.enum(['0', '1'], 'must be `0` or `1`');
const zeroOrOne = flag.default('0');
const API_KEY = /^([A-Za-z0-9][\w.-]{0,63}):([0-9a-f]{64})(?::(read|write))?$/i;

const apiKeys = z
  .string()
  .transform((list) => list.split(',').map((key) => API_KEY.exec(key.trim())))
  .refine((keys) => keys.every((key) => key !== null), {
    error: ({ input }) =>
      `must be \`name:hash\` or \`name:hash:role\`, joined with commas: the hash is the SHA-256 of the key as 64 hex digits, ` +
      `the role \`read\` or \`write\`; number ${(input as unknown[]).indexOf(null) + 1} is not`,
  })
  .transform((keys) =>
    keys.map((key) => ({
      name: key![1]!,
      hash: key![2]!.toLowerCase(),
      role: key![3]?.toLowerCase() === 'write' ? ('write' as const) : ('read' as const),
    })),
  )
  .refine(
    (keys) => keys.every(({ hash, role }) => keys.every((key) => key.hash !== hash || key.role === role)),
    'must give each key one role, and has a hash with both: list it once',
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
  PORT: number(0, 65535, 4000).describe('Port to listen on; 0 takes any free port.'),
  METRICS_PORT: wholeNumber(0, 65535)
    .optional()
    .describe(
      'Separate port for `/metrics`, which also serves `/health` and `/ready`; 0 takes any free port. By default ' +
        '`/metrics` is on `PORT`.',
    ),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on (`0.0.0.0` in the image).'),
  BASE_PATH: basePath.describe(
    'Path in front of all others, such as `/graph`, for a reverse proxy that passes paths on as they are. None by default.',
  ),
  PROJECTS_FILE: z
    .string()
    .optional()
    .describe('Path of a YAML file with several projects. It replaces the settings of a single project.'),
  HW_REGION_NAME: id.optional().describe('Region to serve, such as `cn-north-4`.'),
  HW_PROJECT_ID: id.optional().describe('Id of the cloud project to serve.'),
  HW_ACCESS_KEY: secret
    .optional()
    .describe(
      "Access key that signs every call to the cloud. Without it, the caller's `X-Auth-Token` is forwarded.",
    ),
  HW_SECRET_KEY: secret.optional().describe('Secret key of `HW_ACCESS_KEY`.'),
  HW_SECURITY_TOKEN: secret.optional().describe('Security token, for a temporary access key.'),
  ...endpointShape(),
  SANDBOX: flag
    .optional()
    .describe(
      '`1` serves the built-in sandbox, `0` never. By default it is served if no cloud is configured, but not if ' +
        '`NODE_ENV=production`.',
    ),
  ALLOW_INSECURE_UPSTREAM: zeroOrOne.describe(
    '`1` allows base URLs with plain `http` for hosts other than loopback.',
  ),
  ...upstreamShape(),
  API_KEYS: apiKeys
    .optional()
    .describe(
      'API keys of clients, as `name:hash` or `name:hash:role`, joined with commas. The hash is the SHA-256 of the key, in ' +
        'hex; the role is `read` (queries and subscriptions, the default) or `write` (mutations as well). Clients send the ' +
        'key itself as `Authorization: Bearer …`.',
    ),
  JWT_JWKS_URL: baseUrl
    .optional()
    .describe('URL of the public keys (JWKS) that verify the tokens (JWT) of clients.'),
  JWT_ISSUER: z.string().optional().describe('Issuer that these tokens must have (`iss`).'),
  JWT_AUDIENCE: z.string().optional().describe('Audience that these tokens must have (`aud`).'),
  JWT_WRITE_SCOPE: scope
    .optional()
    .describe(
      'Scope that a token needs for mutations, in its claim `scope` or `scp`. By default no token allows mutations.',
    ),
  ALLOW_ANONYMOUS: zeroOrOne.describe(
    '`1` allows requests without authentication although the gateway has cloud credentials of its own. Use it only ' +
      'behind a proxy that authenticates clients.',
  ),
  PERSISTED_OPERATIONS: z
    .string()
    .optional()
    .describe('Path of a JSON file with operations that clients can send by their hash.'),
  PERSISTED_OPERATIONS_ONLY: zeroOrOne.describe(
    '`1` allows only the operations in the file of `PERSISTED_OPERATIONS`.',
  ),
  GRAPHIQL: onOff.describe(
    '`on` or `off`: GraphiQL for browsers. On by default, but off if `NODE_ENV=production`.',
  ),
  TOPOLOGY: onOff.describe(
    '`on` or `off`: the page at `/topology` that shows who is connected to what. On by default, but off if `NODE_ENV=production`.',
  ),
  INTROSPECTION: onOff.describe(
    '`on` or `off`: introspection. On by default, but off if `NODE_ENV=production`.',
  ),
  EXPLAIN: onOff.describe(
    '`on` or `off`: the response sums up the calls that the operation made, if the request has `X-Explain: 1`, or ' +
      'lists them all (`X-Explain: 2`). On by default, but off if `NODE_ENV=production`.',
  ),
  CORS_ORIGINS: origins.describe(
    'Origins of other sites whose pages may send requests (CORS), joined with commas; `*` for all. None by default.',
  ),
  LOG_LEVEL: z
    .enum(
      ['debug', 'info', 'warn', 'error', 'silent'],
      'must be `debug`, `info`, `warn`, `error` or `silent`',
    )
    .default('info')
    .describe('Lowest level that is logged: `debug`, `info`, `warn` or `error`; `silent` logs nothing.'),
  OPERATION_TIMEOUT_MS: number(10, 600_000, 15_000).describe(
    'Time limit of one operation with all its calls, pages and retries, in milliseconds. Fields that are not read by ' +
      'then have the error `DEADLINE_EXCEEDED`.',
  ),
  UPSTREAM_TIMEOUT_MS: number(10, 600_000, 5_000).describe(
    'Time limit of one call to the cloud, in milliseconds.',
  ),
  UPSTREAM_CONNECTIONS: number(1, 10_000, 128).describe(
    'Most connections to each host of the cloud, and so most calls to it at the same time; further calls wait.',
  ),
  UPSTREAM_CALL_LIMIT: number(1, 100_000, 500).describe(
    'Most calls to the cloud that one operation may make. Fields that need more have the error `UPSTREAM_CALL_LIMIT`.',
  ),
  MAX_UPSTREAM_BYTES: number(1024 * 1024, 10_000_000_000, 64 * 1024 * 1024).describe(
    'Most bytes of responses of the cloud that are in transit or held by running operations, in total. A read over the ' +
      'limit fails with `OVERLOADED`.',
  ),
  MAX_BODY_BYTES: number(1024, 100_000_000, 320 * 1024).describe('Longest request body, in bytes.'),
  MAX_VARIABLES_BYTES: number(0, 100_000_000, 256 * 1024).describe(
    'Longest variables of one operation, in bytes of JSON.',
  ),
  MAX_TOKENS: number(100, 100_000, 5_000).describe('Most tokens in one document.'),
  MAX_DEPTH: number(5, 100, 20).describe('Deepest nesting of fields in one operation.'),
  MAX_ALIASES: number(0, 10_000, 100).describe('Most aliases in one operation.'),
  MAX_ROOT_FIELDS: number(1, 10_000, 50).describe('Most root fields in one operation.'),
  MAX_DIRECTIVES: number(0, 10_000, 50).describe('Most directives in one operation.'),
  MAX_LIST_LENGTH: number(1, 100_000, 1000).describe(
    'Most values in one list of an argument, such as a list of ids.',
  ),
  MAX_COST: number(1, 100_000_000, 50_000).describe(
    'Highest cost of one operation: the number of values that its response may have. Each object and each of its fields ' +
      'counts once; a page counts `first` or `last` times the selection of one row. About 10,000 values fit into a ' +
      'megabyte.',
  ),
  MAX_ANSWER_BYTES: number(1024, 1_000_000_000, 10 * 1024 * 1024).describe(
    'Longest response, in bytes. A longer one is replaced by the error `QUERY_TOO_COMPLEX`.',
  ),
  MAX_UNREAD_BYTES: number(1024, 10_000_000_000, 32 * 1024 * 1024).describe(
    'Most bytes of responses that clients have not read yet, in total. Over the limit, the gateway disconnects the ' +
      'slowest reader of the tenant with the most unread bytes.',
  ),
  MAX_PENDING_BODY_BYTES: number(1024, 10_000_000_000, 32 * 1024 * 1024).describe(
    'Most bytes of request bodies of all waiting and running operations, in total.',
  ),
  MAX_RUNNING_COST: number(1, 1_000_000_000, 200_000).describe(
    'Highest total cost (see `MAX_COST`) of operations that run at the same time; further operations wait.',
  ),
  MAX_KEPT_BYTES: number(1024 * 1024, 10_000_000_000, 64 * 1024 * 1024).describe(
    'Most bytes of everything that is kept in memory for reuse: known queries, answers, counters.',
  ),
  TRUSTED_PROXIES: addressRanges.describe(
    'Addresses or ranges (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is trusted, joined with commas. None by ' +
      'default: the address of a client is then that of the connection.',
  ),
  MAX_IN_FLIGHT: number(1, 100_000, 256).describe('Most operations that run at the same time.'),
  MAX_QUEUE: number(0, 100_000, 256).describe(
    'Most operations that wait to run. Further ones fail immediately with `OVERLOADED`.',
  ),
  MAX_SUBSCRIPTIONS: number(0, 1_000_000, 1000).describe(
    'Most subscriptions that are open at the same time.',
  ),
  MAX_CONNECTIONS: number(1, 1_000_000, 10_000).describe(
    'Most connections of clients that are open at the same time.',
  ),
  SHARE_READS: onOff.describe(
    '`on` or `off`: identical reads of one caller at the same time share one call to the cloud. On by default.',
  ),
  COMPILE_QUERIES: onOff.describe(
    '`on` or `off`: repeated queries are compiled and take a faster path through the gateway. On by default.',
  ),
  REVALIDATE_ANSWERS: onOff.describe(
    '`on` or `off`: a repeated query of one caller still makes all its calls. If every response of the cloud is ' +
      'byte-identical to the one before, the gateway sends its previous answer and does not compute it again. Needs ' +
      '`COMPILE_QUERIES`. On by default.',
  ),
  CACHE_TTL_MS: number(0, 86_400_000, 0).describe(
    'Time that the answer to a query is cached for the same caller, in milliseconds; a write of that caller clears the ' +
      "caller's answers. 0 (the default) turns the cache off.",
  ),
  REDIS_URL: redisUrl
    .optional()
    .describe(
      'URL of the Redis that replicas share for cached answers, the rate limit, idempotency keys and whitelist locks: ' +
        `${REDIS_FORMS}. By default each replica has its own, in memory.`,
    ),
  RATE_LIMIT: number(0, 1_000_000, 0).describe(
    'Most operations that one caller may send in a minute; further ones fail with `RATE_LIMITED`. 0 (the default) is no ' +
      'limit.',
  ),
  MAX_PAGE_SIZE: number(1, 10_000, 1000).describe(
    'Most rows in one page; without `first` or `last` a page has 20.',
  ),
  MAX_LIST_ROWS: number(1000, 1_000_000, 10_000).describe(
    'Most rows of one list that are read to filter or order it. Of a longer list only these rows are used, and ' +
      '`truncatedAt` says so.',
  ),
  SHUTDOWN_GRACE_MS: number(0, 600_000, 15_000).describe(
    'Time that requests have to finish after SIGTERM, in milliseconds. Then reads and writes that were not sent are answered ' +
      'with `OVERLOADED`, and writes under way with `INDETERMINATE`.',
  ),
  SETTLING_POLL_MS: number(10, 60_000, 1000).describe(
    `First wait between two polls of a subscription, in milliseconds. The wait doubles, up to ${describeLongestWaits()}.`,
  ),
  SETTLING_LAG_MS: number(0, 60_000, 5000).describe(
    'Time after a change during which the cloud may still show the state before it, in milliseconds: a subscription does ' +
      'not take that state for the final one.',
  ),
  SETTLING_LIMIT_MS: number(100, 86_400_000, 600_000).describe(
    'Time limit of one subscription, in milliseconds.',
  ),
  HTTPS_PROXY: proxy
    .optional()
    .describe(
      'URL of the proxy for calls to https URLs, such as `http://user:password@proxy.example.com:3128`. By default calls go ' +
        'directly.',
    ),
  HTTP_PROXY: proxy
    .optional()
    .describe('URL of the proxy for calls to http URLs. Calls to loopback never take a proxy.'),
  NO_PROXY: z
    .string()
    .optional()
    .describe(
      'Hosts that are called without a proxy, joined with commas: names, which include all names below them, addresses, ' +
        'ranges (`10.0.0.0/8`), each also with a port, or `*` for all.',
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl
    .optional()
    .describe(
      'URL that traces are sent to (OpenTelemetry, OTLP over HTTP with JSON). By default there are no traces.',
    ),
  OTEL_SERVICE_NAME: z.string().default('vpc-endpoint-graph').describe('Name of the gateway in traces.'),
  NODE_ENV: z
    .string()
    .refine(
      (text) => text === 'production' || !/^\s*prod/i.test(text),
      'must be exactly `production` if it is that',
    )
    .optional()
    .describe(
      '`production` turns GraphiQL, the topology page, introspection and explanations off by default, and the sandbox unless `SANDBOX=1`.',
    ),
});

/** Settings whose values no message may quote: secrets, and what people take for the place of a secret. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'HW_ACCESS_KEY',
  'HW_SECRET_KEY',
  'HW_SECURITY_TOKEN',
  'API_KEYS',
  'REDIS_URL',
  'HTTPS_PROXY',
  'HTTP_PROXY',
]);

export type SettingValues = z.output<typeof Settings>;
