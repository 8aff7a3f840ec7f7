import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { z } from 'zod';
import { UPSTREAMS } from '../upstreams/services.ts';
import type { ProjectSetting } from '../upstreams/upstream.ts';
import { editDistance, findNearest } from './edit-distance.ts';
import { resolveEndpoints, resolveIam } from './endpoints.ts';
import type { Project } from '../http/request.ts';
import { DIALECT_SETTINGS, PLAIN_SETTINGS } from './upstream-settings.ts';
import { baseUrl, checkBaseUrl, id, quote, secret } from './validators.ts';

const word = z.string().min(1, 'must not be empty');

const listNames = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** The most slips of the pen, as a share of the letters, with which a key is nearly another one. */
const MAX_SLIPS = 1 / 3;

/** Describes a key that is unknown. Among credentials, one that is like no known key may be a secret, and is not quoted. */
const describeUnknownKey = (key: string, known: readonly string[], quotes: boolean): string => {
  const nearest = findNearest(known, (name) => {
    const slips = editDistance(key.toLowerCase(), name.toLowerCase());
    return slips <= name.length * MAX_SLIPS ? slips : undefined;
  });
  if (nearest !== undefined) return `has no property ${quote(key)}, but \`${nearest}\``;
  return quotes ? `has no property ${quote(key)}` : 'has an unknown property';
};

/** Error messages for an object. Zod's own can quote a value; these never do. */
const describeShapeError =
  (shape: object, quotes: boolean) =>
  (issue: { code?: string; keys?: string[]; input?: unknown }): string => {
    const known = Object.keys(shape);
    if (issue.code === 'unrecognized_keys')
      return `${issue.keys!.map((key) => describeUnknownKey(key, known, quotes)).join(', and ')}; it takes ${listNames(known)}`;
    return issue.input === undefined ? 'is missing' : `must have the properties ${listNames(known)}`;
  };

/** Error message for a value that has none of its own: one that is missing, or a list or an object in place of text. */
const describeNoText = ({ input }: { input?: unknown }): string =>
  input === undefined ? 'is missing' : 'must be text';

const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape, quotes = true) =>
  z.strictObject(shape, { error: describeShapeError(shape, quotes) });

const secretStrict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => strict(shape, false);

const Endpoints = strict(
  Object.fromEntries([...UPSTREAMS.map(({ name }) => name), 'iam'].map((name) => [name, baseUrl.optional()])),
);

const settingsShape = (settings: readonly ProjectSetting[]) =>
  Object.fromEntries(settings.map(({ property, schema }) => [property, schema.optional()]));

const Credentials = z
  .preprocess(
    (value) => (value === 'none' ? undefined : value),
    secretStrict({
      accessKey: secretStrict({
        accessKey: secret,
        secretKey: secret,
        securityToken: secret.optional(),
      }).optional(),
      user: secretStrict({ name: word, password: word, domain: word }).optional(),
    })
      .refine(
        ({ accessKey, user }) => (accessKey === undefined) !== (user === undefined),
        'must be `none`, or have either `accessKey` or `user`',
      )
      .optional(),
  )
  .optional();

const ProjectEntry = strict({
  region: id,
  projectId: id,
  name: word.max(128, 'must have at most 128 characters').optional(),
  endpoints: Endpoints.optional(),
  ...settingsShape(PLAIN_SETTINGS),
  credentials: Credentials,
  dialect: strict(settingsShape(DIALECT_SETTINGS)).optional(),
});

const ProjectsFile = strict({
  projects: z.array(ProjectEntry, 'must be a list of projects').min(1, 'must name at least one project'),
});

type Entry = z.output<typeof ProjectEntry>;

const toProject = (entry: Entry): Project => {
  const { region, projectId, name, endpoints, credentials, dialect } = entry;
  const plain: Readonly<Record<string, unknown>> = entry;
  return {
    region,
    projectId,
    ...(name !== undefined && { name }),
    endpoints: {
      ...resolveEndpoints(region, endpoints ?? {}),
      ...(credentials?.user && { iam: resolveIam(region, endpoints?.['iam']) }),
    },
    ...(credentials?.accessKey && { accessKey: credentials.accessKey }),
    ...(credentials?.user && { user: credentials.user }),
    ...Object.fromEntries(PLAIN_SETTINGS.map(({ property }) => [property, plain[property]])),
    ...dialect,
  };
};

/** A problem, and its place in the file. */
interface LocatedProblem {
  path: readonly PropertyKey[];
  message: string;
}

const formatPath = (path: readonly PropertyKey[]): string =>
  path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at ? '.' : ''}${String(step)}`))
    .join('');

/** Line of the node at a path; of its closest parent if it is missing. */
const findLine = (document: Yaml.Document, lines: Yaml.LineCounter, path: readonly PropertyKey[]): number => {
  const node = document.getIn(path, true) as { range?: [number, number, number] } | null | undefined;
  if (node?.range) return lines.linePos(node.range[0]).line;
  return path.length === 0 ? 1 : findLine(document, lines, path.slice(0, -1));
};

/** Describes a problem: its place, what the property takes, and what it is, unless that may be a secret. */
const formatProblem = (
  { path, message }: LocatedProblem,
  document: Yaml.Document,
  lines: Yaml.LineCounter,
): string => {
  const value = path.includes('credentials') ? undefined : document.getIn(path);
  return (
    `${formatPath(path) || 'the file'} (line ${findLine(document, lines, path)}): ${message}` +
    (typeof value === 'string' ? `, but is ${quote(value)}` : '')
  );
};

/** Problems between properties, and of base URLs. */
const checkEntries = (entries: readonly Entry[], insecureAllowed: boolean): LocatedProblem[] =>
  entries.flatMap((entry, at) => {
    const first = entries.findIndex(
      ({ region, projectId }) => region === entry.region && projectId === entry.projectId,
    );
    const twice =
      first < at
        ? [
            {
              path: ['projects', at],
              message: `is the same project in the same region as projects[${first}]`,
            },
          ]
        : [];
    const urls = Object.entries(entry.endpoints ?? {}).flatMap(([service, url]) =>
      checkBaseUrl(url ?? '', insecureAllowed).map((message) => ({
        path: ['projects', at, 'endpoints', service],
        message,
      })),
    );
    return [...twice, ...urls];
  });

const require = createRequire(import.meta.url);

/** Loads the parser synchronously, and only if there is a projects file. */
const loadYaml = () => require('yaml') as typeof Yaml;

/** Reads the projects of a file, or all its problems: each with its place, none with a secret. */
export const readProjects = (
  text: string,
  insecureAllowed: boolean,
): { projects: Project[]; problems: string[] } => {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  // Every scalar is text: a project id of digits only is no number.
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if (document.errors.length > 0) {
    const problems = document.errors.map(
      ({ code, pos }) => `line ${lines.linePos(pos[0]).line}: is not YAML (${code})`,
    );
    return { projects: [], problems };
  }
  const parsed = ProjectsFile.safeParse(toPlainValue(document), { error: describeNoText });
  const problems: LocatedProblem[] = parsed.success
    ? checkEntries(parsed.data.projects, insecureAllowed)
    : parsed.error.issues;
  if (!parsed.success || problems.length > 0) {
    return {
      projects: [],
      problems: problems.map((problem) => formatProblem(problem, document, lines)),
    };
  }
  return { projects: parsed.data.projects.map(toProject), problems: [] };
};

const toPlainValue = (document: Yaml.Document): unknown => {
  try {
    return document.toJS();
  } catch {
    return null; // more aliases than any honest file has
  }
};
