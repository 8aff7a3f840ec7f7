import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { parsePrincipal } from '../../graph/permission.ts';
import { runWritePart, readBeforeWrite } from '../../graph/batch-writes.ts';
import type { UserError, ErrorMessages } from '../../graph/user-error.ts';
import {
  canonicalPermission,
  EVERYONE,
  type Principals,
  type WhitelistOutcome,
} from '../../graph/whitelist.ts';
import { verifyChange, recheckChange } from '../../graph/verify-whitelist.ts';
import { DeadlineExceeded } from '../../http/errors.ts';
import type { LockErrors, Lock } from '../../writes/keyed-mutex.ts';
import { replaceClusterWhitelist } from './changes.ts';
import type { ClusterKey } from './loader.ts';
import { type ClusterEndpointAccess, listClusterConnections } from './connections-rest.ts';

/** How a cluster's whitelist is to change. */
export interface ClusterWhitelistChange {
  action: 'add' | 'remove';
  principals: Principals;
  /** Whether the caller said that the cluster may be opened to every account. */
  openToEveryone: boolean;
}

const conflict = (message: string, ...field: string[]): UserError => ({
  code: 'CONFLICT',
  message,
  field: ['input', ...field],
});

const ACCESS_OFF = conflict(
  'Endpoint access of the cluster is off, and it has no whitelist. Switch it on with `enableEndpointAccess`.',
  'parent',
);
const WHITELIST_UNREADABLE = conflict(
  'The cluster answers in the oldest generation of the API, which does not tell its whitelist. A change would wipe what ' +
    'cannot be seen.',
  'parent',
);
const LEFT_EMPTY = conflict(
  'It would leave the whitelist empty, and an empty one lets every account connect. Add who may connect first, or say ' +
    '`openToEveryone: true`.',
  'principals',
);
const unwritableRecord = (permission: string) =>
  conflict(
    `The whitelist holds ${permission === '' ? 'a record that is no text' : `\`${permission}\``}, and CSS takes account ids and \`*\` alone: a change would drop it. Remove it ` +
      'by itself first.',
    'parent',
  );

/** What keeps the whitelist from being read, and so from being changed. */
const findObstacle = ({ access, permissions }: ClusterEndpointAccess): UserError | null =>
  access ? (permissions ? null : WHITELIST_UNREADABLE) : ACCESS_OFF;

/** The whitelist as it is to be; null where nobody would be left on it, and that was not asked for. */
const applyChange = (
  before: ReadonlySet<string>,
  { action, principals, openToEveryone }: ClusterWhitelistChange,
): ReadonlySet<string> | null => {
  const requested = new Set(principals.keys());
  if (action === 'add') return before.union(requested);
  const left = before.difference(requested);
  if (left.size > 0 || before.size === 0) return left;
  return openToEveryone ? new Set([EVERYONE]) : null;
};

const PREFIX = 'iam:domain::';
const WRITABLE: ReadonlySet<string> = new Set(['ANY', 'DOMAIN']);

/** Records are read with a prefix, and written without. */
const stripPrefix = (permission: string) =>
  permission.startsWith(PREFIX) ? permission.slice(PREFIX.length) : permission;

const unchanged = (...userErrors: UserError[]): WhitelistOutcome => ({
  added: [],
  removed: [],
  userErrors,
});

/** What a change fails with that never got its turn. */
const LOCK_ERRORS: LockErrors = {
  late: () => new DeadlineExceeded('css', { unsentWrite: true }),
  full: () =>
    clientError(
      'UPSTREAM_BUSY',
      "As many changes of this cluster's whitelist wait already as may wait: nothing was sent. Send it again in a while.",
    ),
  lost: () =>
    clientError(
      'UPSTREAM_BUSY',
      'Replicas take turns by Redis to change this whitelist, and it does not answer, or took so long that the turn may be ' +
        "another replica's: nothing was sent. Send it again in a while.",
    ),
};

/** The whitelist as it is now; what keeps it from being changed has no whitelist. */
const readWhitelist = async ({ cloud }: Context, { project, clusterId }: ClusterKey) => {
  const answer = await readBeforeWrite(
    listClusterConnections(cloud, project, clusterId, { offset: 0, limit: 1 }, true),
  );
  const obstacle = findObstacle(answer);
  const before = new Set(answer.permissions?.map(({ permission }) => canonicalPermission(permission)));
  return { obstacle, before };
};

/**
 * The whitelist as a look shows it.
 * @throws where there is none to be seen: that is no empty one.
 */
const readWhitelistOrThrow = async (context: Context, cluster: ClusterKey): Promise<ReadonlySet<string>> => {
  const { obstacle, before } = await readWhitelist(context, cluster);
  if (obstacle) throw clientError(obstacle.code, obstacle.message);
  return before;
};

/** Reads, merges, writes and looks. */
const readAndReplace = async (
  context: Context,
  cluster: ClusterKey,
  change: ClusterWhitelistChange,
  messages: ErrorMessages,
  lock: Lock,
): Promise<WhitelistOutcome> => {
  const { obstacle, before } = await readWhitelist(context, cluster);
  if (obstacle) return unchanged(obstacle);
  const after = applyChange(before, change);
  if (!after) return unchanged(LEFT_EMPTY);
  const sent = { added: [...after.difference(before)], removed: [...before.difference(after)] };
  if (sent.added.length === 0 && sent.removed.length === 0) return unchanged();
  const foreign = [...after].find((permission) => !WRITABLE.has(parsePrincipal(permission).kind));
  if (foreign !== undefined) return unchanged(unwritableRecord(foreign));
  const [first, ...others] = [...after].map(stripPrefix);
  const fence = await lock.extendForWrite();
  const { cloud } = context;
  const part = await runWritePart(
    () => replaceClusterWhitelist(cloud, cluster.project, cluster.clusterId, [first!, ...others], fence),
    messages,
  );
  if (part.outcome === 'DONE') {
    const readNow = () => readWhitelistOrThrow(context, cluster);
    return verifyChange(context, sent, change.principals, readNow, messages);
  }
  if (part.outcome !== 'UNCLEAR') throw part.error;
  const { code, message } = part;
  return { ...unchanged({ code, message, field: null }), sent };
};

/**
 * Changes a cluster's whitelist. The cloud replaces it whole and has no version check (page "Modifying an Endpoint Connection
 * Whitelist"), so that it is read, merged, written and looked at by one caller at a time. A read before the wait proves that the
 * caller may see it: whoever may not never holds the turn.
 * @throws `DEADLINE_EXCEEDED` and `UPSTREAM_BUSY` where the turn did not come, or was lost before the write; nothing was sent then.
 */
export const changeClusterWhitelist = async (
  context: Context,
  cluster: ClusterKey,
  change: ClusterWhitelistChange,
  messages: ErrorMessages,
): Promise<WhitelistOutcome> => {
  const { obstacle } = await readWhitelist(context, cluster);
  if (obstacle) return unchanged(obstacle);
  const { region, projectId } = cluster.project;
  const key = ['whitelist', region, projectId, cluster.clusterId];
  return context.withLock(key, LOCK_ERRORS, (lock) =>
    readAndReplace(context, cluster, change, messages, lock),
  );
};

/** What a look shows of a change of a cluster's whitelist that may have been made before. Nothing is sent. */
export const recheckClusterWhitelist = async (
  context: Context,
  cluster: ClusterKey,
  change: ClusterWhitelistChange,
  unclear: Pick<WhitelistOutcome, 'sent' | 'userErrors'>,
): Promise<WhitelistOutcome> => recheckChange(change, unclear, await readWhitelistOrThrow(context, cluster));
