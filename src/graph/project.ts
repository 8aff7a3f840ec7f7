import { builder } from './builder.ts';

/** Which of the projects served is meant. */
export const ProjectInput = builder.inputType('ProjectInput', {
  description: 'A cloud project in a region.',
  fields: (t) => ({
    region: t.string({ required: true, description: 'Region, such as `cn-north-4`.' }),
    projectId: t.id({ required: true, description: 'Id of the project.' }),
  }),
});
