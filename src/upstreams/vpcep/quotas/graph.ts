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
  described('Kinds of resources that have a quota.', {
    ENDPOINT_SERVICE: 'Endpoint services (`endpoint_service`).',
    ENDPOINT: 'VPC endpoints (`endpoint`).',
    UNKNOWN: 'A kind that this graph does not know; `typeRaw` has it.',
  }),
);

const Quota = builder.objectRef<QuotaRow>('Quota').implement({
  shareable: true,
  description: 'Usage and limit of one kind of resource in a project.',
  fields: (t) => ({
    type: t.expose('type', { type: QuotaType, nullable: false, description: 'Kind of resource.' }),
    typeRaw: t.exposeString('typeRaw', { description: 'Kind of resource, as the cloud spells it.' }),
    used: t.exposeInt('used', {
      description: 'Number that the project has; null if the cloud does not return it.',
    }),
    limit: t.exposeInt('limit', {
      description: 'Most that the project may have (`quota`); null if the cloud does not return it.',
    }),
  }),
});

builder.queryField('quotas', (t) =>
  t.field({
    type: [Quota],
    nullable: { list: true, items: false },
    description: 'Usage and limits of endpoint services and endpoints in a project.',
    args: {
      project: t.arg({
        type: ProjectInput,
        description: 'Project to read; needed only where several are served.',
      }),
    },
    example: `
      {
        quotas { type used limit }
      }
    `,
    resolve: (_root, { project }, context) => projectQuotas(context).load(requireProject(context, project)),
  }),
);
