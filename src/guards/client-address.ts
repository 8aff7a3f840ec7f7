import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';

/** Reads the IP address of the client from a request. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * Creates the reader of client addresses: the address of the connection or, behind trusted proxies (addresses or ranges), the last
 * one in `X-Forwarded-For` that is not a trusted proxy. Earlier entries are ignored, since clients can set them.
 */
export const createAddressOf = (trustedProxies: readonly string[]): AddressOf => {
  if (trustedProxies.length === 0) return ({ socket }) => socket.remoteAddress ?? '';
  const trusts = proxyAddress.compile([...trustedProxies]);
  return (request) => proxyAddress(request, trusts) ?? '';
};

/** The address without the part that a client can choose freely: an IPv6 address is reduced to its network (/64). */
export const hostOfAddress = (address: string): string => {
  if (isIPv4(address) || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6
    ? `${parsed.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : parsed.toString();
};
