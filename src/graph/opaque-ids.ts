import {
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { decodeNodeId } from './node-id.ts';

/** Types whose opaque `id` stands for a vendor's id, by the name of the argument or input field that takes the latter. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  clusterId: ['Cluster'],
  serviceId: ['EndpointService'],
  endpointId: ['Endpoint'],
  permissionId: ['Permission'],
  dataSourceId: ['DataSource'],
  instanceId: ['InsightInstance'],
};

/** Types whose opaque `id` an argument or an input field with an id takes in place of the vendor's id; none for other ids. */
export const referencedTypes = (owner: string, name: string): readonly string[] => {
  if (owner === 'EndpointServiceBy' && name === 'id') return TYPES['serviceId']!;
  const types = TYPES[name.replace(/s$/, '')] ?? [];
  return types[0] === 'Endpoint' && isOfConnections(owner) ? ['Connection', 'Endpoint'] : types;
};

/** Whether a field or an input is about connections: their endpoints can be of other projects. */
const isOfConnections = (owner: string): boolean => /^connection/i.test(owner);

/** A project that an argument names, or that an opaque id is of. */
interface NamedProject {
  region: string;
  projectId: string;
}

/** What the opaque ids in the arguments of one field say beside the vendor's ids. */
interface Found {
  project: (NamedProject & { argument: string }) | null;
  /** Rows of a cluster or a service, with the kind and the id of that parent. */
  rows: { argument: string; parent: readonly string[] }[];
}

/** Replaces the opaque ids in a value. */
type Replace = (value: unknown, argument: string, found: Found) => unknown;

const isSame = (one: NamedProject, other: NamedProject): boolean =>
  one.region === other.region && one.projectId === other.projectId;

const contradiction = ({ argument, region, projectId }: Found['project'] & object, other: string) =>
  badInput(
    `\`${argument}\` is an \`id\` of project ${projectId} in region ${region}, but ${other} is of another project. Leave ` +
      '`project` out and take ids of one project, or give the id that the console shows.',
  );

/** Replaces one id. A text that is not an opaque id is the vendor's id, and checked as such later. */
const replaceId =
  (types: readonly string[], ofConnections: boolean): Replace =>
  (value, argument, found) => {
    const node = typeof value === 'string' && value.startsWith('WzEs') ? decodeNodeId(value) : null;
    if (!node) return value;
    const { type, region, projectId, parts } = node;
    if (!types.includes(type))
      throw badInput(
        `\`${argument}\` is the \`id\` of a ${type}; it takes that of a ${types.join(' or ')}, or the id that the console shows.`,
      );
    if (type === 'Connection' || type === 'Permission')
      found.rows.push({ argument, parent: parts.slice(0, -1) });
    const decides = !(ofConnections && type === 'Endpoint');
    const project = { region, projectId, argument };
    if (decides && found.project && !isSame(found.project, project))
      throw contradiction(project, `\`${found.project.argument}\``);
    if (decides) found.project ??= project;
    return parts.at(-1);
  };

/** The kind and the id of the cluster or service that an input or an object is about. */
const parentOf = (value: Record<string, unknown> | null | undefined): readonly unknown[] | null => {
  const { clusterId, serviceId } = value ?? {};
  if (clusterId != null) return ['cluster', clusterId];
  return serviceId == null ? null : ['service', serviceId];
};

const checkRows = (found: Found, parent: readonly unknown[] | null): void => {
  if (!parent) return;
  const stray = found.rows.find((row) => row.parent[0] !== parent[0] || row.parent[1] !== parent[1]);
  if (stray)
    throw badInput(
      `\`${stray.argument}\` is an \`id\` of another cluster or endpoint service than the one named.`,
    );
  found.rows = [];
};

type InputFields = readonly (GraphQLArgument | GraphQLInputField)[];

/** Replaces the opaque ids in the fields of an input, or in the arguments of a field; null if there can be none. */
const replaceFields = (owner: string, fields: InputFields): Replace | null => {
  const replaced = fields.flatMap(({ name, type }): [string, Replace][] => {
    const replace = replaceIn(owner, name, type);
    return replace ? [[name, replace]] : [];
  });
  if (replaced.length === 0) return null;
  const isFilter = owner.endsWith('Filter');
  return (value, argument, found) => {
    const before = value as Record<string, unknown>;
    const after = { ...before };
    for (const [name, replace] of replaced)
      if (before[name] != null)
        after[name] = replace(before[name], argument ? `${argument}.${name}` : name, found);
    if (found.rows.length > 0 && !isFilter)
      checkRows(found, parentOf(after['parent'] as Record<string, unknown>) ?? parentOf(after));
    return after;
  };
};

const inputReplacements = new WeakMap<GraphQLInputObjectType, Replace | null>();

const replaceIn = (owner: string, name: string, type: GraphQLInputType): Replace | null => {
  if (isNonNullType(type)) return replaceIn(owner, name, type.ofType);
  if (isListType(type)) {
    const replace = replaceIn(owner, name, type.ofType);
    return (
      replace &&
      ((values, argument, found) =>
        (values as unknown[]).map((value, at) =>
          value === null ? null : replace(value, `${argument}.${at}`, found),
        ))
    );
  }
  if (isInputObjectType(type)) {
    // A type inside itself has no ids of its own there yet.
    if (!inputReplacements.has(type)) {
      inputReplacements.set(type, null);
      inputReplacements.set(type, replaceFields(type.name, Object.values(type.getFields())));
    }
    return inputReplacements.get(type)!;
  }
  const types = type.name === 'ID' ? referencedTypes(owner, name) : [];
  return types.length > 0 ? replaceId(types, isOfConnections(owner)) : null;
};

type Arguments = Record<string, unknown>;

/** Puts the project of the opaque ids where the arguments name one. */
const withProject = (
  field: GraphQLField<unknown, Context>,
  source: unknown,
  args: Arguments,
  project: Found['project'],
): Arguments => {
  if (!project) return args;
  const named = ({ region, projectId }: NamedProject) => ({ region, projectId });
  const place = (within: Arguments, path: string): Arguments => {
    const given = within['project'] as NamedProject | null | undefined;
    if (given && !isSame(given, project)) throw contradiction(project, `\`${path}\``);
    return { ...within, project: named(project) };
  };
  if (field.args.some(({ name }) => name === 'project')) return place(args, 'project');
  const input = field.args.find(({ name }) => name === 'input');
  const inputType = input && getNamedType(input.type);
  if (isInputObjectType(inputType) && inputType.getFields()['project'])
    return { ...args, input: place(args['input'] as Arguments, 'input.project') };
  const own = (source as { project?: NamedProject } | null | undefined)?.project;
  if (own && !isSame(own, project)) throw contradiction(project, 'the object');
  return args;
};

/**
 * Lets every argument and input that takes a vendor's id take the opaque `id` of the same thing too: resolvers get the vendor's id,
 * and the project of the opaque id where no `project` is given. In place.
 * @throws `BAD_USER_INPUT`, from resolvers, for an id of another type, and for ids whose projects or parents contradict each other.
 */
export const withOpaqueIds = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const replace = replaceFields(field.name, field.args);
      if (!replace) continue;
      const wrap =
        (resolve: GraphQLFieldResolver<unknown, Context>): GraphQLFieldResolver<unknown, Context> =>
        (source, args, context, info) => {
          const found: Found = { project: null, rows: [] };
          const replaced = replace(args, '', found) as Arguments;
          if (found.rows.length > 0) checkRows(found, parentOf(source as Record<string, unknown>));
          return resolve(source, withProject(field, source, replaced, found.project), context, info);
        };
      if (field.subscribe) field.subscribe = wrap(field.subscribe);
      else field.resolve = wrap(field.resolve ?? defaultFieldResolver);
    }
  }
  return schema;
};
