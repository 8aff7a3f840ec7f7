import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddress from 'proxy-addr';

/** Tells where a request comes from. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * The address of the client: that of the connection or, behind proxies that are trusted (addresses or ranges), the last one in
 * `X-Forwarded-For` that is none of them. What anybody else writes into that header is not believed.
 */
export const createAddressOf = (trustedProxies: readonly string[]): AddressOf => {
  if (trustedProxies.length === 0) return ({ socket }) => socket.remoteAddress ?? '';
  const trusts = proxyAddress.compile([...trustedProxies]);
  return (request) => proxyAddress(request, trusts) ?? '';
};

/** What of an address one client can choose freely is left out: a whole IPv6 network (/64) is one. */
export const hostOfAddress = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6
    ? `${parsed.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : parsed.toString();
};
