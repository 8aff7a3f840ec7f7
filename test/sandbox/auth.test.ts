import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { computeSignature, type SignedRequest } from '../../src/sandbox/http/auth.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { cssPath, openSandbox, v1 } from './open-sandbox.ts';

const EXAMPLE_SERVICE =
  '/v1/0123456789abcdef0123456789abcdef/vpc-endpoint-services/cf072729-b076-49db-83d3-020dc9f589bd';

describe('the signature of the published example requests', () => {
  test.each([
    {
      name: 'a GET with a query',
      secretKey: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc',
      method: 'GET',
      path: '/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs',
      query: 'limit=2&marker=13551d6b-755d-4757-b956-536f674975c0',
      headers: {
        host: 'service.region.example.com',
        'content-type': 'application/json',
        'x-sdk-date': '20191115T033655Z',
      },
      body: '',
      canonicalHash: 'b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a',
      signature: '7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
    },
    {
      name: 'a POST with temporary keys',
      secretKey: 'example-secret-key',
      method: 'POST',
      path: `${EXAMPLE_SERVICE}/connections/action`,
      query: '',
      headers: {
        host: 'vpcep.region.example.com',
        'content-type': 'application/json',
        'x-project-id': '0123456789abcdef0123456789abcdef',
        'x-sdk-date': '20260102T030405Z',
        'x-security-token': 'example-security-token',
      },
      body: '{"action":"receive","endpoints":["54b7f739-31a1-40d0-862b-ac85b83ab2da"]}',
      canonicalHash: 'b34b9a8a0c96c0845c2a26428ad666c85d43c82c1aa931874bdb5c1129c31809',
      signature: '0a1197a61a985ab64e6c82899a3d981d01c655c0c9333883947d7350d6c1a09e',
    },
    {
      name: 'a GET whose query is out of order, encoded, and has a parameter without a value',
      secretKey: 'example-secret-key',
      method: 'GET',
      path: `${EXAMPLE_SERVICE}/permissions`,
      query: 'permission=iam%3Adomain%3A%3A5fc973eea581490997e82ea11a1df31f&limit=10&sort_key',
      headers: { host: 'vpcep.region.example.com', 'x-sdk-date': '20260102T030405Z' },
      body: '',
      canonicalHash: 'ca57ea9543b12930d74878f51ab4218257cd73cddeed1591b449df2e6e3d5ac3',
      signature: '6d18a74bf139fb7468fe00a846da1e4c5cf97a69aa50181f7ec66de9f5733d0d',
    },
  ])('of $name is the published one', ({ secretKey, canonicalHash, signature, name: _name, ...signed }) => {
    const names = Object.keys(signed.headers).toSorted();
    expect(computeSignature(signed, names, secretKey)).toMatchObject({ canonicalHash, signature });
  });
});

const sdkDate = (at = Date.now()): string => new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');

interface Signing {
  method?: string;
  path?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  names?: string[];
  access?: string;
  secret?: string;
  /** What is really sent, where it differs from what was signed. */
  sent?: Partial<Pick<SignedRequest, 'method' | 'path' | 'query'>> & {
    headers?: Record<string, string>;
    body?: string;
  };
  rewrite?: (authorization: string) => string;
}

