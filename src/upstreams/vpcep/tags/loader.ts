import DataLoader from 'dataloader';
import { type Context, perRequest } from '../../../request/context.ts';
import type { Project } from '../../../http/request.ts';
import { extentUpTo } from '../../../paging/extent.ts';
import type { PageSource } from '../../../paging/page-source.ts';
import { createWindowLoader } from '../../../paging/window-loader.ts';
import type { Page } from '../../../paging/window.ts';
import { keyOfProject } from '../../keys.ts';
import { listLimits } from '../rest.ts';
import {
  listProjectTags,
  queryResourcesByTags,
  type ResourceType,
  type TagCondition,
  type TaggedResourceRow,
  type UsedTagRow,
} from './rest.ts';

interface TagsKey {
  project: Project;
  type: ResourceType;
}

const keyOfTags = ({ project, type }: TagsKey) => `${keyOfProject(project)} ${type}`;

/** Tags of a project by kind of resource: one call for each in a request. */
export const usedTags = perRequest(
  ({ cloud }) =>
    new DataLoader<TagsKey, UsedTagRow[], string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, type }) =>
            listProjectTags(cloud, project, type).catch((error: Error) => error),
          ),
        ),
      { cacheKeyFn: keyOfTags },
    ),
);

/** The resources of one kind in a project that meet all conditions. */
export interface TaggedList extends TagsKey {
  conditions: readonly TagCondition[];
}

/** Windows of the resources that have tags. */
const taggedResources = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<TaggedList, TaggedResourceRow, Page<TaggedResourceRow>>({
    observer: observeBatches('resources by tags'),
    limits: listLimits,
    nameOf: ({ conditions, ...list }) => `${keyOfTags(list)} ${JSON.stringify(conditions)}`,
    keyOf: ({ id }) => id,
    read: ({ project, type, conditions }, window) =>
      queryResourcesByTags(cloud, project, type, conditions, window),
  }),
);

/**
 * The resources that have tags, newest first, as a source of pages. The query by tags returns ids, so the rows are read by id, with the
 * fewest calls. A row that is gone meanwhile is left out.
 */
export const taggedSource = <Row extends { createdAt: string | null }>(
  context: Context,
  list: TaggedList,
  readRow: (id: string) => Promise<Row | null>,
): Pick<PageSource<Row>, 'limits' | 'load'> => ({
  limits: { pageSize: Number.MAX_SAFE_INTEGER },
  load: async ({ offset, limit }) => {
    const all = { offset: 0, limit: limit === 0 ? 0 : context.sizes.maxRows };
    const { items, total, extent } = await taggedResources(context).load(list, all);
    if (limit === 0) return { items: [], total, extent };
    const read = (await Promise.all(items.map(({ id }) => readRow(id)))).filter((row) => row !== null);
    const rows = read.toSorted((one, other) => (other.createdAt ?? '').localeCompare(one.createdAt ?? ''));
    const page = rows.slice(offset, offset + limit);
    return {
      items: page,
      total: extent.kind === 'WHOLE' ? rows.length : total,
      extent: extentUpTo(extent, offset + page.length, rows.length),
    };
  },
});
