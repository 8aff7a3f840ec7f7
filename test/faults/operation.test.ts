import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import { DETAIL, getOnlyError } from '../support/sample-operations.ts';
import { gateway } from '../support/gateway.ts';

const PAGE = /\/vpcepservice\/connections/;

const clusters = (count: number): World => ({
  ...emptyWorld(),
  clusters: Array.from({ length: count }, (_, n) =>
    makeCluster({ id: `c${n}`, name: `cluster-${n}`, connections: [makeClusterConnection({ id: `e${n}` })] }),
  ),
});

const ALL = '{ clusters(first: 1000) { nodes { name connections(first: 5) { nodes { endpointId } } } } }';

interface Row {
  name: string;
  connections: { nodes: { endpointId: string }[] } | null;
}

test('an operation that needs more calls than it may make gets what these calls gave, and is told of the rest', async () => {
  const settings = { UPSTREAM_CALL_LIMIT: '50', MAX_COST: '1000000' };
  const { ask, calls } = await gateway({ sandbox: { world: clusters(300) }, settings });
  const { data, errors } = await ask(ALL);
  expect(calls()).toHaveLength(50);
  const rows: Row[] = data.clusters.nodes;
  const [read, missing] = [rows.filter((row) => row.connections), rows.filter((row) => !row.connections)];
  expect([read.length, missing.length]).toEqual([49, 251]);
  for (const { name, connections } of read)
    expect(connections!.nodes).toEqual([{ endpointId: name.replace('cluster-', 'e') }]);
  expect(errors).toHaveLength(251);
  expect(new Set(errors!.map(({ extensions: { code, retryable } }) => `${code} ${retryable}`))).toEqual(
    new Set(['UPSTREAM_CALL_LIMIT false']),
  );
});

test('an operation whose calls just suffice is told of nothing', async () => {
  const settings = { UPSTREAM_CALL_LIMIT: '41' };
  const { ask, calls } = await gateway({ sandbox: { world: clusters(40) }, settings });
  const { data, errors } = await ask(ALL);
  expect(errors).toBeUndefined();
  expect(data.clusters.nodes.every((row: Row) => row.connections)).toBe(true);
  expect(calls()).toHaveLength(41);
});

test('repeated reads draw on the same calls', async () => {
  const settings = { UPSTREAM_CALL_LIMIT: '2' };
  const { ask, sandbox, calls } = await gateway({ sandbox: { world: clusters(1) }, settings });
  sandbox.fault({ path: DETAIL, respond: { status: 503 } });
  const error = getOnlyError(await ask('{ cluster(clusterId: "c0") { name } }'));
  expect(error.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
  expect(calls()).toHaveLength(2);
});

test('calls that wait in line and calls that are repeated draw on the same time', async () => {
  const settings = { OPERATION_TIMEOUT_MS: '1000', UPSTREAM_CONNECTIONS: '4' };
  const { ask, sandbox, calls } = await gateway({ sandbox: { world: clusters(100) }, settings });
  sandbox.fault({ path: PAGE, delayMs: 100 });
  sandbox.fault({ path: /c7\/vpcepservice\/connections/, respond: { status: 503 } });
  const started = performance.now();
  const { data, errors } = await ask(ALL);
  const ms = performance.now() - started;
  const rows: Row[] = data.clusters.nodes;
  const read = rows.filter((row) => row.connections).length;
  // Four at a time, a tenth of a second each: without a deadline the last would come after 2.5 s.
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(60);
  expect(errors).toHaveLength(100 - read);
  const codes = new Set(errors!.map(({ extensions: { code } }) => code));
  codes.delete('UPSTREAM_UNAVAILABLE');
  expect([...codes]).toEqual(['DEADLINE_EXCEEDED']);
  expect(ms).toBeLessThan(2300);
  const made = calls().length;
  await wait(500);
  expect(calls().length).toBeLessThanOrEqual(1);
  expect(made).toBeLessThan(80);
});

test('the pages of one long list draw on one time, and what is read by then of other fields stays', async () => {
  const world = emptyWorld();
  const connections = Array.from({ length: 2000 }, (_, n) => makeClusterConnection({ id: `e${n}` }));
  world.clusters.push(makeCluster({ id: 'c0', name: 'long', connections }));
  const { ask, sandbox } = await gateway({ sandbox: { world }, settings: { OPERATION_TIMEOUT_MS: '900' } });
  sandbox.fault({ path: PAGE, delayMs: 600 });
  const { data, errors } = await ask(
    `{ cluster(clusterId: "c0") { name connections(first: 5, filter: { status: [REJECTED] }) { nodes { endpointId } } } }`,
  );
  expect(data.cluster).toEqual({ name: 'long', connections: null });
  expect(errors!.map(({ extensions, path }) => [extensions.code, path])).toEqual([
    ['DEADLINE_EXCEEDED', ['cluster', 'connections']],
  ]);
});

test('a caller who disconnects ends all the reads of an operation, also those that wait in line', async () => {
  const open = new Set<ServerResponse>();
  let visits = 0;
  const css = createServer((request, response) => {
    visits += 1;
    if (request.url!.includes('/vpcepservice/')) {
      open.add(response);
      response.once('close', () => open.delete(response));
      return;
    }
    const rows = Array.from({ length: 30 }, (_, n) => ({ id: `c${n}`, name: `n${n}`, status: '200' }));
    response.end(JSON.stringify({ totalSize: rows.length, clusters: rows }));
  });
  await new Promise<void>((resolve) => css.listen(0, '127.0.0.1', resolve));
  const address = css.address();
  const port = typeof address === 'object' ? address!.port : 0;
  const gate = await gateway({
    settings: { CSS_ENDPOINT: `http://127.0.0.1:${port}`, UPSTREAM_CONNECTIONS: '10' },
  });
  const caller = new AbortController();
  const asking = fetch(`${gate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ALL }),
    signal: caller.signal,
  });
  // Of 10 connections nobody may have more than three times what is left.
  await expect.poll(() => open.size).toBe(8);
  caller.abort();
  await expect(asking).rejects.toThrow();
  await expect.poll(() => open.size).toBe(0);
  await wait(100);
  expect(visits).toBe(9);
  css.closeAllConnections();
  await new Promise((resolve) => css.close(resolve));
});
