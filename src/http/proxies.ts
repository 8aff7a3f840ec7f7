import { BlockList, isIP } from 'node:net';
import { isLoopback } from './loopback.ts';

/** A forward proxy. */
export interface ProxyServer {
  /** Its base URL, without credentials. */
  url: URL;
  /** Value of the header `Proxy-Authorization`. A secret. */
  authorization?: string;
  /** The forms in which its credentials could be written by mistake. */
  secrets: readonly string[];
}

/** The proxies that calls take, by the scheme of their URL, and the hosts that are called directly. */
export interface Proxies {
  http?: ProxyServer | undefined;
  https?: ProxyServer | undefined;
  /** Entries of `NO_PROXY`. */
  except: readonly string[];
}

/** Every call goes directly. */
export const NO_PROXIES: Proxies = { except: [] };

const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** Reads the URL of a proxy; `http` if it names no scheme. Undefined if it is malformed. */
export const parseProxy = (text: string): ProxyServer | undefined => {
  const given = URL.parse(SCHEME.test(text) ? text : `http://${text}`);
  if (!given || !/^https?:$/.test(given.protocol) || given.hostname === '') return undefined;
  const { username, password } = given;
  const url = new URL(given.origin);
  if (!username && !password) return { url, secrets: [] };
  const [user, decoded] = [decode(username), decode(password)];
  if (user === undefined || decoded === undefined) return undefined;
  const encoded = Buffer.from(`${user}:${decoded}`).toString('base64');
  return { url, authorization: `Basic ${encoded}`, secrets: [encoded, password, decoded] };
};

/** Splits a value of `NO_PROXY`: its entries are separated by commas or blanks. */
export const parseExceptions = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** True if an address is in a range such as `10.0.0.0/8`; an entry that is no range contains none. */
const isInRange = (address: string, range: string): boolean => {
  const [network = '', bits] = range.split('/');
  const [family, ofAddress] = [isIP(network), isIP(address)];
  if (family === 0 || family !== ofAddress) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(bits ?? (family === 6 ? 128 : 32)), type);
    return list.check(address, type);
  } catch {
    return false;
  }
};

const ENTRY_WITH_PORT = /^(\[[^\]]+\]|[^:]+):(\d+)$/;

/** True if an entry of `NO_PROXY` names a host: itself, a domain that it is in, a range of addresses, or `*`. */
const isException = (entry: string, host: string, port: string): boolean => {
  const [, before, ofPort] = ENTRY_WITH_PORT.exec(entry) ?? [];
  if (ofPort !== undefined && ofPort !== port) return false;
  const name = (before ?? entry).replace(/^\[|\]$/g, '').toLowerCase();
  if (name === '*') return true;
  if (isIP(host) > 0) return isInRange(host, name);
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
};

/** The proxy for calls to a URL; undefined if they go directly. Loopback is always called directly. */
export const findProxy = (proxies: Proxies, { protocol, hostname, port }: URL): ProxyServer | undefined => {
  const isSecure = protocol === 'https:';
  const proxy = isSecure ? proxies.https : proxies.http;
  if (!proxy) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const usedPort = port || (isSecure ? '443' : '80');
  if (isLoopback(host) || proxies.except.some((entry) => isException(entry, host, usedPort)))
    return undefined;
  return proxy;
};

/** The proxies in words, without credentials; undefined if there are none. */
export const describeProxies = ({ https, http, except }: Proxies): string | undefined => {
  const parts = [
    ...(https ? [`https through ${https.url.origin}`] : []),
    ...(http ? [`http through ${http.url.origin}`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${parts.join(', ')}${except.length > 0 ? `, except ${except.join(', ')}` : ''}`;
};

/** All secrets of proxies. */
export const listProxySecrets = ({ https, http }: Proxies): string[] =>
  [https, http].flatMap((proxy) => proxy?.secrets ?? []);
