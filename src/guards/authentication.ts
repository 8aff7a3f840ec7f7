import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { Claims, TokenRules } from './jwt.ts';
import type { Clocks } from '../time/clock.ts';

/** `read` allows queries and subscriptions, `write` mutations as well. */
type Role = 'read' | 'write';

/** Accepted credentials. Without any, requests need no authentication. */
export interface AuthenticationRules {
  /** `hash` is the SHA-256 of the key, in hex. */
  apiKeys: readonly { name: string; hash: string; role: Role }[];
  jwt?: TokenRules;
}

/** An authenticated caller, or anyone where no authentication is required. */
export interface Identity {
  /** Unique for each caller; undefined without authentication. */
  subject: string | undefined;
  role: Role;
  /** The caller in the log: `key:<name>`, `sub:<sub>`, or `token` for a JWT without `sub`. */
  caller?: string;
  /** When the credential expires, on the monotonic clock. */
  expiresAt?: number;
}

type AuthenticationResult = Identity | { refusal: HttpRefusal };

export interface Authentication {
  authenticate(headers: IncomingHttpHeaders): AuthenticationResult | Promise<AuthenticationResult>;
}

/** Why a credential is not accepted. Clients get no details, so that attackers do not learn which part is wrong. */
type Fault = 'missing' | 'expired' | 'not accepted';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Finds an API key in constant time: every hash is compared completely. */
const createApiKeyFinder = (apiKeys: AuthenticationRules['apiKeys']) => {
  const hashedKeys = apiKeys.map((apiKey) => ({ ...apiKey, hash: Buffer.from(apiKey.hash, 'hex') }));
  return (key: string): { name: string; role: Role } | undefined => {
    const hashOfKey = sha256(key);
    const [match] = hashedKeys.filter(({ hash }) => timingSafeEqual(hash, hashOfKey));
    return match;
  };
};

/** Loads the code for tokens, so that a gateway that accepts none never does. */
const loadVerifier = async (rules: TokenRules, clocks?: Clocks) => {
  const { createVerifier } = await import('./jwt.ts');
  return createVerifier(rules, clocks);
};

const FAULT_MESSAGES: Record<Fault, string> = {
  missing: 'The request does not say who asks.',
  expired: 'The token has expired.',
  'not accepted': 'What the request sends in `Authorization` is not accepted.',
};

const createRefusal = (accepted: string) => (fault: Fault) => ({
  refusal: {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: `${FAULT_MESSAGES[fault]} Send ${accepted} as \`Authorization: Bearer …\`.`,
    headers: { 'www-authenticate': 'Bearer' },
  } satisfies HttpRefusal,
});

const MAX_SUB_LENGTH = 128;

const createIdentity = ({ name, sub, mayWrite, expiresAt }: Claims): Identity => ({
  subject: `jwt:${name}`,
  role: mayWrite ? 'write' : 'read',
  caller: sub === undefined ? 'token' : `sub:${sub.slice(0, MAX_SUB_LENGTH)}`,
  expiresAt,
});

/** The kinds of credentials that the gateway accepts, for messages. */
const describeAccepted = ({ apiKeys, jwt }: AuthenticationRules): string =>
  [...(apiKeys.length > 0 ? ['an API key'] : []), ...(jwt ? ['a token (JWT)'] : [])].join(' or ');

/** Without authentication, the cloud alone decides what a caller may do. */
const ANYONE: Identity = { subject: undefined, role: 'write' };

/** Authentication by API key or token (JWT); if both are configured, either is enough. */
export const createAuthentication = (rules: AuthenticationRules, clocks?: Clocks): Authentication => {
  if (rules.apiKeys.length === 0 && !rules.jwt) return { authenticate: () => ANYONE };
  const refuse = createRefusal(describeAccepted(rules));
  const findApiKey = createApiKeyFinder(rules.apiKeys);
  const verifier = rules.jwt && loadVerifier(rules.jwt, clocks);
  return {
    authenticate: async ({ authorization }) => {
      if (!authorization) return refuse('missing');
      const credential = BEARER.exec(authorization)?.[1];
      if (credential === undefined) return refuse('not accepted');
      const apiKey = findApiKey(credential);
      if (apiKey) {
        const caller = `key:${apiKey.name}`;
        return { subject: caller, role: apiKey.role, caller };
      }
      if (!verifier || !JWT.test(credential)) return refuse('not accepted');
      const verify = await verifier;
      const result = await verify(credential);
      if ('fault' in result) return refuse(result.fault);
      return 'refusal' in result ? result : createIdentity(result);
    },
  };
};
