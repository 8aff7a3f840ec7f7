import * as fc from 'fast-check';
import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
} from 'graphql';
import { SPECIAL_NAMES } from '../support/special-names.ts';
import { type Condition, printed, type Query, type Selection } from './print.ts';
import { argumentsOf, type Known } from './values.ts';

const DEPTH = 4;
const WIDTH = 3;

const CONDITION: fc.Arbitrary<Condition> = fc.record({
  directive: fc.constantFrom('include', 'skip'),
  if: fc.oneof(
    fc.boolean().map((given) => ({ kind: 'text' as const, text: String(given) })),
    fc.boolean().map((given) => ({ kind: 'variable' as const, type: 'Boolean!', given })),
    fc.boolean().map((given) => ({ kind: 'variable' as const, type: 'Boolean', fallback: String(given) })),
  ),
});

const RARELY = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 60 },
  { arbitrary: CONDITION, weight: 1 },
);

/** Fields with arguments mostly get an alias of their own, since two of them with other arguments are no valid query. */
const aliasOf = ({ name, args }: GraphQLField<unknown, unknown>): fc.Arbitrary<string | undefined> => {
  const special = fc.constantFrom(...SPECIAL_NAMES);
  const own = fc.nat(99).map((number) => `${name}${number}`);
  const joined = fc.constantFrom('a_b', 'a', 'b', 'nodes_id');
  const none = fc.constant(undefined);
  const weights = args.length > 0 ? { special: 9, own: 36, none: 6 } : { special: 6, own: 3, none: 36 };
  return fc.oneof(
    { arbitrary: none, weight: weights.none },
    { arbitrary: own, weight: weights.own },
    { arbitrary: special, weight: weights.special },
    { arbitrary: joined, weight: 1 },
  );
};

/** Selections on the types of a schema, down to a depth. */
const selectionsOf = (schema: GraphQLSchema, known: Known) => {
  const made = new Map<string, fc.Arbitrary<Selection[]>>();

  const field = (definition: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<Selection> => {
    const type = getNamedType(definition.type);
    return fc.record({
      kind: fc.constant('field' as const),
      name: fc.constant(definition.name),
      alias: aliasOf(definition),
      args: argumentsOf(definition.args, known),
      condition: RARELY,
      below: isLeafType(type) ? fc.constant([]) : selections(type, depth - 1),
    });
  };

  const fragment = (on: GraphQLNamedType, depth: number, anonymous: boolean): fc.Arbitrary<Selection> =>
    fc.record({
      kind: fc.constant('fragment' as const),
      on: fc.oneof(
        {
          arbitrary: fc.constantFrom<(string | undefined)[]>(
            on.name,
            on.name,
            on.name,
            anonymous ? undefined : on.name,
          ),
          weight: 40,
        },
        { arbitrary: fc.constantFrom('Node', 'Cluster'), weight: 1 },
      ),
      named: fc.boolean(),
      again: fc.boolean(),
      condition: RARELY,
      below: selections(on, depth - 1),
    });

  const typename: fc.Arbitrary<Selection> = fc.record({
    kind: fc.constant('field' as const),
    name: fc.constant('__typename'),
    alias: fc.option(fc.constantFrom(...SPECIAL_NAMES), { freq: 4, nil: undefined }),
    args: fc.constant([]),
    condition: RARELY,
    below: fc.constant([]),
  });

  const kindsOf = (type: GraphQLNamedType, depth: number) => {
    const kinds = [{ arbitrary: typename, weight: 1 }];
    const one = <T>(items: readonly T[], make: (item: T) => fc.Arbitrary<Selection>, weight: number) => {
      if (items.length === 0) return;
      const ready = new Map<T, fc.Arbitrary<Selection>>();
      const madeOnce = (item: T) => ready.get(item) ?? ready.set(item, make(item)).get(item)!;
      kinds.push({ arbitrary: fc.constantFrom(...items).chain(madeOnce), weight });
    };
    if (isAbstractType(type) && depth > 0)
      one(schema.getPossibleTypes(type), (of) => fragment(of, depth, false), 9);
    if (!('getFields' in type)) return kinds;
    const fields = Object.values(type.getFields());
    const definitions = (fields as GraphQLField<unknown, unknown>[]).filter(
      ({ name }) => name !== '_service',
    );
    one(
      definitions.filter((of) => isLeafType(getNamedType(of.type))),
      (of) => field(of, depth),
      6,
    );
    if (depth > 0) {
      one(
        definitions.filter((of) => !isLeafType(getNamedType(of.type))),
        (of) => field(of, depth),
        depth === DEPTH ? 30 : 5,
      );
      one([type], (of) => fragment(of, depth, true), 2);
    }
    return kinds;
  };

  const selections = (type: GraphQLNamedType, depth: number): fc.Arbitrary<Selection[]> => {
    const key = `${type.name} ${depth}`;
    let arbitrary = made.get(key);
    if (!arbitrary) {
      const maxLength = depth === DEPTH ? WIDTH - 1 : WIDTH;
      arbitrary = fc.array(fc.oneof(...kindsOf(type, depth)), { minLength: 1, maxLength });
      made.set(key, arbitrary);
    }
    return arbitrary;
  };

  return selections;
};

/** Queries on a schema: mostly valid ones, with names that mean something to JavaScript, and here and there a mistake. */
export const queriesOn = (schema: GraphQLSchema, known: Known): fc.Arbitrary<Query> => {
  const selections = selectionsOf(schema, known)(schema.getQueryType()!, DEPTH);
  const name = fc.constantFrom('Q', ...SPECIAL_NAMES);
  return fc
    .record({
      operations: fc.oneof(
        {
          arbitrary: fc.tuple(fc.record({ name: fc.option(name, { nil: undefined }), selections })),
          weight: 9,
        },
        {
          arbitrary: fc.tuple(
            fc.record({ name: fc.constant('Other'), selections }),
            fc.record({ name, selections }),
          ),
          weight: 1,
        },
      ),
      names: fc.oneof(fc.constant([]), fc.shuffledSubarray([...SPECIAL_NAMES], { maxLength: 4 })),
    })
    .map(({ operations, names }) => printed(operations, names));
};
