import type { Connection, Parent } from '../model/topology.ts';

const COLUMNS = [
  'parentKind',
  'parentId',
  'parentName',
  'region',
  'projectId',
  'endpointId',
  'status',
  'domainId',
  'ipv4',
  'createdAt',
  'updatedAt',
  'failure',
] as const;

/** A cell of CSV. What a spreadsheet would take for a formula begins with an apostrophe. */
const toCell = (value: string | null): string => {
  const text = value ?? '';
  const safe = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Rows of the table as CSV (RFC 4180, lines end with a line feed). */
export const toCsv = (rows: readonly Connection[], parents: ReadonlyMap<string, Parent>): string => {
  const lines = rows.map((one) => {
    const parent = parents.get(one.parentKey)!;
    return [
      parent.kind,
      parent.id,
      parent.name,
      parent.project.region,
      parent.project.projectId,
      one.endpointId,
      one.status === 'UNKNOWN' ? one.statusRaw : one.status,
      one.domainId,
      one.ipv4,
      one.createdAt,
      one.updatedAt,
      one.failures.map(({ message, code }) => message ?? code ?? '').join('; '),
    ];
  });
  return [COLUMNS, ...lines].map((cells) => `${cells.map(toCell).join(',')}\n`).join('');
};
