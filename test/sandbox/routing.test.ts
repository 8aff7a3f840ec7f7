import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { cssPath, openSandbox, v1 } from './open-sandbox.ts';

const OPERATIONS = [
  `GET ${cssPath('')}`,
  `GET ${cssPath('/none')}`,
  `GET ${cssPath('/none/vpcepservice/connections')}`,
  `POST ${cssPath('/none/vpcepservice/connections')}`,
  `POST ${cssPath('/none/vpcepservice/open')}`,
  `PUT ${cssPath('/none/vpcepservice/close')}`,
  `POST ${cssPath('/none/vpcepservice/permissions')}`,
  `GET ${v1('/vpc-endpoint-services')}`,
  `POST ${v1('/vpc-endpoint-services')}`,
  `GET ${v1('/vpc-endpoint-services/describe')}`,
  `GET ${v1('/vpc-endpoint-services/public')}`,
  `GET ${v1('/vpc-endpoint-services/none')}`,
  `PUT ${v1('/vpc-endpoint-services/none')}`,
  `DELETE ${v1('/vpc-endpoint-services/none')}`,
  `PUT ${v1('/vpc-endpoint-services/none/name')}`,
  `GET ${v1('/vpc-endpoint-services/none/connections')}`,
  `POST ${v1('/vpc-endpoint-services/none/connections/action')}`,
  `PUT ${v1('/vpc-endpoint-services/none/connections/description')}`,
  `GET ${v1('/vpc-endpoint-services/none/permissions')}`,
  `POST ${v1('/vpc-endpoint-services/none/permissions/action')}`,
  `POST ${v1('/vpc-endpoint-services/none/permissions/batch-create')}`,
  `POST ${v1('/vpc-endpoint-services/none/permissions/batch-delete')}`,
  `PUT ${v1('/vpc-endpoint-services/none/permissions/none')}`,
  `GET ${v1('/vpc-endpoints')}`,
  `POST ${v1('/vpc-endpoints')}`,
  `GET ${v1('/vpc-endpoints/none')}`,
  `PUT ${v1('/vpc-endpoints/none')}`,
  `DELETE ${v1('/vpc-endpoints/none')}`,
  `PUT ${v1('/vpc-endpoints/none/policy')}`,
  `DELETE ${v1('/vpc-endpoints/none/policy')}`,
  `PUT ${v1('/vpc-endpoints/none/routetables')}`,
  `POST ${v1('/endpoint/none/tags/action')}`,
  `GET ${v1('/endpoint_service/tags')}`,
  `POST ${v1('/endpoint_service/resource_instances/action')}`,
  `POST ${v1('/vpc-endpoints/none/upgrade').replace('v1', 'v2')}`,
  `POST ${v1('/vpc-endpoint-services/none/upgrade').replace('v1', 'v2')}`,
  `POST ${v1('/vpc-endpoint-services/none/add-server-resources').replace('v1', 'v2')}`,
  'GET /',
  'GET /v1',
  `GET ${v1('/quotas')}`,
  `POST ${v1('/connections/vpc-endpoint')}`,
  `GET ${v1('/connections')}`,
  `GET ${v1('/connections/none')}`,
  `GET ${v1('/instances')}`,
  `GET ${v1('/instances/none/workspaces')}`,
];

test('all 45 operations of the contract are served, each by its own service', async () => {
  const { send } = await openSandbox();
  const codes = await Promise.all(
    OPERATIONS.map(async (operation) => {
      const [method = '', path = ''] = operation.split(' ');
      const { body, status } = await send(method, path);
      return `${operation} ${body?.errCode ?? body?.error_code ?? status}`;
    }),
  );
  expect(OPERATIONS).toHaveLength(45);
  expect(codes.filter((line) => / APIGW\.(0101|0501|0601)$/.test(line))).toEqual([]);
  expect(codes.filter((line) => line.includes('/clusters/'))).toSatisfy((lines: string[]) =>
    lines.every((line) => line.endsWith('CSS.0015')),
  );
});

