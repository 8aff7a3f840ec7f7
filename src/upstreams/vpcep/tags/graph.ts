/** Tags that a project uses. */
import { builder, described } from '../../../graph/builder.ts';
import { ProjectInput } from '../../../graph/project.ts';
import { requireProject } from '../../../graph/validate-input.ts';
import { usedTags } from './loader.ts';
import type { ResourceType, UsedTagRow } from './rest.ts';

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
