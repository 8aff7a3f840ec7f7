import { z } from 'zod';
import type { ProjectSetting } from '../upstream.ts';

declare module '../../http/request.ts' {
  interface Project {
    /** DataArts Insight workspace for callers that name none. */
    workspaceId?: string | undefined;
  }
}

export const settings: readonly ProjectSetting[] = [
  {
    variable: 'DATAARTSINSIGHT_WORKSPACE_ID',
    property: 'workspaceId',
    schema: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable, without spaces')
      .max(128, 'must have at most 128 characters'),
    description: 'DataArts Insight workspace for callers that send no `X-Workspace-Id`.',
  },
];
