import { computed } from '@preact/signals';
import { parents } from './topology.ts';
import { admissions } from './whitelists.ts';

/** Accounts that are offered to choose from. */
const MOST = 200;

/** Accounts that were seen so far, in connections and whitelists. */
export const knownAccounts = computed<readonly string[]>(() => {
  const seen = new Set<string>();
  for (const { connections } of parents.value.values())
    for (const { domainId } of connections ?? []) if (domainId) seen.add(domainId);
  for (const { record } of admissions.value) if (record?.domainId) seen.add(record.domainId);
  return [...seen].toSorted().slice(0, MOST);
});
