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
}

const numbers = new Map(rows(0, CLUSTERS, (number) => [clusterId(number), number] as const));
const services = rows(0, CLUSTERS, service);

type Answer = (query: URLSearchParams, number: number) => object;

const int = (query: URLSearchParams, name: string, fallback: number): number =>
  Number(query.get(name) ?? fallback);

const APIS: [name: string, path: RegExp, answer: Answer][] = [
  [
    'GET /clusters',
    /^\/v1\.0\/p\/clusters$/,
    (query) => {
      const first = int(query, 'start', 1) - 1;
      const end = Math.min(CLUSTERS, first + int(query, 'limit', 10));
      return { totalSize: CLUSTERS, clusters: rows(first, end, cluster) };
    },
  ],
  ['GET /clusters/{id}', /^\/v1\.0\/p\/clusters\/([^/]+)$/, (_, number) => cluster(number)],
  [
    'GET …/vpcepservice/connections',
    /^\/v1\.0\/p\/clusters\/([^/]+)\/vpcepservice\/connections$/,
    (query, number) => connectionPage(number, int(query, 'offset', 0), int(query, 'limit', 10)),
  ],
  [
    'GET /vpc-endpoint-services',
    /^\/v1\/p\/vpc-endpoint-services$/,
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

interface Kept {
  api: string;
  bytes: Buffer;
}

const make = (target: string): Kept | undefined => {
  const { pathname, searchParams } = new URL(target, 'http://upstream');
  for (const [api, path, answer] of APIS) {
    const match = path.exec(pathname);
    const number = match?.[1] === undefined ? 0 : numbers.get(match[1]);
    if (match && number !== undefined)
      return { api, bytes: bytesOf('200 OK', JSON.stringify(answer(searchParams, number))) };
  }
  return undefined;
};

const kept = new Map<string, Kept>();
let calls: Calls = {};
let latencyMs = 0;

const answerTo = (head: string): Buffer => {
  const end = head.indexOf(' HTTP/1.1\r\n');
  if (!head.startsWith('GET ') || end < 0) return NOT_FOUND;
  const target = head.slice(4, end);
  const answer = kept.get(target) ?? make(target);
  if (!answer) return NOT_FOUND;
  kept.set(target, answer);
  if (!/\r\nx-auth-token: *\S/i.test(head)) return UNAUTHORIZED;
  calls[answer.api] = (calls[answer.api] ?? 0) + 1;
  return answer.bytes;
};

const HEAD_END = '\r\n\r\n';

/** Requests have no bodies here, so that each ends with its head. */
const serve = (socket: Socket): void => {
  let rest = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let end = rest.indexOf(HEAD_END); end >= 0; end = rest.indexOf(HEAD_END)) {
      const bytes = answerTo(rest.slice(0, end + HEAD_END.length));
      rest = rest.slice(end + HEAD_END.length);
      if (latencyMs === 0) socket.write(bytes);
      else setTimeout(() => socket.write(bytes), latencyMs);
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
  ({ latencyMs } = order);
});
process.on('disconnect', () => process.exit());
