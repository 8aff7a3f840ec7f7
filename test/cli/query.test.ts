import { expect, test } from 'vitest';
import { EXIT, WrongUse } from '../../src/cli/exit-codes.ts';
import { type QueryOptions, runQuery } from '../../src/cli/query.ts';
import { callContext } from '../support/command.ts';
import { gateway } from '../support/gateway.ts';

const FLEET_SERVICE = 'f0f5e5d7-d4e7-4294-84cb-f5a54315d7be';
const FLEET = '725ef19b-214c-4a5c-82fb-63117f789f95';

const startQuery = (
  url: string,
  options: Partial<QueryOptions> & { text: string },
  environment?: NodeJS.ProcessEnv,
) => {
  const call = callContext(url, environment);
  const code = runQuery(call.context, { variables: {}, all: false, format: 'json', ...options });
  return { ...call, code };
};

const query = async (
  url: string,
  options: Partial<QueryOptions> & { text: string },
  environment?: NodeJS.ProcessEnv,
) => {
  const { written, code } = startQuery(url, options, environment);
  return { code: await code, ...written };
};

test('an answer is written as JSON, on one line or indented', async () => {
  const { url } = await gateway();
  const text = 'query ($n: Int) { clusters(first: $n) { nodes { name } } }';
  const answer = { data: { clusters: { nodes: [{ name: 'reports-staging' }] } } };
  const plain = await query(url, { text, variables: { n: 1 } });
  expect(plain).toEqual({ code: EXIT.done, out: `${JSON.stringify(answer)}\n`, err: '' });
  const pretty = await query(url, { text, variables: { n: 1 }, format: 'pretty' });
  expect(pretty.out).toBe(`${JSON.stringify(answer, null, 2)}\n`);
});

test.each([
  [
    'no token',
    '{ clusters { nodes { name } } }',
    {},
    EXIT.denied,
    /^UNAUTHENTICATED at clusters: [^]*Set HW_AUTH_TOKEN/,
  ],
  ['a field that there is not', '{ nope }', undefined, EXIT.wrongUse, /^GRAPHQL_VALIDATION_FAILED: /],
  [
    'an id that there is not',
    '{ cluster(clusterId: "x") { name } }',
    undefined,
    EXIT.failed,
    /^NOT_FOUND at cluster: /,
  ],
  [
    'a part that fails',
    '{ projects { region } cluster(clusterId: "x") { name } }',
    undefined,
    EXIT.partial,
    /^NOT_FOUND at cluster: /,
  ],
  ['a malformed id', '{ node(id: "x") { id } }', undefined, EXIT.wrongUse, /^BAD_USER_INPUT at node: /],
])('%s: the exit code says so, and standard error why', async (_, text, environment, code, why) => {
  const { url } = await gateway();
  const result = await query(url, { text }, environment);
  expect(result.code).toBe(code);
  expect(result.err).toMatch(why);
  expect(JSON.parse(result.out)).toHaveProperty('errors');
});

test('a cloud that is not reached leads to the doctor', async () => {
  const { url } = await gateway({ settings: { CSS_ENDPOINT: 'http://127.0.0.1:1' } });
  const { code, err } = await query(url, { text: '{ clusters { totalCount } }' });
  expect(code).toBe(EXIT.failed);
  expect(err).toMatch(
    /^UPSTREAM_UNAVAILABLE at clusters: .*\nTo find out why, run `vpc-endpoint-graph doctor`\.\n$/,
  );
});

test('text that is no GraphQL is wrong use, told before anything is asked', async () => {
  const { url, log } = await gateway({ settings: { LOG_LEVEL: 'debug' } });
  const { code } = startQuery(url, { text: '{ clusters {' });
  await expect(code).rejects.toThrow(WrongUse);
  await expect(code).rejects.toThrow(/line 1, column 13/);
  expect(log).toEqual([]);
});

test('--all follows the pages to the end, and writes one answer', async () => {
  const { url } = await gateway();
  const text = `query ($id: ID!, $status: [ConnectionStatus!]) {
    projects { region }
    endpointService(by: { id: $id }) {
      label
      connections(first: 300, filter: { status: $status }) { pageInfo { hasNextPage } nodes { endpointId } totalCount }
    }
  }`;
  const { code, out, err } = await query(url, { text, variables: { id: FLEET_SERVICE }, all: true });
  expect(code).toBe(EXIT.done);
  const { data } = JSON.parse(out) as { data: any }; // oxlint-disable-line typescript/no-explicit-any
  const { nodes, ...page } = data.endpointService.connections;
  expect(page).toEqual({ pageInfo: { hasNextPage: false }, totalCount: 1_200 });
  expect(new Set(nodes.map(({ endpointId }: { endpointId: string }) => endpointId)).size).toBe(1_200);
  expect([data.projects, data.endpointService.label]).toEqual([[{ region: 'cn-north-4' }], 'fleet-api']);
  expect(err).toBe('300 of 1,200 rows\n600 of 1,200 rows\n900 of 1,200 rows\n1,200 of 1,200 rows\n');
});

