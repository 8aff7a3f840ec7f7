import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { Proxies } from '../http/proxies.ts';
import { createKeySet } from './key-set.ts';
import { type Clocks, monotonic, wallClock } from '../time/clock.ts';

/** The tokens that are accepted. */
export interface TokenRules {
  jwksUrl: string;
  /** How the key server is reached. */
  proxies?: Proxies | undefined;
  issuer: string | undefined;
  audience: string | undefined;
  /** The scope that mutations need; if undefined, tokens allow no mutations. */
  writeScope?: string | undefined;
}

/** The claims of a token that are used. */
export interface Claims {
  /** Unique for each caller. */
  name: string;
  /** The claim `sub`, unless it is missing or empty. */
  sub: string | undefined;
  mayWrite: boolean;
  /** When the token is no longer accepted, on the monotonic clock. */
  expiresAt: number;
}

/** The claims of a token, or why it is not accepted. */
type Verification = Claims | { fault: 'expired' | 'not accepted' } | { refusal: HttpRefusal };

/** Asymmetric algorithms only: with a symmetric one, everyone who can verify tokens could make them. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const CLOCK_TOLERANCE_S = 5;

/** Codes of errors that are faults of the key server, not of the token. */
const KEY_ERRORS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID']);

const KEYS_UNAVAILABLE: HttpRefusal = {
  status: 503,
  code: 'UPSTREAM_UNAVAILABLE',
  message: 'The keys that tell who asks cannot be had just now. Send the request again.',
};

const readSub = ({ sub }: JWTPayload): string | undefined =>
  typeof sub === 'string' && sub !== '' ? sub : undefined;

/** A unique name: issuer and `sub`, since two issuers can use the same `sub`. For a token without `sub`, a digest of the token. */
const uniqueName = (payload: JWTPayload, token: string): string => {
  const sub = readSub(payload);
  return JSON.stringify(sub === undefined ? [payload.iss, null, hash('sha256', token)] : [payload.iss, sub]);
};

const splitScopes = (claim: unknown): string[] => (typeof claim === 'string' ? claim.split(/\s+/) : []);

/** The scopes of a token: `scope` is text separated by spaces, `scp` such a text or a list. */
const readScopes = ({ scope, scp }: JWTPayload): unknown[] => [
  ...splitScopes(scope),
  ...(Array.isArray(scp) ? (scp as unknown[]) : splitScopes(scp)),
];

/** Creates the verifier of tokens. Keys are fetched with the first token, from `jwksUrl` only: key URLs in a token are ignored. */
export const createVerifier = (
  { jwksUrl, proxies, issuer, audience, writeScope }: TokenRules,
  clocks: Clocks = { monotonic, wallClock },
) => {
  const keys = createKeySet(jwksUrl, clocks.monotonic, proxies);
  const claims = {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    algorithms: ALGORITHMS,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_S,
  };
  return async (token: string): Promise<Verification> => {
    try {
      const now = clocks.wallClock();
      const { payload } = await jwtVerify(token, keys, { ...claims, currentDate: new Date(now) });
      const validMs = (payload.exp! + CLOCK_TOLERANCE_S) * 1000 - now;
      return {
        name: uniqueName(payload, token),
        sub: readSub(payload),
        mayWrite: writeScope !== undefined && readScopes(payload).includes(writeScope),
        expiresAt: clocks.monotonic() + validMs,
      };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { fault: 'expired' };
      const isTokenError = error instanceof errors.JOSEError && !KEY_ERRORS.has(error.code);
      return isTokenError ? { fault: 'not accepted' } : { refusal: KEYS_UNAVAILABLE };
    }
  };
};
