import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  SANDBOX,
} from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { type Answer, gateway, createMemoryLog } from '../support/gateway.ts';
import { projectsFile } from '../support/projects-file.ts';

const REGIONS = ['cn-north-4', 'cn-north-4', 'ap-southeast-1'];

/** A world of its own for each project, with clusters and services named after it. */
const worldOf = (projectId: string, clusters: number, services = clusters) => ({
  ...emptyWorld(),
  projectId,
  clusters: Array.from({ length: clusters }, (_, i) => makeCluster({ name: `${projectId}-${i}` })),
  services: Array.from({ length: services }, (_, i) => makeService({ description: `${projectId}-${i}` })),
});

type Entry = (sandbox: Sandbox, at: number) => object;

const WITH_USER: Entry = () => ({ credentials: { user: SANDBOX.user } });

/** A gateway in front of one stand-in cloud for each size, all of them in one file. */
const cloudOf = async (sizes: readonly number[], entry: Entry = WITH_USER, settings = {}) => {
  const clouds = await Promise.all(
    sizes.map((size, at) => startSandbox({ settleMs: 30, world: worldOf(`p${at}`, size) })),
  );
  const PROJECTS_FILE = projectsFile(
    clouds.map((cloud, at) => {
      const { url } = cloud;
      const endpoints = { css: url, vpcep: url, dataartsinsight: url, iam: url };
      return { region: REGIONS[at], projectId: `p${at}`, endpoints, ...entry(cloud, at) };
    }),
  );
  const log: string[] = [];
  const server = await startGateway(
    readConfig({
      PORT: '0',
      SHUTDOWN_GRACE_MS: '100',
      PROJECTS_FILE,
      ALLOW_ANONYMOUS: '1',
      ...settings,
    }),
    { log: createMemoryLog(log) },
  );
  onTestFinished(async () => {
    await server.close();
    await Promise.all(clouds.map((cloud) => cloud.close()));
  });
  const ask = async (query: string, headers = {}): Promise<Answer> => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer;
  };
  const callsTo = (at: number) => clouds[at]!.calls.map(({ method, path }) => `${method} ${path}`);
  return { url: server.url, clouds, ask, log, callsTo };
};

const down = (cloud: Sandbox) =>
  cloud.fault({
    path: /^\/v1/,
    respond: { status: 403, body: { error_code: 'APIGW.0310', error_msg: 'no' } },
  });

const namesOf = (answer: Answer, field = 'clusters'): string[] =>
  answer.data[field].nodes.map(
    ({ name, description }: { name?: string; description?: string }) => name ?? description,
  );

const expected = (...projects: [string, number][]) =>
  projects.flatMap(([projectId, count]) => Array.from({ length: count }, (_, i) => `${projectId}-${i}`));

test('the projects served are listed, without keys and hosts', async () => {
  const { ask } = await cloudOf([0, 0, 0], (_, at) => ({ ...(at === 1 && { name: 'production' }) }));
  const { data } = await ask('{ projects { region projectId name } }');
  expect(data.projects).toEqual([
    { region: 'cn-north-4', projectId: 'p0', name: null },
    { region: 'cn-north-4', projectId: 'p1', name: 'production' },
    { region: 'ap-southeast-1', projectId: 'p2', name: null },
  ]);
});

test('the projects of two regions are one list, in the order of the file', async () => {
  const { ask } = await cloudOf([3, 0, 4]);
  const answer = await ask(
    '{ clusters { totalCount truncatedAt nodes { name projectId } unavailable { projectId } pageInfo { hasNextPage } } }',
  );
  expect(answer.errors).toBeUndefined();
  expect(answer.data.clusters).toMatchObject({
    totalCount: 7,
    truncatedAt: null,
    unavailable: [],
    pageInfo: { hasNextPage: false },
  });
  expect(namesOf(answer).toSorted()).toEqual(expected(['p0', 3], ['p2', 4]).toSorted());
  expect(answer.data.clusters.nodes.map(({ projectId }: { projectId: string }) => projectId)).toEqual([
    'p0',
    'p0',
    'p0',
    'p2',
    'p2',
    'p2',
    'p2',
  ]);
});

