/**
 * The stand-in cloud of the benchmark, a process of its own: every answer is made once and kept as bytes, so that what is
 * measured in front of it is not it.
 */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { cluster, clusterId, CLUSTERS, connectionPage, rows, service } from './world.ts';

/** The calls since the last time, by API. */
export type Calls = Record<string, number>;

/** What the process can be told; it answers with the calls. */
export interface UpstreamOrder {
  latencyMs: number;
  /** Of a hundred answers so many differ from the one before, in a field that nobody asks for. */
  volatile: number;
}

const numbers = new Map(rows(0, CLUSTERS, (number) => [clusterId(number), number] as const));
const services = rows(0, CLUSTERS, service);

type Answer = (query: URLSearchParams, number: number) => object;

const int = (query: URLSearchParams, name: string, fallback: number): number =>
  Number(query.get(name) ?? fallback);

const APIS: [name: string, path: RegExp, answer: Answer][] = [
  [
    'GET /clusters',
    /^\/v1\.0\/[^/]+\/clusters$/,
    (query) => {
      const first = int(query, 'start', 1) - 1;
      const end = Math.min(CLUSTERS, first + int(query, 'limit', 10));
      return { totalSize: CLUSTERS, clusters: rows(first, end, cluster) };
    },
  ],
  ['GET /clusters/{id}', /^\/v1\.0\/[^/]+\/clusters\/([^/]+)$/, (_, number) => cluster(number)],
  [
    'GET …/vpcepservice/connections',
    /^\/v1\.0\/[^/]+\/clusters\/([^/]+)\/vpcepservice\/connections$/,
    (query, number) => connectionPage(number, int(query, 'offset', 0), int(query, 'limit', 10)),
  ],
  [
    'GET /vpc-endpoint-services',
    /^\/v1\/[^/]+\/vpc-endpoint-services$/,
    (query) => {
      const name = query.get('endpoint_service_name');
      const found = services.filter(({ service_name }) => name === null || service_name === name);
      const offset = int(query, 'offset', 0);
      const page = found.slice(offset, offset + int(query, 'limit', 10));
      return { endpoint_services: page, total_count: found.length };
    },
  ],
];

const bytesOf = (status: string, body: string): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

const UNAUTHORIZED = bytesOf('401 Unauthorized', '{"error_code":"APIGW.0301","error_msg":"no token"}');
const NOT_FOUND = bytesOf('404 Not Found', '{"error_code":"APIGW.0101","error_msg":"no such thing here"}');

/** An answer, but for the end of its body: `,"revision":"00000001"}`. */
interface Kept {
  api: string;
  bytes: Buffer;
}

const REVISION_DIGITS = 8;
const endOfBody = (revision: number): string =>
  `,"revision":"${String(revision).padStart(REVISION_DIGITS, '0')}"}`;

/** All bytes of an answer but the last of its body, which tell the revision. */
const startOf = (answer: object): Buffer => {
  const whole = bytesOf('200 OK', JSON.stringify({ ...answer, revision: '0'.repeat(REVISION_DIGITS) }));
  return whole.subarray(0, whole.length - endOfBody(0).length);
};

const make = (target: string): Kept | undefined => {
  const { pathname, searchParams } = new URL(target, 'http://upstream');
  for (const [api, path, answer] of APIS) {
    const match = path.exec(pathname);
    const number = match?.[1] === undefined ? 0 : numbers.get(match[1]);
    if (match && number !== undefined) return { api, bytes: startOf(answer(searchParams, number)) };
  }
  return undefined;
};

const kept = new Map<string, Kept>();
let calls: Calls = {};
let latencyMs = 0;
let volatile = 0;
let revision = 0;
let state = 1;

/** A number between 0 and 99, the same ones at each start. */
const dice = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * 100);
};

const nextRevision = (): number => (dice() < volatile ? (revision += 1) : revision);

/** The parts of an answer, one after the other. */
const answerTo = (head: string): (Buffer | string)[] => {
  const end = head.indexOf(' HTTP/1.1\r\n');
  if (!head.startsWith('GET ') || end < 0) return [NOT_FOUND];
  const target = head.slice(4, end);
  const answer = kept.get(target) ?? make(target);
  if (!answer) return [NOT_FOUND];
  kept.set(target, answer);
  if (!/\r\nx-auth-token: *\S/i.test(head)) return [UNAUTHORIZED];
  calls[answer.api] = (calls[answer.api] ?? 0) + 1;
  return [answer.bytes, endOfBody(nextRevision())];
};

const HEAD_END = '\r\n\r\n';

const send = (socket: Socket, parts: readonly (Buffer | string)[]): void => {
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
};

/** Requests have no bodies here, so that each ends with its head. */
const serve = (socket: Socket): void => {
  let rest = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let end = rest.indexOf(HEAD_END); end >= 0; end = rest.indexOf(HEAD_END)) {
      const parts = answerTo(rest.slice(0, end + HEAD_END.length));
      rest = rest.slice(end + HEAD_END.length);
      if (latencyMs === 0) send(socket, parts);
      else setTimeout(send, latencyMs, socket, parts);
    }
  });
};

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', (order: UpstreamOrder) => {
  process.send!(calls);
  calls = {};
  ({ latencyMs, volatile } = order);
});
process.on('disconnect', () => process.exit());
