import { badInput } from '../errors/client-error.ts';
import { builder } from './builder.ts';
import { checkList } from './validate-input.ts';

export const ResourceTag = builder.objectRef<{ key: string; value: string | null }>('ResourceTag').implement({
  shareable: true,
  description: 'A label put on a resource by its owner.',
  fields: (t) => ({
    key: t.exposeString('key', { nullable: false, description: 'Key of the tag.' }),
    value: t.exposeString('value', { description: 'Value of the tag; null where it has none.' }),
  }),
});

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
export const TAGS_FILTER = 'Has all of these tags, at most 10; an empty list is no condition.';

/** A condition on tags: the key, with one of the values; with any value where there are none. */
interface TagCondition {
  key: string;
  values: readonly string[];
}

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

/** Whether tags meet all conditions; a tag without a value has the empty one. */
export const meetsConditions = (
  tags: readonly { key: string; value: string | null }[] | null,
  conditions: readonly TagCondition[],
): boolean =>
  conditions.every(({ key, values }) =>
    tags?.some((tag) => tag.key === key && (values.length === 0 || values.includes(tag.value ?? ''))),
  );
