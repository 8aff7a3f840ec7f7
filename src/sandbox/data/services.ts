import { INSIGHT_DOMAIN_ID, SANDBOX } from '../credentials.ts';
import { account, ACCOUNTS, FAILURES, manyConnections, whitelist } from './connections.ts';
import { makeHexId, makeUuid } from './ids.ts';
import type { ConnectionRow, Service } from '../model.ts';
import { makeService, makeServiceConnection } from './rows.ts';

const named = (name: string): { id: string; service_name: string } => {
  const id = makeUuid(`service ${name}`);
  return { id, service_name: `${SANDBOX.region}.${name}.${id}` };
};

const row = (seed: string, partial: Partial<ConnectionRow>): ConnectionRow =>
  makeServiceConnection({ id: makeUuid(seed), ...partial });

/** Connections of `orders-search`, in every state that lasts. */
const orders = (): ConnectionRow[] => {
  const { own, analytics, logistics, partner, reporting } = ACCOUNTS;
  const [noAddress, notPlugged] = FAILURES;
  return [
    row('orders a', {
      status: 'pendingAcceptance',
      domain_id: partner,
      created_at: '2026-09-14T08:12:40Z',
      vpcepIp: '10.20.4.17',
      marker_id: '9223372036854775807',
      description: 'asked for by the partner portal',
    }),
    row('orders b', {
      status: 'accepted',
      domain_id: own,
      created_at: '2026-08-30T16:45:02Z',
      updated_at: '2026-08-30T16:47:31Z',
      vpcepIp: '192.168.4.21',
      vpcepDnsName: `orders-search.${SANDBOX.region}.example.com`,
      vpcepIpv6Address: 'fd00:c55::421',
      description: 'checkout',
    }),
    row('orders c', {
      status: 'failed',
      domain_id: analytics,
      created_at: '2026-07-19T23:01:55Z',
      updated_at: '2026-07-19T23:03:10Z',
      vpcepIp: null,
      error: noAddress ?? [],
    }),
    row('orders d', {
      status: 'accepted',
      domain_id: analytics,
      created_at: '2026-06-02T11:20:00Z',
      updated_at: '2026-06-03T07:00:12Z',
      vpcepIp: '10.31.0.8',
      specificationName: 'profession',
      maxSession: '10000',
    }),
    row('orders e', {
      status: 'rejected',
      domain_id: logistics,
      created_at: '2026-05-11T09:09:09Z',
      updated_at: '2026-05-11T13:37:00Z',
      vpcepIp: '10.44.9.3',
      description: 'wrong environment',
    }),
    row('orders f', {
      status: 'pendingAcceptance',
      domain_id: reporting,
      created_at: '2026-04-28T06:30:15Z',
      vpcepIp: '10.52.1.90',
    }),
    row('orders g', {
      status: 'accepted',
      domain_id: own,
      created_at: '2026-04-02T18:18:18Z',
      updated_at: '2026-04-02T18:18:27Z',
      vpcepIp: '192.168.4.35',
      description: 'back office',
    }),
    row('orders h', {
      status: 'accepted',
      domain_id: analytics,
      created_at: '2026-03-29T12:00:41Z',
      updated_at: '2026-03-29T12:04:00Z',
      vpcepIp: '10.31.0.9',
    }),
    row('orders i', {
      status: 'failed',
      domain_id: partner,
      created_at: '2026-03-15T04:44:44Z',
      updated_at: '2026-03-15T04:45:59Z',
      vpcepIp: null,
      error: notPlugged ?? [],
    }),
    row('orders j', {
      status: 'rejected',
      domain_id: partner,
      created_at: '2026-03-08T21:05:13Z',
      updated_at: '2026-03-09T08:00:00Z',
      vpcepIp: '10.20.4.2',
    }),
    row('orders k', {
      status: 'accepted',
      domain_id: own,
      created_at: '2026-02-27T10:00:03Z',
      updated_at: '2026-02-27T10:00:09Z',
      vpcepIp: '192.168.4.40',
    }),
    row('orders l', {
      status: 'accepted',
      domain_id: own,
      created_at: '2026-02-20T15:31:07Z',
      updated_at: '2026-02-20T15:31:20Z',
      vpcepIp: '192.168.4.2',
      description: "the cluster's own endpoint",
    }),
  ];
};

const fleet = (): ConnectionRow[] => {
  const rows = manyConnections('fleet-api', 1200, {
    from: '2021-11-03T05:00:00Z',
    to: '2026-10-02T09:15:00Z',
  });
  const newest = rows[0];
  if (newest !== undefined) newest.marker_id = '422321312321321321';
  return rows;
};

const partners = (): string[] =>
  Array.from({ length: 620 }, (_none, index) => account(makeHexId(`partner account ${index}`)));

