import type { GraphQLResolveInfo } from 'graphql';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import type { Project } from '../http/request.ts';
import { builder } from './builder.ts';
import { keyReader } from './entity.ts';
import { InvalidInput, readEach } from './read-each.ts';
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

/** The kind of parent of a row, which is the first part of the row's id. */
export type ParentKind = 'cluster' | 'service';

/** Registers the reader for nodes of a type, or for those with one kind of parent. */
export const registerNodeReader = (
  type: string,
  kind: ParentKind | null,
  parts: number,
  read: ReadNode,
): void => {
  readers.set(kind ? `${type} ${kind}` : type, { parts, read });
};

/** Finds the reader of the node with an opaque id, of any type or of the expected one; or returns why the id is invalid. */
const findReader = (context: Context, id: string, expected?: string) => {
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

/**
 * Reads the node with an opaque id, of any type or of the expected one.
 * @throws `BAD_USER_INPUT`, synchronously, if the id is invalid.
 */
export const loadNode = (
  context: Context,
  id: string,
  info: GraphQLResolveInfo,
  expected?: string,
): Promise<object> => {
  const read = findReader(context, id, expected);
  if (read instanceof InvalidInput) throw badInput(read.message);
  return read(info);
};

const readIdKey = keyReader(['id']);

/**
 * Creates the resolver that reads an entity by the opaque id in a reference of a federated query.
 * @throws `BAD_USER_INPUT`, synchronously, if the reference is invalid.
 */
export const loadEntity =
  <T extends object>(type: string) =>
  (reference: object, context: Context, info: GraphQLResolveInfo): Promise<T> =>
    loadNode(context, readIdKey(reference).id!, info, type) as Promise<T>;

/** The interface of all types that can be fetched by id. */
export const Node = builder.nodeInterfaceRef();

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'The object with this opaque `id`.',
    args: { id: t.arg.id({ required: true, description: 'An `id` of this graph.' }) },
    example: `
      {
        node(id: "WzEsIkNsdXN0ZXIiLCJjbi1ub3J0aC00IiwiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiLCI5NjkzYjJlYy03MzJjLTQ4MWEtOGI5ZC1jZjhjOGRkNjQyZjgiXQ") {
          ... on Cluster { name status }
        }
      }
    `,
    resolve: (_root, { id }, context, info) => loadNode(context, id, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    extensions: costPerValueOf('ids'),
    description:
      'The objects with these opaque `id`s, in the same order; an object that cannot be read is null, with an error. If ' +
      'several ids have the same error, it is reported once, with their positions in its message.',
    args: { ids: t.arg.idList({ required: true, description: 'Ids of this graph.' }) },
    example: `
      {
        nodes(ids: ["WzEsIkNsdXN0ZXIiLCJjbi1ub3J0aC00IiwiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiLCI5NjkzYjJlYy03MzJjLTQ4MWEtOGI5ZC1jZjhjOGRkNjQyZjgiXQ"]) {
          ... on Cluster { name status }
        }
      }
    `,
    resolve: (_root, { ids }, context, info) =>
      readEach(
        ids,
        (id) => findReader(context, id),
        (read) => read(info),
        context,
        info,
      ),
  }),
}));
