import type { Cloud } from '../../http/cloud.ts';
import type { Fence, Project } from '../../http/request.ts';
import { nothing } from '../../http/wire-values.ts';
import { css } from './service.ts';

/** Spelling of property names: camelCase until 2025, and still on older stacks; a body never has both spellings. */
type BodyCase = NonNullable<Project['cssBodyCase']>;

const spellingOf = (project: Project): BodyCase => project.cssBodyCase ?? 'snake';

/** Accepts (`receive`) or rejects endpoints at a cluster: all of them in one call. */
export const updateClusterConnections = (
  cloud: Cloud,
  project: Project,
  clusterId: string,
  action: 'receive' | 'reject',
  endpointIds: readonly string[],
  bodyCase: BodyCase = spellingOf(project),
) =>
  cloud.post(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/connections', {
    params: { cluster_id: clusterId },
    body:
      bodyCase === 'snake'
        ? { action, endpoint_id_list: endpointIds }
        : { action, endpointIdList: endpointIds },
    shape: nothing,
  });

/**
 * Sets the whole whitelist of a cluster: bare account ids, or `*`. The cloud treats an empty list as everyone (user guide of
 * CSS), so an empty one is never sent.
 */
export const replaceClusterWhitelist = (
  cloud: Cloud,
  project: Project,
  clusterId: string,
  entries: readonly [string, ...string[]],
  fence: Fence,
  bodyCase: BodyCase = spellingOf(project),
) =>
  cloud.post(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/permissions', {
    params: { cluster_id: clusterId },
    body: bodyCase === 'snake' ? { vpc_permissions: entries } : { vpcPermissions: entries },
    shape: nothing,
    fence,
  });
