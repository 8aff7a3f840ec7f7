import { expect } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, CLUSTER, onlyError, VERIFY } from '../http/support.ts';
import { type Behaviour, type RawServer, rawServer } from '../support/faults.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';

/** Stands in what the upstreams of these tests send, and may show up nowhere else. */
export const CANARY = 'canary-5a17';
export const CANARY_LINE = `X-Canary: ${CANARY}`;

/** What the upstream should have sent. */
export const DETAIL_BODY = JSON.stringify({ id: CLUSTER, name: 'plain', status: '200', note: CANARY });

/** How one upstream goes wrong, and what is made of it. */
export interface Fault {
  what: string;
  behave: Behaviour;
  code: string;
  /** How often a read is sent: again after what can pass. */
  reads: number;
  /** Whether the connection is of no more use. */
  closes: boolean;
  /** Bytes that it may take, where that is much. */
  memory?: number;
  settings?: Record<string, string>;
}

const MEGABYTE = 1024 * 1024;
const HEAP_BYTES = 64 * MEGABYTE;
/** Far below the time of an operation, and far above what all tries take. */
const SOON_MS = 6_000;

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
export const gatewayBefore = (url: string, settings: Record<string, string> = {}): Promise<TestGateway> =>
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
  return { answer, payload: answer.data?.verifyAndCreateEndpoint };
};

const isAlive = async ({ url }: TestGateway) => (await fetch(`${url}/health`)).status === 200;

/** Asks while the upstream goes wrong: the answer is honest, in time, and costs no more than it may. */
const endureRead = async (gate: TestGateway, { visits }: RawServer, { code, reads, memory }: Fault) => {
  const { result, grown, ms } = await measured(() => Promise.all([gate.ask(ASK_NAME), isAlive(gate)]));
  const [answer, alive] = result;
  expect(answer.data).toEqual({ cluster: null });
  expect(onlyError(answer).extensions).toMatchObject({ code, upstream: { service: 'css' } });
  expect(visits.map(({ method }) => method)).toEqual(Array(reads).fill('GET'));
  expect(alive).toBe(true);
  expect(ms).toBeLessThan(SOON_MS);
  expect(grown).toBeLessThan(memory ?? HEAP_BYTES);
  return answer;
};

/** Writes while the upstream goes wrong: once, and nobody is told that it ran or that it did not. */
const endureWrite = async (gate: TestGateway, { visits }: RawServer) => {
  visits.length = 0;
  const { answer, payload } = await write(gate);
  expect(payload).toEqual({
    connectedInstance: null,
    userErrors: [{ code: 'INDETERMINATE', field: null, message: expect.any(String) }],
  });
  expect(visits.map(({ method }) => method)).toEqual(['POST']);
  return answer;
};

/** A read and a write while the upstream goes wrong; nothing of what it sent is told to anyone, and no connection is left. */
export const endure = async (fault: Fault): Promise<void> => {
  const raw = await rawServer(fault.behave);
  const gate = await gatewayBefore(raw.url, fault.settings);
  const read = await endureRead(gate, raw, fault);
  if (fault.closes) await expect.poll(raw.open).toBe(0);
  const written = await endureWrite(gate, raw);
  if (fault.closes) await expect.poll(raw.open).toBe(0);
  expect(JSON.stringify([read, written, gate.log])).not.toContain(CANARY);
};
