import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../server/request-body.ts';
import type { Claims, TokenRules } from './jwt.ts';

/** `read` allows queries and subscriptions, `write` mutations as well. */
type Role = 'read' | 'write';

/** Who may ask the gateway; everyone where neither is given. */
export interface AccessRules {
  /** Each with the SHA-256 of the key, in hex. */
  apiKeys: readonly { name: string; hash: string; role: Role }[];
  jwt?: TokenRules;
}

/** A caller whom the gateway lets in. */
export interface Identity {
  /** Tells callers apart; undefined where nobody is asked who they are. */
  subject: string | undefined;
  role: Role;
  /** The caller in the log: `key:<name>`, `sub:<sub>`, or `token` for a JWT without `sub`. */
  caller?: string;
  /** When the credential is no longer taken, in milliseconds since 1970. */
  expiresAt?: number;
}

type Identified = Identity | { refusal: Refusal };

/** Tells who asks. */
export interface Access {
  identify(headers: IncomingHttpHeaders): Identified | Promise<Identified>;
}

/** Why a credential is no good; no more is told, so that nobody learns which part to try next. */
type Fault = 'missing' | 'expired' | 'not accepted';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Finds an API key. All hashes are compared whole: the time it takes tells nothing of them. */
const apiKeyFinder = (apiKeys: AccessRules['apiKeys']) => {
  const known = apiKeys.map((apiKey) => ({ ...apiKey, hash: Buffer.from(apiKey.hash, 'hex') }));
  return (key: string): { name: string; role: Role } | undefined => {
    const given = sha256(key);
    const [found] = known.filter(({ hash }) => timingSafeEqual(hash, given));
    return found;
  };
};

/** Loaded here, so that a gateway that takes no tokens never loads what reads them. */
const verifierOf = async (rules: TokenRules, now: () => number) => {
  const { createVerifier } = await import('./jwt.ts');
  return createVerifier(rules, now);
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

const LONGEST_SUB = 128;

const identityOf = ({ name, sub, mayWrite, expiresAt }: Claims): Identity => ({
  subject: `jwt:${name}`,
  role: mayWrite ? 'write' : 'read',
  caller: sub === undefined ? 'token' : `sub:${sub.slice(0, LONGEST_SUB)}`,
  expiresAt,
});

/** What of the two the gateway takes, in words. */
const takenBy = ({ apiKeys, jwt }: AccessRules): string =>
  [...(apiKeys.length > 0 ? ['an API key'] : []), ...(jwt ? ['a token (JWT)'] : [])].join(' or ');

/** Where nobody is asked who they are, the cloud decides what they may do. */
const EVERYONE: Identity = { subject: undefined, role: 'write' };

/** Asks for nothing yet. With API keys and tokens both, either is enough. */
export const createAccess = (rules: AccessRules, now: () => number = Date.now): Access => {
  if (rules.apiKeys.length === 0 && !rules.jwt) return { identify: () => EVERYONE };
  const refused = refusing(takenBy(rules));
  const findApiKey = apiKeyFinder(rules.apiKeys);
  const verifier = rules.jwt && verifierOf(rules.jwt, now);
  return {
    identify: async ({ authorization }) => {
      if (!authorization) return refused('missing');
      const credential = BEARER.exec(authorization)?.[1];
      if (credential === undefined) return refused('not accepted');
      const apiKey = findApiKey(credential);
      if (apiKey) {
        const caller = `key:${apiKey.name}`;
        return { subject: caller, role: apiKey.role, caller };
      }
      if (!verifier || !JWT.test(credential)) return refused('not accepted');
      const verify = await verifier;
      const told = await verify(credential);
      if ('fault' in told) return refused(told.fault);
      return 'refusal' in told ? told : identityOf(told);
    },
  };
};
