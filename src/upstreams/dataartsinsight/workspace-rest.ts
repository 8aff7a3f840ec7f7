import { z } from 'zod';
import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import { count, digits, enumReader, identity, rows, text, time } from '../../http/wire-values.ts';
import type { Page } from '../../paging/window.ts';
import { PAGE_SIZE, type WorkspaceKey } from './rest.ts';
import { dataartsinsight } from './service.ts';

const instanceStatus = enumReader({ 1: 'INACTIVE', 2: 'ACTIVE' });

const instanceRow = z
  .object({
    instance_id: identity,
    instance_name: text,
    status: digits,
    order_type: text,
    resource_spec_code: text,
    region_id: text,
    domain_id: text,
    eps_id: text,
  })
  .transform((wire) => ({
    instanceId: wire.instance_id,
    name: wire.instance_name,
    status: wire.status === null ? null : instanceStatus(wire.status),
    statusRaw: wire.status,
    orderType: wire.order_type,
    specification: wire.resource_spec_code,
    domainId: wire.domain_id,
    enterpriseProjectId: wire.eps_id,
  }));

/** An instance of DataArts Insight. There is a list of instances, and no detail. */
export type InsightInstanceRow = z.output<typeof instanceRow>;

/** Older answers call the rows `instances` (page "Querying Instances"). */
const InstancePage = z.compile(
  z
    .object({ page_data: rows(instanceRow), instances: rows(instanceRow), count })
    .transform((body): Page<InsightInstanceRow> => ({
      items: body.page_data.length > 0 ? body.page_data : body.instances,
      total: body.count,
    })),
);

const isSet = (value: number | null): boolean | null => (value === null ? null : value !== 0);

const workspaceRow = z
  .object({
    id: identity,
    name: text,
    description: text,
    is_default: z.union([z.boolean().transform(Number), count]),
    owner_name: text,
    domain_id: text,
    eps_id: text,
    create_time: time,
    update_time: time,
  })
  .transform((wire) => ({
    workspaceId: wire.id,
    name: wire.name,
    description: wire.description,
    isDefault: isSet(wire.is_default),
    owner: wire.owner_name,
    domainId: wire.domain_id,
    enterpriseProjectId: wire.eps_id,
    createdAt: wire.create_time,
    updatedAt: wire.update_time,
  }));

export type WorkspaceRow = z.output<typeof workspaceRow>;

const WorkspacePage = z.compile(
  z
    .object({ page_data: rows(workspaceRow), count })
    .transform((body): Page<WorkspaceRow> => ({ items: body.page_data, total: body.count })),
);

export interface InstanceKey {
  project: Project;
  instanceId: string;
}

/** The instances of a project. The call needs a workspace, though workspaces are found through instances. */
export const listInsightInstances = (
  cloud: Cloud,
  { project, workspaceId }: WorkspaceKey,
  position: number,
) =>
  cloud.get(dataartsinsight, project, '/v1/{project_id}/instances', {
    headers: { 'x-workspace-id': workspaceId },
    query: { offset: position, limit: PAGE_SIZE },
    shape: InstancePage,
  });

/** The workspaces of an instance that the caller may see. It needs no workspace. */
export const listWorkspaces = (cloud: Cloud, { project, instanceId }: InstanceKey, position: number) =>
  cloud.get(dataartsinsight, project, '/v1/{project_id}/instances/{instance_id}/workspaces', {
    params: { instance_id: instanceId },
    query: { offset: position, limit: PAGE_SIZE },
    shape: WorkspacePage,
  });
