import {
  defaultTypeResolver,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNullableType,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql';
import { fieldArguments, NO_ARGUMENTS } from '../../graph/field-arguments.ts';
import type { Context } from '../../request/context.ts';
import {
  type Complete,
  type Container,
  Execution,
  type ExecutedResult,
  type Path,
  pathTo,
  type Position,
} from './execution.ts';

type Source = Readonly<Record<string, unknown>>;

/** Makes an object of the response; `path` and `key` say where it stands. */
type CreateObject = (run: Execution, source: Source, path: Path, key: string | number) => Container;

type Resolve = GraphQLFieldResolver<unknown, Context>;
type Args = Readonly<Record<string, unknown>>;

/** What the fields of an operation have in common. */
interface Scope {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Fields so far. */
  fields: number;
}

/** A field of an object of the response. */
interface FieldPlan extends Position {
  /** Name in the response. */
  key: string;
  /** Name in the source, for a field without a resolver. */
  name: string;
  /** The value of `__typename`. */
  constant?: string;
  isLeaf: boolean;
  needsPath: boolean;
  /** Missing where the value is a property of the source. `path` is that of the object. */
  resolve?: (run: Execution, source: Source, path: Path) => unknown;
  /** The resolver itself, if it takes neither arguments nor `info`. */
  plainResolve?: Resolve;
  complete: Complete;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** Selected fields by their names in the response, in order. */
type FieldGroups = Map<string, FieldNode[]>;

const isOn = ({ schema }: Scope, condition: string | undefined, type: GraphQLObjectType): boolean => {
  if (condition === undefined || condition === type.name) return true;
  const named = schema.getType(condition);
  return isAbstractType(named) && schema.isSubType(named, type);
};

/** Collects the fields that are selected on an object of a type, as GraphQL merges them. Documents have no conditions here. */
const collectFields = (
  scope: Scope,
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode,
  groups: FieldGroups = new Map(),
  spread = new Set<string>(),
): FieldGroups => {
  for (const node of selectionSet.selections) {
    if (node.kind === Kind.FIELD) {
      const key = (node.alias ?? node.name).value;
      const group = groups.get(key);
      if (group) group.push(node);
      else groups.set(key, [node]);
      continue;
    }
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      if (spread.has(node.name.value)) continue;
      spread.add(node.name.value);
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : scope.fragments[node.name.value]!;
    if (isOn(scope, fragment.typeCondition?.name.value, type))
      collectFields(scope, type, fragment.selectionSet, groups, spread);
  }
  return groups;
};

const collectSubfields = (
  scope: Scope,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): FieldGroups => {
  const groups: FieldGroups = new Map();
  const spread = new Set<string>();
  for (const { selectionSet } of nodes)
    if (selectionSet) collectFields(scope, type, selectionSet, groups, spread);
  return groups;
};

/** A function for the arguments of a field: made once for all executions, or once for each. */
const planArgs = (
  definition: GraphQLField<unknown, Context>,
  node: FieldNode,
  number: number,
): ((run: Execution) => Args) => {
  const { isConstant, of } = fieldArguments(definition, node);
  return isConstant ? ({ variables }) => of(variables) : (run) => (run.args[number] ??= of(run.variables));
};

const NO_INFO = undefined as unknown as GraphQLResolveInfo;

/** Most resolvers declare no `info`, and need none. A function without any parameter may read `arguments`. */
const readsInfo = ({ length }: Resolve): boolean => length === 0 || length > 3;

const planResolve = (
  { schema, operation, fragments }: Scope,
  parentType: GraphQLObjectType,
  definition: GraphQLField<unknown, Context>,
  fieldNodes: readonly FieldNode[],
  number: number,
): Pick<FieldPlan, 'resolve' | 'plainResolve'> => {
  const { resolve, name: fieldName, type: returnType } = definition;
  if (!resolve) return {};
  const argsOf = planArgs(definition, fieldNodes[0]!, number);
  if (!readsInfo(resolve))
    return {
      resolve: (run, source) => resolve(source, argsOf(run), run.context, NO_INFO),
      ...(definition.args.length === 0 && { plainResolve: resolve }),
    };
  return {
    resolve: (run, source, path) => {
      const info = {
        fieldName,
        fieldNodes,
        returnType,
        parentType,
        path: pathTo(path, fieldNodes[0]!.alias?.value ?? fieldName),
        schema,
        fragments,
        rootValue: undefined,
        operation,
        variableValues: run.variables,
      };
      return resolve(source, argsOf(run), run.context, info as unknown as GraphQLResolveInfo);
    },
  };
};

const missingError = (parent: GraphQLObjectType, { name }: { name: string }) =>
  new Error(`Cannot return null for non-nullable field ${parent.name}.${name}.`);

/** Where a value stands in the schema. */
interface Place extends Position {
  parentType: GraphQLObjectType;
  definition: GraphQLField<unknown, Context>;
}

/** The place of a value of this type, in a field or in a list of it. */
const placeOf = (type: GraphQLOutputType, { nullSteps, ...place }: Place): Place => ({
  ...place,
  nullSteps: isNonNullType(type) ? nullSteps + 1 : 0,
});

/** Adds nulls, errors and promises to a function that completes a value. */
const planComplete = (scope: Scope, type: GraphQLOutputType, around: Place): Complete => {
  const place = placeOf(type, around);
  const nullable = getNullableType(type);
  const complete = planValue(scope, nullable, place);
  return (run, value, container, key, path) => {
    if (value === null || value === undefined)
      return place.nullSteps === 0
        ? null
        : run.fail(missingError(place.parentType, place.definition), place, pathTo(path, key));
    if (value instanceof Error) return run.fail(value, place, pathTo(path, key));
    return complete(run, value, container, key, path);
  };
};

/** The value is a promise, or can be completed at once. */
const setNowOrLater = (
  run: Execution,
  value: unknown,
  container: Container,
  key: string | number,
  path: Path,
  place: Position & { complete: Complete },
): unknown =>
  isThenable(value)
    ? run.setLater(
        value,
        container,
        key,
        (settled) => place.complete(run, settled, container, key, path),
        (cause) => run.fail(cause, place, pathTo(path, key)),
      )
    : place.complete(run, value, container, key, path);

const asIs: Complete = (_run, value) => value;

const planValue = (scope: Scope, type: GraphQLOutputType, place: Place): Complete => {
  // Resolvers are typed, and responses of the cloud are checked: no scalar has to be serialized.
  if (isLeafType(type)) return asIs;
  if (isListType(type)) return planList(scope, type, place);
  if (isAbstractType(type)) return planAbstract(scope, type, place);
  const create = planObject(scope, type as GraphQLObjectType, place.nodes, place.nullSteps);
  return (run, value, _container, key, path) => create(run, value as Source, path, key);
};

const planList = (scope: Scope, type: GraphQLList<GraphQLOutputType>, place: Place): Complete => {
  const item = { ...placeOf(type.ofType, place), complete: planComplete(scope, type.ofType, place) };
  return (run, value, _container, key, path) => {
    const listPath = pathTo(path, key);
    if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
      const { parentType, definition } = place;
      const message = `Expected Iterable, but did not find one for field "${parentType.name}.${definition.name}".`;
      return run.fail(new Error(message), place, listPath);
    }
    const items: unknown[] = [];
    let index = 0;
    for (const one of value as Iterable<unknown>) {
      items.push(null);
      items[index] = setNowOrLater(run, one, items as unknown as Container, index, listPath, item);
      index += 1;
    }
    return items;
  };
};

const planAbstract = (scope: Scope, type: GraphQLAbstractType, place: Place): Complete => {
  const creators = new Map<string, CreateObject>();
  const { schema, operation, fragments } = scope;
  const { parentType, definition, nodes } = place;
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const creatorFor = (name: string): CreateObject => {
    const known = creators.get(name);
    if (known) return known;
    const concrete = schema.getType(name);
    if (!isObjectType(concrete) || !schema.isSubType(type, concrete))
      throw new Error(`Runtime Object type "${name}" is not a possible type for "${type.name}".`);
    const creator = planObject(scope, concrete, nodes, place.nullSteps);
    creators.set(name, creator);
    return creator;
  };
  return (run, value, container, key, path) => {
    const info = {
      fieldName: definition.name,
      fieldNodes: nodes,
      returnType: definition.type,
      parentType,
      path: pathTo(path, key),
      schema,
      fragments,
      rootValue: undefined,
      operation,
      variableValues: run.variables,
    } as unknown as GraphQLResolveInfo;
    const create = (name: unknown): Container => creatorFor(String(name))(run, value as Source, path, key);
    const fail = (cause: unknown) => run.fail(cause, place, pathTo(path, key));
    try {
      const name = resolveType(value, run.context, info, type);
      return isThenable(name) ? run.setLater(name, container, key, create, fail) : create(name);
    } catch (cause) {
      return fail(cause);
    }
  };
};

const planField = (
  scope: Scope,
  parentType: GraphQLObjectType,
  [key, nodes]: [string, readonly FieldNode[]],
  nullSteps: number,
): FieldPlan => {
  const name = nodes[0]!.name.value;
  if (name === TypeNameMetaFieldDef.name)
    return {
      key,
      name,
      constant: parentType.name,
      isLeaf: true,
      needsPath: false,
      complete: asIs,
      nodes,
      nullSteps: 0,
    };
  const definition = parentType.getFields()[name]!;
  scope.fields += 1;
  const around: Place = { nodes, nullSteps, parentType, definition };
  const isLeaf = isLeafType(getNullableType(definition.type));
  return {
    ...placeOf(definition.type, around),
    key,
    name,
    isLeaf,
    needsPath: !isLeaf || (definition.resolve !== undefined && readsInfo(definition.resolve)),
    ...planResolve(scope, parentType, definition, nodes, scope.fields),
    complete: planComplete(scope, definition.type, around),
  };
};

const planFields = (
  scope: Scope,
  type: GraphQLObjectType,
  groups: FieldGroups,
  nullSteps: number,
): FieldPlan[] => [...groups].map((group) => planField(scope, type, group, nullSteps));

/** The value of a field; `path` is that of the object, needed only where the field says so. */
const valueOf = (run: Execution, field: FieldPlan, source: Source, path: Path): unknown =>
  field.resolve ? field.resolve(run, source, path) : source[field.name];

/** Sets a field of an object. */
const setField = (run: Execution, field: FieldPlan, source: Source, object: Container, path: Path): void => {
  const { key } = field;
  try {
    object[key] = setNowOrLater(run, valueOf(run, field, source, path), object, key, path, field);
  } catch (cause) {
    object[key] = run.fail(cause, field, pathTo(path, key));
  }
};

/** Plans an object when the first of it is made, and generates a function for it when many have been made. */
const planObject = (
  scope: Scope,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  nullSteps: number,
): CreateObject => {
  let made = 0;
  const createFirst: CreateObject = (run, source, prev, key) => {
    const fields = planFields(scope, type, collectSubfields(scope, type, nodes), nullSteps);
    create = createObject(fields);
    return create(run, source, prev, key);
  };
  const createObject = (fields: readonly FieldPlan[]): CreateObject => {
    return (run, source, prev, key) => {
      made += 1;
      if (made === MANY_OBJECTS) create = generateCreate(fields);
      const path = pathTo(prev, key);
      const object: Container = {};
      for (const field of fields) {
        if (field.constant === undefined) setField(run, field, source, object, path);
        else object[field.key] = field.constant;
      }
      return object;
    };
  };
  let create = createFirst;
  return (run, source, prev, key) => create(run, source, prev, key);
};

/** Objects after which a function is generated: that takes as long as some dozens of objects. */
const MANY_OBJECTS = 32;

/** The value of a leaf that is no text. */
const completeLeaf = (
  run: Execution,
  field: FieldPlan,
  value: unknown,
  prev: Path,
  key: string | number,
): unknown => {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (isThenable(value)) {
    run.late.push({ field, value });
    return null;
  }
  return field.complete(run, value, NOWHERE, field.key, pathTo(prev, key));
};

const NOWHERE: Container = Object.freeze({});

/**
 * Generates a function that makes an object as a literal, which is several times faster than field by field. Nothing of a request is
 * in its code but the names of fields and aliases, which are names of GraphQL.
 */
const generateCreate = (fields: readonly FieldPlan[]): CreateObject => {
  const needsPath = fields.some((field) => field.needsPath);
  const lines = fields.map(({ constant, isLeaf, resolve, plainResolve, name }, at) => {
    if (constant !== undefined || !isLeaf) return '';
    const plain = plainResolve
      ? `resolvers[${at}](source, NO_ARGUMENTS, run.context)`
      : `fields[${at}].resolve(run, source, path)`;
    const value = resolve ? plain : `source.${name}`;
    return `let v${at};
      try {
        v${at} = ${value};
        if (typeof v${at} !== 'string') v${at} = completeLeaf(run, fields[${at}], v${at}, prev, key);
      } catch (cause) {
        v${at} = run.fail(cause, fields[${at}], pathTo(pathTo(prev, key), ${JSON.stringify(fields[at]!.key)}));
      }`;
  });
  const properties = fields.map(({ key, constant, isLeaf }, at) => {
    const leaf = isLeaf ? `v${at}` : 'null';
    return `${JSON.stringify(key)}: ${constant === undefined ? leaf : JSON.stringify(constant)}`;
  });
  const others = fields.map(({ isLeaf }, at) =>
    isLeaf ? '' : `setField(run, fields[${at}], source, object, path);`,
  );
  const code = `return (run, source, prev, key) => {
    ${needsPath ? 'const path = pathTo(prev, key);' : ''}
    ${lines.join('\n')}
    const object = { ${properties.join(', ')} };
    if (run.late.length > 0) run.setLate(object, pathTo(prev, key));
    ${others.join('\n')}
    return object;
  }`;
  // oxlint-disable-next-line no-implied-eval, no-new-func -- see above
  return new Function('fields', 'resolvers', 'NO_ARGUMENTS', 'completeLeaf', 'pathTo', 'setField', code)(
    fields,
    fields.map(({ plainResolve }) => plainResolve),
    NO_ARGUMENTS,
    completeLeaf,
    pathTo,
    setField,
  ) as CreateObject;
};

/** Runs an operation with variables that are coerced already. */
export type RunPlan = (
  context: Context,
  variables: Readonly<Record<string, unknown>>,
) => ExecutedResult | Promise<ExecutedResult>;

/** Plans a query. The plan is made while it is executed: of each object when the first one of it is made. */
export const planQuery = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): RunPlan => {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const one of document.definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  const scope: Scope = { schema, operation, fragments, fields: 0 };
  const query = schema.getQueryType()!;
  const root = planFields(scope, query, collectFields(scope, query, operation.selectionSet), 0);
  return (context, variables) => {
    const run = new Execution(context, variables);
    for (const field of root) {
      if (field.constant === undefined) setField(run, field, NO_ARGUMENTS, run.data, undefined);
      else run.data[field.key] = field.constant;
    }
    return run.result();
  };
};
