/** The part of a zod schema, compiled or not, that is used here. */
export interface Shape<T> {
  parse(body: unknown): T;
}
