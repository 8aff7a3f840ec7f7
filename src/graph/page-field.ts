import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../request/context.ts';
import { readRelayConnection } from '../paging/relay-connection.ts';
import type { PageArguments } from '../paging/page-request.ts';
import type { PageSource } from '../paging/page-source.ts';
import type { Rows } from '../paging/window-loader.ts';
import type { ListLimits, Page, Window } from '../paging/window.ts';
import { extentUpTo, WHOLE } from '../paging/extent.ts';
import { builder, type PageFacts } from './builder.ts';
import { FROM_PAGE } from './field-source.ts';
import { selectedSources } from './lookahead.ts';

/** Reads the page that a field's arguments name; without rows where no selected field needs them. */
export const resolvePage = <Item>(
  source: PageSource<Item>,
  args: PageArguments,
  { sizes }: Pick<Context, 'sizes'>,
  info: GraphQLResolveInfo,
  typeName: string,
) => {
  const rows = selectedSources(info, typeName).has('object');
  return readRelayConnection(source, args, sizes, { rows });
};

type SchemaTypes = typeof builder.$inferSchemaTypes;
/** Builder of the fields of a page. */
export type PageFields = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, PageFacts>;
type CountField = PothosSchemaTypes.FieldRef<SchemaTypes, number | null | undefined, 'Object'>;

/** Type options of a page and of its edges. Names come from parent and field, since `Connection` is a type of the domain. */
export const pageType = (name: string, rows: string) =>
  [
    {
      name,
      description: `One page of ${rows}.`,
      fields: (t: PageFields): Record<'totalCount' | 'truncatedAt', CountField> => ({
        totalCount: t.exposeInt('totalCount', {
          extensions: FROM_PAGE,
          description:
            'Number of rows in the whole list that match the filter, as the upstream counts them; null if the upstream gives no ' +
            'count, or if the gateway filters or orders a list that it cannot read completely.',
        }),
        truncatedAt: t.exposeInt('truncatedAt', {
          extensions: FROM_PAGE,
          description:
            'Number of rows of the list that can be read, if the upstream has a limit or returns fewer rows than it counts; ' +
            'paging ends after the last of them. Null if all rows can be read, or if that is not known yet.',
        }),
      }),
    },
    { name: name.replace(/Connection$/, 'Edge'), description: `One of the ${rows}, with its cursor.` },
  ] as const;

/** A whole list, such as a whitelist inside another response, as a source of pages. */
export const sourceOfArray = <Item>(
  read: () => Promise<readonly Item[]>,
): { limits: ListLimits; load: (window: Window) => Promise<Rows<Item, Page<Item>>> } => ({
  limits: { pageSize: Number.MAX_SAFE_INTEGER },
  load: ({ offset, limit }) =>
    read().then((all) => {
      const items = all.slice(offset, offset + limit);
      return { items, total: all.length, extent: extentUpTo(WHOLE, offset + items.length, all.length) };
    }),
});
