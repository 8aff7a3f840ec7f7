import { execFile } from 'node:child_process';
import { request as requestOverHttp } from 'node:http';
import { request as requestOverTls } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

/** How long one look at the network may take. */
export const LOOK_MS = 5_000;

/** What the name of a host came to. */
export type Resolved = { addresses: string[]; ms: number } | { failure: string };

/** What one request to an origin came to; how far it got is told by what is there. */
export interface Probe {
  /** Milliseconds until the connection stood. */
  connectedMs?: number;
  /** Milliseconds until it was encrypted, and when the certificate ends. */
  secured?: { ms: number; protocol: string; validTo: number };
  /** What its clock said, and ours in the middle of the exchange; missing where the answer had no `Date`. */
  clock?: { theirs: number; ours: number };
  /** Of the operating system, TLS or HTTP; `TIMEOUT` where nothing came in time. */
  failure?: string;
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.name === 'AbortError') return 'TIMEOUT';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** What a promise gives, or the fallback where it takes longer. */
export const inTime = async <T>(ms: number, promise: Promise<T>, fallback: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, fallback);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
};

const LOOK_UP = `
  const started = performance.now();
  require('node:dns').lookup(process.argv[1], { all: true }, (error, found) => {
    const ms = Math.round(performance.now() - started);
    const told = error ? { failure: error.code } : { addresses: found.map(({ address }) => address), ms };
    process.stdout.write(JSON.stringify(told));
  });`;

/**
 * Looks the name of a host up, as the gateway does. In a process of its own, since nothing but the end of its process ends a
 * look-up that hangs.
 */
export const resolve = async (hostname: string, ms = LOOK_MS): Promise<Resolved> => {
  const name = hostname.replace(/^\[|\]$/g, '');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', LOOK_UP, '--', name], {
      timeout: ms,
      killSignal: 'SIGKILL',
    });
    return JSON.parse(stdout) as Resolved;
  } catch (error) {
    const killed = error instanceof Error && 'killed' in error && error.killed;
    return { failure: killed ? 'TIMEOUT' : codeOf(error) };
  }
};

/**
 * Asks an origin for the head of its root, over a connection of its own and without credentials: what stands there does not
 * matter, that and when it answers does. Certificates are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says.
 */
export const probe = (origin: string, ms = LOOK_MS): Promise<Probe> =>
  new Promise((done) => {
    const url = new URL(origin);
    const started = performance.now();
    const asked = Date.now();
    const seen: Probe = {};
    const since = () => Math.round(performance.now() - started);
    const send = url.protocol === 'https:' ? requestOverTls : requestOverHttp;
    const request = send(url, {
      method: 'HEAD',
      agent: false,
      signal: AbortSignal.timeout(ms),
      rejectUnauthorized: true,
    });
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        seen.connectedMs = since();
      });
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
      if (!Number.isNaN(theirs)) seen.clock = { theirs, ours: (asked + Date.now()) / 2 };
      response.destroy();
      done(seen);
    });
    request.on('error', (error) => done({ ...seen, failure: codeOf(error) }));
    request.end();
  });