test('with one project down the others are one list with their total, and it is named', async () => {
  const { ask, clouds } = await cloudOf([3, 5, 4]);
  down(clouds[1]!);
  const answer = await ask(
    '{ clusters { totalCount nodes { name } unavailable { region projectId code message } } }',
  );
  expect(answer.errors).toBeUndefined();
  expect(namesOf(answer).toSorted()).toEqual(expected(['p0', 3], ['p2', 4]).toSorted());
  expect(answer.data.clusters.totalCount).toBe(7);
  expect(answer.data.clusters.unavailable).toEqual([
    {
      region: 'cn-north-4',
      projectId: 'p1',
      code: 'FORBIDDEN',
      message: expect.stringContaining('APIGW.0310'),
    },
  ]);
});

test('where the page is not asked what is missing, an error beside the data says so', async () => {
  const { ask, clouds } = await cloudOf([1, 1, 1]);
  down(clouds[2]!);
  const { data, errors } = await ask('{ endpointServices { totalCount } }');
  expect(data.endpointServices.totalCount).toBe(2);
  expect(errors).toMatchObject([
    {
      path: ['endpointServices'],
      extensions: { code: 'FORBIDDEN', project: { region: 'ap-southeast-1', projectId: 'p2' } },
    },
  ]);
});

test('a project that does not answer in time is missing, and the others are not', async () => {
  const { ask, clouds } = await cloudOf([2, 2, 2], WITH_USER, { UPSTREAM_TIMEOUT_MS: '300' });
  clouds[0]!.fault({ path: /clusters/, hang: 'before' });
  const { data } = await ask('{ clusters { totalCount unavailable { projectId code } } }');
  expect(data.clusters).toEqual({
    totalCount: 4,
    unavailable: [{ projectId: 'p0', code: 'UPSTREAM_TIMEOUT' }],
  });
});

test('where all projects fail, the field fails', async () => {
  const { ask, clouds } = await cloudOf([1, 1]);
  clouds.forEach(down);
  const { data, errors } = await ask('{ clusters { totalCount unavailable { projectId } } }');
  expect(data).toEqual({ clusters: null });
  expect(errors).toMatchObject([{ path: ['clusters'], extensions: { code: 'FORBIDDEN' } }]);
});

