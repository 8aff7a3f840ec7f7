import { expect, onTestFinished, test, vi } from 'vitest';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { createWorld, emptyWorld, makeCluster, makeService, SANDBOX } from '../../../src/sandbox/world.ts';
import { CLUSTER } from '../../support/sample-operations.ts';
import { subscribe } from '../../support/server-sent-events.ts';
import { FAST_PATHS_ON } from '../../support/fast-paths.ts';
import { projectsFile } from '../../support/projects-file.ts';
import { checkSame, startPair, query } from './gateway-pair.ts';

vi.mock('../../../src/graphql/fast-path/fast-path.ts', { spy: true });

const CONNECTIONS = query(
  `{ cluster(clusterId: "${CLUSTER}") { connections { totalCount nodes { endpointId status } } } }`,
);
const PAGE = query('{ clusters(first: 3) { nodes { name connections(first: 2) { nodes { status } } } } }');

/** The cluster, with its first connection in this state. */
const worldWith = (status: string) => {
  const world = createWorld();
  const row = world.clusters.find(({ id }) => id === CLUSTER)!.connections[0]!;
  row.status = status;
  return { world, row };
};

test('after each write with one idempotencyKey a repeated query has the same answer', async () => {
  const { world, row } = worldWith('pendingAcceptance');
  const both = await startPair({ sandbox: { world, settleMs: 0, lagMs: 0 }, settings: FAST_PATHS_ON });
  const change = async (name: 'accept' | 'reject', idempotencyKey: string) => {
    const type = name === 'accept' ? 'AcceptConnectionsInput' : 'RejectConnectionsInput';
    const input = { targets: [{ parent: { clusterId: CLUSTER }, endpointIds: [row.id] }], idempotencyKey };
    const { data, errors } = await both.direct.ask(
      `mutation ($input: ${type}!) { ${name}Connections(input: $input) { connections { status } userErrors { code } } }`,
      { input },
    );
    expect(errors).toBeUndefined();
    expect(data[`${name}Connections`].userErrors).toEqual([]);
  };
  expect(await checkSame(both, CONNECTIONS)).toContain('PENDING_ACCEPTANCE');
  for (const [name, key, status] of [
    ['accept', 'one', 'ACCEPTED'],
    ['accept', 'one', 'ACCEPTED'],
    ['reject', 'two', 'REJECTED'],
    ['accept', 'one', 'REJECTED'],
  ] as const) {
    /* oxlint-disable no-await-in-loop -- one after the other is the point */
    await change(name, key);
    expect(await checkSame(both, CONNECTIONS, { about: `${name} ${key}` })).toContain(
      `"${row.id}","status":"${status}"`,
    );
    /* oxlint-enable no-await-in-loop */
  }
});

test('while a subscription runs, and after each of its events, a repeated query has the same answer', async () => {
  const { world, row } = worldWith('creating');
  const both = await startPair({
    sandbox: { world },
    settings: { ...FAST_PATHS_ON, SETTLING_POLL_MS: '50' },
  });
  await checkSame(both, PAGE);
  const events = await subscribe(
    both.direct,
    `subscription ($of: [ID!]!) { connectionStatusChanged(parent: { clusterId: "${CLUSTER}" }, endpointIds: $of) { status } }`,
    { of: [row.id] },
  );
  const next = async () => (await events.next())?.data.connectionStatusChanged.status as string;
  expect(await next()).toBe('CREATING');
  // The subscription makes calls meanwhile: only answers are compared.
  const { query: page } = PAGE.body as { query: string };
  for (let time = 1; time <= 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    expect(await both.direct.ask(page)).toEqual(await both.full.ask(page));
  }
  row.status = 'accepted';
  expect(await next()).toBe('ACCEPTED');
  expect(await events.next()).toBeNull();
  await checkSame(both, PAGE);
  expect(await checkSame(both, CONNECTIONS)).toContain(`"${row.id}","status":"ACCEPTED"`);
});

const FAILS = '{ a: cluster(clusterId: "nope") { name } b: clusters(first: 2) { nodes { name } } }';
const FRAGMENTS = `query Q($c: ID!) { ...F x: cluster(clusterId: $c) { ...C } }
  fragment F on Query { clusters(first: 2) { nodes { ...C alias: status } } } fragment C on Cluster { name connections(first: 1) { totalCount } }`;

