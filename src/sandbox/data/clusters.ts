import { SANDBOX } from '../credentials.ts';
import { account, ACCOUNTS, manyConnections, whitelist } from './connections.ts';
import { makeUuid } from './ids.ts';
import type { Cluster, Service } from '../model.ts';
import { makeCluster, makeClusterConnection, makePermission } from './rows.ts';

const named = (name: string) => ({ id: makeUuid(`cluster ${name}`), name });

/** Name of the service that the CSS account runs in front of a cluster. */
const cssServiceName = (name: string): string =>
  `${SANDBOX.region}.${name}.${makeUuid(`css service ${name}`)}`;

/** Properties of a cluster whose endpoint service belongs to the project: both share the same rows. */
const inFrontOf = (service: Service | undefined): Partial<Cluster> =>
  service === undefined
    ? {}
    : {
        vpcServiceName: service.service_name,
        connections: service.connections,
        permissions: service.permissions,
      };

const noAccess: Partial<Cluster> = { endpointAccess: false, vpcServiceName: null, vpcepIp: null };

/** Exactly the vendor's example ("Obtaining an Endpoint Connection"). */
const logsArchive = (): Cluster =>
  makeCluster({
    id: '5c77b71c-5b35-4f50-8984-76387e42451a',
    name: 'logs-archive',
    created: '2023-10-09T02:07:13',
    vpcServiceName: `${SANDBOX.region}.css-op-no-delete.cf072729-b076-49db-83d3-020dc9f589bd`,
    connections: [
      makeClusterConnection({
        id: '54b7f739-31a1-40d0-862b-ac85b83ab2da',
        created_at: '2024-06-11T09:36:24Z',
        vpcepIp: '192.168.0.122',
        marker_id: '322312312312',
      }),
      makeClusterConnection({
        id: 'e88ad0bc-c2c7-419c-bd9b-a961111f0a42',
        created_at: '2023-10-12T07:33:16Z',
        vpcepIp: '192.168.0.133',
      }),
    ],
    permissions: [makePermission({ id: '432a6429-f377-4168-8b24-feb5885af08c' })],
  });

const withManyConnections = (): Cluster[] => [
  makeCluster({
    ...named('clickstream'),
    desc: 'events of the shop front',
    created: '2025-03-17T08:00:21',
    updated: '2026-07-01T11:42:00',
    datastore: { type: 'opensearch', version: '2.11.0', supportSecuritymode: true },
    httpsEnable: true,
    authorityEnable: true,
    tags: [{ key: 'team', value: 'shop' }],
    vpcServiceName: cssServiceName('clickstream'),
    connections: manyConnections('clickstream', 40, {
      from: '2025-03-18T00:00:00Z',
      to: '2026-08-08T00:00:00Z',
    }),
    permissions: whitelist(
      'clickstream',
      [account(ACCOUNTS.own), account(ACCOUNTS.analytics)],
      '2025-03-17T08:30:00Z',
    ),
  }),
  makeCluster({
    ...named('telemetry-fleet'),
    desc: 'one endpoint for each depot',
    created: '2022-06-01T05:55:05',
    updated: '2026-09-30T20:10:44',
    datastore: { type: 'elasticsearch', version: '7.9.3', supportSecuritymode: true },
    vpcServiceName: cssServiceName('telemetry-fleet'),
    vpcepUpdateSwitch: true,
    connections: manyConnections('telemetry-fleet', 2500, {
      from: '2022-06-02T00:00:00Z',
      to: '2026-09-30T20:00:00Z',
    }),
    permissions: whitelist('telemetry-fleet', Object.values(ACCOUNTS).map(account), '2022-06-01T06:30:00Z'),
  }),
];

