import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX, type World } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { type Answer, createMemoryLog } from './gateway.ts';
import { projectsFile } from './projects-file.ts';

const REGIONS = ['cn-north-4', 'cn-north-4', 'ap-southeast-1'];

/** A gateway that serves several projects, each with a sandbox of its own. All close with the test. */
export interface ProjectsGateway {
  clouds: readonly Sandbox[];
  ask: (query: string, variables?: object) => Promise<Answer>;
  /** The upstream calls of all projects since the last time, in no order. */
  calls: () => string[];
}

/** Starts a gateway in front of one sandbox for each world; the projects are called `p0`, `p1`, …. */
export const startProjectsGateway = async (
  worlds: readonly World[],
  settings: Record<string, string> = {},
): Promise<ProjectsGateway> => {
  const clouds = await Promise.all(
    worlds.map((world, at) => startSandbox({ settleMs: 30, world: { ...world, projectId: `p${at}` } })),
  );
  const PROJECTS_FILE = projectsFile(
    clouds.map(({ url }, at) => ({
      region: REGIONS[at % REGIONS.length],
      projectId: `p${at}`,
      endpoints: { css: url, vpcep: url, dataartsinsight: url, iam: url },
      credentials: { user: SANDBOX.user },
    })),
  );
  const server = await startGateway(
    readConfig({ PORT: '0', SHUTDOWN_GRACE_MS: '100', PROJECTS_FILE, ALLOW_ANONYMOUS: '1', ...settings }),
    { log: createMemoryLog([]) },
  );
  onTestFinished(async () => {
    await server.close();
    await Promise.all(clouds.map((cloud) => cloud.close()));
  });
  return {
    clouds,
    ask: async (query, variables = {}) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
    calls: () =>
      clouds
        .flatMap((cloud) => cloud.calls.splice(0))
        .filter(({ path }) => !path.includes('/auth/'))
        .map(({ method, path }) => `${method} ${path}`),
  };
};
