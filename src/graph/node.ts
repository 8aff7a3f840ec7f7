import type { GraphQLResolveInfo } from 'graphql';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import type { Project } from '../http/client.ts';
import { builder } from './builder.ts';
import { keyReader, InvalidInput, readEach } from './entity.ts';
import { findProject, NOT_SERVED } from './validate-input.ts';
import { costPerValueOf } from '../guards/limits/cost-hints.ts';
import { decodeNodeId, NOT_AN_ID } from './node-id.ts';

/** Reads a node by the vendor's ids in its opaque id. */
type ReadNode = (
  context: Context,
  project: Project,
  parts: readonly string[],
  info: GraphQLResolveInfo,
) => Promise<object>;

interface NodeReader {
  parts: number;
  read: ReadNode;
}

const readers = new Map<string, NodeReader>();

/** What the ids of rows in a list begin with: the kind of thing that has the list. */
export type ParentKind = 'cluster' | 'service';

/** Says how the nodes of a type are read again; rows of two kinds of parents are read in two ways. */
export const registerNodeReader = (
  type: string,
  kind: ParentKind | null,
  parts: number,
  read: ReadNode,
): void => {
  readers.set(kind ? `${type} ${kind}` : type, { parts, read });
};

/** What reads the node behind an opaque id, of any type or of the one that is expected; or what is wrong with the id. */
const readerOf = (context: Context, id: string, expected?: string) => {
  const node = decodeNodeId(id);
  if (!node) return new InvalidInput(NOT_AN_ID);
  const { type, parts } = node;
  if (expected !== undefined && type !== expected)
    return new InvalidInput(`This \`id\` is of type ${type}, not ${expected}.`);
  const reader = readers.get(type) ?? readers.get(`${type} ${parts[0]}`);
  if (reader?.parts !== parts.length) return new InvalidInput(NOT_AN_ID);
  const project = findProject(context, node);
  if (!project) return new InvalidInput(NOT_SERVED);
  return (info: GraphQLResolveInfo) => reader.read(context, project, parts, info);
};

/** The node behind an opaque id, of any type or of the one that is expected. Throws at once where the id is wrong. */
export const loadNode = (
  context: Context,
  id: string,
  info: GraphQLResolveInfo,
  expected?: string,
): Promise<object> => {
  const read = readerOf(context, id, expected);
  if (read instanceof InvalidInput) throw badInput(read.message);
  return read(info);
};

const idIn = keyReader(['id']);

/** Reads an entity by the opaque id in a reference of a federated query. Throws at once where the reference is wrong. */
export const loadEntity =
  <T extends object>(type: string) =>
  (reference: object, context: Context, info: GraphQLResolveInfo): Promise<T> =>
    loadNode(context, idIn(reference).id!, info, type) as Promise<T>;

/** The interface of everything that can be fetched again by its id. */
export const Node = builder.nodeInterfaceRef();

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'The thing with this opaque `id`.',
    args: { id: t.arg.id({ required: true, description: 'An `id` of this graph.' }) },
    resolve: (_root, { id }, context, info) => loadNode(context, id, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    extensions: costPerValueOf('ids'),
    description:
      'The things with these opaque `id`s, in the same order; what cannot be read is null with an error. The same mistake in ' +
      'several ids is one error, with their positions in its message.',
    args: { ids: t.arg.idList({ required: true, description: 'Ids of this graph.' }) },
    resolve: (_root, { ids }, context, info) =>
      readEach(
        ids,
        (id) => readerOf(context, id),
        async (read) => read(info),
        context,
        info,
      ),
  }),
}));
