import type { Reachable } from '../model/access.ts';
import type { Connection, Parent } from '../model/topology.ts';
import type { Admission } from '../model/whitelists.ts';

/** A cell of CSV. What a spreadsheet would take for a formula begins with an apostrophe. */
const toCell = (value: string | null): string => {
  const text = value ?? '';
  const safe = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

type Line = readonly (string | null)[];

/** Lines as CSV (RFC 4180, which end with a line feed). */
const toCsv = (columns: readonly string[], lines: readonly Line[]): string =>
  [columns, ...lines].map((cells) => `${cells.map(toCell).join(',')}\n`).join('');

type Parents = ReadonlyMap<string, Parent>;

const PARENT_COLUMNS = ['parentKind', 'parentId', 'parentName', 'region', 'projectId'];

const parentCells = (parent: Parent | undefined): Line =>
  parent
    ? [parent.kind, parent.id, parent.name, parent.project.region, parent.project.projectId]
    : PARENT_COLUMNS.map(() => null);

/** The table of connections as CSV. */
export const connectionsToCsv = (rows: readonly Connection[], parents: Parents): string =>
  toCsv(
    [...PARENT_COLUMNS, 'endpointId', 'status', 'domainId', 'ipv4', 'createdAt', 'updatedAt', 'failure'],
    rows.map((one) => [
      ...parentCells(parents.get(one.parentKey)),
      one.endpointId,
      one.status === 'UNKNOWN' ? one.statusRaw : one.status,
      one.domainId,
      one.ipv4,
      one.createdAt,
      one.updatedAt,
      one.failures.map(({ message, code }) => message ?? code ?? '').join('; '),
    ]),
  );

/** Whitelists as CSV; a cluster that is open since its whitelist is empty has a line without a record. */
export const whitelistsToCsv = (rows: readonly Admission[], parents: Parents): string =>
  toCsv(
    [...PARENT_COLUMNS, 'kind', 'permission', 'domainId', 'description', 'createdAt'],
    rows.map(({ parentKey, record }) => [
      ...parentCells(parents.get(parentKey)),
      record?.kind ?? 'ANY',
      record?.permission ?? null,
      record?.domainId ?? null,
      record?.description ?? null,
      record?.createdAt ?? null,
    ]),
  );

/** What an account may reach as CSV. */
export const accessToCsv = (account: string, rows: readonly Reachable[], parents: Parents): string =>
  toCsv(
    ['account', ...PARENT_COLUMNS, 'because', 'connections'],
    rows.map(({ parentKey, reasons, connections }) => [
      account,
      ...parentCells(parents.get(parentKey)),
      reasons.join('; '),
      connections === null ? null : String(connections),
    ]),
  );