const sharedWithClusters = (): Service[] => [
  makeService({
    ...named('orders-search'),
    created_at: '2026-02-20T15:30:00Z',
    description: 'endpoint access of the cluster orders-search',
    connections: orders(),
    permissions: whitelist(
      'orders-search',
      [account(ACCOUNTS.own), account(ACCOUNTS.analytics), account(INSIGHT_DOMAIN_ID)],
      '2026-02-20T15:30:05Z',
    ),
  }),
  makeService({
    ...named('org-knowledge'),
    created_at: '2025-05-06T07:08:09Z',
    approval_enabled: false,
    connections: manyConnections('org-knowledge', 6, {
      from: '2025-05-07T00:00:00Z',
      to: '2026-05-30T00:00:00Z',
    }),
    permissions: whitelist(
      'org-knowledge',
      ['organizations:orgPath::o-6bm3k2/r-1a2b/ou-7c8d/*', account(ACCOUNTS.reporting)],
      '2025-05-06T07:10:00Z',
    ),
  }),
];

const forDataArtsInsight = (): Service[] => [
  makeService({
    ...named('DII-INGEST-LB'),
    created_at: '2024-05-06T02:00:00Z',
    description: 'warehouse for dashboards',
    ports: [{ client_port: 8000, server_port: 8000, protocol: 'TCP' }],
    connections: [
      row('warehouse client', {
        domain_id: INSIGHT_DOMAIN_ID,
        created_at: '2024-05-06T02:21:12Z',
        vpcepIp: '10.0.8.40',
      }),
    ],
    permissions: whitelist('DII-INGEST-LB', [account(INSIGHT_DOMAIN_ID)], '2024-05-06T02:01:00Z'),
  }),
  makeService({
    ...named('billing-db'),
    created_at: '2025-01-15T12:34:56Z',
    approval_enabled: false,
    server_type: 'VM',
    ports: [{ client_port: 3306, server_port: 3306, protocol: 'TCP' }],
    connections: [
      row('billing client', {
        domain_id: INSIGHT_DOMAIN_ID,
        created_at: '2025-01-16T08:00:00Z',
        vpcepIp: '10.0.8.41',
      }),
    ],
    permissions: whitelist(
      'billing-db',
      [account(INSIGHT_DOMAIN_ID), account(ACCOUNTS.reporting)],
      '2025-01-15T12:40:00Z',
    ),
  }),
];

const large = (): Service[] => [
  makeService({
    ...named('fleet-api'),
    created_at: '2021-11-02T13:00:00Z',
    approval_enabled: false,
    description: 'vehicles report here',
    tags: [{ key: 'team', value: 'fleet' }],
    enable_policy: true,
    tcp_proxy: 'proxy_open',
    ports: [
      { client_port: 443, server_port: 8443, protocol: 'TCP' },
      { client_port: 1883, server_port: 1883, protocol: 'TCP' },
    ],
    connections: fleet(),
    permissions: whitelist('fleet-api', ['*'], '2021-11-02T13:05:00Z'),
  }),
  makeService({
    ...named('partner-hub'),
    created_at: '2022-08-19T10:10:10Z',
    description: 'one record for each partner',
    connections: manyConnections('partner-hub', 14, {
      from: '2022-08-20T00:00:00Z',
      to: '2026-01-09T00:00:00Z',
    }),
    permissions: whitelist('partner-hub', partners(), '2022-08-19T10:15:00Z').map((record, index) => ({
      ...record,
      created_at: `202${2 + (index % 5)}-0${1 + (index % 9)}-${10 + (index % 18)}T10:15:00Z`,
      description: index % 4 === 0 ? `contract ${1000 + index}` : '',
    })),
  }),
];

const unnamed = makeUuid('service without a name');

const others = (): Service[] => [
  makeService({
    id: unnamed,
    service_name: `${SANDBOX.region}.${unnamed}`,
    server_type: 'VM',
    created_at: '2023-03-03T03:03:03Z',
    connections: [
      row('unnamed a', {
        status: 'pendingAcceptance',
        domain_id: ACCOUNTS.sample,
        created_at: '2023-04-01T00:00:00Z',
      }),
    ],
    permissions: whitelist('unnamed', ['*'], '2023-03-03T03:05:00Z'),
  }),
  makeService({
    ...named('object-store'),
    service_type: 'gateway',
    server_type: 'VIP',
    cidr_type: 'public',
    created_at: '2022-01-31T17:20:00Z',
    permissions: whitelist('object-store', [account(ACCOUNTS.logistics)], '2022-01-31T17:25:00Z'),
  }),
  makeService({ ...named('new-gateway'), status: 'creating', created_at: '2026-10-30T08:00:00Z' }),
  makeService({
    ...named('old-import'),
    status: 'failed',
    created_at: '2024-11-11T11:11:11Z',
    error: [{ code: '3001', message: 'The backend port does not exist.' }],
  }),
  makeService({
    ...named('video-edge'),
    status: 'failed',
    created_at: '2025-09-09T09:09:09Z',
    public_border_group: 'edge-1',
    error: [{ error_code: '3007', error_message: 'The address pool is exhausted.' }],
  }),
];

/** The project's endpoint services. */
export const ownServices = (): Service[] => [
  ...sharedWithClusters(),
  ...forDataArtsInsight(),
  ...large(),
  ...others(),
];
