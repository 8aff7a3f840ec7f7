import type { RowOrder } from '../paging/row-order.ts';
import { builder, described } from './builder.ts';

const OrderDirection = builder.enumType(
  'OrderDirection',
  described('Direction of the order.', {
    ASC: 'The oldest first; names from A to Z.',
    DESC: 'The newest first; names from Z to A.',
  }),
);

type SchemaTypes = typeof builder.$inferSchemaTypes;

/** Defines the input that orders a list by one of these values; rows are identified by `id`. */
export const defineOrder = <const Values extends Record<string, string>>(
  name: string,
  rows: string,
  id: string,
  values: Values,
) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Pothos cannot tell the values of a generic enum
  const field = builder.enumType(
    `${name}Field`,
    described<Record<string, string>>(`Values to order ${rows} by.`, values),
  ) as PothosSchemaTypes.EnumRef<SchemaTypes, keyof Values & string>;
  return builder.inputType(name, {
    description: `How to order ${rows}; equal ones are ordered by ${id}.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'Value to order by.' }),
      direction: t.field({ type: OrderDirection, required: true, description: 'Direction of the order.' }),
    }),
  });
};

/** Turns the argument into an order of rows; undefined where it is not given. */
export const rowOrder = <Row, Field extends string>(
  order: { field: Field; direction: 'ASC' | 'DESC' } | null | undefined,
  values: Readonly<Record<Field, (row: Row) => string | null>>,
): RowOrder<Row> | undefined =>
  order
    ? { valueOf: values[order.field], isText: order.field === 'NAME', direction: order.direction }
    : undefined;
