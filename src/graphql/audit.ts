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

/** What is known of a mutation before it runs. */
export interface MutationRequest {
  requestId: string;
  /** Who asks: `key:<name>`, `sub:<sub>`, `token`, or `anonymous` for a request without any of these. */
  caller: string;
  address: string | undefined;
  document: DocumentNode;
  definition: OperationDefinitionNode;
  /** As they were sent: they may be wrong. */
  variables: Readonly<Record<string, unknown>>;
}

const LONGEST_NAME = 100;
/** Of those that did not run; those that ran are all listed. */
const MOST_REFUSED_FIELDS = 100;

const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** The root fields of an operation, those of its fragments too. The document need not be valid. */
const rootFields = (document: DocumentNode, { selectionSet }: OperationDefinitionNode): FieldNode[] => {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  );
  const fields = new Map<string, FieldNode>();
  const waiting = [...selectionSet.selections];
  for (const node of waiting) {
    if (node.kind === Kind.FIELD) {
      const name = `${keyOf(node)} ${node.name.value}`;
      if (node.name.value !== '__typename' && !fields.has(name)) fields.set(name, node);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      waiting.push(...node.selectionSet.selections);
    } else {
      waiting.push(...(fragments.get(node.name.value)?.selectionSet.selections ?? []));
      fragments.delete(node.name.value);
    }
  }
  return [...fields.values()];
};

/** Variables as sent, with the defaults of those that were not. */
const withDefaults = ({ definition, variables }: MutationRequest): Record<string, unknown> => ({
  ...Object.fromEntries(
    (definition.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  ),
  ...variables,
});

const pathStart = (error: unknown): unknown =>
  error instanceof Error && 'path' in error && Array.isArray(error.path) ? error.path[0] : undefined;

/** Distinct codes of errors, as clients see them. */
export const codesOf = (errors: readonly unknown[]): string[] => [
  ...new Set(errors.map((error) => String(maskError(error, '').extensions['code']))),
];

/** Begins the audit line of a mutation. */
export const beginAudit = (attempt: MutationRequest, write: (facts: object) => void): Audit => {
  const { requestId, caller, address, document, definition } = attempt;
  const outcomes = new Map<string, readonly string[]>();
  let written = false;

  const factsOf = (node: FieldNode, outcome: readonly string[], variables: Record<string, unknown>) => ({
    field: node.name.value.slice(0, LONGEST_NAME),
    ...collectIds((node.arguments ?? []).map(({ value }) => valueFromASTUntyped(value, variables))),
    outcome,
  });

  const fieldsWith = (errors: readonly unknown[]) => {
    const variables = withDefaults(attempt);
    const ofAll = codesOf(errors.filter((error) => pathStart(error) === undefined));
    const fields: object[] = [];
    let refused = 0;
    for (const node of rootFields(document, definition)) {
      const key = keyOf(node);
      const own = outcomes.get(key);
      const outcome = own ?? [...ofAll, ...codesOf(errors.filter((error) => pathStart(error) === key))];
      if (outcome.length === 0) continue;
      if (!own) refused += 1;
      if (own || refused <= MOST_REFUSED_FIELDS) fields.push(factsOf(node, outcome, variables));
    }
    return { fields, ...(refused > MOST_REFUSED_FIELDS && { moreFields: true }) };
  };

  return {
    settle: (key, outcome) => outcomes.set(key, outcome),
    write: (errors) => {
      if (written) return;
      written = true;
      const name = definition.name?.value.slice(0, LONGEST_NAME);
      write({
        requestId,
        caller,
        ...(address !== undefined && { address }),
        ...(name !== undefined && { operation: name }),
        ...fieldsWith(errors),
      });
    },
  };
};
