import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../front-door.ts';
import type { TokenRules } from './jwt.ts';

/** Who may ask the gateway; everyone where neither is given. */
export interface AccessRules {
  /** Each with the SHA-256 of the key, in hex. */
  apiKeys: readonly { name: string; hash: string }[];
  jwt?: TokenRules;
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

/** Loaded here, so that a gateway that takes no tokens never loads what reads them. */
const verifierOf = async (rules: TokenRules) => {
  const { createVerifier } = await import('./jwt.ts');
  return createVerifier(rules);
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
  const verifier = rules.jwt && verifierOf(rules.jwt);
  return {
    identify: async ({ authorization }) => {
      if (!authorization) return refused('missing');
      const credential = BEARER.exec(authorization)?.[1];
      if (credential === undefined) return refused('not accepted');
      const name = apiKeyName(credential);
      if (name !== undefined) return { subject: `key:${name}` };
      if (!verifier || !JWT.test(credential)) return refused('not accepted');
      const verify = await verifier;
      const told = await verify(credential);
      if ('name' in told) return { subject: `jwt:${told.name}` };
      return 'fault' in told ? refused(told.fault) : told;
    },
  };
};
