const ADDRESS = /^((::ffff:)?127(\.\d{1,3}){3}|::1)$/i;
const NAME = /^([^.]+\.)*localhost$/i;

/** True for loopback addresses. */
export const isLoopbackAddress = (address: string): boolean => ADDRESS.test(address);

/** True for names and addresses of loopback: `localhost`, `*.localhost`, 127.0.0.0/8 and `::1`. */
export const isLoopback = (host: string): boolean => isLoopbackAddress(host) || NAME.test(host);

/** A host, or an IPv6 address in brackets, with or without a port. */
const HOST_HEADER = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/@]+))(?::\d{1,5})?$/i;

/** True if a `Host` header names loopback, or the host that the gateway is configured to listen on. */
export const isOwnHost = (header: string | undefined, ownHost: string): boolean => {
  const [, ipv6, name] = HOST_HEADER.exec(header ?? '') ?? [];
  const host = ipv6 ?? name;
  return host !== undefined && (isLoopback(host) || host.toLowerCase() === ownHost.toLowerCase());
};
