import { z } from 'zod';
import type { Answer, Client } from './client.ts';

/** What tells of a page whether there are further ones. */
export const PAGE = 'totalCount truncatedAt pageInfo { hasNextPage endCursor }';

/** The shape of a page that was asked for `PAGE` and `nodes`. */
export const pageOf = <T extends z.ZodType>(node: T) =>
  z.object({
    totalCount: z.number().nullable(),
    truncatedAt: z.number().nullable(),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    nodes: z.array(node),
  });

const Page = pageOf(z.unknown());

/** Why something could not be read. */
export interface Reason {
  code: string;
  message: string;
}

/** The error of an answer for the row with this index of its list, or else its first. */
export const describeErrors = ({ errors = [] }: Answer, index?: number): Reason => {
  const indexIn = (path: readonly unknown[] | undefined) => path?.find((part) => typeof part === 'number');
  const error = errors.find(({ path }) => index !== undefined && indexIn(path) === index) ?? errors[0];
  return { code: error?.extensions?.code ?? 'UNKNOWN', message: error?.message ?? 'It could not be read.' };
};

/** A cluster or an endpoint service. */
interface Parent {
  kind: 'cluster' | 'service';
  id: string;
  region: string;
  projectId: string;
}

const FIELD_OF = {
  cluster: 'cluster(clusterId: $id, project: $project)',
  service: 'endpointService(by: { id: $id }, project: $project)',
};

const queryOf = (kind: Parent['kind'], selection: string): string => `
  query ($id: ID!, $project: ProjectInput, $filter: ConnectionFilter, $after: String) {
    parent: ${FIELD_OF[kind]} {
      connections(first: 1000, filter: $filter, after: $after) { ${PAGE} nodes { ${selection} } }
    }
  }`;

/**
 * Reads the connections of a parent past a page, and gives them page by page.
 * @returns why connections are missing, if any are.
 */
export const readRestOfConnections = async (
  client: Client,
  { kind, id, region, projectId }: Parent,
  { first, filter, selection }: { first: z.infer<typeof Page>; filter: object; selection: string },
  onRows: (rows: readonly unknown[]) => void,
): Promise<Reason | undefined> => {
  let { pageInfo, truncatedAt } = first;
  while (pageInfo.hasNextPage) {
    const variables = { id, project: { region, projectId }, filter, after: pageInfo.endCursor };
    const answer = await client.ask({ query: queryOf(kind, selection), variables });
    const parent = answer.data?.['parent'] as { connections?: unknown } | null | undefined;
    const page = Page.safeParse(parent?.connections);
    if (!page.success) return describeErrors(answer);
    onRows(page.data.nodes);
    ({ pageInfo, truncatedAt } = page.data);
  }
  return truncatedAt === null
    ? undefined
    : {
        code: 'RESULT_TRUNCATED',
        message: `The cloud gives only ${truncatedAt.toLocaleString('en-US')} of its connections.`,
      };
};
