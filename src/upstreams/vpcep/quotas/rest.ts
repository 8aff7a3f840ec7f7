import { z } from 'zod';
import type { Cloud, Project } from '../../../http/client.ts';
import { count, enumReader, text } from '../../../http/wire-values.ts';
import { vpcep } from '../service.ts';

const quotaType = enumReader({ endpoint_service: 'ENDPOINT_SERVICE', endpoint: 'ENDPOINT' });

const QuotaRow = z.object({ type: text, used: count, quota: count }).transform((wire) => ({
  type: quotaType(wire.type),
  typeRaw: wire.type,
  used: wire.used,
  limit: wire.quota,
}));

/** How many of one kind a project has, and may have. */
export type QuotaFacts = z.output<typeof QuotaRow>;

const Quotas = z.compile(
  z
    .object({ quotas: z.object({ resources: z.array(QuotaRow) }) })
    .transform(({ quotas }) => quotas.resources),
);

/** The quotas of a project, all of them. */
export const listQuotas = (cloud: Cloud, project: Project) =>
  cloud.get(vpcep, project, '/v1/{project_id}/quotas', { shape: Quotas });
