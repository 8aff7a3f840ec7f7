import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { collectIds } from './audit-ids.ts';
import { maskError } from '../graph/mask-error.ts';
import type { Audit } from '../request/operation.ts';

/** A mutation before it runs. */
export interface MutationRequest {
  requestId: string;
  /** The caller: `key:<name>`, `sub:<sub>`, `token`, or `anonymous`. */
  caller: string;
  address: string | undefined;
  document: DocumentNode;
  definition: OperationDefinitionNode;
  /** As the client sent them; not validated. */
  variables: Readonly<Record<string, unknown>>;
}

const MAX_NAME_LENGTH = 100;
/** The most listed fields that did not run; fields that ran are all listed. */
const MAX_REFUSED_FIELDS = 100;

const responseKey = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** The root fields of an operation, including those in fragments. The document may be invalid. */
const listRootFields = (document: DocumentNode, { selectionSet }: OperationDefinitionNode): FieldNode[] => {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  );
  const fields = new Map<string, FieldNode>();
  const pending = [...selectionSet.selections];
  for (const node of pending) {
    if (node.kind === Kind.FIELD) {
      const name = `${responseKey(node)} ${node.name.value}`;
      if (node.name.value !== '__typename' && !fields.has(name)) fields.set(name, node);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      pending.push(...node.selectionSet.selections);
    } else {
      pending.push(...(fragments.get(node.name.value)?.selectionSet.selections ?? []));
      fragments.delete(node.name.value);
    }
  }
  return [...fields.values()];
};

/** Variables as sent, with the defaults of missing ones. */
const withDefaults = ({ definition, variables }: MutationRequest): Record<string, unknown> => ({
  ...Object.fromEntries(
    (definition.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  ),
  ...variables,
});

const firstPathKey = (error: unknown): unknown =>
  error instanceof Error && 'path' in error && Array.isArray(error.path) ? error.path[0] : undefined;

/** The distinct codes of errors, as clients see them. */
export const codesOf = (errors: readonly unknown[]): string[] => [
  ...new Set(errors.map((error) => String(maskError(error, '').extensions['code']))),
];

/** Starts the audit record of a mutation; `write` is called once, with the fields of its line. */
export const beginAudit = (request: MutationRequest, write: (facts: object) => void): Audit => {
  const { requestId, caller, address, document, definition } = request;
  const outcomes = new Map<string, readonly string[]>();
  let isWritten = false;

  const describeField = (
    node: FieldNode,
    outcome: readonly string[],
    variables: Record<string, unknown>,
  ) => ({
    field: node.name.value.slice(0, MAX_NAME_LENGTH),
    ...collectIds((node.arguments ?? []).map(({ value }) => valueFromASTUntyped(value, variables))),
    outcome,
  });

  const describeFields = (errors: readonly unknown[]) => {
    const variables = withDefaults(request);
    const sharedCodes = codesOf(errors.filter((error) => firstPathKey(error) === undefined));
    const fields: object[] = [];
    let refused = 0;
    for (const node of listRootFields(document, definition)) {
      const key = responseKey(node);
      const recorded = outcomes.get(key);
      const outcome = recorded ?? [
        ...sharedCodes,
        ...codesOf(errors.filter((error) => firstPathKey(error) === key)),
      ];
      if (outcome.length === 0) continue;
      if (!recorded) refused += 1;
      if (recorded || refused <= MAX_REFUSED_FIELDS) fields.push(describeField(node, outcome, variables));
    }
    return { fields, ...(refused > MAX_REFUSED_FIELDS && { moreFields: true }) };
  };

  return {
    settle: (key, outcome) => outcomes.set(key, outcome),
    write: (errors) => {
      if (isWritten) return;
      isWritten = true;
      const name = definition.name?.value.slice(0, MAX_NAME_LENGTH);
      write({
        requestId,
        caller,
        ...(address !== undefined && { address }),
        ...(name !== undefined && { operation: name }),
        ...describeFields(errors),
      });
    },
  };
};
