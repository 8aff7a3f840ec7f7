import { expect, test } from 'vitest';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import type { FaultRule } from '../../src/sandbox/server.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../support/sample-operations.ts';
import { startCollector } from '../support/collector.ts';
import { startLoggingGateway } from '../support/logging-gateway.ts';
import { projectsFile } from '../support/projects-file.ts';

const ERROR = 2;
const DEBUG = 20;
const INFO = 30;
const WARN = 40;

/** A gateway whose log, metrics and traces are kept, and what they tell of the calls of one operation. */
const observed = async (rules: readonly FaultRule[], query: string) => {
  const collector = await startCollector(200);
  const gate = await startLoggingGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  for (const rule of rules) gate.sandbox.fault(rule);
  const answer = await (await gate.post({ query })).json();
  await expect.poll(() => gate.operations().length).toBe(1);
  const metrics = await gate.metrics();
  await gate.server.close();
  const calls = gate.lines().filter(({ outcome }) => outcome !== undefined);
  return {
    answer,
    calls: calls.map(({ level, msg, outcome }) => ({ level, msg, outcome })),
    counted: [
      ...metrics.matchAll(/^gateway_upstream_call_duration_seconds_count\{.*outcome="(\w+)"\} (\d+)/gm),
    ].flatMap(([, outcome, count]) => Array<string>(Number(count)).fill(outcome!)),
    errors: [...metrics.matchAll(/^gateway_errors_total\{code="(\w+)"\}/gm)].map(([, code]) => code),
    failedSpans: collector.spans().filter(({ status }) => status.code === ERROR),
  };
};

const SERVICE = createWorld().services[0]!.id;
const refused = (path: RegExp, status: number, error_code: string, method?: string): FaultRule => ({
  path,
  respond: { status, body: { error_code, error_msg: 'no' } },
  ...(method !== undefined && { method }),
});

test.each([
  {
    what: 'endpoint access that is off',
    rules: [refused(/vpcepservice\/connections/, 400, 'CSS.5182')],
    query: `{ cluster(clusterId: "${CLUSTER}") { name connections { totalCount } } }`,
  },
  {
    what: "another account's service behind a cluster",
    rules: [refused(/vpc-endpoint-services\//, 403, 'EndPoint.0004')],
    query: `{ cluster(clusterId: "${CLUSTER}") { endpointService { name } } }`,
  },
  {
    what: 'packet ids that only the owner of a service may see',
    rules: [refused(/vpc-endpoint-services\/[^/]+\/connections/, 404, 'EndPoint.0005')],
    query: `{ cluster(clusterId: "${CLUSTER}") { connections(first: 2) { nodes { endpointId markerId } } } }`,
  },
  {
    what: 'an endpoint of another project',
    rules: [refused(/vpc-endpoints/, 404, 'EndPoint.0005')],
    query: `{ cluster(clusterId: "${CLUSTER}") { connections(first: 1) { nodes { endpoint { status } } } } }`,
  },
  {
    what: 'a region without the newer call',
    rules: [refused(/batch-create/, 405, 'APIGW.0501')],
    query: `mutation { addPermissions(input: { parent: { serviceId: "${SERVICE}" }, principals: ["0123456789abcdef0123456789abcdef"] }) {
      userErrors { code } } }`,
  },
  {
    what: 'a connection that is accepted already',
    rules: [refused(/connections\/action/, 400, 'EndPoint.2014', 'POST')],
    query: `mutation { acceptConnections(input: { targets: [{ parent: { serviceId: "${SERVICE}" }, endpointIds: ["e-1"] }] }) {
      userErrors { code } } }`,
  },
])('$what is an answer in log, metrics and traces', async ({ rules, query }) => {
  const { answer, calls, counted, errors, failedSpans } = await observed(rules, query);
  expect(answer).not.toHaveProperty('errors');
  expect(counted).toContain('answered');
  expect(counted.filter((outcome) => outcome !== 'ok' && outcome !== 'answered')).toEqual([]);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter(({ level, msg }) => level !== DEBUG || msg !== 'upstream call')).toEqual([]);
  expect(errors).toEqual([]);
  expect(failedSpans).toEqual([]);
});

test.each([
  { code: 'BAD_USER_INPUT', status: 400, errCode: 'CSS.0001' },
  { code: 'NOT_FOUND', status: 403, errCode: 'CSS.0015' },
  { code: 'FORBIDDEN', status: 403, errCode: 'CSS.0010' },
  { code: 'UNAUTHENTICATED', status: 401, errCode: 'APIGW.0301' },
  { code: 'CONFLICT', status: 400, errCode: 'CSS.0012' },
  { code: 'QUOTA_EXCEEDED', status: 400, errCode: 'CSS.0023' },
  { code: 'UPSTREAM_BUSY', status: 202, errCode: 'CSS.0011' },
])("a refusal that is the caller's own fault, $code, is told at info", async ({ code, status, errCode }) => {
  const { calls, counted, errors } = await observed([refused(DETAIL, status, errCode)], ASK_NAME);
  expect(calls).toEqual([{ level: INFO, msg: 'upstream call refused', outcome: code }]);
  expect(counted).toEqual([code]);
  expect(errors).toEqual([code]);
});

test.each([
  { code: 'UPSTREAM_UNAVAILABLE', status: 500, errCode: 'CSS.9999' },
  { code: 'UPSTREAM_BAD_RESPONSE', status: 404, errCode: '' },
])('one that is not, $code, is told at warn', async ({ code, status, errCode }) => {
  const { calls } = await observed([refused(DETAIL, status, errCode)], ASK_NAME);
  expect(calls.at(-1)).toEqual({ level: WARN, msg: 'upstream call failed', outcome: code });
});

test("a refusal of the gateway's own password is told at warn", async () => {
  const { region, projectId, user } = SANDBOX;
  const { url } = (await startLoggingGateway()).sandbox;
  const endpoints = { css: url, vpcep: url, dataartsinsight: url, iam: url };
  const credentials = { user: { ...user, password: 'another' } };
  const gate = await startLoggingGateway({
    PROJECTS_FILE: projectsFile([{ region, projectId, endpoints, credentials }]),
    ALLOW_ANONYMOUS: '1',
  });
  await (await gate.post({ query: ASK_NAME })).text();
  const calls = gate.lines().filter(({ service }) => service === 'iam');
  expect(calls).toMatchObject([{ level: WARN, msg: 'upstream call failed', outcome: 'UNAUTHENTICATED' }]);
});
