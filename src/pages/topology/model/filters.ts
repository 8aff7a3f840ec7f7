import type { Status } from './status.ts';
import type { Connection, Parent } from './topology.ts';

/** What to show; an empty value is no condition. */
export interface Filters {
  statuses: ReadonlySet<Status>;
  /** The account, or the beginning of its id. */
  account: string;
  /** The beginning of the address. */
  address: string;
  /** Words that a connection or its cluster or service has, in any case. */
  search: string;
}

export const NO_FILTERS: Filters = { statuses: new Set(), account: '', address: '', search: '' };

/** Whether connections have to be read to know which ones pass. */
export const hasText = ({ account, address, search }: Filters): boolean =>
  account !== '' || address !== '' || search.trim() !== '';

export const isFiltering = (filters: Filters): boolean => filters.statuses.size > 0 || hasText(filters);

const wordsOf = (search: string): string[] => search.toLowerCase().split(/\s+/).filter(Boolean);

const textOfParent = ({ id, name, serviceName }: Parent): string =>
  `${name} ${id} ${serviceName ?? ''}`.toLowerCase();

const textOf = ({ endpointId, domainId, ipv4, failures }: Connection): string =>
  [endpointId, domainId, ipv4, ...failures.flatMap(({ code, message }) => [code, message])]
    .join(' ')
    .toLowerCase();

/** Creates the test that the connections of a parent have to pass. */
export const connectionFilter = ({ statuses, account, address, search }: Filters) => {
  const words = wordsOf(search);
  return (parent: Parent) => {
    const about = textOfParent(parent);
    const missing = words.filter((word) => !about.includes(word));
    return (connection: Connection): boolean =>
      (statuses.size === 0 || statuses.has(connection.status)) &&
      (account === '' || (connection.domainId ?? '').startsWith(account)) &&
      (address === '' || (connection.ipv4 ?? '').startsWith(address)) &&
      missing.every((word) => textOf(connection).includes(word));
  };
};

/** True if the parent itself has all words of the search. */
export const isParentFound = (parent: Parent, search: string): boolean =>
  wordsOf(search).every((word) => textOfParent(parent).includes(word));
