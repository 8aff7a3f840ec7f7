import { z } from 'zod';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { count, identity, list, nothing, rows } from '../../../http/wire-values.ts';
import { offsetLimit, type Page, type Window } from '../../../paging/window.ts';
import { vpcep } from '../service.ts';

/** Kind of a tagged resource, as the paths of tag operations have it. */
export type ResourceType = 'endpoint' | 'endpoint_service';

/** A tag in a request body; a removal without a value removes the key with any value. */
export interface WireTag {
  key: string;
  value: string | undefined;
}

/**
 * Adds tags to a resource, or removes tags from it. A tag whose key the resource has already replaces the value. Answers 204, and 200
 * on Open Telekom Cloud.
 */
export const changeTags = (
  cloud: Cloud,
  project: Project,
  { type, id }: { type: ResourceType; id: string },
  action: 'create' | 'delete',
  tags: readonly WireTag[],
) =>
  cloud.post(vpcep, project, '/v1/{project_id}/{resource_type}/{resource_id}/tags/action', {
    params: { resource_type: type, resource_id: id },
    body: { action, tags },
    shape: nothing,
  });

const usedTag = z.object({ key: identity, values: list(z.string()) });

/** A key of tags, with every value that it has in the project. */
export type UsedTagRow = z.output<typeof usedTag>;

const UsedTags = z.compile(z.object({ tags: rows(usedTag) }).transform(({ tags }) => tags));

/** Reads every tag of one kind of resource in a project; not paged. */
export const listProjectTags = (cloud: Cloud, project: Project, type: ResourceType) =>
  cloud.get(vpcep, project, '/v1/{project_id}/{resource_type}/tags', {
    params: { resource_type: type },
    shape: UsedTags,
  });

/** A condition on tags: the key, with one of the values; with any value where there are none. */
export interface TagCondition {
  key: string;
  values: readonly string[];
}

const taggedResource = z.object({ resource_id: identity }).transform((wire) => ({ id: wire.resource_id }));

/** A resource that the conditions match. */
export type TaggedResourceRow = z.output<typeof taggedResource>;

const TaggedPage = z.compile(
  z
    .object({ resources: rows(taggedResource), total_count: count })
    .transform((body): Page<TaggedResourceRow> => ({ items: body.resources, total: body.total_count })),
);

/** One page of the resources that meet all conditions, in no particular order. The window is text in the body. */
export const queryResourcesByTags = (
  cloud: Cloud,
  project: Project,
  type: ResourceType,
  tags: readonly TagCondition[],
  window: Window,
) => {
  const { limit, offset } = offsetLimit(window);
  return cloud.query(vpcep, project, '/v1/{project_id}/{resource_type}/resource_instances/action', {
    params: { resource_type: type },
    body: { action: 'filter', limit: String(limit), offset: String(offset), tags },
    shape: TaggedPage,
  });
};
