import { GraphQLError, Kind, parse } from 'graphql';
import { z } from 'zod';

const APOLLO = 'apollo-persisted-query-manifest';

/** Format that Apollo's tool writes. */
const ApolloManifest = z.object({
  format: z.literal(APOLLO),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

/** Format that Relay's compiler and most others write: hash to text. */
const PlainManifest = z.record(z.string(), z.string());

const FORMS =
  `must be an object of hashes and operations, or a manifest of Apollo ` +
  `(\`"format": "${APOLLO}", "version": 1, "operations": [{ "id", "body" }]\`)`;

/** Reads pairs of hash and operation; null if the format is neither of the two. */
const readPairs = (json: unknown): [id: string, text: string][] | null => {
  const apollo = ApolloManifest.safeParse(json);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => [id, body]);
  const plain = PlainManifest.safeParse(json);
  return plain.success && !('format' in plain.data) ? Object.entries(plain.data) : null;
};

const checkOperation = (id: string, text: string): string[] => {
  if (id === '') return ['an operation has an empty hash'];
  try {
    const isThere = parse(text).definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return isThere ? [] : [`${JSON.stringify(id)}: has no operation`];
  } catch (error) {
    if (!(error instanceof GraphQLError)) return [`${JSON.stringify(id)}: is nested too deeply`];
    const line = error.locations?.[0]?.line;
    return [`${JSON.stringify(id)}: is not GraphQL: ${error.message}${line ? ` (line ${line})` : ''}`];
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads the operations of a manifest by their hash, and the problems of the manifest. */
export const readManifest = (
  text: string,
): { operations: ReadonlyMap<string, string>; problems: string[] } => {
  const operations = new Map<string, string>();
  // An editor's byte order mark is no part of it.
  const json = parseJson(text.replace(/^\uFEFF/, ''));
  if (json === undefined) return { operations, problems: [`is not JSON; ${FORMS}`] };
  const pairs = readPairs(json);
  if (pairs === null) return { operations, problems: [FORMS] };
  if (pairs.length === 0) return { operations, problems: [`has no operations; ${FORMS}`] };
  const problems: string[] = [];
  for (const [id, operation] of pairs) {
    problems.push(...checkOperation(id, operation));
    if ((operations.get(id) ?? operation) !== operation)
      problems.push(`${JSON.stringify(id)}: is the hash of two operations`);
    operations.set(id, operation);
  }
  return { operations, problems };
};
