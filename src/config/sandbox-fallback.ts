import { UPSTREAMS } from '../upstreams/services.ts';
import type { Config } from './config.ts';

/** The built-in cloud, running. */
interface RunningSandbox {
  /** What GraphiQL sends to reach it. */
  headerHints: Record<string, string>;
  close: () => Promise<void>;
}

/**
 * With nothing configured, the built-in cloud, reached over HTTP like the real one; else the configuration as it is. A gateway of a
 * real cloud loads nothing of it.
 */
export const withSandbox = async (
  config: Config,
): Promise<{ config: Config; sandbox: RunningSandbox | undefined }> => {
  if (config.projects.length > 0) return { config, sandbox: undefined };
  const [{ startSandbox }, { SANDBOX }] = await Promise.all([
    import('../sandbox/server.ts'),
    import('../sandbox/world.ts'),
  ]);
  const { url, close } = await startSandbox();
  const { region, projectId, workspaceId, token } = SANDBOX;
  const endpoints = Object.fromEntries(UPSTREAMS.map(({ name }) => [name, url]));
  const headerHints = { 'X-Auth-Token': token, 'X-Workspace-Id': workspaceId };
  return {
    config: { ...config, projects: [{ region, projectId, endpoints, workspaceId, token }] },
    sandbox: { headerHints, close },
  };
};
