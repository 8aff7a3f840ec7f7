import { UPSTREAMS } from '../upstreams/services.ts';
import type { Config } from './config.ts';

/** A running sandbox. */
interface RunningSandbox {
  /** Headers that GraphiQL sends to reach it. */
  graphiql: { headers: Record<string, string> };
  close: () => Promise<void>;
}

/**
 * Starts the sandbox if no project is configured, and configures the gateway for it; otherwise returns the configuration as it is.
 * The sandbox is reached over HTTP like the real cloud. Its code is loaded only if it is started.
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
  const headers = { 'X-Auth-Token': token, 'X-Workspace-Id': workspaceId };
  return {
    config: { ...config, projects: [{ region, projectId, endpoints, workspaceId, token }] },
    sandbox: { graphiql: { headers }, close },
  };
};
