import { expect, test } from 'vitest';
import { BadSettings, readConfig } from '../../src/config/config.ts';
import { fileWith } from '../support/projects-file.ts';

const projectsOf = (text: string, settings: Record<string, string> = {}) =>
  readConfig({ PROJECTS_FILE: fileWith(text), ALLOW_ANONYMOUS: '1', ...settings }).projects;

const problemsOf = (text: string, settings: Record<string, string> = {}): readonly string[] => {
  try {
    projectsOf(text, settings);
  } catch (error) {
    if (error instanceof BadSettings) return error.problems;
    throw error;
  }
  return [];
};

test('every property has its effect, and hosts follow the region', () => {
  const projects = projectsOf(`
projects:
  - region: cn-north-4
    projectId: 01234567890123456789012345678901
    name: production
    workspaceId: 42
    credentials:
      user: { name: n, password: 0123, domain: d }
    dialect: { cssBodyCase: camel, sortKey: created_at, cssPosition: none }
  - region: cn-north-1
    projectId: p2
    endpoints: { vpcep: 'https://vpcep.example/', iam: https://iam.example }
    credentials:
      accessKey: { accessKey: ak, secretKey: sk, securityToken: st }
  - { region: eu-de, projectId: p3, credentials: none }
`);
  expect(projects).toEqual([
    {
      region: 'cn-north-4',
      projectId: '01234567890123456789012345678901',
      name: 'production',
      workspaceId: '42',
      endpoints: {
        css: 'https://css.cn-north-4.myhuaweicloud.com',
        vpcep: 'https://vpcep.cn-north-4.myhuaweicloud.com',
        dataartsinsight: 'https://dataartsinsight.cn-north-4.myhuaweicloud.com',
        iam: 'https://iam.cn-north-4.myhuaweicloud.com',
      },
      user: { name: 'n', password: '0123', domain: 'd' },
      cssBodyCase: 'camel',
      sortKey: 'created_at',
      cssPosition: 'none',
    },
    {
      region: 'cn-north-1',
      projectId: 'p2',
      endpoints: {
        css: 'https://es.cn-north-1.myhuaweicloud.com',
        vpcep: 'https://vpcep.example',
        dataartsinsight: 'https://dataartsinsight.cn-north-1.myhuaweicloud.com',
      },
      accessKey: { accessKey: 'ak', secretKey: 'sk', securityToken: 'st' },
    },
    {
      region: 'eu-de',
      projectId: 'p3',
      endpoints: {
        css: 'https://css.eu-de.myhuaweicloud.com',
        vpcep: 'https://vpcep.eu-de.myhuaweicloud.com',
        dataartsinsight: 'https://dataartsinsight.eu-de.myhuaweicloud.com',
      },
    },
  ]);
});

test('every problem is told at once, with its place, and none with a secret', () => {
  const problems = problemsOf(`projects:
  - region: cn/north
    regoin: CANARY
    credentials:
      user: { name: CANARY, password: '', domain: CANARY }
  - region: r
    projectId: p
    credentials:
      accessKey: { accessKey: CANARY, secretKey: CANARY CANARY }
    endpoints: { css: 'ftp://CANARY@css' }
  - region: r
    projectId: q
    credentials: CANARY
    dialect: { cssBodyCase: a, sortKey: b, cssPosition: c }
`);
  expect(problems.map((problem) => problem.split('): ')[0])).toEqual([
    'PROJECTS_FILE: projects[0].region (line 2',
    'PROJECTS_FILE: projects[0].projectId (line 2',
    'PROJECTS_FILE: projects[0].credentials.user.password (line 5',
    'PROJECTS_FILE: projects[0] (line 2',
    'PROJECTS_FILE: projects[1].endpoints.css (line 10',
    'PROJECTS_FILE: projects[1].credentials.accessKey.secretKey (line 9',
    'PROJECTS_FILE: projects[2].credentials (line 13',
    'PROJECTS_FILE: projects[2].dialect.cssBodyCase (line 14',
    'PROJECTS_FILE: projects[2].dialect.cssPosition (line 14',
    'PROJECTS_FILE: projects[2].dialect.sortKey (line 14',
  ]);
  expect(problems.join('\n')).not.toMatch(/CANARY/);
});

test.each([
  [
    'projects: [{ region: r, projectId: p }, { region: r, projectId: p }]',
    'projects[1] (line 1): is the same project',
  ],
  ['projects: []', 'projects (line 1): must name at least one project'],
  ['', 'the file (line 1): '],
  ['- a', 'the file (line 1): '],
  ['projects: { a: b', 'line 1: is not YAML'],
  [
    'projects: [{ region: r, projectId: p, endpoints: { css: "http://css.example" } }]',
    'projects[0].endpoints.css (line 1): must be an https URL for a host other than loopback',
  ],
  [
    'projects: [{ region: r, projectId: p, credentials: {} }]',
    'projects[0].credentials (line 1): must be `none`, or have either `accessKey` or `user`',
  ],
])('%s is refused', (text, problem) => {
  expect(problemsOf(text)).toEqual([expect.stringContaining(`PROJECTS_FILE: ${problem}`)]);
});

test('a secret in a file that is no YAML is not told', () => {
  expect(problemsOf('projects:\n  - password: "CANARY\n   x: [CANARY').join('\n')).not.toMatch(/CANARY/);
});

test('the settings of one project have no meaning beside the file', () => {
  const problems = problemsOf('projects: [{ region: r, projectId: p }]', {
    HW_REGION_NAME: 'r',
    HW_SECRET_KEY: 'CANARY',
    CSS_ENDPOINT: 'https://css.example',
    DATAARTSINSIGHT_WORKSPACE_ID: 'w',
    VPCEP_SORT_KEY: 'create_at',
  });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'HW_REGION_NAME',
    'HW_SECRET_KEY',
    'CSS_ENDPOINT',
    'DATAARTSINSIGHT_WORKSPACE_ID',
    'VPCEP_SORT_KEY',
  ]);
  expect(problems.join('\n')).not.toMatch(/CANARY/);
});

test('a file that cannot be read is told by its cause', () => {
  expect(() => readConfig({ PROJECTS_FILE: '/nowhere/at/all.yaml' })).toThrow(
    'PROJECTS_FILE: must be the path of a YAML file, but is "/nowhere/at/all.yaml", which does not exist (ENOENT)',
  );
});
