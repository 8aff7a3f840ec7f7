import { serviceIdOf } from '../connections.ts';
import { SANDBOX } from '../credentials.ts';
import { uuidOf } from './ids.ts';
import type { Cluster, Service, VisibleService } from '../model.ts';
import { makeVisibleService } from './rows.ts';

const publicService = (name: string, created_at: string, owner: string): VisibleService => {
  const id = uuidOf(`public service ${name}`);
  return makeVisibleService({
    id,
    service_name: `${SANDBOX.region}.${name}.${id}`,
    created_at,
    owner,
    public: true,
    refusal: 'EndPoint.0004',
    ...(name === 'obs' ? { service_type: 'gateway' } : {}),
  });
};

/** The services of the CSS account behind clusters: whoever asks inside is told that there is nothing. */
const behind = (cluster: Cluster): VisibleService[] =>
  cluster.vpcServiceName === null
    ? []
    : [
        makeVisibleService({
          id: serviceIdOf(cluster.vpcServiceName),
          service_name: cluster.vpcServiceName,
          created_at: cluster.id.startsWith('5c77b71c') ? '2023-10-12T07:33:00Z' : `${cluster.created}Z`,
          approval_enabled: true,
          admits: cluster.permissions.map((record) => record.permission),
        }),
      ];

const invitedOnly = uuidOf('invited only');

/** Endpoint services of other accounts, as far as the project can see them. */
export const visibleServices = (clusters: readonly Cluster[], own: readonly Service[]): VisibleService[] => [
  ...clusters.flatMap(behind).filter(({ id }) => !own.some((service) => service.id === id)),
  publicService('dns', '2019-04-01T00:00:00Z', 'dns'),
  publicService('obs', '2019-04-02T00:00:00Z', 'obs'),
  publicService('swr', '2020-07-15T00:00:00Z', 'swr'),
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
