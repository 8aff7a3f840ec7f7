import type { Parent, Problem } from '../model/topology.ts';
import type { LocatedProblem } from './client.ts';
import { NOT_READ, problemOf } from './problems.ts';

/** Rows of all parents in one answer, if every page is full: an operation may cost so much. */
const ROWS_AT_ONCE = 2_000;

/** Rows of one page that the gateway gives at most. */
const MAX_PAGE = 1_000;

/** Parents in one answer: the gateway makes a call for each. */
const MAX_PARENTS = 100;

/** Sizes of pages. Few sizes, so that many lists are about as long as others and are read together. */
const PAGE_SIZES = [10, 25, 50, 75, 100, 150, 250, 500];

const pageFor = (rows: number): number => PAGE_SIZES.find((size) => rows <= size) ?? MAX_PAGE;

/** Lists that are read together, with pages of this size. */
export interface Batch {
  parents: readonly Parent[];
  first: number;
}

/** Takes the first list, and as many others that fit into pages of its size, with at most so many rows. Undefined without any list. */
export const takeBatch = (
  parents: readonly Parent[],
  rowsOf: (parent: Parent) => number,
  mostRows: number,
): Batch | undefined => {
  const [head] = parents;
  if (!head) return undefined;
  const rows = Math.min(ROWS_AT_ONCE, mostRows);
  const first = Math.min(pageFor(rowsOf(head)), rows);
  const most = Math.min(MAX_PARENTS, Math.floor(rows / first));
  const alike = parents.filter((parent) => parent === head || pageFor(rowsOf(parent)) <= first);
  return { first, parents: alike.slice(0, most) };
};

/** A page of one list of a parent. */
interface ListPage<Row> {
  totalCount: number | null;
  truncatedAt: number | null;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: readonly Row[];
}

/** Asks for a page of the list of each of these parents. The list is null where it is only its owner's to see. */
export type AskPages<Row> = (variables: { ids: string[]; first: number; after: string | null }) => Promise<{
  nodes: readonly ({ list: ListPage<Row> | null } | null)[] | null;
  problems: readonly LocatedProblem[];
}>;

/** A list as far as it could be read. */
export interface List<Row> {
  /** Null where it could not be read, or is not shown. */
  rows: readonly Row[] | null;
  totalCount: number | null;
  truncatedAt: number | null;
  problem: Problem | null;
}

/** Reads a list from a page on to its end. */
const readRest = async <Row>(
  ask: AskPages<Row>,
  { nodeId }: Parent,
  start: ListPage<Row>,
): Promise<List<Row>> => {
  const rows = [...start.nodes];
  let page = start;
  while (page.pageInfo.hasNextPage) {
    const { nodes, problems } = await ask({ ids: [nodeId], first: MAX_PAGE, after: page.pageInfo.endCursor });
    const next = nodes?.[0]?.list;
    if (!next) return { ...page, rows, problem: problems[0] ?? NOT_READ };
    page = next;
    rows.push(...page.nodes);
  }
  return { rows, totalCount: page.totalCount, truncatedAt: page.truncatedAt, problem: null };
};

/** Reads one list of each parent: the first pages together, what is left of a long list page by page. */
export const readLists = async <Row>(
  ask: AskPages<Row>,
  { parents, first }: Batch,
  onList: (parent: Parent, list: List<Row>) => void,
): Promise<void> => {
  const { nodes, problems } = await ask({ ids: parents.map(({ nodeId }) => nodeId), first, after: null });
  if (!nodes && parents.length > 1 && problems[0]?.code === 'QUERY_TOO_COMPLEX') {
    const half = Math.ceil(parents.length / 2);
    for (const part of [parents.slice(0, half), parents.slice(half)])
      await readLists(ask, { parents: part, first }, onList);
    return;
  }
  for (const [index, parent] of parents.entries()) {
    const node = nodes?.[index];
    if (node?.list) onList(parent, await readRest(ask, parent, node.list));
    else {
      const problem = problemOf(problems, index) ?? (node ? null : (problems[0] ?? NOT_READ));
      onList(parent, { rows: null, totalCount: null, truncatedAt: null, problem });
    }
  }
};
