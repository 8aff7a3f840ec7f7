/** What a look at a whitelist says of a change that was sent. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../request/context.ts';
import { afterLook, type UserError, type ErrorMessages } from './user-error.ts';
import {
  canonicalPermission,
  type Principals,
  type WhitelistOutcome,
  type WhitelistRecords,
} from './whitelist.ts';

/** Reads the whitelist anew; each record as `canonical` spells it. */
type ReadWhitelist = () => Promise<ReadonlySet<string>>;

/** How a whitelist was to change. */
interface RequestedChange {
  action: 'add' | 'remove';
  principals: Principals;
}

/** Before each look; the cloud may show a change a moment later than it answers. */
const WAITS_MS = [0, 200, 600];
/** Left for the answer itself. */
const SPARE_MS = 500;

/** A record that cannot be read may be any: what is not seen beside it may be there. */
const isGoneFrom = (current: ReadonlySet<string>, permission: string): boolean =>
  !current.has(permission) && !current.has('');

/** Of what was sent, what a look shows. */
const visibleIn = ({ added, removed }: WhitelistRecords, current: ReadonlySet<string>): WhitelistRecords => ({
  added: added.filter((permission) => current.has(canonicalPermission(permission))),
  removed: removed.filter((permission) => isGoneFrom(current, canonicalPermission(permission))),
});

const countOf = ({ added, removed }: WhitelistRecords) => added.length + removed.length;

/** Looks until the change shows, for a second at most; null where that could not be done. */
const readUntilVisible = async (context: Context, sent: WhitelistRecords, readNow: ReadWhitelist) => {
  let current: ReadonlySet<string> | null = null;
  for (const ms of WAITS_MS) {
    if (ms > 0 && context.budget.left() < ms + SPARE_MS) break;
    await wait(ms); // oxlint-disable-line no-await-in-loop
    try {
      current = await readNow(); // oxlint-disable-line no-await-in-loop
    } catch {
      // Whatever kept it from being seen, the change was sent.
      return current;
    }
    if (countOf(visibleIn(sent, current)) === countOf(sent)) break;
  }
  return current;
};

/**
 * What may be claimed of a change that the cloud took: what a look after it shows. What it contradicts is `CONFLICT`; where nothing
 * could be seen, the outcome is `INDETERMINATE`.
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
 * What a look shows of a change that may have been made before: it is done where the whitelist is as it was asked to be, and else
 * as unclear as it was.
 */
export const recheckChange = (
  { action, principals }: RequestedChange,
  { sent = { added: [], removed: [] }, userErrors }: Pick<WhitelistOutcome, 'sent' | 'userErrors'>,
  current: ReadonlySet<string>,
): WhitelistOutcome => {
  const isAsRequested = principals
    .keys()
    .every((principal) => (action === 'add' ? current.has(principal) : isGoneFrom(current, principal)));
  return { ...visibleIn(sent, current), sent, userErrors: afterLook(userErrors, isAsRequested) };
};
