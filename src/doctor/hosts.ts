import type { Config } from '../config/config.ts';
import { findProxy, type Proxies } from '../http/proxies.ts';
import type { Project } from '../http/request.ts';
import { UPSTREAMS } from '../upstreams/services.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';
import { describeProxyFailure } from './proxy.ts';
import { type ProbeResult, probe, PROBE_TIMEOUT_MS, type LookupResult, resolve } from './probe.ts';
import { wallClock } from '../time/clock.ts';

/** A host that the gateway calls. */
export interface Host {
  origin: string;
  /** Whether calls to it are signed. A signature contains the time, so the clocks matter. */
  signed: boolean;
  /** The service that the region may lack, and with it the host; missing if the host has to exist. */
  optionalService?: string | undefined;
}

/** A host with its findings. */
export interface Examined extends Host {
  reachable: boolean;
  findings: Finding[];
}

/** Title of the service if its base URL is that of the region, which may lack it. */
const findOptionalService = (service: string, url: string, region: string): string | undefined =>
  UPSTREAMS.find(({ name, isOptional, baseUrl }) => name === service && isOptional && url === baseUrl(region))
    ?.title;

const listProjectHosts = (project: Project): Host[] =>
  Object.entries(project.endpoints).map(([service, url]) => ({
    origin: new URL(url).origin,
    signed: project.accessKey !== undefined && service !== 'iam',
    optionalService: findOptionalService(service, url, project.region),
  }));

/** Every host that the gateway calls, once. */
export const listHosts = ({
  projects,
  authentication,
}: Pick<Config, 'projects' | 'authentication'>): Host[] => {
  const jwks: Host | undefined = authentication.jwt && {
    origin: new URL(authentication.jwt.jwksUrl).origin,
    signed: false,
  };
  const hosts = new Map<string, Host>();
  for (const host of [...projects.flatMap(listProjectHosts), ...(jwks ? [jwks] : [])]) {
    const known = hosts.get(host.origin) ?? host;
    hosts.set(host.origin, {
      origin: host.origin,
      signed: known.signed || host.signed,
      optionalService: known.optionalService && host.optionalService,
    });
  }
  return [...hosts.values()];
};

const UNKNOWN_NAME_ERRORS = new Set(['ENOTFOUND', 'ENODATA']);

/** Describes the look-up of a host's name. */
export const describeLookup = (name: string, resolved: LookupResult, optionalService?: string): Finding => {
  const check = `dns ${name}`;
  if ('addresses' in resolved)
    return pass(check, `${resolved.addresses.join(', ') || 'an address'} in ${resolved.ms} ms`);
  const { failure } = resolved;
  if (UNKNOWN_NAME_ERRORS.has(failure)) {
    return optionalService
      ? skip(check, `no such host: it seems that this region has no ${optionalService}`)
      : fail(
          check,
          `no such host (${failure})`,
          'Check the region and the base URL, and which name server this machine asks',
        );
  }
  return failure === 'TIMEOUT'
    ? fail(check, 'the name server did not answer in time', 'Check which name server this machine asks')
    : fail(check, `could not be looked up (${failure})`, 'Check which name server this machine asks');
};

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS_TO_WARN = 14;

