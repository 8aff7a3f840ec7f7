import { parseServiceId } from '../connections.ts';
import { SANDBOX } from '../credentials.ts';
import { makeUuid } from './ids.ts';
import type { Cluster, Service, VisibleService } from '../model.ts';
import { makeVisibleService } from './rows.ts';

/** A service of the cloud itself: its name has more parts than those of users' services, and no id. */
const cloudService = (name: string, service_name: string, more: Partial<VisibleService>): VisibleService =>
  makeVisibleService({
    id: makeUuid(`public service ${name}`),
    service_name,
    owner: name,
    public: true,
    refusal: 'EndPoint.0004',
    ...more,
  });

const CLOUD = 'com.myhuaweicloud';

/** The services of the CSS account behind clusters: reading their details answers that they do not exist. */
const behind = (cluster: Cluster): VisibleService[] =>
  cluster.vpcServiceName === null
    ? []
    : [
        makeVisibleService({
          id: parseServiceId(cluster.vpcServiceName),
          service_name: cluster.vpcServiceName,
          created_at: cluster.id.startsWith('5c77b71c') ? '2023-10-12T07:33:00Z' : `${cluster.created}Z`,
          approval_enabled: true,
          admits: cluster.permissions.map((record) => record.permission),
        }),
      ];

const invitedOnly = makeUuid('invited only');

/** Endpoint services of other accounts, as far as the project can see them. */
export const visibleServices = (clusters: readonly Cluster[], own: readonly Service[]): VisibleService[] => [
  ...clusters.flatMap(behind).filter(({ id }) => !own.some((service) => service.id === id)),
  cloudService('dns', `${CLOUD}.${SANDBOX.region}.dns`, { created_at: '2019-04-01T00:00:00Z' }),
  cloudService('obs', `${SANDBOX.region}.${CLOUD}.v4.obsv2.OBSCluster9`, {
    created_at: '2019-04-02T00:00:00Z',
    service_type: 'gateway',
    enable_policy: true,
  }),
  cloudService('swr', `${CLOUD}.${SANDBOX.region}.swr`, {
    created_at: '2020-07-15T00:00:00Z',
    enable_policy: true,
  }),
  // Object storage has a service for each account: not in the public list, found by its name.
  cloudService('obs of the account', `${SANDBOX.region}.${CLOUD}.v4.obsv2`, {
    created_at: '2021-03-04T00:00:00Z',
    service_type: 'gateway',
    enable_policy: true,
    owner: 'obs',
    public: false,
  }),
  makeVisibleService({
    id: invitedOnly,
    service_name: `${SANDBOX.region}.invited-only.${invitedOnly}`,
    created_at: '2025-02-03T04:05:06Z',
    owner: 'partner',
    approval_enabled: true,
    admits: [],
    refusal: 'EndPoint.0004',
  }),
];
