import { type Context, forgetReads } from '../../request/context.ts';
import {
  mayHaveEffect,
  type WriteResult,
  runWritePart,
  runWritesInOrder,
  readBeforeWrite,
  throwIfAllFailed,
  userErrorsOfPart,
} from '../../graph/batch-writes.ts';
import type { UserError, ErrorMessages } from '../../graph/user-error.ts';
import {
  canonicalPermission,
  isOrgPath,
  type Principals,
  type WhitelistOutcome,
} from '../../graph/whitelist.ts';
import { verifyChange, recheckChange } from '../../graph/verify-whitelist.ts';
import { isMissingCall } from '../../http/refusal.ts';
import { allOf } from '../../paging/extent.ts';
import {
  addOrRemovePermissions,
  batchCreatePermissions,
  batchDeletePermissions,
  WHITELIST_BATCH,
} from './rest-writes.ts';
import { freshServicePermissions, servicePermissions } from './permissions-loader.ts';
import type { ServiceKey } from './service-key.ts';
import type { ServicePermissionRow } from './permissions-rest.ts';

/**
 * Reads every record of a service's whitelist.
 * @throws `RESULT_TRUNCATED` where not all of them can be read.
 */
export const readServiceWhitelist = async (
  context: Context,
  service: ServiceKey,
  permissions = servicePermissions,
): Promise<readonly ServicePermissionRow[]> => {
  const window = { offset: 0, limit: context.sizes.maxRows };
  return allOf(await permissions(context).load(service, window));
};

/** Reads the whitelist again, whatever this request has read before. */
const readFreshWhitelist = (context: Context, service: ServiceKey) => {
  forgetReads(context);
  return readBeforeWrite(readServiceWhitelist(context, service, freshServicePermissions));
};

const readFreshPermissions = async (context: Context, service: ServiceKey): Promise<ReadonlySet<string>> =>
  new Set(
    (await readFreshWhitelist(context, service)).map(({ permission }) => canonicalPermission(permission)),
  );

/** Splits records into batches, one for each call: each batch has records of one type, at most 50. */
const splitIntoBatches = <Row extends { permission: string }>(rows: readonly Row[]): Row[][] => {
  const ofOneType = [...Map.groupBy(rows, ({ permission }) => isOrgPath(permission)).values()];
  return ofOneType.flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / WHITELIST_BATCH) }, (_, at) =>
      all.slice(at * WHITELIST_BATCH, (at + 1) * WHITELIST_BATCH),
    ),
  );
};

/** The type to send with a batch: left out for accounts, which are the cloud's default, since not every region knows the property. */
const permissionTypeOf = ([first]: readonly { permission: string }[]) =>
  first && isOrgPath(first.permission) ? 'orgPath' : undefined;

/** Makes the newer call, or the older one after the region has refused the newer one as unknown. */
const createFallback = () => {
  let older = false;
  return {
    isOlder: () => older,
    call: async (newer: () => Promise<unknown>, fallback: () => Promise<unknown>): Promise<unknown> => {
      if (older) return fallback();
      try {
        return await newer();
      } catch (error) {
        if (!isMissingCall(error)) throw error;
        older = true;
        return fallback();
      }
    },
  };
};

const writeInBatches = async <Row extends { permission: string }>(
  rows: readonly Row[],
  principals: Principals,
  messages: ErrorMessages,
  write: (batch: Row[]) => Promise<unknown>,
): Promise<{ done: string[]; sent: string[]; userErrors: UserError[] }> => {
  const parts = await runWritesInOrder(splitIntoBatches(rows), (batch) =>
    runWritePart(() => write(batch), messages),
  );
  throwIfAllFailed(parts.map(({ part }) => part));
  const fieldOf = ({ permission }: Row) => [
    'input',
    'principals',
    String(principals.get(canonicalPermission(permission))),
  ];
  const permissionsWhere = (holds: (part: WriteResult) => boolean) =>
    parts.flatMap(({ item, part }) => (holds(part) ? item.map(({ permission }) => permission) : []));
  return {
    done: permissionsWhere(({ outcome }) => outcome === 'DONE'),
    sent: permissionsWhere(mayHaveEffect),
    userErrors: parts.flatMap(({ item, part }) => userErrorsOfPart(part, ...item.map(fieldOf))),
  };
};

const NOT_DESCRIBED: UserError = {
  code: 'BAD_USER_INPUT',
  message: 'This region has no descriptions of whitelist records: what was added was added without one.',
  field: ['input', 'description'],
};

/** Adds to a service's whitelist the principals that are not on it yet. */
export const addServicePermissions = async (
  context: Context,
  service: ServiceKey,
  principals: Principals,
  description: string,
  messages: ErrorMessages,
): Promise<WhitelistOutcome> => {
  const { project, serviceId } = service;
  const before = await readFreshWhitelist(context, service);
  const known = new Set(before.map(({ permission }) => canonicalPermission(permission)));
  const wanted = [...principals.keys()].filter((permission) => !known.has(permission));
  const rows = wanted.map((permission) => ({ permission, description }));
  const region = createFallback();
  const { done, sent, userErrors } = await writeInBatches(rows, principals, messages, (batch) => {
    const texts = batch.map(({ permission }) => permission);
    const type = permissionTypeOf(batch);
    return region.call(
      () => batchCreatePermissions(context.cloud, project, serviceId, batch, type),
      () => addOrRemovePermissions(context.cloud, project, serviceId, 'add', texts, type),
    );
  });
  const undescribed = region.isOlder() && description !== '' && done.length > 0 ? [NOT_DESCRIBED] : [];
  const readNow = () => readFreshPermissions(context, service);
  const verified = await verifyChange(context, { added: done, removed: [] }, principals, readNow, messages);
  return {
    ...verified,
    userErrors: [...userErrors, ...verified.userErrors, ...undescribed],
    ...(sent.length > 0 && { sent: { added: sent, removed: [] } }),
  };
};

/** Removes from a service's whitelist the principals that are on it. */
export const removeServicePermissions = async (
  context: Context,
  service: ServiceKey,
  principals: Principals,
  messages: ErrorMessages,
): Promise<WhitelistOutcome> => {
  const { project, serviceId } = service;
  const before = await readFreshWhitelist(context, service);
  const rows = before.filter(({ permission }) => principals.has(canonicalPermission(permission)));
  const region = createFallback();
  const { done, sent, userErrors } = await writeInBatches(rows, principals, messages, (batch) => {
    const [ids, texts] = [batch.map((row) => row.permissionId), batch.map((row) => row.permission)];
    return region.call(
      () => batchDeletePermissions(context.cloud, project, serviceId, ids),
      () =>
        addOrRemovePermissions(context.cloud, project, serviceId, 'remove', texts, permissionTypeOf(batch)),
    );
  });
  const readNow = () => readFreshPermissions(context, service);
  const verified = await verifyChange(context, { added: [], removed: done }, principals, readNow, messages);
  return {
    ...verified,
    userErrors: [...userErrors, ...verified.userErrors],
    ...(sent.length > 0 && { sent: { added: [], removed: sent } }),
  };
};

/** Reads a service's whitelist to find out whether an earlier change took effect. Sends no change. */
export const recheckServiceWhitelist = async (
  context: Context,
  service: ServiceKey,
  change: { action: 'add' | 'remove'; principals: Principals },
  unclear: Pick<WhitelistOutcome, 'sent' | 'userErrors'>,
): Promise<WhitelistOutcome> => recheckChange(change, unclear, await readFreshPermissions(context, service));
