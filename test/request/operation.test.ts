import { expect, test } from 'vitest';
import { gateway } from '../support/gateway.ts';
import { CLUSTER } from '../support/sample-operations.ts';

const EXPLAIN = { 'x-explain': '2' };
const COST = { 'x-cost': '1' };

const QUERY = `{ cluster(clusterId: "${CLUSTER}") {
  name
  a: connections(first: 3) { nodes { endpointId } }
  b: connections(first: 5) { nodes { endpointId } }
} }`;

test('the cost of an operation is only in answers to callers who ask', async () => {
  const { ask } = await gateway();
  expect(await ask(QUERY)).not.toHaveProperty('extensions');
});

test('a caller who asks gets the estimated cost of an operation and the calls it made', async () => {
  const { ask, calls } = await gateway({ settings: { MAX_COST: '500', UPSTREAM_CALL_LIMIT: '50' } });
  const answer = await ask(QUERY, {}, COST);
  expect(answer).toMatchObject({
    extensions: { cost: { limit: 500, upstreamCalls: calls().length, upstreamCallLimit: 50 } },
  });
  expect(answer.extensions!['cost'].estimated).toBeGreaterThan(8);
  expect(answer.extensions).not.toHaveProperty('explain');
});

test('an explanation tells each call, its window, time and outcome, and what was merged into it', async () => {
  const { ask } = await gateway();
  const { extensions } = await ask(QUERY, {}, EXPLAIN);
  const { calls, lists } = extensions!['explain'];
  expect(calls.toSorted((a: { path: string }, b: { path: string }) => a.path.length - b.path.length)).toEqual(
    [
      {
        service: 'css',
        method: 'GET',
        path: '/v1.0/{project_id}/clusters/{cluster_id}',
        params: { cluster_id: CLUSTER },
        query: {},
        ms: expect.any(Number),
        retried: false,
        outcome: 'ok',
      },
      {
        service: 'css',
        method: 'GET',
        path: '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/connections',
        params: { cluster_id: CLUSTER },
        query: { offset: 0, limit: expect.any(Number) },
        ms: expect.any(Number),
        retried: false,
        outcome: 'ok',
      },
    ],
  );
  const connections = lists.find(({ list }: { list: string }) => list === 'connections of a cluster');
  expect(connections.asked).toHaveLength(2);
  expect(connections.read).toHaveLength(1);
});

test('without details it is short: one line that sums up, and one for each operation of the cloud', async () => {
  const { ask, sandbox } = await gateway();
  const { extensions } = await ask(QUERY, {}, { 'x-explain': '1' });
  expect(extensions!['explain']).toEqual({
    summary: expect.stringMatching(/^2 calls, 0 retries, \d+(\.\d)? ms$/),
    calls: expect.arrayContaining([
      expect.stringMatching(/^css GET \/v1\.0\/\{project_id\}\/clusters\/\{cluster_id\}: \d+(\.\d)? ms$/),
    ]),
  });
  expect(extensions!['explain'].calls).toHaveLength(2);
  sandbox.fault({ path: /connections/, times: 1, respond: { status: 503 } });
  const failed = (await ask(QUERY, {}, { 'x-explain': '1' })).extensions!['explain'];
  expect(failed.summary).toMatch(/^3 calls, 1 retry, /);
  expect(failed.calls.join()).toMatch(/connections UPSTREAM_UNAVAILABLE: \d/);
});

test('many calls of one operation of the cloud are one line', async () => {
  const { ask } = await gateway();
  const query = '{ clusters(first: 5) { nodes { connections { totalCount } } } }';
  const { calls } = (await ask(query, {}, { 'x-explain': '1' })).extensions!['explain'];
  expect(calls.join('\n')).toMatch(/vpcepservice\/connections( answered)?: \d calls, up to \d+(\.\d)? ms/);
});

test('it tells retries and failures as well', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({
    path: /connections/,
    times: 1,
    respond: { status: 503, body: { errCode: 'APIGW.0613', externalMessage: 'canary' } },
  });
  const { extensions } = await ask(QUERY, {}, EXPLAIN);
  const calls = extensions!['explain'].calls.filter(({ path }: { path: string }) => /conn/.test(path));
  expect(calls).toMatchObject([
    { outcome: 'UPSTREAM_UNAVAILABLE', status: 503, errorCode: 'APIGW.0613', retried: false },
    { outcome: 'ok', retried: true },
  ]);
  expect(JSON.stringify(extensions)).not.toContain('canary');
});

test('in production there is no explanation, unless a setting allows it', async () => {
  const production = { NODE_ENV: 'production' };
  const closed = await gateway({ settings: production });
  expect(await closed.ask(QUERY, {}, EXPLAIN)).not.toHaveProperty('extensions');
  const open = await gateway({ settings: { ...production, EXPLAIN: 'on' } });
  expect(await open.ask(QUERY, {}, EXPLAIN)).toHaveProperty('extensions.explain.calls');
});