/** Signs a request, sends it (or what a forger would send instead), and tells what came back. */
const signed = async (url: string, signing: Signing = {}) => {
  const {
    method = 'GET',
    path = cssPath(''),
    query = '',
    body = '',
    access,
    secret,
    sent,
    rewrite,
  } = signing;
  const headers: Record<string, string> = {
    host: new URL(url).host,
    'x-sdk-date': sdkDate(),
    ...signing.headers,
  };
  const names = signing.names ?? Object.keys(headers).toSorted();
  const { signature } = computeSignature(
    { method, path, query, headers, body },
    names,
    secret ?? SANDBOX.secretKey,
  );
  const authorization = `SDK-HMAC-SHA256 Access=${access ?? SANDBOX.accessKey}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const target = `${sent?.path ?? path}${(sent?.query ?? query) === '' ? '' : `?${sent?.query ?? query}`}`;
  const reply = await request(url + target, {
    method: sent?.method ?? method,
    headers: {
      ...headers,
      ...sent?.headers,
      authorization: rewrite?.(authorization) ?? authorization,
    },
    body: sent?.body ?? (body === '' ? null : body),
  });
  return { status: reply.statusCode, text: await reply.body.text() };
};

test('a correctly signed request needs no token', async () => {
  const { cloud } = await openSandbox();
  expect(await signed(cloud.url, { query: 'limit=3&start=1' })).toMatchObject({ status: 200 });
});

test('a signed write with temporary keys and a signed security token is accepted', async () => {
  const { cloud } = await openSandbox();
  const id = cloud.world.services.find((service) => service.service_name.includes('partner-hub'))?.id;
  const reply = await signed(cloud.url, {
    method: 'POST',
    path: v1(`/vpc-endpoint-services/${id}/permissions/action`),
    headers: { 'content-type': 'application/json', 'x-security-token': 'temporary' },
    body: '{"action":"add","permissions":["iam:domain::0123456789abcdef0123456789abcdef"]}',
  });
  expect(reply).toMatchObject({ status: 200 });
});

test.each<{ name: string; signing: Signing }>([
  { name: 'another secret key', signing: { secret: 'guessed' } },
  { name: 'an unknown access key', signing: { access: 'SOMEBODY' } },
  {
    name: 'a date 16 minutes ago',
    signing: { headers: { 'x-sdk-date': sdkDate(Date.now() - 16 * 60_000) } },
  },
  {
    name: 'a date 16 minutes ahead',
    signing: { headers: { 'x-sdk-date': sdkDate(Date.now() + 16 * 60_000) } },
  },
  { name: 'a date of another form', signing: { headers: { 'x-sdk-date': new Date().toISOString() } } },
  { name: 'an unsigned host', signing: { names: ['x-sdk-date'] } },
  { name: 'an unsigned date', signing: { names: ['host'] } },
  { name: 'an unsigned security token', signing: { sent: { headers: { 'x-security-token': 'temporary' } } } },
  { name: 'a signed header that is not sent', signing: { names: ['host', 'x-project-id', 'x-sdk-date'] } },
  { name: 'header names out of order', signing: { names: ['x-sdk-date', 'host'] } },
  { name: 'another query than the signed one', signing: { query: 'limit=3', sent: { query: 'limit=4' } } },
  { name: 'another encoding than the signed one', signing: { query: 'a=b%3Ac', sent: { query: 'a=b:c' } } },
  { name: 'another method than the signed one', signing: { method: 'POST', sent: { method: 'GET' } } },
  { name: 'another path than the signed one', signing: { sent: { path: v1('/quotas') } } },
  { name: 'a body that was not signed', signing: { path: v1('/quotas'), sent: { body: '{}' } } },
  {
    name: 'a content hash of another body',
    signing: { headers: { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' } },
  },
  { name: 'another scheme', signing: { rewrite: (text) => text.replace('SDK-', 'V11-') } },
  {
    name: 'a signature in capitals',
    signing: { rewrite: (text) => text.replace(/\w+$/, (hex) => hex.toUpperCase()) },
  },
])('$name is refused with 401 APIGW.0301', async ({ signing }) => {
  const { cloud } = await openSandbox();
  expect(await signed(cloud.url, signing)).toMatchObject({
    status: 401,
    text: expect.stringContaining('"error_code":"APIGW.0301"'),
  });
});

test('a wrong signature is answered with the canonical request in the message, as the real one does', async () => {
  const { cloud } = await openSandbox();
  const { text } = await signed(cloud.url, { secret: 'guessed' });
  expect(text).toContain('x-sdk-date:20');
  expect(text).toContain('host;x-sdk-date');
});

test.each([
  { name: 'no credentials at all', token: undefined, code: 'APIGW.0301' },
  { name: 'an empty token', token: '', code: 'APIGW.0301' },
  { name: 'a token that has to be renewed', token: 'expired-yesterday', code: 'APIGW.0307' },
])('$name is refused with 401 $code and the request id in the body', async ({ token, code }) => {
  const { cloud } = await openSandbox();
  const reply = await fetch(cloud.url + cssPath(''), {
    headers: token === undefined ? {} : { 'X-Auth-Token': token },
  });
  expect(reply.status).toBe(401);
  expect(await reply.json()).toEqual({
    error_code: code,
    error_msg: expect.stringContaining('Incorrect IAM authentication information'),
    request_id: reply.headers.get('x-request-id'),
  });
});

test('a wrong signature is not forgiven for a good token beside it', async () => {
  const { cloud } = await openSandbox();
  const sent = { headers: { 'x-auth-token': SANDBOX.token } };
  expect(await signed(cloud.url, { sent })).toMatchObject({ status: 200 });
  expect(await signed(cloud.url, { sent, secret: 'guessed' })).toMatchObject({ status: 401 });
});
