import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { createSettling } from './http/clock.ts';
import type { Deps } from './http/exchange.ts';
import { createLag } from './lag.ts';
import { createFaults, type FaultPlan, type FaultRule } from './http/faults.ts';
import { handle, type Received } from './http/handle.ts';
import type { World } from './model.ts';
import { send, sendHalf } from './http/send.ts';
import { createWorld } from './world.ts';

export type { FaultRule } from './http/faults.ts';

export interface SandboxOptions {
  /** Default: `createWorld()`. */
  world?: World;
  /** Duration of `creating` and `deleting` after a write; default 1500. */
  settleMs?: number;
  /** Time after a write in which reads still show the state before it; default 300. */
  lagMs?: number;
  /** Refuse CSS positions above 1000, as most references say; default true. */
  strictCeiling?: boolean;
  /** Default 0, a free port; always on 127.0.0.1. */
  port?: number;
}

/** One request as it was received. */
interface SandboxCall {
  method: string;
  /** Path and query, undecoded. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Undefined until an answer is sent. */
  status?: number;
}

/** A running sandbox. */
export interface Sandbox {
  /** Base URL of all services. */
  url: string;
  /** Live and mutable. Changes that are due are applied before it is returned. */
  world: World;
  /** The latest requests in order, at most 10000. */
  calls: SandboxCall[];
  fault: (rule: FaultRule) => void;
  clearFaults: () => void;
  /** Also destroys sockets that hang. */
  close: () => Promise<void>;
}

/** Bound for a sandbox that runs for days. */
const CALLS_KEPT = 10_000;

const readBody = async (request: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const toReceived = (request: IncomingMessage, body: Buffer): Received => {
  const url = request.url ?? '/';
  const cut = url.indexOf('?');
  const [path, query] = cut < 0 ? [url, ''] : [url.slice(0, cut), url.slice(cut + 1)];
  return { method: request.method ?? 'GET', path, query, headers: request.headers, body };
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  call: SandboxCall;
  plan: FaultPlan;
}

/** Answers one request, or fails as planned. */
const answer = async (
  { request, response, call, plan }: Exchange,
  deps: Deps,
  settle: () => void,
): Promise<void> => {
  const body = await readBody(request);
  call.body = body.toString();
  if (plan.delayMs > 0) await wait(plan.delayMs, undefined, { ref: false });
  const { respond, hang, reset } = plan.ending ?? {};
  if (reset === 'before') request.socket.destroy();
  if (reset === 'before' || hang === 'before') return;
  const requestId = randomBytes(16).toString('hex');
  settle();
  const result = respond ?? plan.mutate(handle(toReceived(request, body), deps, requestId));
  plan.meanwhile(deps.world, request.headers);
  if (reset === 'after') {
    request.socket.destroy();
    return;
  }
  call.status = result.status;
  const headers = { 'X-Request-Id': requestId, ...result.headers };
  if (hang === 'body') sendHalf(response, result, headers);
  else send(response, result, headers);
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

/** Starts a sandbox on a loopback port. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const world = options.world ?? createWorld();
  const { later, settle } = createSettling(options.settleMs ?? 1500);
  const deps: Deps = {
    world,
    strictCeiling: options.strictCeiling ?? true,
    later,
    lag: createLag(options.lagMs ?? 300),
  };
  const faults = createFaults();
  const calls: SandboxCall[] = [];

  const server = createServer((request, response) => {
    const { method = 'GET', url: path = '/', headers } = request;
    const call: SandboxCall = { method, path, headers, body: '' };
    calls.push(call);
    if (calls.length > CALLS_KEPT) calls.shift();
    const exchange = { request, response, call, plan: faults.plan(method, path) };
    // The client has disconnected during the request.
    answer(exchange, deps, settle).catch(() => response.destroy());
  });
  // A pooled connection must not be closed while a client is about to reuse it.
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port ?? 0);

  return {
    url: `http://127.0.0.1:${port}`,
    get world() {
      settle();
      return world;
    },
    calls,
    fault: faults.add,
    clearFaults: faults.clear,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
