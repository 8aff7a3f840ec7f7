import { z } from 'zod';

/** Schemas that check an object without copying it, each with the schema of the object: `lenient-parse.ts` reads its parts. */
const objects = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** The schema of the object that a schema checks without copying it; undefined for other schemas. */
export const uncopiedObject = (schema: z.core.$ZodType): z.core.$ZodType | undefined => objects.get(schema);

/** Fields of a row, each with its conversion from the object of the response. */
type Fields<Wire> = Readonly<Record<string, (wire: Wire) => unknown>>;

/** A row with these fields. */
type Row<F extends Fields<never>> = { readonly [Name in keyof F]: ReturnType<F[Name]> };

/**
 * A row of a long list. All properties of the object are checked, but it is not copied, and a field is converted when it is read: most
 * queries select few fields. The properties of `object` must not be converted themselves (`wire…`).
 */
export const lazyRow = <Shape extends z.ZodObject, F extends Fields<z.output<Shape>>>(
  object: Shape,
  fields: F,
) => {
  type Wire = z.output<Shape>;
  class LazyRow {
    readonly wire: Wire;
    constructor(wire: Wire) {
      this.wire = wire;
    }
  }
  for (const [name, convert] of Object.entries(fields)) {
    const get = function get(this: LazyRow) {
      return convert(this.wire);
    };
    Object.defineProperty(LazyRow.prototype, name, { get, enumerable: true });
  }
  const compiled = z.compile(object);
  const checked = z.custom<Wire>((value) => z.validate(compiled, value));
  objects.set(checked, object);
  return checked.transform((wire) => new LazyRow(wire) as unknown as Row<F>);
};
