import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
} from 'graphql';

/** A place of the schema where a client sends a value. */
export interface InputPosition {
  /** Such as `Query.clusters(filter.name)`. */
  name: string;
  /** The scalar or enum that is expected there. */
  kind: string;
  query: string;
  /** The variables that put a value there, and something that fits in every other place. */
  variables: (value: unknown) => Record<string, unknown>;
}

/** Valid values, by `Type.field` of an input object or by the name alone. */
export type Samples = Readonly<Record<string, unknown>>;

type Field = GraphQLField<unknown, unknown>;
type Input = GraphQLArgument | GraphQLInputField;

/** A field with the arguments that it is given. */
interface Step {
  field: Field;
  given: Record<string, unknown>;
}

const FIRSTS: Samples = { Int: 1, Float: 1, Boolean: true };

const sampleOf = (type: GraphQLInputType, name: string, owner: string, samples: Samples): unknown => {
  if (isNonNullType(type)) return sampleOf(type.ofType, name, owner, samples);
  if (isListType(type)) return [sampleOf(type.ofType, name, owner, samples)];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const wanted = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
    return Object.fromEntries(
      wanted.map((field) => [field.name, sampleOf(field.type, field.name, type.name, samples)]),
    );
  }
  if ('getValues' in type) return type.getValues()[0]!.name;
  return samples[`${owner}.${name}`] ?? samples[name] ?? FIRSTS[type.name] ?? 'a1b2c3';
};

interface Leaf {
  path: string;
  kind: string;
  make: (value: unknown) => unknown;
}

/** Every scalar within an input, and how a value gets there. */
const leavesOf = (type: GraphQLInputType, path: string, samples: Samples): Leaf[] => {
  if (isNonNullType(type)) return leavesOf(type.ofType, path, samples);
  if (isListType(type))
    return leavesOf(type.ofType, path, samples).map((leaf) => ({ ...leaf, make: (v) => [leaf.make(v)] }));
  if (!isInputObjectType(type)) return [{ path, kind: type.name, make: (value) => value }];
  const others = type.isOneOf ? {} : (sampleOf(type, path, type.name, samples) as object);
  return Object.values(type.getFields()).flatMap((field) =>
    leavesOf(field.type, `${path}.${field.name}`, samples).map((leaf) => ({
      ...leaf,
      make: (value: unknown) => ({ ...others, [field.name]: leaf.make(value) }),
    })),
  );
};

const isRequired = ({ type, defaultValue }: Input) => isNonNullType(type) && defaultValue === undefined;

const stepOf = (field: Field, samples: Samples): Step => ({
  field,
  given: Object.fromEntries(
    field.args.filter(isRequired).map(({ name, type }) => [name, sampleOf(type, name, field.name, samples)]),
  ),
});

const HOLDERS = /.(Connection|Payload)$/;

/** Everything of a type that needs no argument; of pages and payloads also what is in them. */
const selectionOf = (type: GraphQLNamedOutputType): string => {
  if (isLeafType(type)) return '';
  if (!isObjectType(type)) return '{ __typename }';
  const fields = Object.values(type.getFields()).filter(
    ({ args, name, type: of }) =>
      args.length === 0 && name !== 'edges' && (isLeafType(getNamedType(of)) || HOLDERS.test(type.name)),
  );
  return `{ __typename ${fields.map((field) => `${field.name} ${selectionOf(getNamedType(field.type))}`).join(' ')} }`;
};

/** The document of a path of fields, every argument a variable. */
const documentOf = (operation: string, steps: readonly Step[]): string => {
  const given = steps.flatMap(({ field, given: values }, depth) =>
    field.args
      .filter(({ name }) => name in values)
      .map(({ name, type }) => ({ depth, name, type: String(type), variable: `v${depth}_${name}` })),
  );
  const fields = steps.reduceRight(
    (inner, { field }, depth) => {
      const args = given
        .filter((one) => one.depth === depth)
        .map(({ name, variable }) => `${name}: $${variable}`);
      return `{ ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''} ${inner} }`;
    },
    selectionOf(getNamedType(steps.at(-1)!.field.type)),
  );
  const declared = given.map(({ variable, type }) => `$${variable}: ${type}`);
  return `${operation}${declared.length > 0 ? ` (${declared.join(', ')})` : ''} ${fields}`;
};

const variablesOf = (steps: readonly Step[]) =>
  Object.fromEntries(
    steps.flatMap(({ given }, depth) =>
      Object.entries(given).map(([name, value]) => [`v${depth}_${name}`, value]),
    ),
  );

const slotsOfField = (
  operation: string,
  on: string,
  before: readonly Step[],
  field: Field,
  samples: Samples,
) => {
  const step = stepOf(field, samples);
  return field.args.flatMap((arg) =>
    leavesOf(arg.type, arg.name, samples).map(({ path, kind, make }): InputPosition => {
      const stepsWith = (value: unknown) => [
        ...before,
        { field, given: { ...step.given, [arg.name]: make(value) } },
      ];
      return {
        name: `${on}.${field.name}(${path})`,
        kind,
        query: documentOf(operation, stepsWith('')),
        variables: (value) => variablesOf(stepsWith(value)),
      };
    }),
  );
};

/** Lists every argument of every reachable field once, on the shortest path to it. */
export const listInputPositions = (schema: GraphQLSchema, samples: Samples): InputPosition[] => {
  const slots: InputPosition[] = [];
  const seen = new Set<string>();
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  for (const [operation, root] of roots) {
    const ways: { type: GraphQLNamedOutputType; steps: Step[] }[] = root ? [{ type: root, steps: [] }] : [];
    for (const { type, steps } of ways) {
      if (!isObjectType(type) || seen.has(type.name)) continue;
      seen.add(type.name);
      for (const field of Object.values(type.getFields())) {
        slots.push(...slotsOfField(operation, type.name, steps, field, samples));
        ways.push({ type: getNamedType(field.type), steps: [...steps, stepOf(field, samples)] });
      }
    }
  }
  return slots;
};
