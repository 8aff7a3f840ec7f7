import { hash } from 'node:crypto';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Refusal } from '../front-door.ts';

/** Whose tokens are taken. */
export interface TokenRules {
  jwksUrl: string;
  issuer: string | undefined;
  audience: string | undefined;
}

/** What a token says of who asks; or why it is not taken. */
type Verdict = { name: string } | { fault: 'expired' | 'not accepted' } | { refusal: Refusal };

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
  JSON.stringify(typeof sub === 'string' && sub !== '' ? [iss, sub] : [iss, null, hash('sha256', token)]);

/** Tells who a token names. The keys are asked for with the first one. */
export const createVerifier = ({ jwksUrl, issuer, audience }: TokenRules) => {
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
  return async (token: string): Promise<Verdict> => {
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
