import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import type { Context } from '../request/context.ts';
import './conventions.ts';
import type { ErrorCode } from '../errors/error-codes.ts';

/** Fields of every page beside its rows. */
export interface PageFacts {
  totalCount: number | null;
  truncatedAt: number | null;
  /** Only for lists over several projects. */
  unavailable?: readonly UnavailableProject[];
  /** Only for lists over many clusters and endpoint services. */
  unavailableParents?: readonly UnavailableParent[];
}

/** A project of which rows are missing in a list over several projects. */
export interface UnavailableProject {
  region: string;
  projectId: string;
  code: ErrorCode;
  retryable: boolean;
  message: string;
}

/** A cluster or an endpoint service of which rows are missing in a list over many of them. */
export interface UnavailableParent extends UnavailableProject {
  clusterId: string | null;
  serviceId: string | null;
  name: string | null;
}

/** The Pothos builder of the graph, with scalars and defaults; types of the domain are defined elsewhere. */
export const builder = new SchemaBuilder<{
  Context: Context;
  Connection: PageFacts;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
  };
}>({
  plugins: [RelayPlugin, DirectivesPlugin, FederationPlugin, 'conventions'],
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    clientMutationId: 'optional',
    clientMutationIdInputOptions: { description: 'Any text; the payload returns it unchanged.' },
    clientMutationIdFieldOptions: { description: 'The `clientMutationId` of the input.' },
    mutationInputArgOptions: { description: 'Input of the mutation.' },
    nodesOnConnection: { description: 'The rows of this page.' },
    nodeTypeOptions: {
      description: 'An object with a stable `id`, by which `node` reads it again.',
    },
    idFieldOptions: { description: 'Opaque id, unique over all types, regions and projects.' },
    pageInfoTypeOptions: { description: 'Position of a page in its list.', shareable: true },
    hasNextPageFieldOptions: { description: 'Whether rows follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether rows precede this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first row; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last row; null on an empty page.' },
    pageInfoFieldOptions: { description: 'Position of this page in the list.' },
    edgesFieldOptions: {
      description: 'The rows of this page, each with its cursor.',
      nullable: { list: false, items: false },
    },
    nodeFieldOptions: { description: 'The row.', nullable: false },
    cursorFieldOptions: {
      description: 'Opaque cursor of this row, for `after` and `before` of the same list.',
    },
    firstArgOptions: { description: 'Take this many rows from the front (default 20, at most 1000).' },
    afterArgOptions: { description: 'Take rows after the row of this cursor.' },
    lastArgOptions: {
      description: 'Take this many rows from the end (at most 1000); not together with `first`.',
    },
    beforeArgOptions: { description: 'Take rows before the row of this cursor.' },
  },
});

builder.scalarType('DateTime', {
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  description: 'A time in UTC as ISO 8601 text, such as `2024-06-11T09:36:24Z`.',
  serialize: (value) => value,
  parseValue: (value) => {
    // Any other error would count as a mistake of the gateway.
    if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
      throw new GraphQLError('A DateTime is a time as ISO 8601 text, such as `2024-06-11T09:36:24Z`.');
    return value;
  },
});

builder.queryType({ description: 'All reads.' });
builder.mutationType({ description: 'All changes. Each change is sent to the cloud once.' });
builder.subscriptionType({
  description: 'Changes to wait for, as server-sent events (`Accept: text/event-stream`).',
});

/** Options of an enum, with a description for each value. */
export const described = <const Values extends Record<string, string>>(
  description: string,
  values: Values,
) => ({
  description,
  values: Object.fromEntries(
    Object.entries(values).map(([value, text]) => [value, { description: text }]),
  ) as { [Value in keyof Values]: { description: string } },
});
