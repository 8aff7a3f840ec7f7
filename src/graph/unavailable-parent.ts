import { GraphQLError, type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import type { Context } from '../request/context.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { Project } from '../http/request.ts';
import { builder, type UnavailableParent } from './builder.ts';
import { FROM_PAGE } from './field-source.ts';
import { selectedFields } from './lookahead.ts';
import { maskError } from './mask-error.ts';
import { type PageFields, pageType } from './page-field.ts';
import { ErrorCodeEnum } from './user-error.ts';

export const Unavailable = builder.objectRef<UnavailableParent>('UnavailableParent').implement({
  description:
    'A cluster or an endpoint service whose rows are missing, all or some, from a list over many of them. Without ' +
    '`clusterId` and `serviceId` it stands for those clusters or services of the project that could not be listed.',
  fields: (t) => ({
    region: t.exposeString('region', { nullable: false, description: 'Region of the project.' }),
    projectId: t.exposeID('projectId', { nullable: false, description: 'Id of the project.' }),
    clusterId: t.exposeID('clusterId', { description: 'Id of the cluster; null for an endpoint service.' }),
    serviceId: t.exposeID('serviceId', { description: 'Id of the endpoint service; null for a cluster.' }),
    name: t.exposeString('name', { description: 'Name of the cluster or of the endpoint service.' }),
    code: t.expose('code', {
      type: ErrorCodeEnum,
      nullable: false,
      description:
        'Reason: `RESULT_TRUNCATED` if only some of its rows could be read, else the error because of which none could.',
    }),
    message: t.exposeString('message', { nullable: false, description: 'Reason, in words.' }),
  }),
});

/** The cluster, the endpoint service, or the project whose clusters or services could not be listed. */
interface GapIn {
  project: Project;
  clusterId?: string;
  serviceId?: string;
  name?: string | null;
}

/** Describes why rows are missing, for clients. */
export const describeGap = (gap: GapIn, error: unknown): UnavailableParent => {
  const { project, clusterId = null, serviceId = null, name = null } = gap;
  const { region, projectId } = project;
  const { message, extensions } = maskError(error, '');
  const [code, retryable] = [extensions['code'] as ErrorCode, extensions['retryable'] === true];
  return { region, projectId, clusterId, serviceId, name, code, retryable, message };
};

type UnavailableField = PothosSchemaTypes.FieldRef<
  typeof builder.$inferSchemaTypes,
  readonly UnavailableParent[],
  'Object'
>;

/** Type options of a page over many clusters and endpoint services, and of its edges. */
export const parentsPageType = (name: string, rows: string) => {
  const [page, edge] = pageType(name, rows);
  const fields = (t: PageFields): ReturnType<typeof page.fields> & { unavailable: UnavailableField } => ({
    ...page.fields(t),
    unavailable: t.field({
      type: [Unavailable],
      extensions: FROM_PAGE,
      nullable: { list: false, items: false },
      description:
        'Clusters and endpoint services whose rows are missing; empty if all were read. `totalCount` counts the rows of ' +
        'the others. If this field is not selected, there is an error for each reason instead.',
      resolve: ({ unavailableParents }) => [...(unavailableParents ?? [])],
    }),
  });
  return [{ ...page, fields }, edge] as const;
};

/** The most parents that an error lists. */
const MAX_LISTED = 100;

const idOf = ({ clusterId, serviceId, region, projectId }: UnavailableParent): object => ({
  region,
  projectId,
  ...(clusterId !== null && { clusterId }),
  ...(serviceId !== null && { serviceId }),
});

/** Reports gaps as errors, one for each reason, if the page does not select them. */
export const reportGaps = (
  context: Context,
  info: GraphQLResolveInfo,
  type: string,
  gaps: readonly UnavailableParent[],
): void => {
  if (gaps.length === 0) return;
  context.markUncacheable();
  if (selectedFields(info, type).some((field) => field.name.value === 'unavailable')) return;
  for (const same of Map.groupBy(gaps, ({ code, message }) => `${code} ${message}`).values()) {
    const { code, retryable, message } = same[0]!;
    const rows = `Rows of ${same.length} clusters, endpoint services or projects are missing.`;
    context.partialErrors.push(
      new GraphQLError(`${rows} ${message}`, {
        nodes: info.fieldNodes,
        path: responsePathAsArray(info.path),
        extensions: { code, retryable, unavailable: same.slice(0, MAX_LISTED).map(idOf) },
      }),
    );
  }
};
