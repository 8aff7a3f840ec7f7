import DataLoader from 'dataloader';
import { perRequest } from '../../../request/context.ts';
import { builder, described } from '../../../graph/builder.ts';
import { requireProject } from '../../../graph/validate-input.ts';
import { ProjectInput } from '../../../graph/project.ts';
import type { Project } from '../../../http/request.ts';
import { keyOfProject } from '../../keys.ts';
import { listQuotas, type QuotaRow } from './rest.ts';

/** Quotas by project: one call for each project in a request. */
const projectQuotas = perRequest(
  ({ cloud }) =>
    new DataLoader<Project, QuotaRow[], string>(
      (projects) =>
        Promise.all(projects.map((project) => listQuotas(cloud, project).catch((error: Error) => error))),
      { cacheKeyFn: keyOfProject },
    ),
);

const QuotaType = builder.enumType(
  'QuotaType',
  described('What there can be only so many of.', {
    ENDPOINT_SERVICE: 'Endpoint services (`endpoint_service`).',
    ENDPOINT: 'VPC endpoints (`endpoint`).',
    UNKNOWN: 'Something that this graph does not know; `typeRaw` has it.',
  }),
);

const Quota = builder.objectRef<QuotaRow>('Quota').implement({
  description: 'How many of one kind a project has, and may have.',
  fields: (t) => ({
    type: t.expose('type', { type: QuotaType, nullable: false, description: 'What is counted.' }),
    typeRaw: t.exposeString('typeRaw', { description: 'What is counted, as the cloud spells it.' }),
    used: t.exposeInt('used', { description: 'How many there are; null where the cloud does not tell.' }),
    limit: t.exposeInt('limit', {
      description: 'How many there may be (`quota`); null where the cloud does not tell.',
    }),
  }),
});

builder.queryField('quotas', (t) =>
  t.field({
    type: [Quota],
    nullable: { list: true, items: false },
    description: 'How many endpoint services and endpoints a project has, and may have.',
    args: {
      project: t.arg({
        type: ProjectInput,
        description: 'Project to look at; needed only where several are served.',
      }),
    },
    resolve: (_root, { project }, context) => projectQuotas(context).load(requireProject(context, project)),
  }),
);