const older = (): Cluster[] => [
  makeCluster({
    ...named('public-docs'),
    created: '2024-02-14T14:14:14',
    datastore: { type: 'elasticsearch', version: '7.10.2', supportSecuritymode: true },
    publicIp: '203.0.113.20:9200',
    publicKibanaResp: { eipSize: 5, publicKibanaIp: '203.0.113.21:5601' },
    elbWhiteList: { enableWhiteList: true, whiteList: '198.51.100.0/24,203.0.113.7' },
    bandwidthSize: 10,
    generation: 'middle',
    vpcServiceName: cssServiceName('public-docs'),
    connections: manyConnections('public-docs', 9, {
      from: '2024-02-15T00:00:00Z',
      to: '2025-12-01T00:00:00Z',
    }),
    permissions: whitelist('public-docs', ['*'], '2024-02-14T15:00:00Z'),
  }),
  makeCluster({
    ...named('audit-trail'),
    created: '2023-05-20T19:00:00',
    generation: 'middle',
    paging: 'start',
    vpcServiceName: cssServiceName('audit-trail'),
    connections: manyConnections('audit-trail', 25, {
      from: '2023-05-21T00:00:00Z',
      to: '2026-02-01T00:00:00Z',
    }),
    permissions: whitelist('audit-trail', [account(ACCOUNTS.reporting)], '2023-05-20T20:00:00Z'),
  }),
  makeCluster({
    ...named('legacy-catalog'),
    created: '2021-09-16T22:45:31',
    updated: '2021-09-17T01:00:00',
    datastore: { type: 'elasticsearch', version: '6.5.4', supportSecuritymode: false },
    period: true,
    orderId: 'CS2109162245ABCDE',
    generation: 'oldest',
    vpcServiceName: cssServiceName('legacy-catalog'),
    connections: manyConnections('legacy-catalog', 15, {
      from: '2021-09-17T08:00:07Z',
      to: '2024-12-24T00:00:00Z',
    }),
    permissions: whitelist('legacy-catalog', [account(ACCOUNTS.own)], '2021-09-17T08:00:00Z'),
  }),
];

const withoutAccess = (): Cluster[] => [
  makeCluster({
    ...named('metrics-live'),
    ...noAccess,
    created: '2025-11-05T06:07:08',
    datastore: { type: 'opensearch', version: '2.19.0', supportSecuritymode: true },
  }),
  makeCluster({
    ...named('ingest-pipeline'),
    ...noAccess,
    status: '100',
    actions: ['GROWING'],
    actionProgress: { GROWING: '40%' },
    created: '2026-01-22T13:50:00',
    datastore: { type: 'logstash', version: '7.10.0', supportSecuritymode: false },
    endpoint: null,
    supportVpcep: false,
  }),
  makeCluster({
    ...named('reports-staging'),
    ...noAccess,
    status: '303',
    failedReason: { errorCode: 'CSS.6000', errorMsg: 'The nodes could not be created.' },
    created: '2026-06-18T09:30:00',
    endpoint: null,
    enterpriseProjectId: makeUuid('enterprise project'),
  }),
];

/** The project's clusters; two of them have endpoint services of the project. */
export const clustersBefore = (services: readonly Service[]): Cluster[] => {
  const before = (name: string) =>
    inFrontOf(services.find((service) => service.service_name.includes(`.${name}.`)));
  return [
    makeCluster({
      ...named('orders-search'),
      desc: 'product and order search',
      created: '2026-02-20T15:02:44',
      updated: '2026-09-14T08:12:41',
      datastore: { type: 'elasticsearch', version: '7.10.2', supportSecuritymode: true },
      httpsEnable: true,
      authorityEnable: true,
      diskEncrypted: true,
      backupAvailable: true,
      tags: [
        { key: 'team', value: 'orders' },
        { key: 'stage', value: 'production' },
      ],
      vpcepIp: '192.168.4.2',
      snapshotPolicy: {
        backupEnable: 'true',
        bakPeriod: '00:00 GMT+08:00',
        bakFrequency: 'DAY',
        bakKeepDay: 7,
      },
      ...before('orders-search'),
    }),
    makeCluster({
      ...named('org-knowledge'),
      created: '2025-05-06T06:40:00',
      datastore: { type: 'opensearch', version: '1.3.6', supportSecuritymode: true },
      ...before('org-knowledge'),
    }),
    logsArchive(),
    ...withManyConnections(),
    ...older(),
    ...withoutAccess(),
  ];
};