test('a later page costs no call but its own', async () => {
  const { url, calls } = await gateway();
  const text = `{ clusters(first: 100) { nodes { name } } endpointService(by: { id: "${FLEET_SERVICE}" }) { name } }`;
  await query(url, { text });
  const once = calls();
  await query(url, { text: text.replace('100', '6'), all: true });
  const detail = calls().filter((call) => call.includes(FLEET_SERVICE));
  expect(detail).toEqual(once.filter((call) => call.includes(FLEET_SERVICE)));
});

test('--csv writes a row for each node, of one page or of all', async () => {
  const { url } = await gateway();
  const text =
    '{ clusters(first: 4) { nodes { name endpointService { label } permissions { nodes { permission } } } } }';
  const page = await query(url, { text, format: 'csv' });
  expect(page.code).toBe(EXIT.done);
  const [header, ...rows] = page.out.trimEnd().split('\n');
  expect(header).toBe('name,endpointService.label,permissions.nodes.permission');
  expect(rows).toHaveLength(4);
  expect(rows[1]).toMatch(/^orders-search,orders-search,iam:domain::\w+; iam:domain::\w+/);
  const all = await query(url, { text, format: 'csv', all: true });
  expect(all.out.trimEnd().split('\n')).toHaveLength(12);
});

test('a list that is cut is partial', async () => {
  const { url } = await gateway();
  const text = `{ cluster(clusterId: "${FLEET}") { connections(first: 1000) { nodes { endpointId } } } }`;
  const { code, out, err } = await query(url, { text, all: true });
  expect(code).toBe(EXIT.partial);
  expect(err).toContain('The list is cut');
  expect(JSON.parse(out).data.cluster.connections.nodes).toHaveLength(2_000);
});

test('a page that fails ends a valid answer, with its error and where to go on', async () => {
  const { url, sandbox } = await gateway();
  sandbox.fault({
    path: /connections\?.*offset=(39|[4-9]\d)\d/,
    respond: { status: 403, body: { error_code: 'APIGW.0302' } },
  });
  const text = `{ endpointService(by: { id: "${FLEET_SERVICE}" }) { connections(first: 400) { nodes { endpointId } } } }`;
  const { code, out, err } = await query(url, { text, all: true });
  expect(code).toBe(EXIT.partial);
  const answer = JSON.parse(out);
  expect(answer.data.endpointService.connections.nodes).toHaveLength(400);
  expect(answer.errors[0]).toMatchObject({ path: ['endpointService', 'connections'] });
  expect(err).toMatch(/FORBIDDEN at endpointService.connections/);
});

test('interrupted, it ends a valid answer and says where to go on', async () => {
  const { url, sandbox } = await gateway();
  sandbox.fault({ path: /connections\?.*offset=(39|[4-9]\d)\d/, delayMs: 5_000 });
  const text = `{ endpointService(by: { id: "${FLEET_SERVICE}" }) { connections(first: 400) { nodes { endpointId } } } }`;
  const { code, written, abort } = startQuery(url, { text, all: true });
  await expect.poll(() => written.err).toContain('400 rows');
  abort.abort();
  expect(await code).toBe(EXIT.interrupted);
  expect(JSON.parse(written.out).data.endpointService.connections.nodes).toHaveLength(400);
  expect(written.err).toMatch(/Interrupted after 400 rows\. To go on, ask with `after: "[\w-]+"`\./);
});

test('a reader that goes ends the following', async () => {
  const { url, calls } = await gateway();
  const text = '{ clusters(first: 1) { nodes { name } } }';
  const { code, out } = startQuery(url, { text, all: true, format: 'csv' });
  out.destroy(new Error('EPIPE'));
  expect(await code.catch(() => EXIT.done)).toBe(EXIT.done);
  expect(calls().length).toBeLessThan(5);
});

test('a slow reader holds the following, so that nothing piles up', async () => {
  const { url, sandbox } = await gateway();
  const text = `{ endpointService(by: { id: "${FLEET_SERVICE}" }) { connections(first: 100) { nodes { id endpointId description } } } }`;
  const { code, out, written } = startQuery(url, { text, all: true });
  out.pause();
  await expect.poll(() => out.writableNeedDrain, { timeout: 10_000 }).toBe(true);
  const asked = sandbox.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(sandbox.calls.length).toBeLessThanOrEqual(asked + 1);
  out.resume();
  expect(await code).toBe(EXIT.done);
  expect(JSON.parse(written.out).data.endpointService.connections.nodes).toHaveLength(1_200);
});

test('a subscription is written event by event', async () => {
  const { url } = await gateway();
  const text = `subscription { connectionStatusChanged(parent: { serviceId: "${FLEET_SERVICE}" }, endpointIds: ["none"]) { status } }`;
  const { code, out } = await query(url, { text });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      data: { connectionStatusChanged: null },
      errors: [expect.objectContaining({ message: expect.any(String) })],
    },
  ]);
  expect(code).toBe(EXIT.failed);
});

test('what has no pages can be neither followed nor a table', async () => {
  const { url } = await gateway();
  await expect(query(url, { text: '{ projects { region } }', all: true })).rejects.toThrow(
    /--all: .*no list/,
  );
  await expect(query(url, { text: '{ projects { region } }', format: 'csv' })).rejects.toThrow(
    /--csv: .*no list/,
  );
  await expect(query(url, { text: '{ a } { b }' })).rejects.toThrow(/2 operations/);
});
