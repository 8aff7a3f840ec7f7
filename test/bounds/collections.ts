import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

interface Node {
  type: string;
  [key: string]: unknown;
}

/** A function that is read, or the module around all of them, with the collections that it begins with. */
interface Scope {
  names: ReadonlySet<string>;
  outer: Scope | undefined;
}

const CLASSES = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'LRUCache', 'Present']);
const ADDING = new Set(['set', 'add', 'push', 'unshift']);
/** A function that these are given is over when they are. */
const RUNS_AT_ONCE = new Set([
  'every',
  'filter',
  'find',
  'flatMap',
  'forEach',
  'from',
  'map',
  'reduce',
  'some',
]);
const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration']);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode);

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && (node.type === 'Identifier' || node.type === 'PrivateIdentifier')
    ? (node['name'] as string)
    : undefined;

const isInstance = (value: unknown): boolean =>
  isNode(value) && value.type === 'NewExpression' && CLASSES.has(nameOf(value['callee']) ?? '');

const isEmptyInstance = (value: unknown): boolean =>
  isInstance(value) && ((value as Node)['arguments'] as unknown[]).length === 0;

/** Whether a value begins as a collection: one of the classes, or an empty array or object. */
const isCollection = (value: unknown): boolean => {
  if (!isNode(value)) return false;
  if (isInstance(value)) return true;
  if (value.type === 'ArrayExpression') return (value['elements'] as unknown[]).length === 0;
  return value.type === 'ObjectExpression' && (value['properties'] as unknown[]).length === 0;
};

const isRunAtOnce = (parent: Node | undefined): boolean =>
  parent?.type === 'CallExpression' &&
  isNode(parent['callee']) &&
  RUNS_AT_ONCE.has(nameOf(parent['callee']['property']) ?? '');

const isInner = (node: Node, parent: Node | undefined): boolean =>
  FUNCTIONS.has(node.type) && !isRunAtOnce(parent);

/** The collections that a function declares, without those of the functions in it. */
const declaredIn = (body: Node): string[] => {
  if (body.type === 'VariableDeclarator' && isCollection(body['init'])) return [nameOf(body['id'])!];
  return childrenOf(body)
    .filter((child) => !isInner(child, body))
    .flatMap(declaredIn);
};

/** The name of what a node adds to. */
const addedTo = (node: Node): string | undefined => {
  const target =
    node.type === 'CallExpression'
      ? node['callee']
      : node.type === 'AssignmentExpression'
        ? node['left']
        : undefined;
  if (!isNode(target) || target.type !== 'MemberExpression') return undefined;
  const adds =
    node.type === 'CallExpression'
      ? ADDING.has(nameOf(target['property']) ?? '')
      : target['computed'] === true;
  return adds ? nameOf(target['object']) : undefined;
};

/** The member that a node makes a collection. */
const memberOf = (node: Node): string | undefined => {
  if (node.type === 'PropertyDefinition' && isCollection(node['value'])) return nameOf(node['key']);
  if (node.type === 'Property' && isEmptyInstance(node['value'])) return nameOf(node['key']);
  const left = node['left'];
  return node.type === 'AssignmentExpression' &&
    isCollection(node['right']) &&
    isNode(left) &&
    left.type === 'MemberExpression' &&
    left['computed'] !== true
    ? nameOf(left['property'])
    : undefined;
};

const isOfOuter = (name: string, scope: Scope): boolean => {
  if (scope.names.has(name)) return false;
  for (let outer = scope.outer; outer; outer = outer.outer) if (outer.names.has(name)) return true;
  return false;
};

const lastingIn = (node: Node, scope: Scope): string[] => {
  const name = addedTo(node);
  const member = memberOf(node);
  const own = [
    ...(name !== undefined && isOfOuter(name, scope) ? [name] : []),
    ...(member === undefined ? [] : [member]),
  ];
  const below = childrenOf(node).flatMap((child) =>
    lastingIn(
      child,
      isInner(child, node) ? { names: new Set(childrenOf(child).flatMap(declaredIn)), outer: scope } : scope,
    ),
  );
  return [...own, ...below];
};

/** The collections in a source text that outlive the call which adds to them, by name. */
export const lastingCollections = (text: string): string[] => {
  const { program } = parseSync('source.ts', text);
  const module = program as unknown as Node;
  return [...new Set(lastingIn(module, { names: new Set(declaredIn(module)), outer: undefined }))].toSorted();
};

const ROOT = join(import.meta.dirname, '..', '..', 'src');
/** These run beside the gateway, or for one look. */
const APART = ['sandbox/', 'doctor/'];

/** The same of all that a gateway is made of, as `file name`. */
export const collectionsOfTheGateway = (): string[] =>
  globSync('**/*.ts', { cwd: ROOT })
    .filter((file) => !APART.some((folder) => file.startsWith(folder)))
    .flatMap((file) =>
      lastingCollections(readFileSync(join(ROOT, file), 'utf8')).map((name) => `${file} ${name}`),
    )
    .toSorted();
