import { expect } from 'vitest';
import { emptyWorld, type World } from '../../../src/sandbox/world.ts';
import { gateway, type TestGateway } from '../../support/gateway.ts';
import { HEADERS, idOf, type ListUnderTest, type RowNumber } from './lists.ts';

/** One page as a client gets it. */
interface PageSeen {
  ids: string[];
  totalCount: number | null;
  truncatedAt: number | null;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/** A page, or the code of the error that stands in its place. */
type Asked = { page: PageSeen; code: null } | { page: null; code: string };

const PAGE =
  'totalCount truncatedAt pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { KEY }';

/** A list behind a gateway. */
export interface Room {
  list: ListUnderTest;
  world: World;
  cloud: TestGateway;
  /** Serves these rows, as the world says from then on. */
  serve: (rows: readonly RowNumber[], oddities?: Partial<Pick<World, 'lists' | 'pastTheTotal'>>) => void;
  page: (args: string) => Promise<Asked>;
}

/** Starts a gateway for a list; the world is changed from case to case. */
export const roomFor = async (list: ListUnderTest): Promise<Room> => {
  const world = emptyWorld();
  const cloud = await gateway({ sandbox: { world } });
  return {
    list,
    world,
    cloud,
    serve: (rows, oddities = {}) => {
      Object.assign(world, { lists: {}, pastTheTotal: 'refused' }, oddities);
      list.fill(world, rows);
    },
    page: async (args) => {
      const { data, errors } = await cloud.ask(list.ask(args, PAGE.replace('KEY', list.key)), {}, HEADERS);
      const holder = list.parent === undefined ? data : data?.[list.parent];
      const page = holder?.list;
      if (!page) return { page: null, code: errors?.[0]?.extensions.code ?? 'no page and no error' };
      expect(errors).toBeUndefined();
      const { nodes, pageInfo, ...rest } = page;
      const ids = nodes.map((node: Record<string, string>) => node[list.key]);
      return { page: { ids, ...rest, ...pageInfo }, code: null };
    },
  };
};

/** How a list is walked. */
export interface Route {
  size: number;
  backwards?: boolean;
  /** A filter or an order. */
  args?: string;
  /** Runs between two pages, with the number of those that were seen. */
  between?: (pages: number) => void;
}

/** The pages and rows that a walk saw. */
export interface Walked {
  ids: string[];
  pages: PageSeen[];
  /** The error that a page was refused with, which ended the walk. */
  code: string | null;
}

const MOST_PAGES = 60;

/** What holds of every page, wherever the list ends. */
const check = (page: PageSeen, { size }: Route): void => {
  expect(page.ids.length).toBeLessThanOrEqual(size);
  // A client that goes on from `endCursor` of an empty page begins anew, for ever.
  if (page.hasNextPage)
    expect(page).toMatchObject({ endCursor: expect.any(String), startCursor: expect.any(String) });
  if (page.ids.length === 0) expect(page).toMatchObject({ endCursor: null, startCursor: null });
};

/** Walks a list as clients do: by what `pageInfo` says alone. */
export const walk = async ({ page: ask }: Room, route: Route): Promise<Walked> => {
  const { size, backwards = false, args = '', between } = route;
  const walked: Walked = { ids: [], pages: [], code: null };
  let cursor: string | null = null;
  for (;;) {
    const place = cursor === null ? '' : `, ${backwards ? 'before' : 'after'}: "${cursor}"`;
    // oxlint-disable-next-line no-await-in-loop -- one page leads to the next
    const { page, code } = await ask(`${backwards ? 'last' : 'first'}: ${size}${place} ${args}`);
    if (page === null) return { ...walked, code };
    check(page, route);
    walked.pages.push(page);
    walked.ids.push(...(backwards ? page.ids.toReversed() : page.ids));
    expect(walked.pages.length).toBeLessThan(MOST_PAGES);
    if (!(backwards ? page.hasPreviousPage : page.hasNextPage)) return walked;
    cursor = backwards ? page.startCursor : page.endCursor;
    if (cursor === null) return walked;
    between?.(walked.pages.length);
  }
};

/** The ids of rows. */
export const idsOf = (rows: readonly RowNumber[]): string[] => rows.map(idOf);

/** The expected result of a whole walk: every readable row once and in order, and the fields of the last page. */
export const expectWalk = (
  { ids, pages, code }: Walked,
  rows: readonly RowNumber[],
  told: { totalCount?: number | null; truncatedAt: number | null },
): void => {
  expect(code).toBeNull();
  expect(ids).toEqual(idsOf(rows));
  expect(pages.at(-1)).toMatchObject(told);
  // An empty last page leaves clients that merge pages with what the page before it said.
  if (rows.length > 0) expect(pages.at(-1)!.ids).not.toEqual([]);
};
