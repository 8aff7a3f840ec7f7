import { builder, described } from '../../graph/builder.ts';
import type { ClusterRow } from './rest.ts';

export const ClusterStatus = builder.enumType(
  'ClusterStatus',
  described('The state of a cluster, or of one of its instances.', {
    IN_PROGRESS: 'Being created or changed (`100`).',
    AVAILABLE: 'Usable (`200`).',
    UNAVAILABLE: 'Not usable (`300`).',
    FAILED: 'Creation failed, or not usable (`303`).',
    UNKNOWN: 'A state that this graph does not know; `statusRaw` has it.',
  }),
);

export const ClusterEngine = builder.enumType(
  'ClusterEngine',
  described('The search engine that a cluster runs.', {
    ELASTICSEARCH: 'Elasticsearch.',
    OPENSEARCH: 'OpenSearch.',
    LOGSTASH: 'Logstash.',
    UNKNOWN: 'An engine that this graph does not know; `engineRaw` has it.',
  }),
);

const ClusterInstanceType = builder.enumType(
  'ClusterInstanceType',
  described('Role of an instance of a cluster.', {
    DATA: 'Holds data (`ess`).',
    COLD_DATA: 'Holds data that is seldom read (`ess-cold`).',
    CLIENT: 'Takes and spreads requests (`ess-client`).',
    MASTER: 'Leads the cluster (`ess-master`).',
    LOGSTASH: 'Runs pipelines (`lgs`).',
    UNKNOWN: 'A role that this graph does not know; `typeRaw` has it.',
  }),
);

export const ClusterInstance = builder
  .objectRef<NonNullable<ClusterRow['instances']>[number]>('ClusterInstance')
  .implement({
    description: 'One machine of a cluster.',
    fields: (t) => ({
      instanceId: t.exposeID('instanceId', { nullable: false, description: 'Id of the instance.' }),
      name: t.exposeString('name', { description: 'Name of the instance.' }),
      type: t.expose('type', {
        type: ClusterInstanceType,
        nullable: false,
        description: 'Role of the instance.',
      }),
      typeRaw: t.exposeString('typeRaw', { description: 'Role of the instance, as the cloud spells it.' }),
      status: t.expose('status', { type: ClusterStatus, nullable: false, description: 'Its state.' }),
      statusRaw: t.exposeString('statusRaw', { description: 'Its state as the cloud spells it.' }),
      flavor: t.exposeString('flavor', { description: 'Its specification (`specCode`).' }),
      availabilityZone: t.exposeString('availabilityZone', {
        description: 'Its availability zone (`azCode`).',
      }),
      ip: t.exposeString('ip', { description: 'Its private IPv4 address.' }),
      subnetId: t.exposeID('subnetId', { description: 'Its subnet.' }),
      volumeType: t.exposeString('volumeType', { description: 'Kind of its disk.' }),
      volumeSizeGb: t.exposeInt('volumeSizeGb', { description: 'Size of its disk in GB.' }),
    }),
  });

export const ClusterAction = builder
  .objectRef<NonNullable<ClusterRow['actions']>[number]>('ClusterAction')
  .implement({
    description: 'An operation that is running on a cluster.',
    fields: (t) => ({
      name: t.exposeString('name', {
        nullable: false,
        description: 'The action, such as `REBOOTING` or `GROWING`.',
      }),
      progress: t.exposeString('progress', {
        description: 'Progress as the cloud reports it; null where it does not.',
      }),
    }),
  });
