import { expect, test } from 'vitest';
import { gateway } from './support/gateway.ts';

const pathOf = (call: string) => call.replace(/\?.*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}').replace(/[0-9a-f]{32}/, '{project}');
const tally = (calls: string[]) => Object.fromEntries([...Map.groupBy(calls, pathOf)].map(([path, group]) => [path, group.length]));

const CLUSTER = '5c77b71c-5b35-4f50-8984-76387e42451a';

test('connections, whitelist, service name and total of a cluster cost one call', async () => {
  const { ask, calls } = await gateway();
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${CLUSTER}") { id clusterId endpointAccess endpointServiceName endpointUpdateSwitch
       connections { totalCount nodes { endpointId } } permissions { totalCount nodes { permission } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.cluster.connections.totalCount).toBe(2);
  expect(calls()).toEqual([
    `GET /v1.0/0123456789abcdef0123456789abcdef/clusters/${CLUSTER}/vpcepservice/connections?offset=0&limit=20`,
  ]);
});

test('an unknown cluster is null with one error at its own path', async () => {
  const { ask } = await gateway();
  const { data, errors } = await ask('{ cluster(clusterId: "nowhere") { name connections { totalCount } } }');
  expect(data).toEqual({ cluster: null });
  expect(errors).toMatchObject([{ path: ['cluster'], extensions: { code: 'NOT_FOUND', upstream: { service: 'css', errorCode: 'CSS.0015' } } }]);
});

test('details and connections of a cluster are read side by side', async () => {
  const { ask, calls, sandbox } = await gateway();
  sandbox.fault({ path: /connections/, delayMs: 300 });
  sandbox.fault({ path: /clusters\/[^/]+$/, delayMs: 300 });
  await ask(`{ cluster(clusterId: "${CLUSTER}") { name connections(first: 1) { nodes { endpointId } } } }`);
  expect(tally(calls())).toEqual({
    'GET /v1.0/{project}/clusters/{id}': 1,
    'GET /v1.0/{project}/clusters/{id}/vpcepservice/connections': 1,
  });
});
