import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../request/context.ts';
import { connectionOf } from '../paging/relay-connection.ts';
import type { PageArguments } from '../paging/page-request.ts';
import type { PageSource } from '../paging/page-source.ts';
import type { Rows } from '../paging/window-loader.ts';
import type { ListLimits, Page, Window } from '../paging/window.ts';
import { extentUpTo, WHOLE } from '../paging/extent.ts';
import { builder, type PageFacts } from './builder.ts';
import { selectedFields } from './lookahead.ts';

const NEEDS_NO_ROWS = new Set(['totalCount', 'truncatedAt', 'unavailable', '__typename']);

/** The page of a list that a field's arguments ask for. Where only the total is selected, only the total is read. */
export const pageOf = <Item>(
  source: PageSource<Item>,
  args: PageArguments,
  context: Context,
  info: GraphQLResolveInfo,
  typeName: string,
) => {
  const rows = selectedFields(info, typeName).some(({ name }) => !NEEDS_NO_ROWS.has(name.value));
  return connectionOf(source, args, context.sizes, { rows });
};

/** Type options of a page, and of its edges: names come from parent and field, since `Connection` is a type of the domain. */
export const pageType = (name: string, rows: string) =>
  [
    {
      name,
      description: `One page of ${rows}.`,
      fields: (t: PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, PageFacts>) => ({
        totalCount: t.exposeInt('totalCount', {
          description:
            'Rows in the whole list that match the filter, as the upstream counts them; null where it does not say, and where a ' +
            'filter or an order is made over a list that cannot be read whole.',
        }),
        truncatedAt: t.exposeInt('truncatedAt', {
          description:
            'How many rows of the list can be read, where the upstream has a ceiling or hands out fewer than it counts; the last of ' +
            'them ends the paging. Null where all can be, and where nobody knows yet.',
        }),
      }),
    },
    { name: name.replace(/Connection$/, 'Edge'), description: `One of the ${rows}, with its cursor.` },
  ] as const;

/** A list that is there whole, such as a whitelist inside another answer, as a source of pages. */
export const listInHand = <Item>(
  read: () => Promise<readonly Item[]>,
): { limits: ListLimits; load(window: Window): Promise<Rows<Item, Page<Item>>> } => ({
  limits: { pageSize: Number.MAX_SAFE_INTEGER },
  load: async ({ offset, limit }) => {
    const all = await read();
    const items = all.slice(offset, offset + limit);
    return { items, total: all.length, extent: extentUpTo(WHOLE, offset + items.length, all.length) };
  },
});
