import { type DefinitionNode, isTypeDefinitionNode, parse, type TypeDefinitionNode, visit } from 'graphql';

/** Fields with the spelling of the cloud, each beside a field that clients understand without the cloud's documentation. */
const INTERNAL = /Raw$|^endpointUpdateSwitch$/;

/** The names of these types, and of all that their fields and arguments lead to. */
const reachableFrom = (definitions: readonly DefinitionNode[], roots: readonly string[]): Set<string> => {
  const found = new Set(roots);
  const types = new Map(
    definitions.filter((one) => isTypeDefinitionNode(one)).map((type) => [type.name.value, type]),
  );
  for (const name of found) {
    const type = types.get(name);
    if (type) visit(type, { NamedType: (named) => void found.add(named.name.value) });
  }
  return found;
};

/** A tag, and where in the text of the schema it belongs. */
interface Tag {
  at: number;
  name: string;
}

const tagsInside = (type: TypeDefinitionNode): Tag[] => {
  const tags: Tag[] = [];
  visit(type, {
    FieldDefinition: ({ name: { value }, loc }) => {
      const name = type.name.value === 'Mutation' ? 'write' : INTERNAL.test(value) ? 'internal' : undefined;
      if (name) tags.push({ at: loc!.end, name });
    },
  });
  return tags;
};

const tagOf = (type: TypeDefinitionNode, name: string): Tag => {
  const interfaces = ('interfaces' in type && type.interfaces) || [];
  const head = [type.name, ...interfaces, ...(type.directives ?? [])];
  return { at: head.at(-1)!.loc!.end, name };
};

/**
 * Adds `@tag` to a schema, for contracts that show a part of a supergraph: `public` to the types that reads lead to, `write` to the
 * fields of `Mutation` and to the types that only these lead to, `internal` to fields with the spelling of the cloud.
 */
export const withContractTags = (sdl: string): string => {
  const { definitions } = parse(sdl);
  const read = reachableFrom(definitions, ['Query', 'Subscription']);
  const tags = definitions
    .filter((one) => isTypeDefinitionNode(one))
    .flatMap((type) => {
      const { value } = type.name;
      const own = value === 'Mutation' ? [] : [tagOf(type, read.has(value) ? 'public' : 'write')];
      return [...own, ...tagsInside(type)];
    });
  const ends = [0, ...tags.map(({ at }) => at)];
  const parts = tags.map(({ at, name }, index) => `${sdl.slice(ends[index], at)} @tag(name: "${name}")`);
  return parts.join('') + sdl.slice(ends.at(-1));
};
