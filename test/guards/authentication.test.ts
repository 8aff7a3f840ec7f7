import { createHash } from 'node:crypto';
import {
  base64url,
  CompactSign,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Authentication, createAuthentication } from '../../src/guards/authentication.ts';
import type { Clocks } from '../../src/time/clock.ts';
import { publicJwk, startKeyServer } from '../support/key-server.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'endpoint-graph';

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
const API_KEYS = [
  { name: 'frontend', hash: hashOf('key-of-the-frontend'), role: 'read' },
  { name: 'batch', hash: hashOf('key-of-the-batch'), role: 'write' },
  { name: 'frontend', hash: hashOf('next-key-of-the-frontend'), role: 'read' },
] as const;
const BATCH = { subject: 'key:batch', caller: 'key:batch', role: 'write' };

const minted = await generateKeyPair('RS256', { extractable: true });
const stranger = await generateKeyPair('RS256', { extractable: true });

const tokenOf = (
  payload: JWTPayload = {},
  header: Partial<JWTHeaderParameters> = {},
  { privateKey } = minted,
) =>
  new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'frontend', ...payload })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
    .setExpirationTime(payload.exp ?? '5m')
    .sign(privateKey);

const jwtAccess = (jwksUrl: string, rule: { writeScope?: string } = {}, clocks?: Clocks) =>
  createAuthentication(
    { apiKeys: API_KEYS, jwt: { jwksUrl, issuer: ISSUER, audience: AUDIENCE, ...rule } },
    clocks,
  );

const identify = async (access: Authentication, credential?: string) =>
  access.authenticate(credential === undefined ? {} : { authorization: `Bearer ${credential}` });

/** That it is refused, in words that hold nothing of what was sent. */
const checkRefused = async (access: Authentication, credential: string, fault = 'is not accepted') => {
  const told = await identify(access, credential);
  expect(told).toEqual({
    refusal: {
      status: 401,
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(fault),
      headers: { 'www-authenticate': 'Bearer' },
    },
  });
  expect(JSON.stringify(told)).not.toContain(credential);
  expect(JSON.stringify(told)).not.toMatch(/signature|claim|issuer|audience|alg|kid/i);
};

test('without rules everyone may ask and write, whatever they send', async () => {
  const access = createAuthentication({ apiKeys: [] });
  expect(await identify(access)).toEqual({ subject: undefined, role: 'write' });
  expect(await identify(access, 'anything')).toEqual({ subject: undefined, role: 'write' });
});

test.each([
  { key: 'key-of-the-frontend', subject: 'key:frontend', role: 'read' },
  { key: 'key-of-the-batch', subject: 'key:batch', role: 'write' },
  { key: 'next-key-of-the-frontend', subject: 'key:frontend', role: 'read' },
])('who sends $key is $subject and may $role', async ({ key, subject, role }) => {
  const access = createAuthentication({ apiKeys: API_KEYS });
  const identity = { subject, role, caller: subject };
  expect(await identify(access, key)).toEqual(identity);
  for (const scheme of ['bearer', 'BEARER', 'Bearer  '])
    expect(await access.authenticate({ authorization: `${scheme} ${key}` })).toEqual(identity);
});

test.each([
  'another-key',
  'key-of-the-frontend2',
  'KEY-OF-THE-FRONTEND',
  hashOf('key-of-the-frontend'),
  'frontend',
  'a.b.c',
])('the API key %s is not accepted', async (key) => {
  await checkRefused(createAuthentication({ apiKeys: API_KEYS }), key);
});

test.each([undefined, ''])(
  'a request without a credential is told what to send (%j)',
  async (authorization) => {
    const access = createAuthentication({ apiKeys: API_KEYS });
    expect(await access.authenticate(authorization === undefined ? {} : { authorization })).toEqual({
      refusal: {
        status: 401,
        code: 'UNAUTHENTICATED',
        message: 'The request does not say who asks. Send an API key as `Authorization: Bearer …`.',
        headers: { 'www-authenticate': 'Bearer' },
      },
    });
  },
);

