/**
 * What the workloads cost without GraphQL: a bare server that makes the fewest upstream calls, as early as it can, and joins
 * their answers as bytes, unread. Only where ids have to be known for the next calls is an answer parsed.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { CONNECTIONS, PROJECT } from './world.ts';

/** What is asked of it. */
export interface RawRequest {
  workload: string;
  id?: string;
  ids?: string[];
  offset?: number;
  limit?: number;
  count?: number;
}

const MOST_ROWS = 1000;
const pool = new Pool(process.env['UPSTREAM_URL']!, { connections: 128 });

/** One call, by the shortest way that undici has. */
const get = (path: string, token: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    pool.dispatch(
      { method: 'GET', path, headers: ['x-auth-token', token] },
      {
        onRequestStart: () => {},
        onResponseStart: (_, status) => {
          if (status !== 200) reject(new Error(`The upstream answered ${status} to ${path}`));
        },
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)),
        onResponseError: (_, error) => reject(error),
      },
    );
  });

const joined = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

const array = (parts: readonly Buffer[]): Buffer =>
  joined('[', ...parts.flatMap((part, i) => (i === 0 ? [part] : [',', part])), ']');

const CLUSTERS = `/v1.0/${PROJECT}/clusters`;

const connections = (id: string, offset: number, limit: number, token: string) =>
  get(`${CLUSTERS}/${id}/vpcepservice/connections?offset=${offset}&limit=${limit}`, token);

const clusterWithConnections = async (id: string, token: string): Promise<Buffer> => {
  const [cluster, page] = await Promise.all([get(`${CLUSTERS}/${id}`, token), connections(id, 0, 10, token)]);
  return joined('{"cluster":', cluster, ',"connections":', page, '}');
};

type Work = (request: Required<RawRequest>, token: string) => Promise<Buffer> | Buffer;

const W1: Work = ({ id }, token) => clusterWithConnections(id, token);

const WORK: Record<string, Work> = {
  W1,
  W1h: W1,
  W2: async (_, token) => {
    const services = get(`/v1/${PROJECT}/vpc-endpoint-services?limit=${MOST_ROWS}`, token);
    const clusters = await get(`${CLUSTERS}?start=1&limit=50`, token);
    const { clusters: found } = JSON.parse(clusters.toString()) as { clusters: { id: string }[] };
    const pages = await Promise.all(found.map(({ id }) => connections(id, 0, 10, token)));
    return joined('[', clusters, ',', await services, ',', array(pages), ']');
  },
  W3: async ({ id }, token) => {
    const pages = [];
    for (let at = 0; at < CONNECTIONS; at += MOST_ROWS) pages.push(connections(id, at, MOST_ROWS, token));
    return array(await Promise.all(pages));
  },
  W3p: ({ id, offset }, token) => connections(id, offset, 100, token),
  W4: async ({ id }, token) => {
    const one = await clusterWithConnections(id, token);
    return array(Array.from({ length: 20 }, () => one));
  },
  W5: ({ id }, token) => connections(id, 0, MOST_ROWS, token),
  pages: async ({ ids, limit }, token) =>
    array(await Promise.all(ids.map((one) => connections(one, 0, limit, token)))),
  clusters: async ({ ids }, token) =>
    array(await Promise.all(ids.map((id) => get(`${CLUSTERS}/${id}`, token)))),
  lists: async ({ count, limit }, token) =>
    array(
      await Promise.all(
        Array.from({ length: count }, () => get(`${CLUSTERS}?start=1&limit=${limit}`, token)),
      ),
    ),
  W6: () => Buffer.from('"Query"'),
};

const answer = async (body: Buffer, token: string): Promise<Buffer> => {
  const {
    workload,
    id = '',
    ids = [],
    offset = 0,
    limit = MOST_ROWS,
    count = 1,
  } = JSON.parse(body.toString()) as RawRequest;
  return joined('{"data":', await WORK[workload]!({ workload, id, ids, offset, limit, count }, token), '}');
};

const respond = async (chunks: Buffer[], token: string, response: ServerResponse): Promise<void> => {
  const bytes = await answer(Buffer.concat(chunks), token);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    respond(chunks, String(request.headers['x-auth-token']), response).catch((error: unknown) =>
      response.writeHead(502).end(String(error)),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`GraphQL:  http://127.0.0.1:${port}/graphql`);
});
