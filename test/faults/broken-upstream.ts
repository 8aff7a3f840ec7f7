import { expect } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, CLUSTER, getOnlyError, VERIFY } from '../support/sample-operations.ts';
import { type Behaviour, startRawServer } from '../support/raw-server.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';

/** Stands in what the upstreams of these tests send, and may show up nowhere else. */
export const CANARY = 'canary-5a17';
export const CANARY_LINE = `X-Canary: ${CANARY}`;

/** The correct body of the detail. */
export const DETAIL_BODY = JSON.stringify({ id: CLUSTER, name: 'plain', status: '200', note: CANARY });

export const MEGABYTE = 1024 * 1024;
/** What is read for an answer and not yet collected; far below what these upstreams send. */
const MEMORY = 128 * MEGABYTE;
/** Far below the time of an operation, and far above what all tries take. */
const SOON_MS = 8_000;

const bytesNow = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Runs something, and says by how many bytes memory grew meanwhile, at most. */
const measured = async <T>(run: () => Promise<T>): Promise<{ result: T; grown: number; ms: number }> => {
  const before = bytesNow();
  let most = before;
  const look = () => {
    most = Math.max(most, bytesNow());
  };
  const timer = setInterval(look, 5);
  const started = performance.now();
  try {
    const result = await run();
    look();
    return { result, grown: most - before, ms: performance.now() - started };
  } finally {
    clearInterval(timer);
  }
};

/** A gateway whose CSS and DataArts Insight are this server. */
export const startGatewayBefore = (
  url: string,
  settings: Record<string, string> = {},
): Promise<TestGateway> =>
  gateway({
    settings: {
      CSS_ENDPOINT: url,
      DATAARTSINSIGHT_ENDPOINT: url,
      UPSTREAM_TIMEOUT_MS: '150',
      ...settings,
    },
  });

/** Sends the write of a gateway, and gives what its payload says, or the error. */
export const write = async ({ ask, sandbox }: TestGateway) => {
  const input = { service: { id: sandbox.world.services[0]!.id }, dataSourceType: 'DWS' };
  const answer = await ask(VERIFY, { input }, { 'x-workspace-id': SANDBOX.workspaceId });
  const payload = answer.data?.verifyAndCreateEndpoint;
  return { answer, payload, code: payload?.userErrors[0]?.code ?? answer.errors?.[0]?.extensions.code };
};

const isAlive = async ({ url }: TestGateway) => (await fetch(`${url}/health`)).status === 200;

interface Endurance {
  /** Whether the connections are of no more use afterwards; yes unless told otherwise. */
  closes?: boolean;
  /** Bytes that it may take, where that is much. */
  memory?: number;
  settings?: Record<string, string>;
}

/**
 * A read and a write while the upstream goes wrong. What always holds is checked here: a whole GraphQL answer in time and within
 * memory, a gateway that is alive meanwhile, no connection left, and nothing told or logged of what was sent. The rest is given
 * back: what read and write were told, and how often they went out.
 */
export const endure = async (behave: Behaviour, { closes = true, memory, settings }: Endurance = {}) => {
  const raw = await startRawServer(behave);
  const gate = await startGatewayBefore(raw.url, settings);
  const { result, grown, ms } = await measured(() => Promise.all([gate.ask(ASK_NAME), isAlive(gate)]));
  const [read, alive] = result;
  expect(read.data).toEqual({ cluster: null });
  expect(alive).toBe(true);
  expect(ms).toBeLessThan(SOON_MS);
  expect(grown).toBeLessThan(memory ?? MEMORY);
  if (closes) await expect.poll(raw.open).toBe(0);
  const written = await write(gate);
  if (closes) await expect.poll(raw.open).toBe(0);
  expect(JSON.stringify([read, written, gate.log])).not.toContain(CANARY);
  const count = (method: string) => raw.visits.filter((visit) => visit.method === method).length;
  return {
    read: getOnlyError(read).extensions.code,
    reads: count('GET'),
    write: written.code,
    writes: count('POST'),
  };
};

/** The outcome of answers that violate the contract: a read is not retried, and a write is indeterminate. */
export const BAD = { read: 'UPSTREAM_BAD_RESPONSE', reads: 1, write: 'INDETERMINATE', writes: 1 };
