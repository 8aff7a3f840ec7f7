import type { Config } from '../config/config.ts';

/** Whether the gateway calls the cloud with the token of who asks, at least for some of its projects. */
export const needsToken = ({ projects }: Pick<Config, 'projects'>): boolean =>
  projects.some(({ accessKey, user, token }) => !(accessKey ?? user ?? token));
