import { unescape } from 'node:querystring';

/** Host and port of a Redis, a Sentinel, or a node of a cluster. */
interface Address {
  host: string;
  port: number;
}

/** The Redis that `REDIS_URL` names. */
export interface RedisTarget {
  mode: 'standalone' | 'sentinel' | 'cluster';
  /** The Redis itself, Sentinels that know it, or some nodes of the cluster. */
  addresses: Address[];
  /** Name of the master group; only with Sentinel. */
  masterName?: string;
  username?: string | undefined;
  password?: string | undefined;
  sentinelPassword?: string | undefined;
  db: number;
  tls: boolean;
}

const FORM =
  /^(rediss?)(?:-(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const ADDRESS = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
const DEFAULT_PORTS = { standalone: 6379, sentinel: 26379, cluster: 6379 };
const MAX_PORT = 65_535;
const PARAMETERS = ['username', 'password', 'sentinelPassword', 'db'];

const parseAddress = (text: string, defaultPort: number): Address | undefined => {
  const [, host, port = String(defaultPort)] = ADDRESS.exec(text) ?? [];
  return host !== undefined && Number(port) > 0 && Number(port) <= MAX_PORT
    ? { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
    : undefined;
};

export const REDIS_FORMS =
  '`redis://host:6379`, `redis-sentinel://host:26379,host:26379/name` or `redis-cluster://host:6379,host:6379`, or with ' +
  '`rediss` for TLS';

const splitCredentials = (text: string): { username?: string; password?: string } => {
  const colon = text.indexOf(':');
  const [username, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return {
    ...(username && { username: unescape(username) }),
    ...(password && { password: unescape(password) }),
  };
};

/** Splits the path: a database, or with Sentinel the name of the master group and a database. */
const splitPath = (mode: RedisTarget['mode'], path: string): { masterName?: string; db: string } => {
  if (mode !== 'sentinel') return { db: path };
  const [masterName = '', db = ''] = path.split('/', 2);
  return { masterName: unescape(masterName), db };
};

/** Reads a URL of Redis; a text that says what is wrong if it is malformed. It contains nothing of the URL. */
export const parseRedisUrl = (url: string): RedisTarget | string => {
  const [, scheme, kind, credentials = '', hosts = '', path = '', query = ''] = FORM.exec(url) ?? [];
  if (scheme === undefined) return `must be ${REDIS_FORMS}`;
  const mode = (kind ?? 'standalone') as RedisTarget['mode'];
  const addresses = hosts.split(',').map((one) => parseAddress(one, DEFAULT_PORTS[mode]));
  if (addresses.some((address) => !address))
    return 'must have hosts with ports below 65536, joined with commas, before the path';
  if (mode === 'standalone' && addresses.length > 1)
    return 'names several hosts: write `redis-sentinel` or `redis-cluster` for what they are';
  const { masterName, db } = splitPath(mode, path);
  if (masterName === '') return 'must name the master group after the Sentinels, such as `/mymaster`';
  if (!/^\d{0,5}$/.test(db)) return 'must end with the number of a database, or nothing';
  if (mode === 'cluster' && Number(db) > 0) return 'must name no database: a cluster has one only';
  const given = new URLSearchParams(query);
  if ([...given.keys()].some((name) => !PARAMETERS.includes(name)))
    return `takes no parameters but ${PARAMETERS.map((name) => `\`${name}\``).join(', ')}`;
  return {
    mode,
    addresses: addresses as Address[],
    ...(masterName !== undefined && { masterName }),
    username: given.get('username') ?? undefined,
    password: given.get('password') ?? undefined,
    ...splitCredentials(credentials),
    sentinelPassword: given.get('sentinelPassword') ?? undefined,
    db: Number(db || (given.get('db') ?? 0)),
    tls: scheme === 'rediss',
  };
};

/** The passwords in a URL of Redis, both encoded and decoded. */
export const listRedisPasswords = (url: string): string[] => {
  const inCredentials = /^[^/]*:\/\/[^:@/?#]*:([^@/?#]*)@/.exec(url)?.[1] ?? '';
  const inQuery = [...url.matchAll(/[?&](?:password|sentinelPassword)=([^&#]*)/g)].map(([, one]) => one!);
  return [inCredentials, ...inQuery].flatMap((password) => [password, unescape(password)]);
};
