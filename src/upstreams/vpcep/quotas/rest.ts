import { z } from 'zod';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { count, enumReader, text } from '../../../http/wire-values.ts';
import { vpcep } from '../service.ts';

const quotaType = enumReader({ endpoint_service: 'ENDPOINT_SERVICE', endpoint: 'ENDPOINT' });

const quotaRow = z.object({ type: text, used: count, quota: count }).transform((wire) => ({
  type: quotaType(wire.type),
  typeRaw: wire.type,
  used: wire.used,
  limit: wire.quota,
}));

/** Usage and limit of one type of resource in a project. */
export type QuotaRow = z.output<typeof quotaRow>;

const Quotas = z.compile(
  z
    .object({ quotas: z.object({ resources: z.array(quotaRow) }) })
    .transform(({ quotas }) => quotas.resources),
);

/** Reads all quotas of a project. */
export const listQuotas = (cloud: Cloud, project: Project) =>
  cloud.get(vpcep, project, '/v1/{project_id}/quotas', { shape: Quotas });
