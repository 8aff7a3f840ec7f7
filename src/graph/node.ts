import type { GraphQLResolveInfo } from 'graphql';
import { badInput } from '../client-error.ts';
import type { Context } from '../context.ts';
import type { Project } from '../http/client.ts';
import { builder } from './builder.ts';
import { keyOf, orError } from './entity.ts';
import { servedProject } from './input.ts';
import { perValueOf } from './multiplied.ts';
import { decodeNodeId } from './node-id.ts';

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
export const readNodesWith = (type: string, kind: ParentKind | null, parts: number, read: ReadNode): void => {
  readers.set(kind ? `${type} ${kind}` : type, { parts, read });
};

/** The node behind an opaque id, of any type or of the one that is expected. */
export const loadNode = async (
  context: Context,
  id: string,
  info: GraphQLResolveInfo,
  expected?: string,
): Promise<object> => {
  const { type, parts, ...project } = decodeNodeId(id);
  if (expected !== undefined && type !== expected)
    throw badInput(`This \`id\` is of type ${type}, not ${expected}.`);
  const reader = readers.get(type) ?? readers.get(`${type} ${parts[0]}`);
  if (reader?.parts !== parts.length)
    throw badInput('This is not an `id` of this graph. Take it from an `id` field.');
  return reader.read(context, servedProject(context, project), parts, info);
};

/** Reads an entity by the opaque id in a reference of a federated query. */
export const loadEntity =
  <T extends object>(type: string) =>
  async (reference: object, context: Context, info: GraphQLResolveInfo): Promise<T> =>
    (await loadNode(context, keyOf(reference, ['id']).id!, info, type)) as T;

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
    extensions: perValueOf('ids'),
    description:
      'The things with these opaque `id`s, in the same order; what cannot be read is null with an error.',
    args: { ids: t.arg.idList({ required: true, description: 'Ids of this graph.' }) },
    resolve: (_root, { ids }, context, info) => ids.map((id) => orError(() => loadNode(context, id, info))),
  }),
}));
