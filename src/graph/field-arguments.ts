import { type FieldNode, getArgumentValues, type GraphQLField, Kind } from 'graphql';

type Args = Readonly<Record<string, unknown>>;

/** The arguments of one field of a query. */
export interface FieldArguments {
  /** The same in every request. */
  isConstant: boolean;
  of: (variables: Readonly<Record<string, unknown>>) => Args;
}

export const NO_ARGUMENTS: Args = Object.freeze({});
const NONE: FieldArguments = { isConstant: true, of: () => NO_ARGUMENTS };

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    for (const one of Object.values(Object.freeze(value))) deepFreeze(one);
  return value;
};

const hasVariables = (node: FieldNode): boolean => {
  const pending: unknown[] = [...(node.arguments ?? [])];
  for (let one = pending.pop(); one; one = pending.pop()) {
    if ((one as { kind?: unknown }).kind === Kind.VARIABLE) return true;
    const { value, values, fields } = one as { value?: unknown; values?: unknown[]; fields?: unknown[] };
    if (typeof value === 'object') pending.push(value);
    pending.push(...(values ?? []), ...(fields ?? []));
  }
  return false;
};

/** Reads the arguments of a field: once for all requests where no variable is in them. */
export const fieldArguments = <Source, Context>(
  definition: GraphQLField<Source, Context>,
  node: FieldNode,
): FieldArguments => {
  if (definition.args.length === 0) return NONE;
  const field = definition as unknown as GraphQLField<unknown, unknown>;
  if (hasVariables(node))
    return { isConstant: false, of: (variables) => getArgumentValues(field, node, variables) };
  let args: Args | undefined;
  return { isConstant: true, of: () => (args ??= deepFreeze(getArgumentValues(field, node))) };
};
