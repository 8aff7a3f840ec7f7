import { z } from 'zod';
import type { ProjectSetting } from '../upstream.ts';

declare module '../../http/request.ts' {
  interface Project {
    /** Spelling of VPCEP sort keys. Without it the gateway itself orders by time of update. */
    sortKey?: 'create_at' | 'created_at' | undefined;
  }
}

export const settings: readonly ProjectSetting[] = [
  {
    variable: 'VPCEP_SORT_KEY',
    property: 'sortKey',
    isDialect: true,
    schema: z.enum(['create_at', 'created_at'], 'must be `create_at` or `created_at`'),
    description:
      'Spelling of VPCEP sort keys: `create_at` or `created_at`. With it VPCEP orders its lists itself, also by time of ' +
      'update; by default the gateway orders by time of update.',
  },
];
