import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { checkList, checkVendorId } from '../../../graph/validate-input.ts';
import { EndpointServerType, EndpointServiceType } from '../subtypes.ts';
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
  ...sharedFields(t),
});

export const serviceChangeFields = (t: InputFields) => ({
  serviceId: t.id({ required: true, description: 'Id of the service, as the console shows it.' }),
  ports: t.field({
    type: [EndpointServicePortInput],
    description: 'Ports of the service, 1 to 200. They replace all its ports.',
  }),
  portId: t.id({ description: 'Network port of the server.' }),
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
}

/** Input of a change of a service, without the id. */
export interface ServiceChange extends SharedInput {
  ports?: readonly (typeof EndpointServicePortInput.$inferInput)[] | null | undefined;
  portId?: string | null | undefined;
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

const sharedBody = ({ label, approvalRequired, tcpProxy, description }: SharedInput) => ({
  service_name: ifGiven(label, checkLabel),
  approval_enabled: approvalRequired ?? undefined,
  tcp_proxy: ifGiven(tcpProxy, checkTcpProxy),
  description: ifGiven(description, (text) => checkNote('input.description', text)),
});

/**
 * Turns the input into the request body, and checks all of it.
 * @throws `BAD_USER_INPUT`
 */
export const newServiceBody = (input: NewService): EndpointServiceCreate => ({
  port_id: checkVendorId('input.portId', input.portId),
  vpc_id: checkVendorId('input.vpcId', input.vpcId),
  server_type: toWire('input.serverType', input.serverType, { VM: 'VM', VIP: 'VIP', LB: 'LB' }),
  ports: toWirePorts(input.ports),
  service_type: ifGiven(input.serviceType, (type) =>
    toWire('input.serviceType', type, { INTERFACE: 'interface', GATEWAY: 'gateway' }),
  ),
  tags: ifGiven(input.tags, (tags) => toWireTags('input.tags', tags)),
  ...sharedBody(input),
});

/**
 * Turns the input into the request body, and checks all of it.
 * @throws `BAD_USER_INPUT`, also where nothing is to change.
 */
export const serviceChangeBody = (input: ServiceChange): EndpointServiceUpdate => {
  const body = {
    ports: ifGiven(input.ports, toWirePorts),
    port_id: ifGiven(input.portId, (id) => checkVendorId('input.portId', id)),
    ...sharedBody(input),
  };
  if (Object.values(body).some((value) => value !== undefined)) return body;
  throw badInput('Say in `input` what to change: nothing was given beside `serviceId`.');
};
