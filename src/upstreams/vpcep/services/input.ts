import { isIPv4 } from 'node:net';
import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { checkList, checkVendorId } from '../../../graph/validate-input.ts';
import { EndpointServerType, EndpointServiceIpVersion, EndpointServiceType } from '../subtypes.ts';
import type { EndpointServiceCreate, EndpointServiceUpdate, Port } from './rest-writes.ts';
import { ifGiven, checkNote, ResourceTagInput, toWire, toWireTags } from '../write-input.ts';

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

const EndpointServicePortInput = builder.inputType('EndpointServicePortInput', {
  description: 'A port of an endpoint service, and the port behind it.',
  fields: (t) => ({
    clientPort: t.int({ required: true, description: 'Port on the side of the endpoint, 1 to 65535.' }),
    serverPort: t.int({ required: true, description: 'Port on the side of the server, 1 to 65535.' }),
    protocol: t.string({
      description: '`TCP`, or where the region knows it `UDP`; by default `TCP`.',
    }),
  }),
});

const LABEL = '1 to 16 letters, digits, hyphens or underscores';

const TCP_PROXIES = ['close', 'toa_open', 'proxy_open', 'open', 'proxy_vni'];
const tcpProxies = TCP_PROXIES.map((value) => `\`${value}\``).join(', ');

/** Input fields of both a new service and a change of one. */
const sharedFields = (t: InputFields) => ({
  label: t.string({
    description: `The middle part of its full name (\`service_name\`), ${LABEL}.`,
  }),
  approvalRequired: t.boolean({
    description:
      'Whether its owner has to accept each endpoint (`approval_enabled`); a new service wants it by default.',
  }),
  tcpProxy: t.string({
    description: `Facts about the client that the server receives (\`tcp_proxy\`): ${tcpProxies}; nothing by default (\`close\`).`,
  }),
  description: t.string({ description: 'Description by its owner, up to 512 characters.' }),
});

export const newServiceFields = (t: InputFields) => ({
  vpcId: t.id({ required: true, description: 'VPC that the server is in.' }),
  portId: t.id({
    required: true,
    description: 'Network port of the server: of the machine, the virtual address or the load balancer.',
  }),
  serverType: t.field({
    type: EndpointServerType,
    required: true,
    description: 'Type of the server behind the service: `VM`, `VIP` or `LB`.',
  }),
  ports: t.field({
    type: [EndpointServicePortInput],
    required: true,
    description: 'Ports of the service, 1 to 200.',
  }),
  serviceType: t.field({
    type: EndpointServiceType,
    description: 'How endpoints are to reach it, `INTERFACE` or `GATEWAY`; by default `INTERFACE`.',
  }),
  tags: t.field({ type: [ResourceTagInput], description: 'Labels to put on it, at most 20.' }),
  serverAddress: t.string({
    description:
      'IPv4 address or domain name of the server (`ip`), where endpoints reach it by that; for an interface service only.',
  }),
  ipVersion: t.field({
    type: EndpointServiceIpVersion,
    description:
      'Which addresses the server has (`ip_version`), `IPV4` or `IPV6`; by default `IPV4`. Only a professional service can have `IPV6`.',
  }),
  snatNetworkId: t.id({
    description:
      'Network of the VPC to take source addresses from (`snat_network_id`); any, and needed with `IPV6`.',
  }),
  policySupported: t.boolean({
    description:
      'Let endpoints to it have a policy (`enable_policy`); by default not. Sent only if true, since some regions do not know it.',
  }),
  poolId: t.id({ description: 'Dedicated cluster to put it in (`pool_id`); by default none.' }),
  ...sharedFields(t),
});

export const serviceChangeFields = (t: InputFields) => ({
  serviceId: t.id({ required: true, description: 'Id of the service, as the console shows it.' }),
  ports: t.field({
    type: [EndpointServicePortInput],
    description: 'Ports of the service, 1 to 200. They replace all its ports.',
  }),
  portId: t.id({ description: 'Network port of the server.' }),
  serverAddress: t.string({
    description:
      'IPv4 address or domain name of the server (`ip`), for a service that has one; not together with `portId`.',
  }),
  ...sharedFields(t),
});

interface SharedInput {
  label?: string | null | undefined;
  approvalRequired?: boolean | null | undefined;
  tcpProxy?: string | null | undefined;
  description?: string | null | undefined;
}

/** Input of a new service. */
export interface NewService extends SharedInput {
  vpcId: string;
  portId: string;
  serverType: typeof EndpointServerType.$inferType;
  ports: readonly (typeof EndpointServicePortInput.$inferInput)[];
  serviceType?: typeof EndpointServiceType.$inferType | null | undefined;
  tags?: readonly (typeof ResourceTagInput.$inferInput)[] | null | undefined;
  serverAddress?: string | null | undefined;
  ipVersion?: typeof EndpointServiceIpVersion.$inferType | null | undefined;
  snatNetworkId?: string | null | undefined;
  policySupported?: boolean | null | undefined;
  poolId?: string | null | undefined;
}

