import { createHash, createHmac } from 'node:crypto';
import { wallClock } from '../time/clock.ts';

/** An access key pair; `securityToken` accompanies temporary keys. */
export interface AccessKey {
  accessKey: string;
  secretKey: string;
  securityToken?: string | undefined;
}

/** The parts of a request that are signed. */
export interface SignableRequest {
  method: string;
  /** As sent in the `Host` header, with the port if there is one. */
  host: string;
  /** Path and query exactly as sent, percent-encoded. */
  path: string;
  /** Headers to sign besides `host`. */
  headers: Record<string, string>;
  body?: string | Buffer | undefined;
}

const ALGORITHM = 'SDK-HMAC-SHA256';

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

// Not localeCompare: the order must not depend on the locale.
const ordinal = (a: string, b: string): number => Number(a > b) - Number(a < b);

const hexEscape = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const UNRESERVED = /^[\w.~-]*$/;

/** Percent-encodes all but RFC 3986's unreserved characters; half a surrogate pair becomes U+FFFD, as in UTF-8. */
export const encode = (text: string): string =>
  UNRESERVED.test(text) ? text : encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, hexEscape);

const canonicalPath = (path: string): string => {
  const encoded = path
    .split('/')
    .map((segment) => encode(decodeURIComponent(segment)))
    .join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
};

const canonicalQuery = (query: string): string =>
  query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...value] = part.split('=');
      return { name: decodeURIComponent(name), value: decodeURIComponent(value.join('=')) };
    })
    // Sorted by the decoded names: `a-` comes before `a:`, although `%3A` comes before `-`.
    .toSorted((a, b) => ordinal(a.name, b.name) || ordinal(a.value, b.value))
    .map(({ name, value }) => `${encode(name)}=${encode(value)}`)
    .join('&');

/** Headers to add to the request: X-Sdk-Date, Authorization, and X-Security-Token for temporary keys. */
export const sign = (
  request: SignableRequest,
  key: AccessKey,
  now = new Date(wallClock()),
): Record<string, string> => {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const added = { 'X-Sdk-Date': date, ...(key.securityToken && { 'X-Security-Token': key.securityToken }) };

  const headers = new Map(
    Object.entries({ ...request.headers, host: request.host, ...added })
      // Not signed, as in the vendor's Python client: proxies often drop such headers.
      .filter(([name]) => !name.includes('_'))
      .map(([name, value]) => [name.toLowerCase(), value.trim()]),
  );
  const names = [...headers.keys()].toSorted(ordinal);
  const signedNames = names.join(';');

  const queryAt = request.path.indexOf('?');
  const canonicalRequest = [
    request.method.toUpperCase(),
    canonicalPath(queryAt < 0 ? request.path : request.path.slice(0, queryAt)),
    canonicalQuery(queryAt < 0 ? '' : request.path.slice(queryAt + 1)),
    ...names.map((name) => `${name}:${headers.get(name)}`),
    '',
    signedNames,
    headers.get('x-sdk-content-sha256') ?? sha256(request.body ?? ''),
  ].join('\n');

  const stringToSign = [ALGORITHM, date, sha256(canonicalRequest)].join('\n');
  const signature = createHmac('sha256', key.secretKey).update(stringToSign).digest('hex');
  const authorization = `${ALGORITHM} Access=${key.accessKey}, SignedHeaders=${signedNames}, Signature=${signature}`;
  return { ...added, Authorization: authorization };
};
