import type { ValueSchema } from './contract.ts';

/** Where a value is in an answer: names of properties, and positions in lists. */
export type Place = (string | number)[];

/** Every property below a place, those of its parts included. */
export const placesIn = (schema: ValueSchema, at: Place): Place[] => {
  const own = [schema, ...(schema.allOf ?? [])];
  const properties = Object.assign({}, ...own.map((one) => one.properties)) as Record<string, ValueSchema>;
  const items = own.find((one) => one.items)?.items;
  return [
    ...Object.entries(properties).flatMap(([name, below]) => [
      [...at, name],
      ...placesIn(below, [...at, name]),
    ]),
    ...(items ? [[...at, 0], ...placesIn(items, [...at, 0])] : []),
  ];
};

/** The schema of a property below others. */
export const schemaAt = (schema: ValueSchema, [name, ...rest]: readonly string[]): ValueSchema => {
  if (name === undefined) return schema;
  const own = [schema, ...(schema.allOf ?? [])].map(({ properties }) => properties?.[name]);
  return schemaAt(
    own.find((one) => one !== undefined)!,
    rest,
  );
};
