import type { Project } from '../http/request.ts';
import { builder } from './builder.ts';

export const ProjectInput = builder.inputType('ProjectInput', {
  description: 'A cloud project in a region.',
  fields: (t) => ({
    region: t.string({ required: true, description: 'Region, such as `cn-north-4`.' }),
    projectId: t.id({ required: true, description: 'Id of the project.' }),
  }),
});

const ProjectType = builder.objectRef<Project>('Project').implement({
  shareable: true,
  description: 'A cloud project that this gateway serves. Its endpoints and credentials are not exposed.',
  fields: (t) => ({
    region: t.exposeString('region', { nullable: false, description: 'Region, such as `cn-north-4`.' }),
    projectId: t.exposeID('projectId', { nullable: false, description: 'Id of the project.' }),
    name: t.exposeString('name', {
      description: 'Name of the project in the configuration; null where it has none.',
    }),
  }),
});

builder.queryField('projects', (t) =>
  t.field({
    type: [ProjectType],
    nullable: { list: false, items: false },
    description:
      'The projects that this gateway serves, in the order in which lists without a `project` show them.',
    example: `
      {
        projects { name region projectId }
      }
    `,
    resolve: (_root, _args, { projects }) => [...projects],
  }),
);
