import { badInput } from '../errors/client-error.ts';
import { parsePrincipal } from './permission.ts';
import type { UserErrors } from './user-error.ts';

/** Principals of a change, in canonical spelling, with their positions in the input. */
export type Principals = ReadonlyMap<string, number>;

/** Records that are added and removed, in the spelling of VPCEP. */
export interface WhitelistRecords {
  added: readonly string[];
  removed: readonly string[];
}

/** Result of a change of a whitelist. */
export interface WhitelistOutcome extends WhitelistRecords {
  userErrors: UserErrors;
  /** Records that were sent; undefined where none were. */
  sent?: WhitelistRecords | undefined;
}

/** The record for everyone. */
export const EVERYONE = '*';

/** The canonical spelling of a whitelist record: two records admit the same where it is the same. */
export const canonicalPermission = (permission: string): string => {
  const { kind, domainId } = parsePrincipal(permission);
  if (kind === 'ANY') return EVERYONE;
  return kind === 'DOMAIN' ? `iam:domain::${domainId}` : permission;
};

/** Whether a record admits a path of an organisation. */
export const isOrgPath = (permission: string): boolean => parsePrincipal(permission).kind === 'ORG_PATH';

const MAX_PRINCIPALS = 500;
const MAX_PRINCIPAL_CHARACTERS = 1024;
const PRINCIPAL = /^[^\s\p{Cc}<>]+$/u;

/**
 * Checks a principal, and gives its canonical spelling. A bare path differs from an account id by its slash.
 * @throws `BAD_USER_INPUT`
 */
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

/**
 * Parses the principals of an input, each once.
 * @throws `BAD_USER_INPUT`
 */
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