test('queries at once, of several callers, have the answers that each has alone', async () => {
  const { direct, full, taken } = await startPair({ settings: FAST_PATHS_ON });
  const asked = [
    { text: FRAGMENTS, variables: { c: CLUSTER }, headers: {} },
    { text: FRAGMENTS, variables: { c: 'nope' }, headers: {} },
    { text: FRAGMENTS, variables: { c: CLUSTER }, headers: { 'x-auth-token': '' } },
    { text: FAILS, variables: {}, headers: {} },
    { text: FAILS, variables: {}, headers: { 'x-cost': '1' } },
  ];
  // A read that two operations share counts as a call of one of them.
  const text = (answer: object) =>
    JSON.stringify(answer).replaceAll(/"requestId":"[^"]*"|"upstreamCalls":\d+/g, '');
  const wanted: string[] = [];
  for (const { text: one, variables, headers } of asked) {
    // oxlint-disable-next-line no-await-in-loop -- each is asked alone
    wanted.push(text(await full.ask(one, variables, headers)));
  }
  expect(new Set(wanted).size).toBe(asked.length);
  for (let round = 1; round <= 4; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one round after the other is the point
    const answers = await Promise.all(
      [...asked, ...asked, ...asked].map(({ text: one, variables, headers }) =>
        direct.ask(one, variables, headers),
      ),
    );
    expect(answers.map(text), `round ${round}`).toEqual([...wanted, ...wanted, ...wanted]);
  }
  expect(await taken()).toBeGreaterThan(0);
});

const OF_PROJECTS = [
  '{ clusters { totalCount truncatedAt nodes { name projectId region } unavailable { projectId code } pageInfo { hasNextPage endCursor } } }',
  '{ clusters(first: 2) { edges { cursor node { name projectId } } } endpointServices(last: 2) { nodes { name projectId } } }',
  `query Q($in: ProjectInput) { a: cluster(clusterId: "nope", project: $in) { name } b: clusters(project: $in) { nodes { name } } }`,
];

test('calls and answers are the same for several projects, one of them unavailable', async () => {
  const clouds = await Promise.all(
    ['p0', 'p1'].map((projectId) =>
      startSandbox({
        world: {
          ...emptyWorld(),
          projectId,
          clusters: [0, 1, 2].map((at) => makeCluster({ name: `${projectId}-${at}` })),
          services: [makeService({ description: projectId })],
        },
      }),
    ),
  );
  onTestFinished(async () => void (await Promise.all(clouds.map((cloud) => cloud.close()))));
  const PROJECTS_FILE = projectsFile(
    clouds.map(({ url }, at) => ({
      region: SANDBOX.region,
      projectId: `p${at}`,
      endpoints: { css: url, vpcep: url, dataartsinsight: url },
    })),
  );
  const ofOneProject = ['HW_REGION_NAME', 'HW_PROJECT_ID', 'CSS_ENDPOINT', 'VPCEP_ENDPOINT'];
  const none = Object.fromEntries([...ofOneProject, 'DATAARTSINSIGHT_ENDPOINT'].map((name) => [name, '']));
  const both = await startPair({ settings: { ...FAST_PATHS_ON, ...none, PROJECTS_FILE } });
  const check = async (text: string) => {
    for (const { calls } of clouds) calls.length = 0;
    const variables = text.includes('$in') ? { in: { region: SANDBOX.region, projectId: 'p1' } } : {};
    const body = await checkSame(both, query(text, variables), { about: text });
    // Five answers, one of them without the fast paths, and each made every call once.
    for (const { calls } of clouds)
      for (const [path, { length }] of Map.groupBy(calls, (call) => call.path))
        expect.soft({ text, path, length }).toEqual({ text, path, length: 5 });
    return body;
  };
  for (const text of OF_PROJECTS) await check(text); // oxlint-disable-line no-await-in-loop
  clouds[1]!.fault({ path: /./, respond: { status: 403, body: { error_code: 'APIGW.0310' } } });
  for (const text of OF_PROJECTS) await check(text); // oxlint-disable-line no-await-in-loop
  expect(await check(OF_PROJECTS[0]!)).toContain('"unavailable":[{"projectId":"p1"');
});
