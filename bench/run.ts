/**
 * What a query costs: REST calls, time and memory, beside the same REST calls made bare and one after the other, as a client
 * without the gateway would. Both run in turns against one stand-in cloud in a process of its own, so that the ratio holds on a
 * noisy machine.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { readConfig } from '../src/config.ts';
import { SANDBOX } from '../src/sandbox/world.ts';
import { startGateway } from '../src/server.ts';

const ROUNDS = 5;
const ROUND_MS = 700;

const cloud = fork(new URL('cloud.ts', import.meta.url));
const [{ url, clusterId, calls: _calls }] = (await once(cloud, 'message')) as [
  { url: string; clusterId: string; calls: string[] },
];

const gateway = await startGateway(
  readConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: url,
    VPCEP_ENDPOINT: url,
    DATAARTSINSIGHT_ENDPOINT: url,
  }),
);

const QUERIES: Record<string, string> = {
  'nothing (__typename)': '{ __typename }',
  'one cluster, 10 connections': `{ cluster(clusterId: "${clusterId}") { name status connections(first: 10) { totalCount nodes { endpointId status ipv4 } } } }`,
  '20 aliases of it': `{ ${Array.from({ length: 20 }, (_, i) => `c${i}: cluster(clusterId: "${clusterId}") { name connections(first: 10) { nodes { endpointId } } }`).join(' ')} }`,
  '50 clusters, all joined':
    '{ clusters(first: 50) { nodes { name connections(first: 10) { nodes { endpointId status } } permissions { nodes { permission } } endpointService { name status } } } }',
  '1,000 connections': `{ cluster(clusterId: "${clusterId}") { connections(first: 1000) { nodes { endpointId status ipv4 domainId createdAt } } } }`,
};

const graph = new Pool(gateway.url, { connections: 8 });
const rest = new Pool(url, { connections: 8 });

const ask = async (query: string): Promise<void> => {
  const { body } = await graph.request({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await body.json()) as { errors?: object[] };
  if (errors) throw new Error(JSON.stringify(errors[0]));
};

const bare = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    const { body } = await rest.request({ method: 'GET', path, headers: { 'x-auth-token': SANDBOX.token } });
    await body.json();
  }
};

/** The REST calls that one query makes, as the cloud saw them. */
const callsOf = async (query: string): Promise<string[]> => {
  cloud.send('forget');
  await once(cloud, 'message');
  await ask(query);
  cloud.send('tell');
  const [{ calls }] = (await once(cloud, 'message')) as [{ calls: string[] }];
  return calls;
};

const perSecond = async (work: () => Promise<void>): Promise<number> => {
  const end = performance.now() + ROUND_MS;
  let done = 0;
  while (performance.now() < end) {
    await work();
    done += 1;
  }
  return (done * 1000) / ROUND_MS;
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const rows: Record<string, Record<string, string | number>> = {};
for (const [name, query] of Object.entries(QUERIES)) {
  const paths = await callsOf(query);
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = await perSecond(() => ask(query));
    rates.push(asked);
    if (paths.length > 0) ratios.push(asked / (await perSecond(() => bare(paths))));
  }
  rows[name] = {
    'REST calls': paths.length,
    'queries/s': Math.round(median(rates)),
    'of bare, one by one': ratios.length > 0 ? median(ratios).toFixed(2) : '',
    'memory MiB': Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}
console.table(rows);

await Promise.all([graph.close(), rest.close()]);
await gateway.close();
cloud.kill();
