import { findProxy, type Proxies, type ProxyServer } from '../http/proxies.ts';
import { fail, type Finding, pass } from './finding.ts';
import { probe, resolve } from './probe.ts';

const SETTINGS_HINT =
  'Check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names hosts that are called without a proxy';

/** Checks the name of a proxy, and the connection to it. */
const examineProxy = async ({ url }: ProxyServer): Promise<Finding> => {
  const check = `proxy ${url.host}`;
  const resolved = await resolve(url.hostname);
  if ('failure' in resolved)
    return fail(check, `its name cannot be looked up (${resolved.failure})`, SETTINGS_HINT);
  const { connectedMs, secured, failure = 'UNKNOWN' } = await probe(url.origin);
  if (connectedMs === undefined) return fail(check, `no connection (${failure})`, SETTINGS_HINT);
  if (url.protocol === 'https:' && !secured)
    return fail(check, `no secure connection (${failure})`, SETTINGS_HINT);
  return pass(check, `connected in ${secured?.ms ?? connectedMs} ms`);
};

/** Checks the proxies that lead to hosts; `unreachable` has the origins of those that cannot be reached. */
export const examineProxies = async (
  hosts: readonly { origin: string }[],
  proxies: Proxies,
): Promise<{ findings: Finding[]; unreachable: ReadonlySet<string> }> => {
  const used = new Map<string, ProxyServer>();
  for (const { origin } of hosts) {
    const proxy = findProxy(proxies, new URL(origin));
    if (proxy) used.set(proxy.url.origin, proxy);
  }
  const examined = await Promise.all(
    [...used].map(async ([origin, proxy]) => ({ origin, finding: await examineProxy(proxy) })),
  );
  return {
    findings: examined.map(({ finding }) => finding),
    unreachable: new Set(
      examined.flatMap(({ origin, finding }) => (finding.verdict === 'FAIL' ? [origin] : [])),
    ),
  };
};

const PROXY_FAILURE = /^PROXY_(.+)$/;

const findHint = (reason: string): string => {
  if (reason === '407')
    return 'Give user and password in the URL of the proxy; if they are there, check them';
  if (/^50\d$/.test(reason))
    return 'The proxy does not reach the host: check the region and the base URL, then ask those who run the proxy';
  return /^4\d\d$/.test(reason)
    ? 'Ask those who run the proxy to let calls to this host and port pass'
    : 'Ask those who run the proxy what became of the call';
};

/** Describes that a proxy leads to no host; undefined if another part of the call failed, or none. */
export const describeProxyFailure = (host: string, failure: string | undefined): Finding | undefined => {
  const [, reason] = PROXY_FAILURE.exec(failure ?? '') ?? [];
  if (reason === undefined) return undefined;
  const words = /^\d+$/.test(reason)
    ? `the proxy answered with status ${reason}`
    : `the proxy gave no connection (${reason})`;
  return fail(`tunnel ${host}`, words, findHint(reason));
};
