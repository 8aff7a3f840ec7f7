/** Tags that a project uses, and conditions on them. */
import { badInput } from '../../../errors/client-error.ts';
import { builder, described } from '../../../graph/builder.ts';
import { ProjectInput } from '../../../graph/project.ts';
import { requireProject } from '../../../graph/validate-input.ts';
import { checkList } from '../write-input.ts';
import { usedTags } from './loader.ts';
import type { ResourceType, TagCondition, UsedTagRow } from './rest.ts';

const TaggedResourceType = builder.enumType(
  'TaggedResourceType',
  described('Kinds of resources that have tags.', {
    ENDPOINT: "The project's own VPC endpoints (`endpoint`).",
    ENDPOINT_SERVICE: "The project's own endpoint services (`endpoint_service`).",
  }),
);

const WIRE: Readonly<Record<typeof TaggedResourceType.$inferType, ResourceType>> = {
  ENDPOINT: 'endpoint',
  ENDPOINT_SERVICE: 'endpoint_service',
};

const UsedTag = builder.objectRef<UsedTagRow>('UsedTag').implement({
  description: 'A key of tags, with every value that it has in a project.',
  fields: (t) => ({
    key: t.exposeString('key', { nullable: false, description: 'Key of the tags.' }),
    values: t.exposeStringList('values', {
      nullable: { list: true, items: false },
      description: 'Values that the key has, each once.',
    }),
  }),
});

builder.queryField('usedTags', (t) =>
  t.field({
    type: [UsedTag],
    nullable: { list: true, items: false },
    description: 'The tags that resources of one kind have in a project: what there is to filter by.',
    args: {
      resourceType: t.arg({
        type: TaggedResourceType,
        required: true,
        description: 'Kind of the resources.',
      }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project to read; needed only where several are served.',
      }),
    },
    example: `
      {
        usedTags(resourceType: ENDPOINT) { key values }
      }
    `,
    resolve: (_root, { resourceType, project }, context) =>
      usedTags(context).load({ project: requireProject(context, project), type: WIRE[resourceType] }),
  }),
);

export const ResourceTagFilter = builder.inputType('ResourceTagFilter', {
  description: 'A tag that a resource has.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Key of the tag; compared exactly.' }),
    values: t.stringList({
      description: 'It has one of these values, at most 10; by default, and with an empty list, any value.',
    }),
  }),
});

/** Description of a filter by tags. */
export const TAGS_FILTER =
  'Has all of these tags, at most 10; an empty list is no condition. The cloud finds the resources by their tags, in one more call.';

/**
 * Turns a filter by tags into conditions; null if there are none.
 * @throws `BAD_USER_INPUT`
 */
export const parseTagFilter = (
  filter: readonly (typeof ResourceTagFilter.$inferInput)[] | null | undefined,
): readonly TagCondition[] | null => {
  if (!filter?.length) return null;
  const conditions = checkList('filter.tags', filter, 1, 10).map(({ key, values }, at) => {
    if (key === '' || key.length > 128)
      throw badInput(`\`filter.tags.${at}.key\` must be 1 to 128 characters.`);
    const distinct = [...new Set(values ?? [])];
    if (distinct.some((value) => value.length > 255))
      throw badInput(`\`filter.tags.${at}.values\` must be at most 255 characters each.`);
    return { key, values: checkList(`filter.tags.${at}.values`, distinct, 0, 10) };
  });
  if (new Set(conditions.map(({ key }) => key)).size < conditions.length)
    throw badInput('`filter.tags` must name each key once.');
  return conditions;
};
