import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gateway } from '../support/gateway.ts';

/** The vendor's example bodies, byte for byte. */
const body = (name: string) => readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');

const CLUSTER = `{ cluster(clusterId: "c1") {
  endpointAccess serviceName endpointUpdateSwitch
  permissions { totalCount nodes { permissionId permission kind domainId orgPath description createdAt } }
  connections { totalCount pageInfo { hasNextPage } nodes {
    endpointId status statusRaw domainId createdAt updatedAt maxSessions specification ipv4 ipv6 dnsNames
    admittedBy { permissionId } } } } }`;

const clusterFrom = async (document: string) => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({ path: /vpcepservice\/connections/, respond: { status: 200, body: body(document) } });
  return ask(CLUSTER);
};

test.each(['css/obtaining-an-endpoint-connection', 'css/obtaining-an-endpoint-connection-2025-11-28'])(
  'the current answer of CSS reaches the client whole: %s',
  async (document) => {
    const accepted = {
      status: 'ACCEPTED',
      statusRaw: 'accepted',
      domainId: 'db9b76a0d9ae431f8e85e89da2ca867c',
      updatedAt: null,
      maxSessions: 3000,
      specification: 'default',
      ipv6: null,
      dnsNames: null,
      admittedBy: { permissionId: '432a6429-f377-4168-8b24-feb5885af08c' },
    };
    expect(await clusterFrom(document)).toEqual({
      data: {
        cluster: {
          endpointAccess: true,
          serviceName: 'cn-north-4.css-op-no-delete.cf072729-b076-49db-83d3-020dc9f589bd',
          endpointUpdateSwitch: false,
          permissions: {
            totalCount: 1,
            nodes: [
              {
                permissionId: '432a6429-f377-4168-8b24-feb5885af08c',
                permission: 'iam:domain::db9b76a0d9ae431f8e85e89da2ca867c',
                kind: 'DOMAIN',
                domainId: 'db9b76a0d9ae431f8e85e89da2ca867c',
                orgPath: null,
                description: null,
                createdAt: '2023-10-12T07:33:11Z',
              },
            ],
          },
          connections: {
            totalCount: 2,
            pageInfo: { hasNextPage: false },
            nodes: [
              {
                ...accepted,
                endpointId: '54b7f739-31a1-40d0-862b-ac85b83ab2da',
                ipv4: '192.168.0.122',
                createdAt: '2024-06-11T09:36:24Z',
              },
              {
                ...accepted,
                endpointId: 'e88ad0bc-c2c7-419c-bd9b-a961111f0a42',
                ipv4: '192.168.0.133',
                createdAt: '2023-10-12T07:33:16Z',
              },
            ],
          },
        },
      },
    });
  },
);

test('the oldest answer of CSS, without service name and whitelist and with a flag as text, reaches the client', async () => {
  expect(await clusterFrom('css/obtaining-a-vpc-endpoint-connection')).toEqual({
    data: {
      cluster: {
        endpointAccess: true,
        serviceName: null,
        endpointUpdateSwitch: false,
        permissions: null,
        connections: {
          totalCount: 1,
          pageInfo: { hasNextPage: false },
          nodes: [
            {
              endpointId: 'connectionsID',
              status: 'ACCEPTED',
              statusRaw: 'accepted',
              domainId: 'domainID',
              createdAt: '2021-09-17T08:00:07Z',
              updatedAt: null,
              maxSessions: 3000,
              specification: 'default',
              ipv4: null,
              ipv6: null,
              dnsNames: null,
              admittedBy: null,
            },
          ],
        },
      },
    },
  });
});

test('the answer of VPCEP reaches the client whole', async () => {
  const { ask, sandbox } = await gateway();
  const serviceId = sandbox.world.services[0]!.id;
  sandbox.fault({
    path: /vpc-endpoint-services\/[^/]+\/connections/,
    respond: { status: 200, body: body('vpcep/querying-connections-to-a-vpc-endpoint-service') },
  });
  const { data, errors } = await ask(
    `query ($id: ID!) { endpointService(by: { id: $id }) { connections { totalCount nodes {
      endpointId status markerId domainId createdAt updatedAt description failures { code message } } } } }`,
    { id: serviceId },
  );
  expect(errors).toBeUndefined();
  expect(data.endpointService.connections).toEqual({
    totalCount: 2,
    nodes: [
      {
        endpointId: 'adb7b229-bb11-4072-bcc0-3327cd784263',
        status: 'ACCEPTED',
        markerId: '16777510',
        domainId: '5fc973eea581490997e82ea11a1df31f',
        createdAt: '2018-09-17T11:10:11Z',
        updatedAt: '2018-09-17T11:10:12Z',
        description: null,
        failures: [],
      },
      {
        endpointId: 'fd69d29f-dc29-4a9b-80d8-b51d1e7e58ea',
        status: 'ACCEPTED',
        markerId: '16777513',
        domainId: '5fc973eea581490997e82ea11a1df31f',
        createdAt: '2018-09-17T07:28:56Z',
        updatedAt: '2018-09-17T07:28:58Z',
        description: null,
        failures: [],
      },
    ],
  });
});

test("DataArts Insight gets the example's request, and its answer reaches the client whole", async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({
    path: /connections\/vpc-endpoint/,
    respond: { status: 200, body: body('dataartsinsight/verifying-and-creating') },
  });
  const request = JSON.parse(body('dataartsinsight/verifying-and-creating.request')) as Record<
    string,
    string
  >;
  const answer = await ask(
    `mutation ($input: VerifyAndCreateEndpointInput!) { verifyAndCreateEndpoint(input: $input) {
      userErrors { code } clientMutationId
      connectedInstance { instanceId dataSourceType serviceId serviceName endpointId endpointStatus endpointStatusRaw
        scene domainId createdAt createdBy updatedAt updatedBy } } }`,
    {
      input: {
        service: { name: request['vpc_ep_server_name'] },
        dataSourceType: request['ds_type'],
        clientMutationId: 'mine',
      },
    },
    { 'x-workspace-id': 'w1' },
  );
  expect(JSON.parse(sandbox.calls[0]!.body)).toEqual(request);
  expect(answer).toEqual({
    data: {
      verifyAndCreateEndpoint: {
        userErrors: [],
        clientMutationId: 'mine',
        connectedInstance: {
          instanceId: '8a8080c08xxxxxf4bb485240001',
          dataSourceType: 'DWS',
          serviceId: 'xxxxx-31cf-4e27-xxxxx-4b71db9b82fb',
          serviceName: 'cn-xxxx-x.DII-xxxx-LB.716b4ee7-xxxx-4e27-852e-xxxxxxx',
          endpointId: 'xxxxxx-62be-4479-xxxxx-7379d6dafc40',
          endpointStatus: 'ACCEPTED',
          endpointStatusRaw: 'accepted',
          scene: 'dii-app_to_data-source',
          domainId: 'd22f8axxx428fb2260xxxxx823',
          createdAt: '2024-05-06T02:21:12.863Z',
          createdBy: 'xxxx',
          updatedAt: '2024-05-06T02:21:12.863Z',
          updatedBy: 'xxxx',
        },
      },
    },
  });
});