const PLAIN_TEXT_ERRORS = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
]);
const UNKNOWN_ISSUER_ERRORS = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const findTlsHint = (failure: string): string => {
  if (UNKNOWN_ISSUER_ERRORS.has(failure))
    return 'Name the file of its authority in NODE_EXTRA_CA_CERTS; if there should be none in between, find out who answers';
  if (failure === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'It is the certificate of another host: check the base URL, and who answers under this name';
  if (failure === 'CERT_HAS_EXPIRED' || failure === 'CERT_NOT_YET_VALID')
    return "Check this machine's clock first, then tell those who run the host";
  return PLAIN_TEXT_ERRORS.has(failure)
    ? 'It does not speak TLS there: check the port, and whether the base URL should begin with http'
    : 'Check what stands between this machine and the host';
};

/** Describes the connection to a host: TCP, and TLS if the base URL is https. */
export const describeConnection = (origin: string, seen: ProbeResult, now = wallClock()): Finding => {
  const { protocol, host } = new URL(origin);
  const failure = seen.failure ?? 'UNKNOWN';
  if (seen.connectedMs === undefined) {
    return fail(
      `tcp ${host}`,
      failure === 'TIMEOUT' ? 'nobody answered in time' : `no connection (${failure})`,
      'Check host and port of the base URL, then routes, firewalls and security groups on the way',
    );
  }
  if (protocol === 'http:') return pass(`tcp ${host}`, `connected in ${seen.connectedMs} ms, plain http`);
  const check = `tls ${host}`;
  if (!seen.secured) {
    return failure === 'TIMEOUT'
      ? fail(check, 'connected, and then silence', 'Check what stands between this machine and the host')
      : fail(check, `no secure connection (${failure})`, findTlsHint(failure));
  }
  const { ms, protocol: version, validTo } = seen.secured;
  const days = Math.floor((validTo - now) / DAY_MS);
  const words = `${version} in ${ms} ms, certificate good for ${days} more days`;
  return days < DAYS_TO_WARN
    ? warn(check, words, 'Have it renewed before that: calls fail from then on')
    : pass(check, words);
};

const SKEW_TO_WARN_S = 60;
/** Signatures are refused when their time is further off (page "API Request Signing Guide"). */
const SKEW_REFUSED_S = 15 * 60;

const SET_CLOCK = "Set this machine's clock by a time server (NTP)";

/** Compares the clock of a host with that of this machine. */
export const compareClocks = (host: string, seen: ProbeResult, signed: boolean): Finding => {
  const check = `clock ${host}`;
  if (!seen.clock) {
    return seen.failure
      ? warn(
          check,
          seen.failure === 'TIMEOUT'
            ? 'connected, but HEAD / was not answered in time'
            : `connected, but HEAD / was not answered (${seen.failure})`,
          'Check that this is the service and not something in front of it that hangs',
        )
      : warn(check, 'the answer has no Date header, so the clocks cannot be compared');
  }
  const seconds = Math.round((seen.clock.ours - seen.clock.theirs) / 1000);
  const off = Math.abs(seconds);
  const words = `this machine is ${off} s ${seconds > 0 ? 'ahead' : 'behind'}`;
  if (off > SKEW_REFUSED_S && signed)
    return fail(check, `${words}; signatures are refused from 15 minutes on`, SET_CLOCK);
  return off > SKEW_TO_WARN_S ? warn(check, words, SET_CLOCK) : pass(check, `within ${Math.max(off, 1)} s`);
};

/** Checks the connection to a host, and its clock. */
const examineConnection = async (host: Host, proxies: Proxies): Promise<Omit<Examined, keyof Host>> => {
  const seen = await probe(host.origin, PROBE_TIMEOUT_MS, proxies);
  const connection =
    describeProxyFailure(new URL(host.origin).host, seen.failure) ?? describeConnection(host.origin, seen);
  return connection.verdict === 'FAIL'
    ? { reachable: false, findings: [connection] }
    : {
        reachable: true,
        findings: [connection, compareClocks(new URL(host.origin).host, seen, host.signed)],
      };
};

/**
 * Checks one host: its name, the connection to it, and its clock. If a proxy leads to it, the proxy looks the name up, so that this
 * machine need not know it.
 * @param unreachable Origins of proxies that cannot be reached.
 */
export const examineHost = async (
  host: Host,
  proxies: Proxies,
  unreachable: ReadonlySet<string>,
): Promise<Examined> => {
  const url = new URL(host.origin);
  const proxy = findProxy(proxies, url);
  if (proxy && unreachable.has(proxy.url.origin))
    return {
      ...host,
      reachable: false,
      findings: [skip(`tunnel ${url.host}`, `its proxy ${proxy.url.host} cannot be reached, as told above`)],
    };
  if (proxy) return { ...host, ...(await examineConnection(host, proxies)) };
  const resolved = await resolve(url.hostname);
  const dns = describeLookup(url.host, resolved, host.optionalService);
  if ('failure' in resolved) return { ...host, reachable: false, findings: [dns] };
  const { reachable, findings } = await examineConnection(host, proxies);
  return { ...host, reachable, findings: [dns, ...findings] };
};
