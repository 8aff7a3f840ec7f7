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
import { replaceClusterWhitelist } from './rest-writes.ts';
import type { ClusterKey } from './loader.ts';
import { type ClusterEndpointAccess, listClusterConnections } from './connections-rest.ts';

export interface ClusterWhitelistChange {
  action: 'add' | 'remove';
  principals: Principals;
  /** Whether the caller allows the change to open the cluster to every account. */
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

/** The reason why the whitelist cannot be read, and so not be changed; null where it can. */
const findObstacle = ({ access, permissions }: ClusterEndpointAccess): UserError | null =>
  access ? (permissions ? null : WHITELIST_UNREADABLE) : ACCESS_OFF;

/** Applies a change to a whitelist; null where nobody would be left on it and the caller has not allowed that. */
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

/** Removes the prefix of a record: the API shows it, and does not accept it. */
const stripPrefix = (permission: string) =>
  permission.startsWith(PREFIX) ? permission.slice(PREFIX.length) : permission;

const unchanged = (...userErrors: UserError[]): WhitelistOutcome => ({
  added: [],
  removed: [],
  userErrors,
});

/** Errors of a change that did not get the lock, or lost it before the write. */
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

/** Reads the whitelist again. `before` is empty where there is an obstacle. */
const readWhitelist = async ({ cloud }: Context, { project, clusterId }: ClusterKey) => {
  const answer = await readBeforeWrite(
    listClusterConnections(cloud, project, clusterId, { offset: 0, limit: 1 }, true),
  );
  const obstacle = findObstacle(answer);
  const before = new Set(answer.permissions?.map(({ permission }) => canonicalPermission(permission)));
  return { obstacle, before };
};

/**
 * Reads the whitelist again.
 * @throws the obstacle where it cannot be read: that is not an empty whitelist.
 */
const readWhitelistOrThrow = async (context: Context, cluster: ClusterKey): Promise<ReadonlySet<string>> => {
  const { obstacle, before } = await readWhitelist(context, cluster);
  if (obstacle) throw clientError(obstacle.code, obstacle.message);
  return before;
};

/** Reads the whitelist, merges the change into it, writes it and reads it again. */
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
 * Whitelist"), so one caller at a time reads, merges, writes and checks it. A read before the lock is taken makes sure that the
 * caller may see the whitelist: a caller who may not never holds the lock.
 * @throws `DEADLINE_EXCEEDED` and `UPSTREAM_BUSY` where the lock was not free in time, or was lost before the write; nothing was sent then.
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

/** Reads a cluster's whitelist to find out whether an earlier change took effect. Sends no change. */
export const recheckClusterWhitelist = async (
  context: Context,
  cluster: ClusterKey,
  change: ClusterWhitelistChange,
  unclear: Pick<WhitelistOutcome, 'sent' | 'userErrors'>,
): Promise<WhitelistOutcome> => recheckChange(change, unclear, await readWhitelistOrThrow(context, cluster));
