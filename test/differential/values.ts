import * as fc from 'fast-check';
import {
  getNullableType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Value } from './print.ts';

/** Ids, cursors and texts that mean something in the cloud under test, by the argument that takes them. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** What fits nowhere, or only just. */
const WRONG: readonly unknown[] = [1.5, '1', true, {}, [], 'NOPE', -1, 3e9, null, '', '../x', ['a', null]];

/** Something of a low probability, else the other. */
const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, weight = 150): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight }, { arbitrary: rare, weight: 1 });

const usually = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value);

/** Values of a type as JSON: mostly right ones. */
const jsonOf = (type: GraphQLInputType, name: string, known: Known): fc.Arbitrary<unknown> => {
  if (isNonNullType(type)) return jsonOf(type.ofType, name, known);
  const wrong = fc.constantFrom(...WRONG);
  if (isListType(type)) {
    const item = jsonOf(type.ofType, name, known);
    return mostly(fc.oneof(fc.array(item, { maxLength: 3 }), item), wrong);
  }
  if (isEnumType(type)) return mostly(fc.constantFrom(...type.getValues().map((one) => one.name)), wrong);
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const one = fc
      .constantFrom(...fields)
      .chain((field) => jsonOf(field.type, field.name, known).map((value) => ({ [field.name]: value })));
    const some = fc.record(
      Object.fromEntries(fields.map((field) => [field.name, jsonOf(field.type, field.name, known)])),
      { requiredKeys: fields.filter(({ type: of }) => isNonNullType(of)).map((field) => field.name) },
    );
    const whole = type.name === 'ProjectInput' ? fc.constantFrom(...known['project']!) : some;
    return mostly<unknown>(type.isOneOf ? one : whole, wrong);
  }
  const values = known[name] ?? known[type.name];
  return mostly(values ? fc.constantFrom(...values) : fc.constant('a'), wrong, 60);
};

/** A JSON value as it is written in a document. */
const literal = (value: unknown, type: GraphQLInputType): string => {
  const of = getNullableType(type);
  if (Array.isArray(value))
    return `[${value.map((item) => literal(item, isListType(of) ? of.ofType : of)).join(', ')}]`;
  if (isListType(of)) return literal(value, of.ofType);
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(of) ? of.getFields() : {};
    return `{${Object.entries(value)
      .map(([name, item]) => `${name}: ${literal(item, fields[name]?.type ?? of)}`)
      .join(', ')}}`;
  }
  if (isEnumType(of) && typeof value === 'string' && /^[A-Za-z]\w*$/.test(value)) return value;
  return JSON.stringify(value);
};

/** A variable of the type that is needed, or of one that is stricter, looser, or another. */
const variable = (type: GraphQLInputType, json: fc.Arbitrary<unknown>): fc.Arbitrary<Value> =>
  fc
    .record({
      value: json,
      sent: fc.constantFrom(...usually('value', 9), 'null', 'nothing'),
      fallback: fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: json, weight: 1 }),
      as: fc.constantFrom(...usually('same', 16), 'strict', 'strict', 'loose'),
    })
    .map(({ value, sent, fallback, as }) => {
      const nullable = String(getNullableType(type));
      const needed = as === 'strict' || (as === 'same' && isNonNullType(type));
      return {
        kind: 'variable',
        type: needed ? `${nullable}!` : nullable,
        ...(sent !== 'nothing' && { given: sent === 'null' ? null : value }),
        fallback: fallback === undefined ? undefined : literal(fallback, type),
      };
    });

const valueOf = (type: GraphQLInputType, name: string, known: Known, depth: number): fc.Arbitrary<Value> => {
  const json = jsonOf(type, name, known);
  const text = json.map((value): Value => ({ kind: 'text', text: literal(value, type) }));
  const of = getNullableType(type);
  // Representations have fields of any name.
  const kinds = [
    { arbitrary: name === 'representations' ? variable(type, json) : text, weight: 5 },
    { arbitrary: variable(type, json), weight: 15 },
  ];
  if (isListType(of) && depth > 0) {
    const items = fc.array(valueOf(of.ofType, name, known, depth - 1), { maxLength: 3 });
    kinds.push({ arbitrary: items.map((some): Value => ({ kind: 'list', items: some })), weight: 1 });
  }
  if (isInputObjectType(of) && depth > 0) {
    const fields = fc.record(
      Object.fromEntries(
        Object.values(of.getFields()).map((field) => [
          field.name,
          valueOf(field.type, field.name, known, depth - 1),
        ]),
      ),
      { requiredKeys: [] },
    );
    kinds.push({
      arbitrary: fields.map((some): Value => ({
        kind: 'object',
        fields: Object.entries(some as Record<string, Value>),
      })),
      weight: 1,
    });
  }
  return fc.oneof(...kinds);
};

/** Arguments of a field: those that it needs, and some of the others. */
export const argumentsOf = (
  args: readonly (GraphQLArgument | GraphQLInputField)[],
  known: Known,
): fc.Arbitrary<(readonly [string, Value])[]> =>
  fc
    .tuple(
      ...args.map(({ name, type }) => {
        const value = valueOf(type, name, known, 2).map((one) => [name, one] as const);
        const nothing = fc.constant(undefined);
        const weight = isNonNullType(type) ? 300 : 1;
        const without = isNonNullType(type) || name === 'first' ? 1 : 6;
        return fc.oneof({ arbitrary: value, weight }, { arbitrary: nothing, weight: without });
      }),
    )
    .map((some) => some.filter((one) => one !== undefined));
