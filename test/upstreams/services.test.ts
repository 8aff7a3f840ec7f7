import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { BadSettings, readConfig } from '../../src/config/config.ts';
import { Settings } from '../../src/config/settings.ts';
import { withSandbox } from '../../src/config/sandbox-fallback.ts';
import { listHosts } from '../../src/doctor/hosts.ts';
import { checkReads } from '../../src/doctor/reads.ts';
import { apiSchema } from '../../src/graphql/schema.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { startUpstream } from '../support/sample-operations.ts';
import { projectsFile } from '../support/projects-file.ts';

declare module '../../src/http/request.ts' {
  interface Project {
    bucketStyle?: 'path' | 'host' | undefined;
  }
}

vi.mock(import('../../src/upstreams/services.ts'), async (importOriginal) => {
  const { UPSTREAMS } = await importOriginal();
  const { builder } = await import('../../src/graph/builder.ts');
  const service = { name: 'obs', codes: {} };
  const shape = z.object({ buckets: z.array(z.string()) });
  const window = { offset: 0, limit: 1 };
  const obs: Upstream = {
    ...service,
    title: 'Object Storage Service',
    auditedIds: [],
    baseUrl: (region) => `https://obs.${region}.example`,
    isOptional: true,
    maxWaitFactor: 5,
    settings: [
      {
        variable: 'OBS_STYLE',
        property: 'bucketStyle',
        isDialect: true,
        schema: z.enum(['path', 'host'], 'must be `path` or `host`'),
        description: 'Where the bucket is.',
      },
    ],
    probe: {
      limits: { pageSize: 1 },
      window,
      read: async (cloud, project) => {
        const { buckets } = await cloud.get(service, project, '/{project_id}/buckets', { shape });
        return { items: buckets, total: null };
      },
      permission: 'obs:bucket:list',
    },
    loadGraph: async () => {
      builder.queryField('buckets', (t) => t.stringList({ description: 'All buckets.', resolve: () => [] }));
    },
  };
  return { UPSTREAMS: [...UPSTREAMS, obs] };
});

const PROJECT = { HW_REGION_NAME: 'eu-de', HW_PROJECT_ID: 'p1' };

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof BadSettings) return error.problems;
    throw error;
  }
};

test('an upstream of the table has its settings, each with a description', () => {
  expect(Settings.shape).toHaveProperty(
    'OBS_ENDPOINT.description',
    expect.stringContaining('Object Storage'),
  );
  expect(Settings.shape).toHaveProperty('OBS_STYLE.description', 'Where the bucket is.');
  expect(Settings.shape.SETTLING_POLL_MS.description).toContain(
    'up to 3 times as long for VPCEP and 5 times for OBS and 10 times for CSS',
  );
});

test('the environment says where an upstream of the table is, and its dialect', () => {
  const [usual] = readConfig(PROJECT).projects;
  expect(usual!.endpoints['obs']).toBe('https://obs.eu-de.example');
  const [project] = readConfig({ ...PROJECT, OBS_ENDPOINT: 'https://other/', OBS_STYLE: 'host' }).projects;
  expect(project).toMatchObject({ endpoints: { obs: 'https://other' }, bucketStyle: 'host' });
  expect(problemsOf({ ...PROJECT, OBS_ENDPOINT: 'http://other', OBS_STYLE: 'both' })).toEqual([
    'OBS_STYLE: must be `path` or `host`, but is "both"',
    expect.stringMatching(/^OBS_ENDPOINT: must be an https URL/),
  ]);
  expect(problemsOf({ OBS_ENDPOINT: 'https://other' })).toHaveLength(2);
});

test('so does the projects file', () => {
  const PROJECTS_FILE = projectsFile([
    { region: 'r', projectId: 'p', endpoints: { obs: 'https://other' }, dialect: { bucketStyle: 'path' } },
  ]);
  expect(readConfig({ PROJECTS_FILE }).projects).toMatchObject([
    { endpoints: { obs: 'https://other' }, bucketStyle: 'path' },
  ]);
  expect(problemsOf({ PROJECTS_FILE, OBS_STYLE: 'path' })).toEqual([
    expect.stringMatching(/^OBS_STYLE: has no meaning beside PROJECTS_FILE/),
  ]);
});

test('the sandbox stands in for an upstream of the table', async () => {
  const { config, sandbox } = await withSandbox(readConfig({}));
  onTestFinished(() => sandbox!.close());
  expect(config.projects[0]!.endpoints['obs']).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test('the doctor looks at an upstream of the table', async () => {
  const hosts = listHosts(readConfig(PROJECT));
  expect(hosts).toContainEqual({
    origin: 'https://obs.eu-de.example',
    signed: false,
    optionalService: 'Object Storage Service',
  });
  const url = await startUpstream(({ url: path }, response) => {
    response.statusCode = path === '/p1/buckets' ? 200 : 404;
    response.end('{ "buckets": ["one"] }');
  });
  const [project] = readConfig({ ...PROJECT, OBS_ENDPOINT: url }).projects;
  const deps = { limits: readConfig({}).client, token: 'a-token' };
  const unreachable = new Set(hosts.map(({ origin }) => origin));
  const findings = await checkReads(project!, { ...deps, unreachable });
  expect(findings.map(({ check, verdict }) => `${verdict} ${check}`)).toEqual([
    'SKIP read css eu-de p1',
    'SKIP read vpcep eu-de p1',
    'SKIP read dataartsinsight eu-de p1',
    'PASS read obs eu-de p1',
  ]);
});

test('the graph has the fields of an upstream of the table', () => {
  expect(apiSchema().getQueryType()!.getFields()).toHaveProperty('buckets');
});
