import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Refusal } from '../server/request-body.ts';
import { createKeySet } from './key-set.ts';

/** Whose tokens are taken. */
export interface TokenRules {
  jwksUrl: string;
  issuer: string | undefined;
  audience: string | undefined;
  /** The scope that mutations need; without it tokens only read. */
  writeScope?: string | undefined;
}

/** What a token says of its caller. */
export interface Claims {
  /** Tells callers apart. */
  name: string;
  /** The claim `sub`, where there is one. */
  sub: string | undefined;
  mayWrite: boolean;
  /** When the token is no longer taken, in milliseconds since 1970. */
  expiresAt: number;
}

/** What a token says; or why it is not taken. */
type Verdict = Claims | { fault: 'expired' | 'not accepted' } | { refusal: Refusal };

/** Whoever can check a signature of these cannot make one. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const CLOCK_TOLERANCE_S = 5;

/** Faults of the key server, not of the token. */
const OF_THE_KEYS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID']);

const NO_KEYS: Refusal = {
  status: 503,
  code: 'UPSTREAM_UNAVAILABLE',
  message: 'The keys that tell who asks cannot be had just now. Send the request again.',
};

const subOf = ({ sub }: JWTPayload): string | undefined =>
  typeof sub === 'string' && sub !== '' ? sub : undefined;

/** Two issuers can use one name for two callers; a token without a name is told apart by itself. */
const nameOf = (payload: JWTPayload, token: string): string => {
  const sub = subOf(payload);
  return JSON.stringify(sub === undefined ? [payload.iss, null, hash('sha256', token)] : [payload.iss, sub]);
};

const words = (claim: unknown): string[] => (typeof claim === 'string' ? claim.split(/\s+/) : []);

/** The scopes of a token: `scope` is text with spaces between, `scp` the same or a list. */
const scopesOf = ({ scope, scp }: JWTPayload): unknown[] => [
  ...words(scope),
  ...(Array.isArray(scp) ? (scp as unknown[]) : words(scp)),
];

/** Checks tokens. The keys are fetched with the first one, from `jwksUrl` alone: what a token says of its keys is not used. */
export const createVerifier = (
  { jwksUrl, issuer, audience, writeScope }: TokenRules,
  now: () => number = Date.now,
) => {
  const keys = createKeySet(jwksUrl, now);
  const claims = {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_S,
  };
  return async (token: string): Promise<Verdict> => {
    try {
      const { payload } = await jwtVerify(token, keys, { ...claims, currentDate: new Date(now()) });
      return {
        name: nameOf(payload, token),
        sub: subOf(payload),
        mayWrite: writeScope !== undefined && scopesOf(payload).includes(writeScope),
        expiresAt: (payload.exp! + CLOCK_TOLERANCE_S) * 1000,
      };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { fault: 'expired' };
      const ofTheToken = error instanceof errors.JOSEError && !OF_THE_KEYS.has(error.code);
      return ofTheToken ? { fault: 'not accepted' } : { refusal: NO_KEYS };
    }
  };
};
