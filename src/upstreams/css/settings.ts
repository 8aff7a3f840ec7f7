import { z } from 'zod';
import type { ProjectSetting } from '../upstream.ts';

declare module '../../http/request.ts' {
  interface Project {
    /** Spelling of CSS request bodies, by default `snake`; older stacks know `camel` only. */
    cssBodyCase?: 'snake' | 'camel' | undefined;
    /** Position parameter of the list of CSS connections, by default `offset`; `none` for regions that return the whole list at once. */
    cssPosition?: 'offset' | 'start' | 'none' | undefined;
  }
}

export const settings: readonly ProjectSetting[] = [
  {
    variable: 'CSS_BODY_CASE',
    property: 'cssBodyCase',
    isDialect: true,
    schema: z.enum(['snake', 'camel'], 'must be `snake` or `camel`'),
    description: 'Spelling of CSS request bodies: `snake` (the default, for most regions) or `camel`.',
  },
  {
    variable: 'CSS_POSITION',
    property: 'cssPosition',
    isDialect: true,
    schema: z.enum(['offset', 'start', 'none'], 'must be `offset`, `start` or `none`'),
    description:
      'Position parameter of the list of CSS connections: `offset` (the default, for most regions), `start`, or `none` for ' +
      'regions that return the whole list at once.',
  },
];
