import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { readFindings } from '../../src/doctor/reads.ts';
import { upstream } from '../http/support.ts';

test('of what was not foreseen only the kind is told', async () => {
  const url = await upstream((_, response) => void response.end('{"clusters":[],"endpoint_services":[]}'));
  const project = {
    region: 'r',
    projectId: 'p',
    endpoints: { css: url, vpcep: url, dataartsinsight: url },
    workspaceId: 'can go\ninto no header',
  };
  const means = { limits: readConfig({}).client, unreachable: new Set<string>(), token: 'a-token' };
  const findings = await readFindings(project, means);
  expect(findings.map(({ verdict }) => verdict)).toEqual(['PASS', 'PASS', 'FAIL']);
  expect(findings[2]!.words).toBe('failed (InvalidArgumentError)');
});
