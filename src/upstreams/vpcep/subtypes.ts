import { builder, described } from '../../graph/builder.ts';
import type { EndpointServiceRow } from './services/rest.ts';

export const EndpointServiceStatus = builder.enumType(
  'EndpointServiceStatus',
  described('The state of an endpoint service.', {
    CREATING: 'Being made (`creating`).',
    AVAILABLE: 'Usable (`available`).',
    FAILED: 'Could not be made (`failed`); `failures` has the reasons.',
    DELETING: 'Being removed (`deleting`).',
    UNKNOWN: 'A state that this graph does not know; `statusRaw` has it.',
  }),
);

export const EndpointServiceType = builder.enumType(
  'EndpointServiceType',
  described('How endpoints reach a service.', {
    INTERFACE: 'Through an address in the subnet of the endpoint (`interface`).',
    GATEWAY: 'Through a route of the VPC (`gateway`).',
    UNKNOWN: 'A way that this graph does not know; `serviceTypeRaw` has it.',
  }),
);

export const EndpointServiceCidrType = builder.enumType(
  'EndpointServiceCidrType',
  described('Addresses that an endpoint service is reached at.', {
    PUBLIC: 'Public addresses (`public`).',
    INTERNAL: 'Addresses inside the VPC (`internal`).',
    UNKNOWN: 'A value that this graph does not know; `cidrTypeRaw` has it.',
  }),
);

export const EndpointServiceIpVersion = builder.enumType(
  'EndpointServiceIpVersion',
  described('Which addresses the server behind an endpoint service has.', {
    IPV4: 'IPv4 addresses (`ipv4`).',
    IPV6: 'IPv6 addresses (`ipv6`), which only professional services can have.',
    UNKNOWN: 'A value that this graph does not know; `ipVersionRaw` has it.',
  }),
);

export const EndpointServerType = builder.enumType(
  'EndpointServerType',
  described('Type of the server behind an endpoint service.', {
    VM: 'A virtual machine.',
    VIP: 'A virtual address.',
    LB: 'A load balancer.',
    BMS: 'A bare metal server.',
    UNKNOWN: 'A type that this graph does not know; `serverTypeRaw` has it.',
  }),
);

export const EndpointEdition = builder.enumType(
  'EndpointEdition',
  described('Edition of an endpoint.', {
    BASIC: 'The basic edition (`basic`).',
    PROFESSIONAL: 'The professional edition (`profession`), which IPv6 needs.',
    UNKNOWN: 'An edition that this graph does not know; `supportedEditionsRaw` has it.',
  }),
);

export const Ownership = builder.enumType(
  'EndpointServiceOwnership',
  described('Owner of an endpoint service, seen from the project.', {
    OWN: 'Owned by the project; all its fields can be read.',
    VISIBLE: 'Owned by another account; only its basic facts can be read.',
  }),
);

export const PortMapping = builder
  .objectRef<NonNullable<EndpointServiceRow['ports']>[number]>('EndpointServicePort')
  .implement({
    description: 'A port of an endpoint service, and the port behind it.',
    fields: (t) => ({
      clientPort: t.exposeInt('clientPort', { description: 'Port on the side of the endpoint, 1 to 65535.' }),
      serverPort: t.exposeInt('serverPort', { description: 'Port on the side of the server, 1 to 65535.' }),
      protocol: t.exposeString('protocol', { nullable: false, description: 'Protocol, mostly `TCP`.' }),
    }),
  });
