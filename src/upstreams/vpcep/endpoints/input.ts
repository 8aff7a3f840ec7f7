import { isIPv4, isIPv6 } from 'node:net';
import { badInput } from '../../../errors/client-error.ts';
import { builder } from '../../../graph/builder.ts';
import { checkList, checkPlainText, checkVendorId } from '../../../graph/validate-input.ts';
import { EndpointIpVersion } from './subtypes.ts';
import { EndpointPolicyStatementInput, OPEN_POLICY, toWirePolicy, toWireStatements } from './policy.ts';
import type { EndpointCreate } from './rest.ts';
import {
  ifGiven,
  checkIpv4OrBlock,
  checkNote,
  ResourceTagInput,
  toWire,
  toWireTags,
} from '../write-input.ts';

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

export const newEndpointFields = (t: InputFields) => ({
  serviceId: t.id({
    required: true,
    description: 'Id of the endpoint service to connect to (`endpoint_service_id`).',
  }),
  vpcId: t.id({ required: true, description: 'VPC to make the endpoint in.' }),
  subnetId: t.id({
    description: 'Subnet to take its address from; needed for an interface service, and for no other.',
  }),
  routeTableIds: t.idList({
    description: 'Route tables that are to lead to a gateway service, 1 to 10 (`routetables`); for no other.',
  }),
  ipv4: t.string({
    description: 'IPv4 address that it is to have (`port_ip`); by default one that is free.',
  }),
  ipv6: t.string({
    description: 'IPv6 address that it is to have (`ipv6_address`); by default one that is free.',
  }),
  ipVersion: t.field({
    type: EndpointIpVersion,
    description: 'Which addresses it is to have, `IPV4` or `DUALSTACK`; by default as the cloud decides.',
  }),
  dnsEnabled: t.boolean({
    description: 'Give it private domain names (`enable_dns`); by default none.',
  }),
  whitelist: t.stringList({
    description: 'IPv4 addresses and CIDR blocks that may use it; in force with `whitelistEnabled`.',
  }),
  whitelistEnabled: t.boolean({
    description: 'Allow only the addresses on `whitelist` to use it (`enable_whitelist`).',
  }),
  specification: t.string({
    description:
      'Specification (`specification_name`), up to 128 characters; by default the one of the cloud.',
  }),
  description: t.string({
    description: 'Description by its owner, up to 512 characters, without `<` and `>`.',
  }),
  tags: t.field({ type: [ResourceTagInput], description: 'Labels to put on it, at most 20.' }),
  policyStatements: t.field({
    type: [EndpointPolicyStatementInput],
    description:
      'What may be done through it, 1 to 10 statements; by default everything. Only where the endpoint service has `policySupported`.',
  }),
  openToEveryone: t.boolean({ description: OPEN_POLICY }),
});

/** Input of a new endpoint. */
export interface NewEndpoint {
  serviceId: string;
  vpcId: string;
  subnetId?: string | null | undefined;
  routeTableIds?: readonly string[] | null | undefined;
  ipv4?: string | null | undefined;
  ipv6?: string | null | undefined;
  ipVersion?: typeof EndpointIpVersion.$inferType | null | undefined;
  dnsEnabled?: boolean | null | undefined;
  whitelist?: readonly string[] | null | undefined;
  whitelistEnabled?: boolean | null | undefined;
  specification?: string | null | undefined;
  description?: string | null | undefined;
  tags?: readonly (typeof ResourceTagInput.$inferInput)[] | null | undefined;
  policyStatements?: readonly (typeof EndpointPolicyStatementInput.$inferInput)[] | null | undefined;
  openToEveryone?: boolean | null | undefined;
}

const address =
  (argument: string, version: 4 | 6) =>
  (value: string): string => {
    if (version === 4 ? isIPv4(value) : isIPv6(value)) return value;
    throw badInput(`\`${argument}\` must be an IPv${version} address.`);
  };

/**
 * Checks the route tables of a gateway endpoint.
 * @throws `BAD_USER_INPUT`
 */
export const checkRouteTables = (ids: readonly string[]) =>
  checkList('input.routeTableIds', ids, 1, 10).map((id) => checkVendorId('input.routeTableIds', id));

/**
 * Checks the whitelist of an endpoint.
 * @throws `BAD_USER_INPUT`
 */
export const toWireWhitelist = (whitelist: readonly string[] | null | undefined) =>
  ifGiven(whitelist, (all) => all.map((one) => checkIpv4OrBlock('input.whitelist', one)));

/**
 * Turns the input into the request body, and checks all of it.
 * @throws `BAD_USER_INPUT`
 */
export const newEndpointBody = (input: NewEndpoint): EndpointCreate => ({
  endpoint_service_id: checkVendorId('input.serviceId', input.serviceId),
  vpc_id: checkVendorId('input.vpcId', input.vpcId),
  subnet_id: ifGiven(input.subnetId, (id) => checkVendorId('input.subnetId', id)),
  routetables: ifGiven(input.routeTableIds, checkRouteTables),
  port_ip: ifGiven(input.ipv4, address('input.ipv4', 4)),
  ipv6_address: ifGiven(input.ipv6, address('input.ipv6', 6)),
  ip_version: ifGiven(input.ipVersion, (version) =>
    toWire('input.ipVersion', version, { IPV4: 'ipv4', DUALSTACK: 'dualstack' }),
  ),
  enable_dns: input.dnsEnabled ?? undefined,
  whitelist: toWireWhitelist(input.whitelist),
  enable_whitelist: input.whitelistEnabled ?? undefined,
  specification_name: ifGiven(input.specification, (name) =>
    checkPlainText('input.specification', name, 128),
  ),
  description: ifGiven(input.description, (text) => checkNote('input.description', text, /[<>]/)),
  tags: ifGiven(input.tags, (tags) => toWireTags('input.tags', tags)),
  // An interface service needs a subnet, and a gateway service takes none.
  policy: ifGiven(input.policyStatements, (statements) =>
    toWirePolicy(
      input.subnetId == null,
      toWireStatements('input.policyStatements', statements, input.openToEveryone),
    ),
  ),
});
