import { createHash, createHmac } from 'node:crypto';
import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessKey, encode, sign, type SignableRequest } from '../../src/http/signer.ts';

const GUIDE_KEY = {
  accessKey: 'QTWAOYTTINDUT2QVKYUC',
  secretKey: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc',
};
const EXAMPLE_KEY = { accessKey: 'EXAMPLE_ACCESS_KEY', secretKey: 'example-secret-key' };
const TEMPORARY_KEY = { ...EXAMPLE_KEY, securityToken: 'example-security-token' };

const SERVICE_PATH =
  '/v1/0123456789abcdef0123456789abcdef/vpc-endpoint-services/cf072729-b076-49db-83d3-020dc9f589bd';
const NOW = new Date('2026-01-02T03:04:05.678Z');

const VPCS: SignableRequest = {
  method: 'GET',
  host: 'service.region.example.com',
  path: '/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0',
  headers: { 'Content-Type': 'application/json' },
};
const ACCEPT: SignableRequest = {
  method: 'POST',
  host: 'vpcep.region.example.com',
  path: `${SERVICE_PATH}/connections/action`,
  headers: { 'Content-Type': 'application/json', 'X-Project-Id': '0123456789abcdef0123456789abcdef' },
  body: '{"action":"receive","endpoints":["54b7f739-31a1-40d0-862b-ac85b83ab2da"]}',
};
const PERMISSIONS: SignableRequest = {
  method: 'GET',
  host: 'vpcep.region.example.com',
  path: `${SERVICE_PATH}/permissions?permission=iam%3Adomain%3A%3A5fc973eea581490997e82ea11a1df31f&limit=10&sort_key`,
  headers: {},
};

const signatureOf = (request: SignableRequest, key: AccessKey = EXAMPLE_KEY, now = NOW): string =>
  /Signature=([0-9a-f]{64})$/.exec(sign(request, key, now)['Authorization'] ?? '')![1]!;

