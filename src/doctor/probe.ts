import { execFile } from 'node:child_process';
import { request as requestOverHttp } from 'node:http';
import { request as requestOverTls } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { createAgent } from '../http/agent.ts';
import { NO_PROXIES, type Proxies } from '../http/proxies.ts';
import { monotonic, wallClock } from '../time/clock.ts';

/** Time limit of one look-up or request. */
export const PROBE_TIMEOUT_MS = 5_000;

/** Result of a look-up. */
export type LookupResult = { addresses: string[]; ms: number } | { failure: string };

/** Result of one request to an origin. Steps that were not reached are missing. */
export interface ProbeResult {
  /** Milliseconds until the connection was established, through a proxy if there is one for the origin. */
  connectedMs?: number;
  /** Milliseconds until it was encrypted, and when the certificate ends. */
  secured?: { ms: number; protocol: string; validTo: number };
  /** Its clock, and ours in the middle of the exchange; missing if the answer had no `Date`. */
  clock?: { theirs: number; ours: number };
  /** Error code of the operating system, TLS or HTTP, `PROXY_…` if a proxy failed; `TIMEOUT` if there was no answer in time. */
  failure?: string;
}

const readErrorCode = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.name === 'AbortError') return 'TIMEOUT';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** Resolves to the value of a promise, or to the fallback after a time. */
export const withTimeout = async <T>(ms: number, promise: Promise<T>, fallback: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<T>((lookUp) => {
    timer = setTimeout(lookUp, ms, fallback);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
};

const LOOKUP_SCRIPT = `
  const started = process.hrtime.bigint();
  require('node:dns').lookup(process.argv[1], { all: true }, (error, found) => {
    const ms = Math.round(Number(process.hrtime.bigint() - started) / 1e6);
    const told = error ? { failure: error.code } : { addresses: found.map(({ address }) => address), ms };
    process.stdout.write(JSON.stringify(told));
  });`;

/**
 * Looks the name of a host up, as the gateway does. Runs in a separate process, since a look-up that hangs can only be ended by
 * ending its process.
 */
export const resolve = async (hostname: string, ms = PROBE_TIMEOUT_MS): Promise<LookupResult> => {
  const name = hostname.replace(/^\[|\]$/g, '');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', LOOKUP_SCRIPT, '--', name], {
      timeout: ms,
      killSignal: 'SIGKILL',
    });
    return JSON.parse(stdout) as LookupResult;
  } catch (error) {
    const killed = error instanceof Error && 'killed' in error && error.killed;
    return { failure: killed ? 'TIMEOUT' : readErrorCode(error) };
  }
};

/**
 * Sends a HEAD request to the root of an origin, over a new connection and without credentials. Any status will do.
 * Certificates are checked even with NODE_TLS_REJECT_UNAUTHORIZED=0.
 */
export const probe = (
  origin: string,
  ms = PROBE_TIMEOUT_MS,
  proxies: Proxies = NO_PROXIES,
): Promise<ProbeResult> =>
  new Promise((done) => {
    const url = new URL(origin);
    const started = monotonic();
    const asked = wallClock();
    const seen: ProbeResult = {};
    const since = () => Math.round(monotonic() - started);
    const send = url.protocol === 'https:' ? requestOverTls : requestOverHttp;
    const request = send(url, {
      method: 'HEAD',
      agent: createAgent(url, proxies, ms),
      signal: AbortSignal.timeout(ms),
      rejectUnauthorized: true,
    });
    request.on('socket', (socket) => {
      const onConnect = () => {
        seen.connectedMs = since();
      };
      if (socket.connecting) socket.once('connect', onConnect);
      else onConnect();
      socket.once('secureConnect', () => {
        const secure = socket as TLSSocket;
        seen.secured = {
          ms: since(),
          protocol: secure.getProtocol() ?? 'TLS',
          validTo: Date.parse(secure.getPeerCertificate().valid_to),
        };
      });
    });
    request.on('response', (response) => {
      const theirs = Date.parse(response.headers.date ?? '');
      if (!Number.isNaN(theirs)) seen.clock = { theirs, ours: (asked + wallClock()) / 2 };
      response.destroy();
      done(response.statusCode === 407 ? { ...seen, failure: 'PROXY_407' } : seen);
    });
    request.on('error', (error) => done({ ...seen, failure: readErrorCode(error) }));
    request.end();
  });