/** All rows of a list, page by page. */
const walk = async (ask: (query: string) => Promise<Answer>, backwards: boolean, args = '') => {
  const names: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 20; page += 1) {
    const place: string = backwards
      ? `last: 3, before: ${JSON.stringify(cursor)}`
      : `first: 3, after: ${JSON.stringify(cursor)}`;
    const answer = await ask(
      `{ endpointServices(${place} ${args}) { totalCount nodes { description } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data.endpointServices.totalCount).toBe(11);
    const rows = namesOf(answer, 'endpointServices');
    if (backwards) names.unshift(...rows);
    else names.push(...rows);
    const { pageInfo } = answer.data.endpointServices;
    if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
  }
  return names;
};

test('the list is paged over the seams, forwards and backwards, each row once', async () => {
  const { ask } = await cloudOf([4, 2, 5]);
  const all = namesOf(await ask('{ endpointServices { nodes { description } } }'), 'endpointServices');
  expect(all.map((name) => name.slice(0, 2))).toEqual(
    [4, 2, 5].flatMap((count, at) => Array.from({ length: count }, () => `p${at}`)),
  );
  expect(new Set(all).size).toBe(11);
  expect(await walk(ask, false)).toEqual(all);
  expect(await walk(ask, true)).toEqual(all);
});

test('a cursor goes on where a project has failed since, behind it where that is its own, and the page names it', async () => {
  const { ask, clouds } = await cloudOf([2, 3]);
  const rows = 'nodes { description } pageInfo { endCursor } unavailable { projectId }';
  const page = (args: string) => ask(`{ endpointServices(${args}) { ${rows} } }`);
  const all = namesOf(await page('first: 9'), 'endpointServices');
  const [inFirst, inSecond] = await Promise.all([page('first: 2'), page('first: 3')]);
  const after = ({ data }: Answer) => `first: 9, after: "${data.endpointServices.pageInfo.endCursor}"`;
  down(clouds[0]!);
  const on = await page(after(inSecond));
  expect(on.errors).toBeUndefined();
  expect(namesOf(on, 'endpointServices')).toEqual(all.slice(3));
  expect(on.data.endpointServices.unavailable).toEqual([{ projectId: 'p0' }]);
  const behind = await page(after(inFirst));
  expect(behind.errors).toBeUndefined();
  expect(namesOf(behind, 'endpointServices')).toEqual(all.slice(2));
  expect(behind.data.endpointServices.unavailable).toEqual([{ projectId: 'p0' }]);
});

test.each([
  { what: 'is handed out short', served: [3, Infinity, 2], rows: [3, 4, 2] },
  { what: 'is not handed out at all', served: [0, Infinity, Infinity], rows: [0, 4, 5] },
  { what: 'is handed out short behind the others', served: [Infinity, Infinity, 1], rows: [7, 4, 1] },
])('where a project of the list $what, every page goes on to the rows that can be read', async (one) => {
  const { ask, clouds } = await cloudOf([7, 4, 5]);
  for (const [at, served] of one.served.entries()) clouds[at]!.world.lists = { services: { served } };
  const readable = clouds.flatMap(({ world }, at) =>
    world.services.slice(0, one.rows[at]).map(({ description }) => description),
  );
  const cut = one.served.flatMap((served, at) =>
    served === Infinity ? [] : [{ projectId: `p${at}`, code: 'RESULT_TRUNCATED' }],
  );
  for (const size of [1, 2, 3, 4, 20]) {
    const names: string[] = [];
    let last: Answer['data'];
    for (let after: string | null = null, more = true; more;) {
      // oxlint-disable-next-line no-await-in-loop -- one page leads to the next
      const answer = await ask(
        `{ endpointServices(first: ${size}, after: ${JSON.stringify(after)}) { totalCount truncatedAt
             unavailable { projectId code } nodes { description } pageInfo { hasNextPage endCursor } } }`,
      );
      expect(answer.errors).toBeUndefined();
      last = answer.data.endpointServices;
      names.push(...namesOf(answer, 'endpointServices'));
      more = last.pageInfo.hasNextPage;
      after = last.pageInfo.endCursor;
      if (more) expect(after).not.toBeNull();
      expect(names.length).toBeLessThanOrEqual(16);
    }
    expect(names).toEqual(readable);
    expect(last.unavailable).toEqual(expect.arrayContaining(cut.slice(-1)));
    expect(last.truncatedAt).not.toBeNull();
  }
  const whole = await ask(
    '{ endpointServices { truncatedAt unavailable { projectId code } nodes { description } } }',
  );
  expect(whole.data.endpointServices).toMatchObject({ truncatedAt: readable.length, unavailable: cut });
});

test('an order is made over all projects together', async () => {
  const { ask, clouds } = await cloudOf([4, 2, 5]);
  const services = clouds.flatMap(({ world }) => world.services);
  services.forEach((service, i) => {
    service.created_at = new Date(Date.UTC(2026, 0, 1 + ((i * 7) % 11))).toISOString().replace('.000', '');
  });
  const byAge = services.toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1)).map((s) => s.description);
  const args = ', orderBy: { field: CREATED_AT, direction: ASC }';
  expect(await walk(ask, false, args)).toEqual(byAge);
  expect(await walk(ask, true, args)).toEqual(byAge);
});

test('a project that is named is listed alone, and nothing else is called', async () => {
  const { ask, callsTo } = await cloudOf([2, 2]);
  const answer = await ask('{ clusters(project: { region: "cn-north-4", projectId: "p1" }) { totalCount } }');
  expect(answer.data.clusters.totalCount).toBe(2);
  expect(callsTo(0)).toEqual([]);
  expect(callsTo(1)).toEqual([
    'POST /v3/auth/tokens?nocatalog=1',
    'GET /v1.0/p1/clusters?start=1&offset=1&limit=1',
  ]);
});

test('a single thing needs its project named; its id holds it', async () => {
  const { ask, clouds } = await cloudOf([1, 1]);
  const clusterId = clouds[1]!.world.clusters[0]!.id;
  const { data, errors } = await ask(`{ cluster(clusterId: "${clusterId}") { name } }`);
  expect(data.cluster).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  const named = await ask(
    `{ cluster(clusterId: "${clusterId}", project: { region: "cn-north-4", projectId: "p1" }) { id } }`,
  );
  const again = await ask(`{ node(id: "${named.data.cluster.id}") { ... on Cluster { name projectId } } }`);
  expect(again.data.node).toEqual({ name: 'p1-0', projectId: 'p1' });
});

test("the caller's token goes to projects without credentials, and never to those with a user", async () => {
  const { ask, clouds } = await cloudOf([1, 1], (cloud, at) => (at === 0 ? WITH_USER(cloud, at) : {}));
  await ask('{ clusters { totalCount unavailable { code } } }', { 'x-auth-token': 'the-caller' });
  const tokensAt = (at: number) => clouds[at]!.calls.map(({ headers }) => headers['x-auth-token']);
  expect([tokensAt(0), tokensAt(1)]).toEqual([[undefined, 'issued-p0-1'], ['the-caller']]);
});

test('a token is asked for as the vendor documents it, once for many requests at once', async () => {
  const { ask, clouds, callsTo } = await cloudOf([1]);
  await Promise.all(Array.from({ length: 20 }, () => ask('{ clusters { totalCount } }')));
  expect(callsTo(0).filter((call) => call.includes('tokens'))).toEqual(['POST /v3/auth/tokens?nocatalog=1']);
  const [sent] = clouds[0]!.calls;
  expect(sent!.headers['content-type']).toBe('application/json');
  expect(JSON.parse(sent!.body)).toEqual({
    auth: {
      identity: {
        methods: ['password'],
        password: {
          user: { name: 'sandbox-user', password: 'sandbox-password', domain: { name: 'sandbox-account' } },
        },
      },
      scope: { project: { id: 'p0' } },
    },
  });
});

test('a token that ended early is thrown away, and the read goes again', async () => {
  const { ask, clouds, callsTo } = await cloudOf([1]);
  await ask('{ clusters { totalCount } }');
  for (const token of clouds[0]!.world.tokens) token.ended = true;
  clouds[0]!.calls.splice(0);
  const { data } = await ask('{ clusters { totalCount } }');
  expect(data.clusters.totalCount).toBe(1);
  const list = 'GET /v1.0/p0/clusters?start=1&offset=1&limit=1';
  expect(callsTo(0)).toEqual([list, 'POST /v3/auth/tokens?nocatalog=1', list]);
});

test('a wrong password fails its own project; neither it nor a token is in log, answer or metrics', async () => {
  const password = 'CANARY-password';
  const { ask, log, url } = await cloudOf([1, 1], (_, at) => ({
    credentials: { user: { ...SANDBOX.user, ...(at === 1 && { password }) } },
  }));
  const answer = await ask('{ clusters { totalCount unavailable { projectId code message } } }');
  expect(answer.data.clusters).toMatchObject({
    totalCount: 1,
    unavailable: [{ projectId: 'p1', code: 'UNAUTHENTICATED' }],
  });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const all = `${JSON.stringify(answer)} ${log.join('\n')} ${metrics}`;
  expect(metrics).toContain('/v3/auth/tokens');
  expect(log.length).toBeGreaterThan(0);
  expect(all).not.toMatch(/CANARY|sandbox-password|sandbox-user|issued-/);
});

test.each(['hang', 'refused'])(
  'a write whose token did not come (%s) was not sent, and is told as such',
  async (how) => {
    const { ask, clouds, callsTo } = await cloudOf([1], WITH_USER, { UPSTREAM_TIMEOUT_MS: '300' });
    clouds[0]!.fault({
      path: /tokens/,
      ...(how === 'hang'
        ? { hang: 'before' as const }
        : { respond: { status: 401, body: { error: { code: 401 } } } }),
    });
    const { data, errors } = await ask(
      'mutation { verifyAndCreateEndpoint(input: { service: { id: "x" }, dataSourceType: "DWS" }) { userErrors { code } } }',
      { 'x-workspace-id': SANDBOX.workspaceId },
    );
    expect(data.verifyAndCreateEndpoint).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe(how === 'hang' ? 'UPSTREAM_TIMEOUT' : 'UNAUTHENTICATED');
    expect(callsTo(0)).toEqual(['POST /v3/auth/tokens?nocatalog=1']);
  },
);

const BY_UPDATE = 'orderBy: { field: UPDATED_AT, direction: DESC }';

test.each([
  ['create_at', 'update_at'],
  ['created_at', 'updated_at'],
] as const)('with sort keys spelled %s the upstream makes every order', async (created, updated) => {
  const world = { ...createWorld(), sortKeySpelling: created };
  const { ask, calls, sandbox } = await gateway({
    sandbox: { world },
    settings: { VPCEP_SORT_KEY: created },
  });
  const service = sandbox.world.services[0]!.id;
  const { errors } = await ask(`{
    a: endpointServices(first: 2, ${BY_UPDATE}) { nodes { serviceId } }
    b: endpointServices(first: 2, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { serviceId } }
    c: endpointService(by: { id: "${service}" }) { connections(first: 2, ${BY_UPDATE}) { nodes { endpointId } } }
  }`);
  expect(errors).toBeUndefined();
  const path = `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services`;
  expect(calls().toSorted()).toEqual(
    [
      `${path}?sort_key=${updated}&sort_dir=desc&offset=0&limit=3`,
      `${path}?sort_key=${created}&sort_dir=asc&offset=0&limit=3`,
      `${path}/${service}/connections?sort_key=${updated}&sort_dir=desc&offset=0&limit=3`,
    ].toSorted(),
  );
});

test.each([
  { position: 'offset', query: '?offset=1&limit=4' },
  { position: 'start', query: '?start=2&limit=4' },
  { position: 'none', query: '' },
])('CSS connections are asked for by $position', async ({ position, query }) => {
  const connections = Array.from({ length: 6 }, () => makeClusterConnection());
  const cluster = makeCluster({ connections, paging: position === 'start' ? 'start' : 'offset' });
  const { ask, calls, sandbox } = await gateway({
    sandbox: { world: { ...emptyWorld(), clusters: [cluster] } },
    settings: { CSS_POSITION: position },
  });
  if (position === 'none')
    sandbox.fault({
      path: /connections/,
      // The oldest answers know no paging.
      mutate: (body) => ({
        ...body,
        connections: connections.map(({ id, status }) => ({ id, status })),
        total_count: undefined,
      }),
    });
  const page = async (args: string) => {
    const { data, errors } = await ask(
      `{ cluster(clusterId: "${cluster.id}") { connections(first: 2 ${args}) { nodes { endpointId } pageInfo { endCursor } } } }`,
    );
    expect(errors).toBeUndefined();
    return data.cluster.connections;
  };
  const first = await page('');
  calls();
  const second = await page(`, after: "${first.pageInfo.endCursor}"`);
  const sent = calls().map((call) => call.replace(/^.*connections/, ''));
  expect(new Set([...first.nodes, ...second.nodes].map(({ endpointId }) => endpointId)).size).toBe(4);
  expect(sent[0]).toBe(query);
});
