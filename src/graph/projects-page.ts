import { GraphQLError, type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import type { Context } from '../request/context.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { maskError } from './mask-error.ts';
import type { Project } from '../http/request.ts';
import { concatenateSources } from '../paging/concatenated-source.ts';
import type { PageArguments } from '../paging/page-request.ts';
import type { ConnectionPage } from '../paging/relay-connection.ts';
import type { RowCheck } from '../paging/row-check.ts';
import type { SourceError } from '../paging/partial-source.ts';
import { builder, type UnavailableProject } from './builder.ts';
import { listIdentity, type PageSource } from '../paging/page-source.ts';
import { FROM_PAGE } from './field-source.ts';
import { requireProject } from './validate-input.ts';
import { type PageFields, resolvePage, pageType } from './page-field.ts';
import { selectedFields } from './lookahead.ts';
import { ErrorCodeEnum } from './user-error.ts';

const Unavailable = builder.objectRef<UnavailableProject>('UnavailableProject').implement({
  description: 'A project whose rows are missing, all or some, from a list over several projects.',
  fields: (t) => ({
    region: t.exposeString('region', { nullable: false, description: 'Region of the project.' }),
    projectId: t.exposeID('projectId', { nullable: false, description: 'Id of the project.' }),
    code: t.expose('code', {
      type: ErrorCodeEnum,
      nullable: false,
      description:
        'Reason: `RESULT_TRUNCATED` if only its first rows can be read, else the error because of which its rows, or some of them, could not be ' +
        'read.',
    }),
    message: t.exposeString('message', { nullable: false, description: 'Reason, in words.' }),
  }),
});

type UnavailableField = PothosSchemaTypes.FieldRef<
  typeof builder.$inferSchemaTypes,
  readonly UnavailableProject[],
  'Object'
>;

/** Type options of a page over several projects, and of its edges. */
export const projectsPageType = (name: string, rows: string) => {
  const [page, edge] = pageType(name, rows);
  const fields = (t: PageFields): ReturnType<typeof page.fields> & { unavailable: UnavailableField } => ({
    ...page.fields(t),
    unavailable: t.field({
      type: [Unavailable],
      extensions: FROM_PAGE,
      nullable: { list: false, items: false },
      description:
        'Projects whose rows are missing; empty if all were read. `totalCount` counts the rows of the other projects. If ' +
        'this field is not selected, each of these projects is an error instead.',
      resolve: ({ unavailable }) => [...(unavailable ?? [])],
    }),
  });
  return [{ ...page, fields }, edge] as const;
};

/** A list of a project. */
interface ProjectList<Item extends object> {
  name: string;
  type: string;
  /** Creates the source of one project's list; `alone` is false if it is concatenated with others. */
  sourceOf: (project: Project, alone: boolean) => PageSource<Item>;
  /** A condition that takes a call for each row, and what is missing where such a call fails, such as `The endpoint access`. */
  check?: { rows: RowCheck<Item>; what: string } | undefined;
}

const describeReason = (error: SourceError) => {
  const { message, extensions } = maskError(error, '');
  return { code: extensions['code'] as ErrorCode, retryable: extensions['retryable'] === true, message };
};

/** Rows that a condition left out, by project and reason. */
const describeUnchecked = <Item extends { project: Project }>({
  check,
}: ProjectList<Item>): UnavailableProject[] => {
  if (!check) return [];
  const described = check.rows.failures().map(({ row: { project }, error }) => {
    const { region, projectId } = project;
    return { region, projectId, ...describeReason(error) };
  });
  const groups = Map.groupBy(described, (one) => JSON.stringify(one));
  return [...groups.values()].map((same) => ({
    ...same[0]!,
    message: `${check.what} of ${same.length} rows could not be read, so they are left out. ${same[0]!.message}`,
  }));
};

const reportAsErrors = (
  context: Context,
  info: GraphQLResolveInfo,
  unavailable: readonly UnavailableProject[],
): void => {
  const path = responsePathAsArray(info.path);
  for (const { region, projectId, code, retryable, message } of unavailable) {
    context.partialErrors.push(
      new GraphQLError(`Rows of project ${projectId} in ${region} are missing. ${message}`, {
        nodes: info.fieldNodes,
        path,
        extensions: { code, retryable, project: { region, projectId } },
      }),
    );
  }
};

/**
 * Resolves a page of the named project's list, or of the lists of all projects, concatenated in the order of the configuration.
 * Projects that cannot be read are in the field `unavailable`; if it is not selected, they are errors.
 */
export const pageOfProjects = async <Item extends { project: Project }>(
  list: ProjectList<Item>,
  {
    project: named,
    filter,
    orderBy,
    ...args
  }: PageArguments & {
    project?: { region: string; projectId: string } | null | undefined;
    filter?: unknown;
    orderBy?: unknown;
  },
  context: Context,
  info: GraphQLResolveInfo,
): Promise<ConnectionPage<Item> & { unavailable?: UnavailableProject[] }> => {
  const { name, type, check } = list;
  const sourceOf = (project: Project, alone: boolean) => {
    const source = list.sourceOf(project, alone);
    return check ? check.rows.addTo(source) : source;
  };
  const withUnavailable = (page: ConnectionPage<Item>, gapsOfProjects: UnavailableProject[]) => {
    const unavailable = [...gapsOfProjects, ...describeUnchecked(list)];
    if (unavailable.length === 0) return page;
    context.markUncacheable();
    if (!selectedFields(info, type).some((field) => field.name.value === 'unavailable'))
      reportAsErrors(context, info, unavailable);
    return Object.assign(page, { unavailable });
  };
  if (named || context.projects.length < 2) {
    const source = sourceOf(requireProject(context, named), true);
    return withUnavailable(await resolvePage(source, args, context, info, type), []);
  }
  const parts = context.projects.map((project) => ({ ...sourceOf(project, false), project }));
  const { keyOf, matches, order } = parts[0]!;
  const { gaps, hasFailed, ...merged } = concatenateSources<Item, (typeof parts)[number]>(
    parts,
    context.sizes.maxRows,
  );
  const source: PageSource<Item> = {
    ...merged,
    identity: () => listIdentity(name, 'all projects', filter, orderBy),
    keyOf: (row) => `${row.project.region} ${row.project.projectId} ${keyOf(row)}`,
    // Rows of several projects are not sorted by time, so that a time does not locate a row.
    sortTimeOf: () => null,
    rowsBeforeInGap: (key, rows) => {
      const at = parts.findIndex(({ project: { region, projectId } }) =>
        key.startsWith(`${region} ${projectId} `),
      );
      if (at < 0 || !hasFailed(parts[at]!)) return null;
      const before = new Set(parts.slice(0, at).map(({ project }) => project));
      return rows.filter((row) => before.has(row.project)).length;
    },
    matches,
    order,
  };
  const page = await resolvePage(source, args, context, info, type);
  return withUnavailable(
    page,
    gaps().map(({ part: { project }, error }) => ({
      region: project.region,
      projectId: project.projectId,
      ...describeReason(error),
    })),
  );
};
