import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { checkReads } from '../../src/doctor/reads.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { emptyWorld, makeCluster, makeService, SANDBOX, type World } from '../../src/sandbox/world.ts';
import { startUpstream } from '../support/sample-operations.ts';

test('of what was not foreseen only the kind is told', async () => {
  const empty = { clusters: [], endpoint_services: [], total_count: 0 };
  const url = await startUpstream((_, response) => void response.end(JSON.stringify(empty)));
  const project = {
    region: 'r',
    projectId: 'p',
    endpoints: { css: url, vpcep: url, dataartsinsight: url },
    workspaceId: 'can go\ninto no header',
  };
  const deps = { limits: readConfig({}).client, unreachable: new Set<string>(), token: 'a-token' };
  const findings = await checkReads(project, deps);
  expect(findings.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'FAIL']);
  expect(findings[2]!.words).toBe('failed (InvalidArgumentError)');
});

test('a list that is not handed out whole is worth a look', async () => {
  const cut = async (world: World) => {
    const sandbox = await startSandbox({ world });
    onTestFinished(() => sandbox.close());
    const { url } = sandbox;
    const project = {
      region: SANDBOX.region,
      projectId: SANDBOX.projectId,
      endpoints: { css: url, vpcep: url, dataartsinsight: url },
      workspaceId: SANDBOX.workspaceId,
    };
    const deps = { limits: readConfig({}).client, unreachable: new Set<string>(), token: SANDBOX.token };
    const findings = await checkReads(project, deps);
    return findings.map(
      ({ verdict, words }) => `${verdict} ${words.replace(/^answered in \d+ ms(, and )?/, '')}`,
    );
  };
  const services = Array.from({ length: 7 }, () => makeService());
  const clusters = Array.from({ length: 2000 }, () => makeCluster());
  expect(await cut({ ...emptyWorld(), services })).toEqual(['PASS ', 'PASS ', 'PASS ']);
  const lists = { services: { served: 0 }, insightInstances: { miscounted: 2 } };
  expect(await cut({ ...emptyWorld(), clusters, services, lists })).toEqual([
    'WARN counts 2000 rows, of which 1999 can be read',
    'WARN counts 7 rows, of which 0 can be read',
    'WARN counts 3 rows, of which 1 can be read',
  ]);
});
