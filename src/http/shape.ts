/** The part of a zod schema, compiled or not, that calls use. */
export interface Shape<T> {
  parse(body: unknown): T;
}
