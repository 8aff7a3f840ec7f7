import type { GraphQLField } from 'graphql';

/**
 * Where the value of a field comes from. A reader of an object looks at the sources of the selected fields, and reads no more than
 * they need.
 * - `identity`: the id of the object; nothing has to be read.
 * - `ownCall`: a call of the field's own, which needs no more than the id of the object.
 * - `list`: what a page says of its whole list; no row has to be read.
 * - `object`: the object itself, or the rows of a page. This is the default.
 */
export type FieldSource = 'identity' | 'ownCall' | 'list' | 'object';

const declare = (source: Exclude<FieldSource, 'object'>) => ({ source });

/** Extensions of a field that the id of its object is enough for. */
export const FROM_IDENTITY = declare('identity');

/** Extensions of a field with a call of its own. */
export const FROM_OWN_CALL = declare('ownCall');

/** Extensions of a field of a page that needs no rows. */
export const FROM_PAGE = declare('list');

/** The declared source of a field. `__typename` is no field of a type, and needs nothing. */
export const sourceOf = (
  field: Pick<GraphQLField<unknown, unknown>, 'extensions'> | undefined,
): FieldSource =>
  field ? ((field.extensions['source'] as FieldSource | undefined) ?? 'object') : 'identity';
