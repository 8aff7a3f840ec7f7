import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Refusal } from '../front-door.ts';

/** Who may ask the gateway; everyone where neither is given. */
export interface AccessRules {
  /** Each with the SHA-256 of the key, in hex. */
  apiKeys: readonly { name: string; hash: string }[];
  jwt?: { jwksUrl: string; issuer: string | undefined; audience: string | undefined };
}

/** The name of who asks, undefined where everyone may; or why not. */
type Identity = { subject: string | undefined } | { refusal: Refusal };

/** Tells who asks. */
export interface Access {
  identify(headers: IncomingHttpHeaders): Identity | Promise<Identity>;
}

/** Why a credential is no good; no more is told, so that nobody learns which part to try next. */
type Fault = 'missing' | 'expired' | 'not accepted';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Whoever can check a signature of these cannot make one. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const CLOCK_TOLERANCE_S = 5;
const KEYS_TIMEOUT_MS = 3_000;
/** How long a server that did not give the keys is left alone. */
const KEYS_PAUSE_MS = 1_000;

/** What the keys' server did, not the token. */
const OF_THE_KEYS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT']);

const NO_KEYS: Refusal = {
  status: 503,
  code: 'UPSTREAM_UNAVAILABLE',
  message: 'The keys that tell who asks cannot be had just now. Send the request again.',
};

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The name of an API key. All hashes are compared whole: the time it takes tells nothing of them. */
const apiKeyNames = (apiKeys: AccessRules['apiKeys']) => {
  const known = apiKeys.map(({ name, hash }) => ({ name, hash: Buffer.from(hash, 'hex') }));
  return (key: string): string | undefined => {
    const given = sha256(key);
    const [found] = known.filter(({ hash }) => timingSafeEqual(hash, given));
    return found?.name;
  };
};

/** Fetches the keys, and then not again for a moment, however many tokens ask for it. */
const patientFetch = (): FetchImplementation => {
  let quietUntil = 0;
  return async (url, init) => {
    if (performance.now() < quietUntil) throw new errors.JOSEError('The keys were asked for just before.');
    try {
      return await fetch(url, init);
    } finally {
      quietUntil = performance.now() + KEYS_PAUSE_MS;
    }
  };
};

/** Two issuers can use one name for two callers; a token without a name is told apart by itself. */
const nameOf = ({ iss, sub }: JWTPayload, token: string): string =>
  JSON.stringify(
    typeof sub === 'string' && sub !== '' ? [iss, sub] : [iss, null, sha256(token).toString('hex')],
  );

const verifier = ({ jwksUrl, issuer, audience }: NonNullable<AccessRules['jwt']>) => {
  // The keys come from here alone: where a token says that its keys are is not looked at.
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    [customFetch]: patientFetch(),
  });
  const claims = {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_S,
  };
  return async (token: string): Promise<{ name: string } | { fault: Fault } | { refusal: Refusal }> => {
    try {
      const { payload } = await jwtVerify(token, keys, claims);
      return { name: nameOf(payload, token) };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { fault: 'expired' };
      const ofTheToken = error instanceof errors.JOSEError && !OF_THE_KEYS.has(error.code);
      return ofTheToken ? { fault: 'not accepted' } : { refusal: NO_KEYS };
    }
  };
};

const WORDS: Record<Fault, string> = {
  missing: 'The request does not say who asks.',
  expired: 'The token has expired.',
  'not accepted': 'What the request sends in `Authorization` is not accepted.',
};

const refusing = (what: string) => (fault: Fault) => ({
  refusal: {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: `${WORDS[fault]} Send ${what} as \`Authorization: Bearer …\`.`,
    headers: { 'www-authenticate': 'Bearer' },
  } satisfies Refusal,
});

/** What of the two the gateway takes, in words. */
const takenBy = ({ apiKeys, jwt }: AccessRules): string =>
  [...(apiKeys.length > 0 ? ['an API key'] : []), ...(jwt ? ['a token (JWT)'] : [])].join(' or ');

/** Asks for nothing yet. With API keys and tokens both, either is enough. */
export const createAccess = (rules: AccessRules): Access => {
  if (rules.apiKeys.length === 0 && !rules.jwt) return { identify: () => ({ subject: undefined }) };
  const refused = refusing(takenBy(rules));
  const apiKeyName = apiKeyNames(rules.apiKeys);
  const verify = rules.jwt && verifier(rules.jwt);
  return {
    identify: async ({ authorization }) => {
      if (!authorization) return refused('missing');
      const credential = BEARER.exec(authorization)?.[1];
      if (credential === undefined) return refused('not accepted');
      const name = apiKeyName(credential);
      if (name !== undefined) return { subject: `key:${name}` };
      if (!verify || !JWT.test(credential)) return refused('not accepted');
      const told = await verify(credential);
      if ('name' in told) return { subject: `jwt:${told.name}` };
      return 'fault' in told ? refused(told.fault) : told;
    },
  };
};
