import { compareIds, compareNames } from './words.ts';

/** A whitelist record. */
export interface WhitelistRecord {
  permissionId: string;
  permission: string;
  kind: string;
  domainId: string | null;
  orgPath: string | null;
  description: string | null;
  createdAt: string | null;
}

/** Whom a record lets in, in words. */
export const describeRecord = ({ kind, permission, domainId, orgPath }: WhitelistRecord): string => {
  if (kind === 'ANY') return 'everyone';
  return domainId ?? orgPath ?? permission;
};

/** Someone who may reach a cluster or service. */
export interface Admission {
  /** Unique on the page. */
  key: string;
  parentKey: string;
  parentName: string;
  /** Null for an empty whitelist of a cluster, which lets everyone in. */
  record: WhitelistRecord | null;
}

export const isOpen = ({ record }: Admission): boolean => record === null || record.kind === 'ANY';

/** Who is let in, in words. */
const describeAdmitted = ({ record }: Admission): string =>
  record ? describeRecord(record) : 'everyone: the whitelist is empty';

/** The wider a record, the more it matters: everyone first, then organisations, then accounts. */
const rankOf = (one: Admission): number => {
  if (isOpen(one)) return one.record ? 1 : 0;
  return one.record!.kind === 'DOMAIN' ? 3 : 2;
};

export const byWidth = (a: Admission, b: Admission): number =>
  rankOf(a) - rankOf(b) ||
  (a.record && b.record ? compareIds(describeRecord(a.record), describeRecord(b.record)) : 0) ||
  compareNames(a.parentName, b.parentName);

/** Whether an admission has all words of a search, and is one of the account. */
export const admissionFilter = ({ search, account }: { search: string; account: string }) => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (one: Admission): boolean => {
    const text = `${one.parentName} ${describeAdmitted(one)} ${one.record?.description ?? ''}`.toLowerCase();
    const isOfAccount = account === '' || isOpen(one) || (one.record?.domainId ?? '').startsWith(account);
    return isOfAccount && words.every((word) => text.includes(word));
  };
};
