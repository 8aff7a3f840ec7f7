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
import type { Room } from './http/exchange.ts';
import { createLag } from './lag.ts';
import { createFaults, type FaultPlan, type FaultRule } from './http/faults.ts';
import { handle, type Received } from './http/handle.ts';
import type { World } from './model.ts';
import { send, sendHalf } from './http/send.ts';
import { createWorld } from './world.ts';

export type { FaultRule } from './http/faults.ts';

/** How a sandbox is started. */
export interface SandboxOptions {
  /** Default: `createWorld()`. */
  world?: World;
  /** How long `creating` and `deleting` last after a write; default 1500. */
  settleMs?: number;
  /** How long after a write reads still show the state before it, and nothing of what was created; default 300. */
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
  /** Missing until an answer was sent. */
  status?: number;
}

/** A running stand-in for the three services. */
export interface Sandbox {
  /** Base URL of all three. */
  url: string;
  /** Live and mutable; changes that are due have taken effect in it. */
  world: World;
  /** The latest requests in order, at most 10000. */
  calls: SandboxCall[];
  fault: (rule: FaultRule) => void;
  clearFaults: () => void;
  /** Also destroys sockets that hang. */
  close: () => Promise<void>;
}

/** A sandbox can run for days behind a demonstration; its memory of calls is bounded. */
const CALLS_KEPT = 10_000;

const bodyOf = async (request: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const receivedOf = (request: IncomingMessage, body: Buffer): Received => {
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

/** Answers one request, or fails to in the way that the plan says. */
const answer = async (
  { request, response, call, plan }: Exchange,
  room: Room,
  settle: () => void,
): Promise<void> => {
  const body = await bodyOf(request);
  call.body = body.toString();
  if (plan.delayMs > 0) await wait(plan.delayMs, undefined, { ref: false });
  const { respond, hang, reset } = plan.ending ?? {};
  if (reset === 'before') request.socket.destroy();
  if (reset === 'before' || hang === 'before') return;
  const requestId = randomBytes(16).toString('hex');
  settle();
  const result = respond ?? plan.mutate(handle(receivedOf(request, body), room, requestId));
  plan.meanwhile(room.world, request.headers);
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

/** Starts the stand-in cloud on a loopback port. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const world = options.world ?? createWorld();
  const { later, settle } = createSettling(options.settleMs ?? 1500);
  const room: Room = {
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
    // A client that went away in mid-request has nobody to answer to.
    answer(exchange, room, settle).catch(() => response.destroy());
  });
  // A pooled connection must not end under a client that is about to use it again.
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