test.each([
  'key-of-the-frontend',
  'Basic key-of-the-frontend',
  'Bearer',
  'Bearer ',
  'Bearerkey-of-the-frontend',
  'Bearer key-of-the-frontend and more',
  'Bearer key-of-the-frontend, Bearer key-of-the-batch',
])('the header `%s` is no credential', async (authorization) => {
  const told = await createAuthentication({ apiKeys: API_KEYS }).authenticate({ authorization });
  expect(told).toMatchObject({ refusal: { status: 401, code: 'UNAUTHENTICATED' } });
  expect(JSON.stringify(told)).not.toContain('key-of-the');
});

test('with both rules either is enough, and an API key of one name is not a token of that name', async () => {
  const { url, state } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  expect(await identify(access, 'key-of-the-frontend')).toMatchObject({ subject: 'key:frontend' });
  expect(state.asked).toBe(0);
  expect(await identify(access, await tokenOf())).toMatchObject({
    subject: `jwt:["${ISSUER}","frontend"]`,
    caller: 'sub:frontend',
  });
  expect(await identify(access)).toMatchObject({
    refusal: { message: expect.stringContaining('an API key or a token (JWT)') },
  });
});

test('the keys are fetched once for many tokens, side by side and one after the other', async () => {
  const { url, state } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  const tokens = await Promise.all([1, 2, 3, 4, 5].map((n) => tokenOf({ sub: `s${n}` })));
  const told = await Promise.all(tokens.map((token) => identify(access, token)));
  expect(told).toMatchObject([1, 2, 3, 4, 5].map((n) => ({ subject: `jwt:["${ISSUER}","s${n}"]` })));
  await identify(access, tokens[0]);
  expect(state.asked).toBe(1);
});

test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
  'tokens signed with %s are accepted',
  async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    const { url } = await startKeyServer([await publicJwk(pair, alg)]);
    expect(await identify(jwtAccess(url), await tokenOf({}, { alg }, pair))).toMatchObject({
      subject: expect.stringContaining('frontend'),
    });
  },
);

test.each([
  { claims: { scope: 'graph:write' }, role: 'write' },
  { claims: { scope: 'openid  graph:write profile' }, role: 'write' },
  { claims: { scp: 'openid graph:write' }, role: 'write' },
  { claims: { scp: ['openid', 'graph:write'] }, role: 'write' },
  { claims: { scope: 'openid', scp: ['graph:write'] }, role: 'write' },
  { claims: {}, role: 'read' },
  { claims: { scope: '' }, role: 'read' },
  { claims: { scope: 'graph:writer' }, role: 'read' },
  { claims: { scope: 'GRAPH:WRITE' }, role: 'read' },
  { claims: { scope: { 'graph:write': true } }, role: 'read' },
  { claims: { scp: ['openid graph:write'] }, role: 'read' },
  { claims: { scp: [['graph:write']] }, role: 'read' },
  { claims: { roles: ['graph:write'], permissions: 'graph:write' }, role: 'read' },
])('a token with $claims may $role where mutations need `graph:write`', async ({ claims, role }) => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  const token = await tokenOf(claims);
  expect(await identify(jwtAccess(url, { writeScope: 'graph:write' }), token)).toMatchObject({ role });
  expect(await identify(jwtAccess(url), token)).toMatchObject({ role: 'read' });
});

test('a token says when it ends, with the tolerance for clocks, and the name in the log is cut', async () => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  const exp = inSeconds(300);
  const clocks = { monotonic: () => 1_000_000, wallClock: () => exp * 1000 - 10_000 };
  const token = await tokenOf({ exp, sub: 's'.repeat(5_000) });
  expect(await identify(jwtAccess(url, {}, clocks), token)).toMatchObject({
    expiresAt: 1_015_000,
    caller: `sub:${'s'.repeat(128)}`,
  });
});

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

