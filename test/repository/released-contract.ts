import { CriticalityLevel, diff, DiffRule } from '@graphql-inspector/core';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { readFileSync } from 'node:fs';

/** Everything that can be deprecated in a schema, by its path, with the reason where it is. */
const deprecations = (schema: GraphQLSchema): [string, string][] =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    const members = [
      ...(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : []),
      ...('getValues' in type ? type.getValues() : []),
    ];
    return members
      .flatMap((member) => [
        { path: `${type.name}.${member.name}`, reason: member.deprecationReason },
        ...('args' in member ? (member.args as readonly GraphQLArgument[]) : []).map(
          ({ name, deprecationReason }) => ({
            path: `${type.name}.${member.name}(${name}:)`,
            reason: deprecationReason,
          }),
        ),
      ])
      .flatMap(({ path, reason }): [string, string][] => (reason == null ? [] : [[path, reason]]));
  });

/**
 * The changes from a released contract that the policy does not allow, in words: anything may be added; what was released may only be
 * removed or changed after a release in which it was deprecated, with the name of its replacement.
 */
export const forbiddenChanges = async (released: string, now: string): Promise<string[]> => {
  const [before, after] = [buildSchema(released), buildSchema(now)];
  const changes = await diff(before, after, [DiffRule.suppressRemovalOfDeprecatedField]);
  return [
    ...changes
      .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
      .map(
        ({ message }) =>
          `${message}. Keep it, add the new one beside it, and deprecate it first: it can go after a release that has it deprecated.`,
      ),
    ...deprecations(after)
      .filter(([, reason]) => !/`[\w.]+/.test(reason))
      .map(([path]) => `${path} is deprecated: its reason must name the replacement, in backticks.`),
  ];
};

if (import.meta.main) {
  const read = (name: string) => readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8');
  const forbidden = await forbiddenChanges(read('released.graphql'), read('api.graphql'));
  for (const words of forbidden) console.error(`- ${words}`);
  if (forbidden.length > 0) {
    console.error(
      'The contract breaks clients of the last release (schema/released.graphql): see CONTRIBUTING.md.',
    );
    process.exitCode = 1;
  }
}
