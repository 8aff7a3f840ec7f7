const ADDRESS = /^((::ffff:)?127(\.\d{1,3}){3}|::1)$/i;
const NAME = /^([^.]+\.)*localhost$/i;

/** Whether an address is of this machine alone. */
export const isLoopbackAddress = (address: string): boolean => ADDRESS.test(address);

/** Whether a name or an address means this machine alone: `localhost`, `*.localhost`, 127.0.0.0/8 or `::1`. */
export const isLoopback = (host: string): boolean => isLoopbackAddress(host) || NAME.test(host);

/** A host, or an IPv6 address in brackets, with or without a port. */
const HOST_HEADER = /^(?:\[([\da-f:.]+)\]|([^\s:[\]/@]+))(?::\d{1,5})?$/i;

/** Whether a `Host` header names this machine alone, or what the gateway itself was told to listen on. */
export const isOwnHost = (header: string | undefined, ownHost: string): boolean => {
  const [, ipv6, name] = HOST_HEADER.exec(header ?? '') ?? [];
  const host = ipv6 ?? name;
  return host !== undefined && (isLoopback(host) || host.toLowerCase() === ownHost.toLowerCase());
};