test('a token that has expired is told so, a few seconds aside', async () => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  await checkRefused(access, await tokenOf({ exp: inSeconds(-60) }), 'has expired');
  expect(await identify(access, await tokenOf({ exp: inSeconds(-1) }))).toHaveProperty('subject');
});

const unsigned = (header: object, payload: object) =>
  `${[header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.')}.`;

const WHO = { iss: ISSUER, aud: AUDIENCE, sub: 'frontend', exp: inSeconds(300) };

const signedBySecret = async (secret: Uint8Array) =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(WHO)))
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .sign(secret);

const encoder = new TextEncoder();

test.each([
  { what: 'of another issuer', token: () => tokenOf({ iss: 'https://other.example' }) },
  { what: 'for another audience', token: () => tokenOf({ aud: 'something-else' }) },
  { what: 'that is not valid yet', token: () => tokenOf({ nbf: inSeconds(300) }) },
  {
    what: 'that never expires',
    token: () =>
      new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'frontend' })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(minted.privateKey),
  },
  { what: 'that a stranger signed', token: () => tokenOf({}, {}, stranger) },
  { what: 'that has expired and a stranger signed', token: () => tokenOf({ exp: 1 }, {}, stranger) },
  { what: 'without a signature', token: () => unsigned({ alg: 'none' }, WHO) },
  {
    what: 'that says none and is signed',
    token: async () => `${unsigned({ alg: 'none', kid: 'k1' }, WHO)}${(await tokenOf()).split('.')[2]}`,
  },
  {
    what: 'signed with the public key as a secret',
    token: async () => signedBySecret(encoder.encode(await exportSPKI(minted.publicKey))),
  },
  {
    what: 'signed with the modulus as a secret',
    token: async () => signedBySecret(base64url.decode((await exportJWK(minted.publicKey)).n!)),
  },
  {
    what: 'that was changed',
    token: async () => {
      const [header, , signature] = (await tokenOf()).split('.');
      return `${header}.${base64url.encode(JSON.stringify({ ...WHO, sub: 'admin' }))}.${signature}`;
    },
  },
  {
    what: 'that demands an extension',
    token: async () => {
      const [, payload, signature] = (await tokenOf()).split('.');
      const header = { alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 };
      return `${base64url.encode(JSON.stringify(header))}.${payload}.${signature}`;
    },
  },
  { what: 'that is none', token: () => 'a.b.c' },
])('a token $what is not accepted', async ({ token }) => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  await checkRefused(jwtAccess(url), await token());
});

test('whatever is made up as a token is refused, and never looks like a failure of the keys', async () => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  const [, payload, signature] = (await tokenOf()).split('.');
  const headers = fc.oneof(
    fc.json(),
    fc
      .record({ alg: fc.constantFrom('RS256', 'ES256', 'EdDSA', 'none', 'HS256', 7), more: fc.json() })
      .map(({ alg, more }) => `{"alg":${JSON.stringify(alg)},"kid":"k1","x":${more}}`),
    fc
      .constantFrom('typ', 'crit', 'b64', 'kid', 'zip', 'jwk')
      .chain((name) =>
        fc.json().map((value) => `{"alg":"RS256","kid":"k1",${JSON.stringify(name)}:${value}}`),
      ),
  );
  const signatures = fc.constantFrom(signature!, 'AAAA', '-');
  await fc.assert(
    fc.asyncProperty(
      headers,
      fc.oneof(
        fc.constant(payload!),
        fc.json().map((json) => base64url.encode(json)),
      ),
      signatures,
      async (...parts) => {
        const [header, ...rest] = parts;
        const told = await identify(access, [base64url.encode(header), ...rest].join('.'));
        expect(told).toMatchObject({ refusal: { status: 401 } });
      },
    ),
    { numRuns: 300 },
  );
});

