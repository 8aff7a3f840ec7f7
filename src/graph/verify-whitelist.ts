/** Reads of a whitelist that find out whether a change took effect. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../request/context.ts';
import { afterVerification, type UserError, type ErrorMessages } from './user-error.ts';
import {
  canonicalPermission,
  type Principals,
  type WhitelistOutcome,
  type WhitelistRecords,
} from './whitelist.ts';

/** Reads the whitelist again; records are in canonical spelling. */
type ReadWhitelist = () => Promise<ReadonlySet<string>>;

interface RequestedChange {
  action: 'add' | 'remove';
  principals: Principals;
}

/** Waits before the reads, in milliseconds: the cloud may show a change a moment after its answer. */
const WAITS_MS = [0, 200, 600];
/** Time to leave for the response, in milliseconds. */
const SPARE_MS = 500;

/** Whether a record is gone. A record without a readable text (empty) may be any, so nothing is known to be gone beside it. */
const isGoneFrom = (current: ReadonlySet<string>, permission: string): boolean =>
  !current.has(permission) && !current.has('');

/** The part of the sent records that the current whitelist confirms. */
const visibleIn = ({ added, removed }: WhitelistRecords, current: ReadonlySet<string>): WhitelistRecords => ({
  added: added.filter((permission) => current.has(canonicalPermission(permission))),
  removed: removed.filter((permission) => isGoneFrom(current, canonicalPermission(permission))),
});

const countOf = ({ added, removed }: WhitelistRecords) => added.length + removed.length;

/** Reads until the change is visible, for a second at most; null where no read succeeded. */
const readUntilVisible = async (context: Context, sent: WhitelistRecords, readNow: ReadWhitelist) => {
  let current: ReadonlySet<string> | null = null;
  for (const ms of WAITS_MS) {
    if (ms > 0 && context.budget.left() < ms + SPARE_MS) break;
    await wait(ms); // oxlint-disable-line no-await-in-loop
    try {
      current = await readNow(); // oxlint-disable-line no-await-in-loop
    } catch {
      // The change was sent, so a failed read is no failure of it.
      return current;
    }
    if (countOf(visibleIn(sent, current)) === countOf(sent)) break;
  }
  return current;
};

/**
 * Confirms a change that the cloud accepted, by reading the whitelist. Records that the read contradicts become `CONFLICT`; without
 * a successful read the outcome is `INDETERMINATE`.
 */
export const verifyChange = async (
  context: Context,
  sent: WhitelistRecords,
  principals: Principals,
  readNow: ReadWhitelist,
  { howToFindOut }: ErrorMessages,
): Promise<WhitelistOutcome> => {
  if (countOf(sent) === 0) return { added: [], removed: [], userErrors: [] };
  const current = await readUntilVisible(context, sent, readNow);
  if (!current) {
    const message = `The cloud took the change, and it could not be seen after it. ${howToFindOut}`;
    return { added: [], removed: [], sent, userErrors: [{ code: 'INDETERMINATE', message, field: null }] };
  }
  const visible = visibleIn(sent, current);
  const visibleRecords = new Set([...visible.added, ...visible.removed]);
  const userErrors = [...sent.added, ...sent.removed]
    .filter((permission) => !visibleRecords.has(permission))
    .map((permission): UserError => {
      const at = principals.get(canonicalPermission(permission));
      return {
        code: 'CONFLICT',
        message:
          `The cloud took the change, and a look after it does not show it for \`${permission}\`: something else changed the ` +
          'whitelist at the same time. Read it, and send the change again with a new `idempotencyKey`, if it has one.',
        field: ['input', 'principals', ...(at === undefined ? [] : [String(at)])],
      };
    });
  return { ...visible, sent, userErrors };
};

/**
 * Confirms an earlier change whose outcome was unclear: it took effect where the whitelist is as requested, and else stays
 * unclear.
 */
export const recheckChange = (
  { action, principals }: RequestedChange,
  { sent = { added: [], removed: [] }, userErrors }: Pick<WhitelistOutcome, 'sent' | 'userErrors'>,
  current: ReadonlySet<string>,
): WhitelistOutcome => {
  const isAsRequested = principals
    .keys()
    .every((principal) => (action === 'add' ? current.has(principal) : isGoneFrom(current, principal)));
  return { ...visibleIn(sent, current), sent, userErrors: afterVerification(userErrors, isAsRequested) };
};
