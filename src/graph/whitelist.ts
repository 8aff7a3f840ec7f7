import { badInput } from '../errors/client-error.ts';
import { parsePrincipal } from './permission.ts';
import type { UserErrors } from './user-error.ts';

/** Who is to be let in, or no longer: each principal as VPCEP spells it, with its place in the input. */
export type Principals = ReadonlyMap<string, number>;

/** Records that are added and removed, as VPCEP spells them. */
export interface WhitelistRecords {
  added: readonly string[];
  removed: readonly string[];
}

/** What came of a change of a whitelist. */
export interface WhitelistOutcome extends WhitelistRecords {
  userErrors: UserErrors;
  /** What was sent; undefined where nothing was. */
  sent?: WhitelistRecords | undefined;
}

/** The record for everyone. */
export const EVERYONE = '*';

/** A whitelist record in the one spelling that tells whether two of them admit the same. */
export const canonicalPermission = (permission: string): string => {
  const { kind, domainId } = parsePrincipal(permission);
  if (kind === 'ANY') return EVERYONE;
  return kind === 'DOMAIN' ? `iam:domain::${domainId}` : permission;
};

/** Whether records admit a path of an organisation. */
export const isOrgPath = (permission: string): boolean => parsePrincipal(permission).kind === 'ORG_PATH';

const MAX_PRINCIPALS = 500;
const MAX_PRINCIPAL_CHARACTERS = 1024;
const PRINCIPAL = /^[^\s\p{Cc}<>]+$/u;

/** A bare path is told from an account id by its slash. */
const checkPrincipal = (argument: string, value: string): string => {
  const text = !value.includes('::') && value.includes('/') ? `organizations:orgPath::${value}` : value;
  if (
    PRINCIPAL.test(text) &&
    text.length <= MAX_PRINCIPAL_CHARACTERS &&
    parsePrincipal(text).kind !== 'UNKNOWN'
  )
    return canonicalPermission(text);
  throw badInput(
    `\`${argument}\` must be an account id, \`*\`, or a path of an organisation such as ` +
      '`o-1a2b/r-3c4d/ou-5e6f/*`, bare or as `Permission.permission` shows it.',
  );
};

/** The principals of an input, each once. */
export const parsePrincipals = (argument: string, values: readonly string[]): Principals => {
  if (values.length === 0 || values.length > MAX_PRINCIPALS)
    throw badInput(`\`${argument}\` must have 1 to ${MAX_PRINCIPALS} items.`);
  const principals = new Map<string, number>();
  for (const [at, value] of values.entries()) {
    const text = checkPrincipal(`${argument}.${at}`, value);
    if (!principals.has(text)) principals.set(text, at);
  }
  return principals;
};
