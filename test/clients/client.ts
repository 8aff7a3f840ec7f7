import { isObjectType } from 'graphql';
import { servedSchema } from '../../src/graphql/schema.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { HEADERS, type ListUnderTest, type RowNumber } from '../paging/conformance/lists.ts';
import type { Room } from '../paging/conformance/walk.ts';

/** A list as the cache of a client holds it. */
interface Shown {
  ids: string[];
  hasNextPage: boolean;
  endCursor: string | null;
}

/** The pagination of a client library, over one list. */
interface PagingClient {
  /** Asks for the first page, whatever is in the cache. */
  load: () => Promise<unknown>;
  /** Asks for the page after the last one, as a button "more" does. Rejects where it is refused. */
  more: () => Promise<unknown>;
  /** Null where the cache holds no list. */
  shown: () => Shown | null;
}

/** What a client library is given: its query has the list at the alias `list`, and takes the cursor as `$after`. */
interface ListQuery {
  text: string;
  /** The type and the field of the list. */
  type: string;
  field: string;
  url: string;
  fetch: typeof fetch;
  /** Finds the list in an answer. */
  shownIn: (data: unknown) => Shown | null;
}

/** Makes the query of a client for a list. */
export type ConnectClient = (query: ListQuery) => PagingClient;

/** A client in front of a room. */
export interface Visit extends PagingClient {
  /** The requests that the client sent. */
  sent: () => number;
  ids: () => string[];
  /** Asks for more while the client says that there is more. */
  walk: (most: number) => Promise<void>;
}

const schema = servedSchema();

/** Whether the rows of a list have an id of their own, over all types. */
const hasId = (type: string, field: string): boolean => {
  const owner = schema.getType(type);
  if (!isObjectType(owner)) throw new Error(`no type ${type}`);
  const page = owner.getFields()[field]!.type.toString();
  const edge = schema.getType(page.replace(/Connection!?$/, 'Edge'));
  const node =
    isObjectType(edge) && schema.getType(edge.getFields()['node']!.type.toString().replace('!', ''));
  return isObjectType(node) && 'id' in node.getFields();
};

const selectionOf = (key: string, id: boolean): string => `
  __typename totalCount truncatedAt
  edges { __typename cursor node { __typename ${id ? 'id ' : ''}${key} } }
  pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }`;

interface PageData {
  edges: { node: Record<string, string> }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

const shownIn =
  ({ parent, key }: ListUnderTest): ListQuery['shownIn'] =>
  (data) => {
    const root = data as Record<string, unknown> | null | undefined;
    const holder = (parent === undefined ? root : root?.[parent]) as { list?: PageData | null } | null;
    if (!holder?.list) return null;
    const { edges, pageInfo } = holder.list;
    const { hasNextPage, endCursor = null } = pageInfo;
    return { ids: edges.map(({ node }) => node[key]!), hasNextPage, endCursor };
  };

/** The page queries of a client. */
export interface Route {
  /** The type and the field of the list. */
  name: string;
  size: number;
  /** A filter. */
  args?: string;
}

/** Lets a client ask for a list. */
export const visit = (connect: ConnectClient, room: Room, { name, size, args = '' }: Route): Visit => {
  const [type = '', field = ''] = name.split('.');
  let sent = 0;
  const counted: typeof fetch = (input, init) => {
    sent++;
    const headers = new Headers(init?.headers);
    for (const [header, value] of Object.entries({ ...HEADERS, 'x-auth-token': SANDBOX.token }))
      headers.set(header, value);
    return fetch(input, { ...init, headers });
  };
  const asked = room.list.ask(
    `first: ${size}, after: $after ${args}`,
    selectionOf(room.list.key, hasId(type, field)),
  );
  const client = connect({
    // A parent without its id has no place of its own in a cache.
    text: `query List($after: String) ${room.list.parent === undefined ? asked : asked.replace('{ list:', '{ __typename id list:')}`,
    type,
    field,
    url: `${room.cloud.url}/graphql`,
    fetch: counted,
    shownIn: shownIn(room.list),
  });
  return {
    ...client,
    sent: () => sent,
    ids: () => client.shown()?.ids ?? [],
    walk: async (most) => {
      while (client.shown()?.hasNextPage === true) {
        if (sent >= most) throw new Error(`goes on after ${sent} requests`);
        const before = client.shown()?.endCursor;
        // oxlint-disable-next-line no-await-in-loop -- one page leads to the next
        await client.more();
        if (client.shown()?.hasNextPage === true && client.shown()?.endCursor === before)
          throw new Error('goes on with the cursor that it had');
      }
    },
  };
};

/** How many pages some rows are. */
export const pagesOf = (rows: readonly RowNumber[], size: number): number =>
  Math.max(1, Math.ceil(rows.length / size));
