import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js';
import { ClientBuilder } from '@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js';
import type { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js';
import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { gatewayEndpointIn, serviceIn } from '../support/read-operations.ts';
import { openSandbox } from './open-sandbox.ts';

/** A call as the vendor's own clients of the services describe it to their core. */
interface VendorCall {
  method: string;
  url: string;
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  data?: object;
}

test('the core of the vendor’s Node client, which signs its calls, runs a session against the sandbox', async () => {
  const { cloud } = await openSandbox({ settleMs: 0 });
  const credential = new BasicCredentials()
    .withAk(SANDBOX.accessKey)
    .withSk(SANDBOX.secretKey)
    .withProjectId(SANDBOX.projectId);
  const client = new ClientBuilder<HcClient>((core) => core)
    .withCredential(credential)
    .withEndpoint(cloud.url)
    .build();
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
  const send = ({ method, url, path = {}, query = {}, data }: VendorCall): Promise<any> =>
    client.sendRequest({
      method,
      url,
      contentType: 'application/json',
      queryParams: query,
      pathParams: path,
      headers: {},
      ...(data && { data }),
    });

  const serviceId = serviceIn(cloud.world);
  const endpointId = gatewayEndpointIn(cloud.world);
  const service = { vpc_endpoint_service_id: serviceId };
  const endpoint = { vpc_endpoint_id: endpointId };
  const calls: [VendorCall, answer: object][] = [
    [
      { method: 'GET', url: '/v1/{project_id}/vpc-endpoint-services', query: { limit: 2 } },
      { httpStatusCode: 200, total_count: cloud.world.services.length },
    ],
    [
      { method: 'GET', url: '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}', path: endpoint },
      { httpStatusCode: 200, id: endpointId, service_type: 'gateway' },
    ],
    [
      {
        method: 'PUT',
        url: '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}/policy',
        path: endpoint,
        data: {
          policy_statement: [
            { Effect: 'Allow', Action: ['obs:object:GetObject'], Resource: ['obs:*:*:object:reports/*'] },
          ],
        },
      },
      { httpStatusCode: 200, policy_statement: [{ Effect: 'Allow' }] },
    ],
    [
      { method: 'DELETE', url: '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}/policy', path: endpoint },
      { httpStatusCode: 200, id: endpointId },
    ],
    [
      {
        method: 'PUT',
        url: '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}/routetables',
        path: endpoint,
        data: { routetables: ['t1', 't2'] },
      },
      { httpStatusCode: 200, routetables: ['t1', 't2'] },
    ],
    [
      {
        method: 'POST',
        url: '/v1/{project_id}/{resource_type}/{resource_id}/tags/action',
        path: { resource_type: 'endpoint_service', resource_id: serviceId },
        data: { action: 'create', tags: [{ key: 'owner', value: 'net' }] },
      },
      { httpStatusCode: 204 },
    ],
    [
      {
        method: 'POST',
        url: '/v1/{project_id}/{resource_type}/resource_instances/action',
        path: { resource_type: 'endpoint_service' },
        data: { action: 'filter', limit: '10', offset: '0', tags: [{ key: 'owner', values: ['net'] }] },
      },
      { httpStatusCode: 200, total_count: 1, resources: [{ resource_id: serviceId }] },
    ],
    [
      {
        method: 'GET',
        url: '/v1/{project_id}/{resource_type}/tags',
        path: { resource_type: 'endpoint_service' },
      },
      { httpStatusCode: 200, tags: expect.arrayContaining([{ key: 'owner', values: ['net'] }]) },
    ],
    [
      {
        method: 'POST',
        url: '/v2/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/upgrade',
        path: service,
      },
      { httpStatusCode: 204 },
    ],
    [
      {
        method: 'POST',
        url: '/v2/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/add-server-resources',
        path: service,
        data: { server_resources: [{ resource_id: '20872649-163e-4302-83be-8ff6e31d9aa0' }] },
      },
      { httpStatusCode: 204 },
    ],
    [
      {
        method: 'POST',
        url: '/v2/{project_id}/vpc-endpoints/{vpc_endpoint_id}/upgrade',
        path: endpoint,
        data: { action: 'start' },
      },
      { httpStatusCode: 202 },
    ],
    [
      { method: 'GET', url: '/' },
      { httpStatusCode: 200, versions: [{ id: 'v1' }] },
    ],
    [{ method: 'GET', url: '/{version}', path: { version: 'v1' } }, { httpStatusCode: 200 }],
  ];
  for (const [call, answer] of calls) {
    // oxlint-disable-next-line no-await-in-loop -- a session: one after the other
    expect(await send(call), `${call.method} ${call.url}`).toMatchObject(answer);
  }
  expect(cloud.calls.every(({ headers }) => headers.authorization?.startsWith('SDK-HMAC-SHA256'))).toBe(true);
  await expect(
    send({
      method: 'GET',
      url: '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}',
      path: { vpc_endpoint_id: 'none' },
    }),
  ).rejects.toMatchObject({ httpStatusCode: 404, errorCode: 'EndPoint.0005' });
});