test.each([
  { what: 'a path nobody knows', method: 'GET', path: v1('/nothing'), status: 404, code: 'APIGW.0101' },
  {
    what: 'another version',
    method: 'GET',
    path: cssPath('').replace('v1.0', 'v2'),
    status: 404,
    code: 'APIGW.0101',
  },
  { what: 'a slash at the end', method: 'GET', path: v1('/vpc-endpoints/'), status: 404, code: 'APIGW.0101' },
  { what: 'a broken escape', method: 'GET', path: v1('/vpc-endpoints/%E0'), status: 404, code: 'APIGW.0101' },
  { what: 'another method', method: 'PATCH', path: v1('/quotas'), status: 405, code: 'APIGW.0501' },
  {
    what: 'another project',
    method: 'GET',
    path: `/v1/${'f'.repeat(32)}/quotas`,
    status: 403,
    code: 'APIGW.0310',
  },
])(
  '$what is refused with $status $code before any service sees it',
  async ({ method, path, status, code }) => {
    const { send } = await openSandbox();
    const reply = await send(method, path);
    expect(reply).toMatchObject({ status, body: { error_code: code, error_msg: expect.any(String) } });
    expect(reply.body.request_id).toBe(reply.headers.get('x-request-id'));
  },
);

const LONGEST_ID = 'x'.repeat(64);

test.each([
  cssPath('?start=1&limit=1'),
  cssPath('?offset=1000&limit=1000'),
  v1('/vpc-endpoint-services?offset=0&limit=1'),
  v1(`/vpc-endpoint-services?offset=0&limit=1000&id=${LONGEST_ID}`),
  v1(`/vpc-endpoint-services?endpoint_service_name=${'x'.repeat(128)}`),
  v1(`/vpc-endpoint-services/public?offset=0&limit=1000&id=${LONGEST_ID}`),
  v1(`/vpc-endpoints?offset=0&limit=1000&id=${LONGEST_ID}&vpc_id=${LONGEST_ID}`),
  v1('/connections?offset=0&limit=1'),
  v1(`/connections?offset=1000&limit=1000&name=${'x'.repeat(512)}`),
  v1(`/instances?offset=1000&limit=1000&sort_key=${'x'.repeat(100)}`),
])('values at the edge of what is allowed are taken: GET %s', async (path) => {
  const { get } = await openSandbox();
  expect((await get(path)).status).toBe(200);
});

test('every answer carries a request id of its own', async () => {
  const { get } = await openSandbox();
  const replies = await Promise.all([get(v1('/quotas')), get(cssPath('/none')), get(v1('/nothing'))]);
  const ids = replies.map((reply) => reply.headers.get('x-request-id'));
  expect(new Set(ids).size).toBe(3);
  expect(ids.join('')).toMatch(/^[0-9a-f]{96}$/);
});

test('every request is kept as it was received, with its answer', async () => {
  const { cloud, get, post } = await openSandbox();
  await get(v1('/quotas?type=endpoint&x=%3A'));
  await post(v1('/connections/vpc-endpoint'), { ds_type: 'DWS' });
  expect(cloud.calls).toMatchObject([
    { method: 'GET', path: v1('/quotas?type=endpoint&x=%3A'), body: '', status: 200 },
    { method: 'POST', path: v1('/connections/vpc-endpoint'), body: '{"ds_type":"DWS"}', status: 400 },
  ]);
  expect(cloud.calls[0]?.headers['x-auth-token']).toBe(SANDBOX.token);
  cloud.calls.length = 0;
  await get(v1('/quotas'));
  expect(cloud.calls).toHaveLength(1);
});

test('two sandboxes share nothing', async () => {
  const [one, two] = [await openSandbox(), await openSandbox()];
  expect(one.cloud.url).not.toBe(two.cloud.url);
  one.cloud.world.clusters.length = 0;
  expect((await two.get(cssPath(''))).body.totalSize).toBeGreaterThan(0);
});
