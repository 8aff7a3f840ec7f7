import { batch, effect, signal } from '@preact/signals';
import { type Filters, NO_FILTERS } from '../model/filters.ts';
import type { Grouping } from '../model/groups.ts';
import { type Status, STATUSES } from '../model/status.ts';

export const VIEWS = ['picture', 'table', 'whitelists', 'access'] as const;
export type View = (typeof VIEWS)[number];

export const COLUMNS = ['status', 'parent', 'endpoint', 'account', 'address', 'since', 'failure'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sorting {
  column: Column;
  descending: boolean;
}

export const view = signal<View>('picture');
export const filters = signal<Filters>(NO_FILTERS);
export const grouping = signal<Grouping>('status');
export const sorting = signal<Sorting>({ column: 'status', descending: false });
/** Key of the cluster or service that is looked at; null for all. */
export const scope = signal<string | null>(null);
/** Account whose access is looked at; empty for none. */
export const account = signal('');
/** Key of the connection whose details are shown. */
export const selected = signal<string | null>(null);

/** The view as the part of an address behind `#`; it has no credentials. */
const writeHash = (): string => {
  const { statuses, account: onlyAccount, address, search } = filters.value;
  const { column, descending } = sorting.value;
  const parts: Record<string, string | false> = {
    view: view.value !== 'picture' && view.value,
    at: scope.value ?? false,
    connection: selected.value ?? false,
    of: account.value,
    status: statuses.size > 0 && [...statuses].join(','),
    account: onlyAccount,
    address,
    search,
    by: grouping.value !== 'status' && grouping.value,
    sort: (column !== 'status' || descending) && `${descending ? '-' : ''}${column}`,
  };
  const entries = Object.entries(parts).filter((part): part is [string, string] => Boolean(part[1]));
  return new URLSearchParams(entries).toString();
};

const oneOf = <T extends string>(values: readonly T[], text: string | null, fallback: T): T =>
  values.includes(text as T) ? (text as T) : fallback;

const readHash = (hash: string): void => {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const sort = parts.get('sort') ?? '';
  view.value = oneOf(VIEWS, parts.get('view'), 'picture');
  scope.value = parts.get('at');
  selected.value = parts.get('connection');
  account.value = parts.get('of') ?? '';
  grouping.value = oneOf(['status', 'account'], parts.get('by'), 'status');
  sorting.value = {
    column: oneOf(COLUMNS, sort.replace(/^-/, ''), 'status'),
    descending: sort.startsWith('-'),
  };
  filters.value = {
    statuses: new Set(
      (parts.get('status') ?? '').split(',').filter((one): one is Status => STATUSES.includes(one as Status)),
    ),
    account: parts.get('account') ?? '',
    address: parts.get('address') ?? '',
    search: parts.get('search') ?? '',
  };
};

/** Keeps the view and the address of the page the same. */
export const followAddress = (): void => {
  readHash(location.hash);
  // At once: the address would follow each part of it alone, and lose the others.
  addEventListener('hashchange', () => {
    if (location.hash.slice(1) !== writeHash()) batch(() => readHash(location.hash));
  });
  let last: string | undefined;
  effect(() => {
    const hash = writeHash();
    const place = `${view.value} ${scope.value} ${account.value}`;
    if (hash !== location.hash.slice(1)) {
      const address = hash ? `#${hash}` : location.pathname + location.search;
      // The browser's way back leads to the last place, not to each letter of a filter.
      if (last !== undefined && place !== last) history.pushState(null, '', address);
      else history.replaceState(null, '', address);
    }
    last = place;
  });
};

/** Looks at one cluster or service, or at all of them. */
export const lookAt = (parentKey: string | null): void =>
  batch(() => {
    scope.value = parentKey;
    selected.value = null;
  });

/** Shows the details of a connection. */
export const select = (connectionKey: string | null): void => {
  selected.value = connectionKey;
};

/** Shows what an account may reach. */
export const showAccess = (domainId: string): void =>
  batch(() => {
    account.value = domainId;
    view.value = 'access';
  });
