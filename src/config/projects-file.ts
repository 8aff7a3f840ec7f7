import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { z } from 'zod';
import { UPSTREAMS } from '../upstreams/services.ts';
import type { ProjectSetting } from '../upstreams/upstream.ts';
import { resolveEndpoints, resolveIam } from './endpoints.ts';
import type { Project } from '../http/client.ts';
import { DIALECT_SETTINGS, PLAIN_SETTINGS } from './upstream-settings.ts';
import { baseUrl, baseUrlProblems, id, secret } from './validators.ts';

const word = z.string('must be text').min(1, 'must not be empty');

/** What zod says of a value can quote it, or a key next to it: these words never do. */
const known = (shape: object) => (issue: { code?: string; input?: unknown }) =>
  issue.code === 'unrecognized_keys'
    ? `knows only ${Object.keys(shape)
        .map((name) => `\`${name}\``)
        .join(', ')}`
    : issue.input === undefined
      ? 'is missing'
      : 'must have properties of its own';

const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: known(shape) });

const Endpoints = strict(
  Object.fromEntries([...UPSTREAMS.map(({ name }) => name), 'iam'].map((name) => [name, baseUrl.optional()])),
);

const settingsShape = (settings: readonly ProjectSetting[]) =>
  Object.fromEntries(settings.map(({ property, schema }) => [property, schema.optional()]));

const Credentials = z
  .preprocess(
    (value) => (value === 'none' ? undefined : value),
    strict({
      accessKey: strict({
        accessKey: secret,
        secretKey: secret,
        securityToken: secret.optional(),
      }).optional(),
      user: strict({ name: word, password: word, domain: word }).optional(),
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

const projectOf = (entry: Entry): Project => {
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

/** A problem, and where in the file it is. */
interface Placed {
  path: readonly PropertyKey[];
  message: string;
}

const nameOf = (path: readonly PropertyKey[]): string =>
  path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at ? '.' : ''}${String(step)}`))
    .join('');

/** The line of what a path leads to, or of what should have it. */
const lineOf = (document: Yaml.Document, lines: Yaml.LineCounter, path: readonly PropertyKey[]): number => {
  const node = document.getIn(path, true) as { range?: [number, number, number] } | null | undefined;
  if (node?.range) return lines.linePos(node.range[0]).line;
  return path.length === 0 ? 1 : lineOf(document, lines, path.slice(0, -1));
};

/** What one property by itself cannot tell. */
const crossProblems = (entries: readonly Entry[], insecureAllowed: boolean): Placed[] =>
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
      baseUrlProblems(url ?? '', insecureAllowed).map((message) => ({
        path: ['projects', at, 'endpoints', service],
        message,
      })),
    );
    return [...twice, ...urls];
  });

const require = createRequire(import.meta.url);

/** At once, as settings are read, and only here: most gateways have one project and no such file. */
const loadYaml = () => require('yaml') as typeof Yaml;

/** The projects of a file, or all that is wrong with it: each problem with its place, and none with its value. */
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
  const parsed = ProjectsFile.safeParse(valueOf(document));
  const problems: Placed[] = parsed.success
    ? crossProblems(parsed.data.projects, insecureAllowed)
    : parsed.error.issues;
  if (!parsed.success || problems.length > 0) {
    const told = problems.map(
      ({ path, message }) =>
        `${nameOf(path) || 'the file'} (line ${lineOf(document, lines, path)}): ${message}`,
    );
    return { projects: [], problems: told };
  }
  return { projects: parsed.data.projects.map(projectOf), problems: [] };
};

const valueOf = (document: Yaml.Document): unknown => {
  try {
    return document.toJS();
  } catch {
    return null; // more aliases than any honest file has
  }
};
