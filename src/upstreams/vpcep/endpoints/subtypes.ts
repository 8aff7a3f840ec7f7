import { builder, described } from '../../../graph/builder.ts';

export const EndpointActiveStatus = builder.enumType(
  'EndpointActiveStatus',
  described('Whether an endpoint is frozen, and why.', {
    ACTIVE: 'Not frozen (`active`).',
    ARREAR_FROZEN: 'Frozen, because the account has debts (`arrear_frozen`).',
    VERIFY_FROZEN: 'Frozen, because the account is not verified (`verify_frozen`).',
    POLICE_FROZEN: 'Frozen by the police (`police_frozen`).',
    ILLEGAL_FROZEN: 'Frozen, because of something illegal (`illegal_frozen`).',
    PARTNER_FROZEN: 'Frozen by a partner (`partner_frozen`).',
    UNKNOWN: 'A state that this graph does not know; `activeStatusRaw` has it.',
  }),
);

export const EndpointIpVersion = builder.enumType(
  'EndpointIpVersion',
  described('Which addresses an endpoint has.', {
    IPV4: 'An IPv4 address (`ipv4`).',
    DUALSTACK: 'An IPv4 and an IPv6 address (`dualstack`).',
    UNKNOWN: 'A value that this graph does not know; `ipVersionRaw` has it.',
  }),
);