describe('the published vectors', () => {
  test.each<{
    title: string;
    request: SignableRequest;
    key: AccessKey;
    now: string;
    signedHeaders: string;
    canonicalHash: string;
    signature: string;
  }>([
    {
      title: 'a read with a query',
      request: VPCS,
      key: GUIDE_KEY,
      now: '2019-11-15T03:36:55Z',
      signedHeaders: 'content-type;host;x-sdk-date',
      canonicalHash: 'b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a',
      signature: '7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
    },
    {
      title: 'a write with a temporary key',
      request: ACCEPT,
      key: TEMPORARY_KEY,
      now: '2026-01-02T03:04:05Z',
      signedHeaders: 'content-type;host;x-project-id;x-sdk-date;x-security-token',
      canonicalHash: 'b34b9a8a0c96c0845c2a26428ad666c85d43c82c1aa931874bdb5c1129c31809',
      signature: '0a1197a61a985ab64e6c82899a3d981d01c655c0c9333883947d7350d6c1a09e',
    },
    {
      title: 'a read whose query needs encoding, sorting and an empty value',
      request: PERMISSIONS,
      key: EXAMPLE_KEY,
      now: '2026-01-02T03:04:05Z',
      signedHeaders: 'host;x-sdk-date',
      canonicalHash: 'ca57ea9543b12930d74878f51ab4218257cd73cddeed1591b449df2e6e3d5ac3',
      signature: '6d18a74bf139fb7468fe00a846da1e4c5cf97a69aa50181f7ec66de9f5733d0d',
    },
  ])('$title is signed as published', ({ request, key, now, signedHeaders, canonicalHash, signature }) => {
    const date = now.replaceAll(/[-:]/g, '');
    const overPublishedHash = createHmac('sha256', key.secretKey)
      .update(`SDK-HMAC-SHA256\n${date}\n${canonicalHash}`)
      .digest('hex');

    expect(sign(request, key, new Date(now))).toEqual({
      'X-Sdk-Date': date,
      ...(key.securityToken && { 'X-Security-Token': key.securityToken }),
      Authorization: `SDK-HMAC-SHA256 Access=${key.accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    });
    expect(overPublishedHash).toBe(signature);
  });
});

describe('beside the vendor’s own signer', () => {
  // It encodes what is encoded already (`%41` → `%2541`), as its callers write plain text: it gets the path decoded.
  class Oracle extends AKSKSigner {
    protected static override CanonicalURI(path = ''): string | undefined {
      return super.CanonicalURI(decodeURIComponent(path));
    }
  }

  const anyText = fc.string({ unit: 'binary', maxLength: 12 });
  const oddText = fc.string({
    unit: fc.constantFrom(...Array.from('aZ0-_.~ !\'()*+%&=;:/?#[]@$,"\\ß€😀')),
    maxLength: 8,
  });
  const visible = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
  const headerName = fc.constantFrom(
    'accept',
    'content-type',
    'traceparent',
    'x-domain-id',
    'x-project-id',
    'x-request-id',
    'x-workspace-id',
  );

  const anyRequest = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
    host: fc.constantFrom('css.region.example.com', 'localhost:8443', '127.0.0.1'),
    // A slash within a segment is the one thing that it cannot be told: it would see two segments.
    segments: fc.array(
      fc.oneof(anyText, oddText).map((text) => text.replaceAll('/', '')),
      { maxLength: 5 },
    ),
    query: fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('limit', 'a', 'a-', 'a:', ''), anyText, oddText),
        fc.oneof(fc.constant(''), anyText, oddText),
      ),
      { maxLength: 6 },
    ),
    // It does not trim values, signs names with an underscore, and orders one list of names by locale and the
    // other by character code: the values that it gets are trimmed, and all orders agree on these names.
    headers: fc.dictionary(headerName, visible),
    contentHash: fc.option(fc.constantFrom('UNSIGNED-PAYLOAD', 'e'.repeat(64)), { nil: undefined }),
    // It hashes `JSON.stringify(data)`, of a string too, and takes 0, '' and false for no body at all.
    body: fc.option(fc.array(fc.jsonValue({ stringUnit: 'binary' })), { nil: undefined }),
    accessKey: visible,
    secretKey: fc.string({ unit: 'binary', minLength: 1 }),
    securityToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
    now: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
  });
  type AnyRequest = typeof anyRequest extends fc.Arbitrary<infer Value> ? Value : never;

  /** Legal ways to write one URL and one set of headers. */
  const anyWriting = fc.record({
    escape: fc.constantFrom(encode, encodeURIComponent, (text: string) =>
      Buffer.from(text).toString('hex').replaceAll(/../g, '%$&'),
    ),
    dropEquals: fc.boolean(),
    slashAtEnd: fc.boolean(),
    recase: fc.constantFrom(
      (name: string) => name,
      (name: string) => name.toUpperCase(),
      (name: string) => name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    ),
    padding: fc.constantFrom('', ' ', '\t '),
    asBytes: fc.boolean(),
  });
  type AnyWriting = typeof anyWriting extends fc.Arbitrary<infer Value> ? Value : never;

  const byOracle = (wanted: AnyRequest): string | undefined => {
    const { method, host, segments, query, headers, contentHash, body, now } = wanted;
    const values = Object.entries(Object.groupBy(query, ([name]) => name));
    const signed: { Authorization?: string } = Oracle.sign(
      {
        method,
        endpoint: `https://${host}/${segments.map(encodeURIComponent).join('/')}`,
        queryParams: Object.fromEntries(
          values.map(([name, pairs]) => [name, pairs?.map(([, value]) => value)]),
        ),
        headers: {
          ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()])),
          // It knows these two in this spelling only, and signs the date as it is written here.
          'X-Sdk-Date': now.toISOString().replaceAll(/[-:]|\.\d+/g, ''),
          ...(contentHash && { 'X-Sdk-Content-Sha256': contentHash }),
          ...(wanted.securityToken && { 'x-security-token': wanted.securityToken }),
        },
        data: body,
      },
      {
        getAk: () => wanted.accessKey,
        getSk: () => wanted.secretKey,
        processAuthRequest: () => Promise.reject(new Error('not used')),
        processAuthParams: () => Promise.reject(new Error('not used')),
      },
    );
    return signed.Authorization;
  };

  const byUs = (wanted: AnyRequest, writing: AnyWriting): string | undefined => {
    const { method, host, accessKey, secretKey, securityToken } = wanted;
    const { escape, recase, padding } = writing;
    const path = `/${wanted.segments.map((segment) => escape(segment)).join('/')}`;
    const query = wanted.query.map(([name, value]) =>
      writing.dropEquals && value === '' && name !== '' ? escape(name) : `${escape(name)}=${escape(value)}`,
    );
    const headers = Object.entries({
      ...wanted.headers,
      ...(wanted.contentHash && { 'X-Sdk-Content-Sha256': wanted.contentHash }),
    });
    const json = wanted.body && JSON.stringify(wanted.body);
    const request = {
      method,
      host,
      path: `${path}${writing.slashAtEnd && !path.endsWith('/') ? '/' : ''}${query.length > 0 ? '?' : ''}${query.join('&')}`,
      headers: Object.fromEntries(
        headers.map(([name, value]) => [recase(name), `${padding}${value}${padding}`]),
      ),
      body: writing.asBytes && json !== undefined ? Buffer.from(json) : json,
    };
    return sign(request, { accessKey, secretKey, securityToken }, wanted.now)['Authorization'];
  };

  test('any request gets the same signature, however its URL and headers are written', () => {
    fc.assert(
      fc.property(anyRequest, anyWriting, (wanted, writing) => {
        expect(byUs(wanted, writing)).toBe(byOracle(wanted));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a signature', () => {
  test.each<{ what: string; request?: Partial<SignableRequest>; key?: Partial<AccessKey>; now?: Date }>([
    { what: 'method', request: { method: 'PUT' } },
    { what: 'host', request: { host: 'vpcep.region.example.org' } },
    { what: 'port', request: { host: 'vpcep.region.example.com:8443' } },
    { what: 'path', request: { path: `${ACCEPT.path}s` } },
    { what: 'query', request: { path: `${ACCEPT.path}?limit` } },
    { what: 'header value', request: { headers: { ...ACCEPT.headers, 'X-Project-Id': '1' } } },
    { what: 'set of headers', request: { headers: {} } },
    { what: 'content hash', request: { headers: { ...ACCEPT.headers, 'X-Sdk-Content-Sha256': 'e' } } },
    { what: 'absence of a body', request: { body: undefined } },
    { what: 'secret key', key: { secretKey: 'example-secret-kez' } },
    { what: 'security token', key: { securityToken: 'example-security-tokem' } },
    { what: 'date', now: new Date('2026-01-02T03:04:06Z') },
  ])('depends on the $what', ({ request, key, now }) => {
    expect(signatureOf({ ...ACCEPT, ...request }, { ...TEMPORARY_KEY, ...key }, now)).not.toBe(
      signatureOf(ACCEPT, TEMPORARY_KEY),
    );
  });

  test('changes with any byte of the body', () => {
    const original = Buffer.from(String(ACCEPT.body));
    const signatures = [...original.keys()].map((at) => {
      const body = Buffer.from(original);
      body[at]! ^= 1;
      return signatureOf({ ...ACCEPT, body });
    });
    expect(new Set([signatureOf(ACCEPT), ...signatures]).size).toBe(original.length + 1);
  });

  test('is the same for a text and for its UTF-8 bytes', () => {
    const body = '{"description":"Grüße 😀"}';
    expect(signatureOf({ ...ACCEPT, body })).toBe(signatureOf({ ...ACCEPT, body: Buffer.from(body) }));
  });

  test('covers bytes that are not UTF-8', () => {
    const bodies = [Buffer.from([0xff]), Buffer.from([0xfe])];
    const [first, second] = bodies.map((body) => signatureOf({ ...ACCEPT, body }));
    expect(first).not.toBe(second);
  });

  test('takes the content hash from its header, whatever the body', () => {
    const headers = { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(signatureOf({ ...ACCEPT, headers, body: 'a' })).toBe(
      signatureOf({ ...ACCEPT, headers, body: 'b' }),
    );
  });

  test('is the same for a method in lower case', () => {
    expect(signatureOf({ ...ACCEPT, method: 'post' })).toBe(signatureOf(ACCEPT));
  });

  test('leaves out headers with an underscore in their name', () => {
    const headers = { ...ACCEPT.headers, x_request_id: '1' };
    expect(sign({ ...ACCEPT, headers }, EXAMPLE_KEY, NOW)).toEqual(sign(ACCEPT, EXAMPLE_KEY, NOW));
  });

  test('holds for its own date, host and token, whatever the headers say', () => {
    const headers = {
      ...ACCEPT.headers,
      'x-sdk-date': 'never',
      Host: 'elsewhere',
      'x-Security-token': 'old',
    };
    expect(sign({ ...ACCEPT, headers }, TEMPORARY_KEY, NOW)).toEqual(sign(ACCEPT, TEMPORARY_KEY, NOW));
  });

  test('tells an encoded slash from one between segments', () => {
    expect(signatureOf({ ...ACCEPT, path: '/a%2Fb' })).not.toBe(signatureOf({ ...ACCEPT, path: '/a/b' }));
  });

  test.each([
    { written: '/a?x=1&y=2', same: '/a/?y=2&x=1' },
    { written: '/a?x=1&x=2', same: '/a?x=2&x=1' },
    { written: '/a?x&y=1', same: '/a?&y=1&x=&' },
    { written: '/a?', same: '/a' },
    { written: '/%7euser?q=%c3%a4', same: '/~user?q=%C3%A4' },
    { written: '/a?q=b=c?d/e', same: '/a?q=b%3Dc%3Fd%2Fe' },
    { written: '/a?q=b+c', same: '/a?q=b%2Bc' },
  ])('is the same for $written as for $same', ({ written, same }) => {
    expect(signatureOf({ ...PERMISSIONS, path: written })).toBe(signatureOf({ ...PERMISSIONS, path: same }));
  });

  test('is refused to a path whose escapes are broken', () => {
    expect(() => signatureOf({ ...PERMISSIONS, path: '/100%' })).toThrow(URIError);
  });

  test('orders query names by character code, not by locale or by their encoding', () => {
    const query = 'B=1&a-=2&a%3A=3&a=4&%C3%A4=5';
    const canonicalRequest = [
      'GET',
      '/',
      'B=1&a=4&a-=2&a%3A=3&%C3%A4=5',
      'host:vpcep.region.example.com',
      'x-sdk-date:20260102T030405Z',
      '',
      'host;x-sdk-date',
      createHash('sha256').digest('hex'),
    ].join('\n');
    const hash = createHash('sha256').update(canonicalRequest).digest('hex');
    expect(signatureOf({ ...PERMISSIONS, path: `/?${query}` })).toBe(
      createHmac('sha256', EXAMPLE_KEY.secretKey)
        .update(`SDK-HMAC-SHA256\n20260102T030405Z\n${hash}`)
        .digest('hex'),
    );
  });

  test('leaves the request and the key as they are', () => {
    const request = Object.freeze({ ...ACCEPT, headers: Object.freeze({ ...ACCEPT.headers }) });
    expect(() => sign(request, Object.freeze({ ...TEMPORARY_KEY }), NOW)).not.toThrow();
  });

  test('is dated now unless told otherwise', () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const date = sign(ACCEPT, EXAMPLE_KEY)['X-Sdk-Date']!;
    const signedAt = Date.parse(
      date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    );
    expect(signedAt).toBeGreaterThanOrEqual(before);
    expect(signedAt).toBeLessThanOrEqual(Date.now());
  });
});

describe('the encoder', () => {
  test.each([
    { text: 'AZaz09-_.~', encoded: 'AZaz09-_.~' },
    { text: "!'()*", encoded: '%21%27%28%29%2A' },
    { text: 'iam:domain::*', encoded: 'iam%3Adomain%3A%3A%2A' },
    { text: ' +/?#&=%', encoded: '%20%2B%2F%3F%23%26%3D%25' },
    { text: 'ä€😀', encoded: '%C3%A4%E2%82%AC%F0%9F%98%80' },
    { text: '\ud83d', encoded: '%EF%BF%BD' },
    { text: '', encoded: '' },
  ])('writes "$text" as "$encoded"', ({ text, encoded }) => {
    expect(encode(text)).toBe(encoded);
  });
});