test('a token brings no keys of its own', async () => {
  const own = await startKeyServer([await publicJwk(stranger)]);
  const { url, state } = await startKeyServer([await publicJwk(minted)]);
  const jwk = await publicJwk(stranger);
  const access = jwtAccess(url);
  for (const header of [{ jku: own.url }, { x5u: own.url }, { jwk }, { jku: own.url, kid: own.url }])
    await checkRefused(access, await tokenOf({}, header, stranger));
  expect(own.state.asked).toBe(0);
  expect(state.asked).toBe(1);
});

test('no flood of unknown keys reaches the server of the keys', async () => {
  const { url, state } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  for (let n = 0; n < 20; n += 1) await checkRefused(access, await tokenOf({}, { kid: `made-up-${n}` }));
  expect(state.asked).toBe(1);
});

test('tokens that no key could make good are refused without asking for keys', async () => {
  const { url, state } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  await checkRefused(access, unsigned({ alg: 'none' }, WHO));
  await checkRefused(access, await signedBySecret(encoder.encode('a secret')));
  await checkRefused(access, 'no-token-at-all');
  expect(state.asked).toBe(0);
});

test('issuer and audience are not looked at where no rule names them', async () => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  const access = createAuthentication({
    apiKeys: [],
    jwt: { jwksUrl: url, issuer: undefined, audience: undefined },
  });
  const [one, other] = await Promise.all(
    ['https://a.example', 'https://b.example'].map(async (iss) =>
      identify(access, await tokenOf({ iss, aud: 'x' })),
    ),
  );
  expect([one, other]).toMatchObject([
    { subject: 'jwt:["https://a.example","frontend"]' },
    { subject: 'jwt:["https://b.example","frontend"]' },
  ]);
});

test('tokens without a name are told apart, and none is in its subject', async () => {
  const { url } = await startKeyServer([await publicJwk(minted)]);
  const access = jwtAccess(url);
  const sign = (jti: string) =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, jti })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setExpirationTime('5m')
      .sign(minted.privateKey);
  const tokens = await Promise.all(['a', 'b'].map(sign));
  const subjectOf = async (token: string) => {
    const identity = await identify(access, token);
    return 'subject' in identity ? identity.subject : 'refused';
  };
  const subjects = await Promise.all(tokens.map(subjectOf));
  expect(new Set(subjects).size).toBe(2);
  subjects.forEach((subject, at) => {
    expect(subject).toContain(ISSUER);
    expect(subject).not.toContain(tokens[at]!.split('.')[2]);
  });
  expect(await subjectOf(tokens[0]!)).toBe(subjects[0]);
});

const NO_KEYS = {
  refusal: {
    status: 503,
    code: 'UPSTREAM_UNAVAILABLE',
    message: 'The keys that tell who asks cannot be had just now. Send the request again.',
  },
};

test.each([
  { how: 'fails', failure: { status: 500, body: 'no' } },
  { how: 'sends elsewhere', failure: { status: 302, body: '' } },
  { how: 'answers a page', failure: { status: 200, body: '<html>' } },
  { how: 'answers something else', failure: { status: 200, body: '{"keys":"none"}' } },
])('where the server of the keys $how, that is told, and API keys still work', async ({ failure }) => {
  const { url, state } = await startKeyServer([await publicJwk(minted)]);
  state.failure = failure;
  const access = jwtAccess(url);
  const token = await tokenOf();
  for (let n = 0; n < 10; n += 1) expect(await identify(access, token)).toEqual(NO_KEYS);
  expect(state.asked).toBe(1);
  expect(await identify(access, 'key-of-the-batch')).toEqual(BATCH);
  state.failure = undefined;
  await expect.poll(() => identify(access, token), { timeout: 10_000 }).toHaveProperty('subject');
});

test.each(['nothing', 'half'] as const)(
  'a server of the keys that sends %s is not waited for without end',
  async (failure) => {
    const { url, state } = await startKeyServer([await publicJwk(minted)]);
    state.failure = failure;
    const token = await tokenOf();
    const started = performance.now();
    const access = jwtAccess(url);
    expect(await Promise.all([identify(access, token), identify(access, token)])).toEqual([NO_KEYS, NO_KEYS]);
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(state.asked).toBe(1);
  },
);
