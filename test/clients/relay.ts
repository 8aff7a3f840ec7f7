import { type FieldNode, Kind, type OperationDefinitionNode, parse, valueFromASTUntyped } from 'graphql';
import {
  type ConcreteRequest,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  type GraphQLResponse,
  Network,
  type NormalizationSelection,
  RecordSource,
  Store,
} from 'relay-runtime';
import type { ConnectClient } from './client.ts';

const KEY = 'Client_list';
const FILTERS = ['filter', 'orderBy'];

const argumentsOf = ({ arguments: args = [] }: FieldNode) =>
  args
    .map(({ name, value }) =>
      value.kind === Kind.VARIABLE
        ? { kind: 'Variable' as const, name: name.value, variableName: value.name.value }
        : { kind: 'Literal' as const, name: name.value, value: valueFromASTUntyped(value) },
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

const isList = (field: FieldNode): boolean => field.alias?.value === 'list';

/**
 * Selections as Relay's compiler would write them: to take an answer into the store, or to read it from there.
 * The field at the alias `list` has `@connection(key: "Client_list", filters: ["filter", "orderBy"])`.
 */
const compile = (fields: readonly FieldNode[], to: 'store' | 'read'): NormalizationSelection[] =>
  fields.flatMap((field): NormalizationSelection[] => {
    const name = field.name.value;
    const alias = field.alias?.value ?? null;
    const args = argumentsOf(field);
    const selected = field.selectionSet?.selections as readonly FieldNode[] | undefined;
    if (selected === undefined) return [{ kind: 'ScalarField', alias, name, args, storageKey: null }];
    const linked = {
      kind: 'LinkedField' as const,
      alias,
      name,
      args,
      storageKey: null,
      concreteType: null,
      plural: name === 'edges',
      selections: compile(selected, to),
    };
    if (!isList(field)) return [linked];
    if (to === 'store') {
      const handle = { kind: 'LinkedHandle' as const, alias, name, args, handle: 'connection', key: KEY };
      return [linked, { ...handle, filters: FILTERS }];
    }
    const filters = args.filter((arg) => FILTERS.includes(arg.name));
    return [{ ...linked, name: `__${KEY}_connection`, args: filters }];
  });

/** The artifact of a query with `$after`, as Relay's compiler would write it. */
export const requestOf = (text: string): ConcreteRequest => {
  const { selectionSet, name } = parse(text).definitions[0] as OperationDefinitionNode;
  const fields = selectionSet.selections as readonly FieldNode[];
  const argumentDefinitions = [{ kind: 'LocalArgument' as const, name: 'after', defaultValue: null }];
  return {
    kind: 'Request',
    fragment: {
      kind: 'Fragment',
      name: name!.value,
      type: 'Query',
      metadata: null,
      abstractKey: null,
      argumentDefinitions,
      selections: compile(fields, 'read') as ConcreteRequest['fragment']['selections'],
    },
    operation: {
      kind: 'Operation',
      name: name!.value,
      argumentDefinitions,
      selections: compile(fields, 'store'),
    },
    params: { id: null, cacheID: text, text, name: name!.value, operationKind: 'query', metadata: {} },
  };
};

/** Relay with its `ConnectionHandler`, asked as `usePagination` does. The artifact is made here and not by the compiler. */
export const relay: ConnectClient = ({ text, url, fetch, shownIn }) => {
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async (params, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: params.text, variables }),
      });
      return (await response.json()) as GraphQLResponse;
    }),
  });
  const request = requestOf(text);
  const first = createOperationDescriptor(request, { after: null });
  environment.retain(first);
  const ask = (after: string | null) =>
    fetchQuery(environment, request, { after }, { networkCacheConfig: { force: true } }).toPromise();
  const shown = () => shownIn(environment.lookup(first.fragment).data);
  return {
    load: () => ask(null),
    more: () => ask(shown()?.endCursor ?? null),
    shown,
  };
};