/** Input of a change of a service, without the id. */
export interface ServiceChange extends SharedInput {
  ports?: readonly (typeof EndpointServicePortInput.$inferInput)[] | null | undefined;
  portId?: string | null | undefined;
  serverAddress?: string | null | undefined;
}

/**
 * Checks the middle part of a service's name.
 * @throws `BAD_USER_INPUT`
 */
export const checkLabel = (label: string): string => {
  if (/^[A-Za-z0-9_-]{1,16}$/.test(label)) return label;
  throw badInput(`\`input.label\` must be ${LABEL}.`);
};

const portNumber = (value: number): number => {
  if (value >= 1 && value <= 65_535) return value;
  throw badInput('`input.ports` must have port numbers of 1 to 65535.');
};

const checkProtocol = (value: string): string => {
  if (value === 'TCP' || value === 'UDP') return value;
  throw badInput('`input.ports.protocol` must be `TCP` or `UDP`.');
};

const toWirePorts = (ports: NewService['ports']): Port[] =>
  checkList('input.ports', ports, 1, 200).map(({ clientPort, serverPort, protocol }) => ({
    client_port: portNumber(clientPort),
    server_port: portNumber(serverPort),
    protocol: ifGiven(protocol, checkProtocol),
  }));

const checkTcpProxy = (value: string): string => {
  if (TCP_PROXIES.includes(value)) return value;
  throw badInput(`\`input.tcpProxy\` must be one of ${tcpProxies}.`);
};

/** One part of a domain name; the last one is no number, so that a wrong IPv4 address is no domain name. */
const LABEL_OF_DOMAIN = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DOMAIN_NAME = new RegExp(`^(?=.{1,253}$)(${LABEL_OF_DOMAIN}\\.)*(?!\\d+$)${LABEL_OF_DOMAIN}$`);

const checkServerAddress = (value: string): string => {
  if (isIPv4(value) || DOMAIN_NAME.test(value)) return value;
  throw badInput('`input.serverAddress` must be an IPv4 address or a domain name.');
};

const sharedBody = ({ label, approvalRequired, tcpProxy, description }: SharedInput) => ({
  service_name: ifGiven(label, checkLabel),
  approval_enabled: approvalRequired ?? undefined,
  tcp_proxy: ifGiven(tcpProxy, checkTcpProxy),
  description: ifGiven(description, (text) => checkNote('input.description', text)),
});

/** @throws `BAD_USER_INPUT` for values that do not go together. */
const checkCombination = ({ serviceType, serverAddress, ipVersion, snatNetworkId }: NewService): void => {
  if (serviceType === 'GATEWAY' && serverAddress != null)
    throw badInput(
      '`input.serverAddress` is for an interface service, and `input.serviceType` is `GATEWAY`.',
    );
  if (ipVersion === 'IPV6' && snatNetworkId == null)
    throw badInput('`input.ipVersion` `IPV6` needs `input.snatNetworkId`.');
};

/**
 * Turns the input into the request body, and checks all of it.
 * @throws `BAD_USER_INPUT`
 */
export const newServiceBody = (input: NewService): EndpointServiceCreate => {
  checkCombination(input);
  return {
    port_id: checkVendorId('input.portId', input.portId),
    vpc_id: checkVendorId('input.vpcId', input.vpcId),
    server_type: toWire('input.serverType', input.serverType, { VM: 'VM', VIP: 'VIP', LB: 'LB' }),
    ports: toWirePorts(input.ports),
    service_type: ifGiven(input.serviceType, (type) =>
      toWire('input.serviceType', type, { INTERFACE: 'interface', GATEWAY: 'gateway' }),
    ),
    tags: ifGiven(input.tags, (tags) => toWireTags('input.tags', tags)),
    ip: ifGiven(input.serverAddress, checkServerAddress),
    ip_version: ifGiven(input.ipVersion, (version) =>
      toWire('input.ipVersion', version, { IPV4: 'ipv4', IPV6: 'ipv6' }),
    ),
    snat_network_id: ifGiven(input.snatNetworkId, (id) => checkVendorId('input.snatNetworkId', id)),
    enable_policy: input.policySupported === true ? true : undefined,
    pool_id: ifGiven(input.poolId, (id) => checkVendorId('input.poolId', id)),
    ...sharedBody(input),
  };
};

/**
 * Turns the input into the request body, and checks all of it.
 * @throws `BAD_USER_INPUT`, also where nothing is to change.
 */
export const serviceChangeBody = (input: ServiceChange): EndpointServiceUpdate => {
  if (input.portId != null && input.serverAddress != null)
    throw badInput('`input.portId` and `input.serverAddress` cannot be changed together.');
  const body = {
    ports: ifGiven(input.ports, toWirePorts),
    port_id: ifGiven(input.portId, (id) => checkVendorId('input.portId', id)),
    ip: ifGiven(input.serverAddress, checkServerAddress),
    ...sharedBody(input),
  };
  if (Object.values(body).some((value) => value !== undefined)) return body;
  throw badInput('Say in `input` what to change: nothing was given beside `serviceId`.');
};
