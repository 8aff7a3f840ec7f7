import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SANDBOX } from '../credentials.ts';
import { gatewayRefusal, type Refusal } from './exchange.ts';

const SCHEME = 'SDK-HMAC-SHA256';
const SKEW_MS = 15 * 60 * 1000;

/** A request as it came over the wire: path and query undecoded. */
export interface SignedRequest {
  method: string;
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  body: string | Buffer;
}

const sha256 = (data: string | Buffer): string => hash('sha256', data, 'hex');

const readHeader = (headers: IncomingHttpHeaders, name: string): string => {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim();
};

/** Parameters as received, put in order: decoding them would forgive an encoding that was not the signed one. */
const canonicalQuery = (query: string): string =>
  (query === '' ? [] : query.split('&'))
    .map((pair): [string, string] => {
      const cut = pair.indexOf('=');
      return cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)];
    })
    .toSorted(([a, x], [b, y]) => (a === b ? Number(x > y) - Number(x < y) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** The text that the caller has to hash ("API Request Signing Guide"). */
const formatCanonicalRequest = (request: SignedRequest, signedHeaders: readonly string[]): string =>
  [
    request.method.toUpperCase(),
    request.path.endsWith('/') ? request.path : `${request.path}/`,
    canonicalQuery(request.query),
    signedHeaders.map((name) => `${name}:${readHeader(request.headers, name)}\n`).join(''),
    signedHeaders.join(';'),
    readHeader(request.headers, 'x-sdk-content-sha256') || sha256(request.body),
  ].join('\n');

/** The signature that the request should carry, and the hash of its canonical form. */
export const computeSignature = (
  request: SignedRequest,
  signedHeaders: readonly string[],
  secretKey: string,
) => {
  const canonicalRequest = formatCanonicalRequest(request, signedHeaders);
  const canonicalHash = sha256(canonicalRequest);
  const toSign = [SCHEME, readHeader(request.headers, 'x-sdk-date'), canonicalHash].join('\n');
  return {
    canonicalRequest,
    canonicalHash,
    signature: createHmac('sha256', secretKey).update(toSign).digest('hex'),
  };
};

const parseTime = (date: string): number => {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

/** The problem of the signed header names, if there is one. */
const headerProblem = (request: SignedRequest, names: readonly string[]): string | undefined => {
  if (
    names.join(';') !==
    names
      .map((name) => name.toLowerCase())
      .toSorted()
      .join(';')
  )
    return 'signed header names must be sorted and in lower case';
  const required = ['host', 'x-sdk-date'];
  if (request.headers['x-security-token'] !== undefined) required.push('x-security-token');
  const unsigned = required.find((name) => !names.includes(name));
  if (unsigned !== undefined) return `${unsigned} must be signed`;
  const absent = names.find((name) => request.headers[name] === undefined);
  return absent === undefined ? undefined : `signed header ${absent} was not sent`;
};

const payloadProblem = (request: SignedRequest): string | undefined => {
  const announced = readHeader(request.headers, 'x-sdk-content-sha256');
  return announced === '' || announced === sha256(request.body)
    ? undefined
    : 'x-sdk-content-sha256 is not of this body';
};

const signatureProblem = (request: SignedRequest, authorization: string): string | undefined => {
  const parts = new RegExp(
    `^${SCHEME} Access=([^,\\s]+), SignedHeaders=([^,\\s]+), Signature=([0-9a-f]{64})$`,
  ).exec(authorization);
  const [, access = '', names = '', given = ''] = parts ?? [];
  if (parts === null) return 'the Authorization header cannot be read';
  if (access !== SANDBOX.accessKey) return `the access key ${access} is not known`;
  const signedHeaders = names.split(';');
  const problem = headerProblem(request, signedHeaders) ?? payloadProblem(request);
  if (problem !== undefined) return problem;
  if (!(Math.abs(Date.now() - parseTime(readHeader(request.headers, 'x-sdk-date'))) <= SKEW_MS))
    return 'x-sdk-date is not within 15 minutes of now';
  const { canonicalRequest, signature } = computeSignature(request, signedHeaders, SANDBOX.secretKey);
  // The real one quotes the canonical request too, which is why a client must never pass this text on.
  return timingSafeEqual(Buffer.from(signature), Buffer.from(given))
    ? undefined
    : `verify aksk signature fail, canonical request: ${canonicalRequest}`;
};

/** The refusal of a request with no credentials, or with wrong ones. */
export const authRefusal = (request: SignedRequest, requestId: string): Refusal | undefined => {
  const refuse = (code: string, detail: string) =>
    gatewayRefusal(401, code, `Incorrect IAM authentication information: ${detail}`, requestId);
  const token = readHeader(request.headers, 'x-auth-token');
  const authorization = readHeader(request.headers, 'authorization');
  if (token === '' && authorization === '')
    return refuse('APIGW.0301', 'neither X-Auth-Token nor Authorization');
  if (token.startsWith('expired')) return refuse('APIGW.0307', 'the token must be updated');
  if (authorization === '') return undefined;
  const problem = signatureProblem(request, authorization);
  return problem === undefined ? undefined : refuse('APIGW.0301', problem);
};
