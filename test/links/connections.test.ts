import { describe, expect, test } from 'vitest';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import { createClustersWithServices } from '../support/clusters-with-services.ts';
import { countCalls } from '../support/count-calls.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';

type Ask = (query: string, variables?: object) => Promise<Answer>;
type Row = World['clusters'][number]['connections'][number];

const PARENT = 'cluster { clusterId } endpointService { serviceId }';
const UNAVAILABLE = 'unavailable { region projectId clusterId serviceId name code message }';

/** Every endpoint of a world once, counted from its rows alone: a cluster gives its first 2,000, and only with access on. */
const rowsOf = ({ clusters, services }: World): Row[] => {
  const lists = [
    ...clusters
      .filter(({ endpointAccess }) => endpointAccess)
      .map(({ connections }) => connections.slice(0, 2000)),
    ...services.map(({ connections }) => connections),
  ];
  return [...new Map(lists.flat().map((row) => [row.id, row])).values()];
};

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id).toSorted();

const endpointsOf = ({ data }: Answer): string[] =>
  data.connections.nodes.map(({ endpointId }: { endpointId: string }) => endpointId);

/** Reads the list page by page. */
const walk = async (ask: Ask, size: number, args = '', back = false): Promise<string[]> => {
  const found: string[] = [];
  let cursor = '';
  for (;;) {
    const page = back
      ? `last: ${size} ${cursor && `before: "${cursor}"`}`
      : `first: ${size} ${cursor && `after: "${cursor}"`}`;
    const answer = await ask(
      `{ connections(${page} ${args}) { nodes { endpointId } unavailable { code }
         pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }`,
    );
    expect(answer.errors).toBeUndefined();
    const { hasNextPage, endCursor, hasPreviousPage, startCursor } = answer.data.connections.pageInfo;
    if (back) found.unshift(...endpointsOf(answer));
    else found.push(...endpointsOf(answer));
    if (!(back ? hasPreviousPage : hasNextPage)) return found;
    cursor = back ? startCursor : endCursor;
  }
};

/** A small world: two clusters, one of them with its own service in front, and a service by itself. */
const smallWorld = (): World => {
  const world = createClustersWithServices(1, () => 3);
  world.clusters.push(
    makeCluster({ name: 'other', connections: [makeClusterConnection({ status: 'failed' })] }),
  );
  world.services.push(
    makeService({ connections: [makeServiceConnection(), makeServiceConnection({ status: 'failed' })] }),
  );
  return world;
};

const refuse = (
  { sandbox }: Pick<TestGateway, 'sandbox'>,
  path: RegExp,
  status = 403,
  error_code = 'EndPoint.0004',
) => sandbox.fault({ path, respond: { status, body: { error_code, error_msg: 'no' } } });

describe('all connections', () => {
  test('are those of every cluster and own service, each endpoint once', async () => {
    const world = createWorld();
    const { ask } = await gateway({ sandbox: { world } });
    const found = await walk(ask, 1000);
    expect(found.toSorted()).toEqual(idsOf(rowsOf(world)));
    const { data } = await ask(`{ connections { totalCount unavailable { name code } } }`);
    expect(data.connections).toEqual({
      totalCount: found.length,
      unavailable: [{ name: 'telemetry-fleet', code: 'RESULT_TRUNCATED' }],
    });
  });

  test('are walked in pages of any size, in both directions', async () => {
    const world = createClustersWithServices(4, (at) => at * 3);
    world.services.push(
      ...Array.from({ length: 3 }, (_, at) =>
        makeService({ connections: Array.from({ length: 25 * at }, () => makeServiceConnection()) }),
      ),
    );
    const { ask } = await gateway({ sandbox: { world } });
    const whole = await walk(ask, 1000);
    expect(whole.toSorted()).toEqual(idsOf(rowsOf(world)));
    for (const size of [1, 7, 40]) {
      expect(await walk(ask, size)).toEqual(whole);
      expect(await walk(ask, size, '', true)).toEqual(whole);
    }
  });

  test('have the cluster as parent where the own service in front of it has them too', async () => {
    const world = smallWorld();
    const { ask } = await gateway({ sandbox: { world } });
    const { data } = await ask(`{ connections { totalCount nodes { endpointId ${PARENT} } } }`);
    const [{ id, connections }] = world.clusters as [World['clusters'][number]];
    expect(data.connections.totalCount).toBe(6);
    for (const { endpointId, cluster } of data.connections.nodes)
      expect(cluster?.clusterId === id).toBe(connections.some((row) => row.id === endpointId));
  });

  test('come from the own service where the cluster has more than can be read', async () => {
    const world = createClustersWithServices(1, () => 2100);
    const { ask, calls } = await gateway({ sandbox: { world } });
    const question = `{ connections(last: 1) { totalCount truncatedAt nodes { cluster { clusterId } } ${UNAVAILABLE} } }`;
    const { data } = await ask(question);
    expect(data.connections).toEqual({
      totalCount: 2100,
      truncatedAt: null,
      nodes: [{ cluster: null }],
      unavailable: [],
    });
    expect(countCalls(calls())).toEqual({
      'GET /clusters': 1,
      'GET /vpc-endpoint-services': 1,
      'GET /clusters/{id}/vpcepservice/connections': 1,
      'GET /vpc-endpoint-services/{id}/connections': 2,
    });
  });

  test('cost one call for each parent, and one for each list of them', async () => {
    const world = createClustersWithServices(5, () => 4);
    world.services.push(
      ...Array.from({ length: 3 }, () => makeService({ connections: [makeServiceConnection()] })),
    );
    const { ask, calls } = await gateway({ sandbox: { world } });
    const { data, errors } = await ask(
      `{ connections(first: 100) { totalCount nodes { endpointId status cluster { name } endpointService { name } admittedBy { permission } } ${UNAVAILABLE} } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.connections.totalCount).toBe(23);
    expect(countCalls(calls())).toEqual({
      'GET /clusters': 1,
      'GET /vpc-endpoint-services': 1,
      'GET /clusters/{id}/vpcepservice/connections': 5,
      'GET /vpc-endpoint-services/{id}/connections': 3,
      'GET /vpc-endpoint-services/{id}/permissions': 3,
    });
  });

  test('are read no further than a page needs', async () => {
    const world = createClustersWithServices(3, () => 400);
    const { ask, calls } = await gateway({ sandbox: { world } });
    const { data } = await ask(
      '{ connections(first: 50) { totalCount nodes { endpointId } pageInfo { hasNextPage } } }',
    );
    expect(data.connections).toMatchObject({ totalCount: 1200, pageInfo: { hasNextPage: true } });
    const limits = calls().flatMap((call) => /vpcepservice.*limit=(\d+)/.exec(call)?.[1] ?? []);
    expect(limits).toEqual(['25', '25', '25', '51']);
  });

  test('give their number with one row of each parent', async () => {
    const world = createClustersWithServices(3, () => 400);
    const { ask, calls } = await gateway({ sandbox: { world } });
    const { data } = await ask('{ connections { totalCount } }');
    expect(data.connections.totalCount).toBe(1200);
    const limits = calls().flatMap((call) => /vpcepservice.*limit=(\d+)/.exec(call)?.[1] ?? []);
    expect(limits).toEqual(['1', '1', '1']);
  });

  test('of an empty cloud are an empty list', async () => {
    const { ask } = await gateway({ sandbox: { world: emptyWorld() } });
    const { data, errors } = await ask(
      '{ connections { totalCount nodes { id } pageInfo { hasNextPage } } }',
    );
    expect(errors).toBeUndefined();
    expect(data.connections).toEqual({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } });
  });

  test('are not asked for with a cursor of another list', async () => {
    const { ask, calls } = await gateway();
    const { data } = await ask('{ clusters(first: 1) { pageInfo { endCursor } } }');
    calls();
    const { errors } = await ask(
      `{ connections(after: "${data.clusters.pageInfo.endCursor}") { totalCount } }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(calls()).toEqual([]);
  });
});

describe('which connections failed, anywhere', () => {
  const QUESTION = `{ connections(first: 100, filter: { status: [FAILED] }) {
    totalCount nodes { endpointId status failures { message } cluster { name } endpointService { name } } ${UNAVAILABLE} } }`;

  test('is one query over the whole sandbox', async () => {
    const world = createWorld();
    world.clusters = world.clusters.filter(({ connections }) => connections.length <= 2000);
    const { ask, calls } = await gateway({ sandbox: { world } });
    const answer = await ask(QUESTION);
    expect(answer.errors).toBeUndefined();
    const failed = rowsOf(world).filter(({ status }) => status === 'failed');
    expect(failed.length).toBeGreaterThan(5);
    expect(endpointsOf(answer).toSorted()).toEqual(idsOf(failed));
    expect(answer.data.connections.totalCount).toBe(failed.length);
    expect(answer.data.connections.unavailable).toEqual([]);
    const inFront = world.services.filter(({ service_name }) =>
      world.clusters.some(({ vpcServiceName }) => vpcServiceName === service_name),
    );
    expect(inFront).toHaveLength(2);
    const asked = calls();
    expect(countCalls(asked)).toMatchObject({
      'GET /clusters': 1,
      'GET /vpc-endpoint-services': 1,
      'GET /clusters/{id}/vpcepservice/connections': world.clusters.length,
    });
    const others = world.services.filter((service) => !inFront.includes(service));
    const limit = Math.ceil(10_000 / (world.clusters.length + world.services.length));
    for (const { id } of others)
      expect(asked.filter((call) => call.includes(`${id}/connections`))).toEqual([
        `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services/${id}/connections?status=failed&offset=0&limit=${limit}`,
      ]);
  });

  test('is let through for 200 clusters and 200 services, with the limits that nobody has set', async () => {
    const world = emptyWorld();
    const failed = () => [
      ...Array.from({ length: 39 }, () => makeClusterConnection()),
      makeClusterConnection({ status: 'failed' }),
    ];
    world.clusters = Array.from({ length: 200 }, () => makeCluster({ connections: failed() }));
    world.services = Array.from({ length: 200 }, () => makeService({ connections: failed() }));
    const { ask, calls } = await gateway({ sandbox: { world } });
    const { data, errors, extensions } = await ask(
      `{ connections(first: 100, filter: { status: [FAILED] }) {
           totalCount pageInfo { hasNextPage endCursor } ${UNAVAILABLE}
           nodes { id endpointId status statusRaw domainId createdAt updatedAt failures { code message }
             cluster { clusterId name status region projectId } admittedBy { permission kind } } } }`,
      {},
      { 'x-cost': '1' },
    );
    expect(errors).toBeUndefined();
    expect(data.connections).toMatchObject({ totalCount: 400, unavailable: [] });
    expect(data.connections.nodes).toHaveLength(100);
    expect(countCalls(calls())).toEqual({
      'GET /clusters': 1,
      'GET /vpc-endpoint-services': 1,
      'GET /clusters/{id}/vpcepservice/connections': 200,
      'GET /vpc-endpoint-services/{id}/connections': 200,
    });
    expect(extensions).toMatchObject({ cost: { estimated: 8_805, upstreamCalls: 402 } });
  });

  test('is refused when it is asked a dozen times at once', async () => {
    const { ask, calls } = await gateway({ sandbox: { world: smallWorld() } });
    const aliases = Array.from(
      { length: 12 },
      (_, at) => `c${at}: connections(first: 1) { totalCount nodes { id } }`,
    );
    const { errors } = await ask(`{ ${aliases.join(' ')} }`, {}, { 'x-cost': '1' });
    expect(errors).toBeUndefined();
    calls();
    const bomb = await ask(
      `{ ${aliases.join(' ')} c12: connections(first: 100) { nodes { cluster { connections { nodes { id } } } } } }`,
    );
    expect(bomb.errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
    expect(calls()).toEqual([]);
  });

  test('takes one call more for each service in front of a cluster that has failures', async () => {
    const world = smallWorld();
    world.clusters[0]!.connections[0]!.status = 'failed';
    const { ask, calls } = await gateway({ sandbox: { world } });
    const { data } = await ask(QUESTION);
    expect(data.connections.totalCount).toBe(3);
    expect(countCalls(calls())).toMatchObject({
      'GET /clusters/{id}/vpcepservice/connections': 2,
      'GET /vpc-endpoint-services/{id}/connections': 2,
    });
  });

  test('with one cluster down names it, and has the rows of the others', async () => {
    const world = smallWorld();
    const { ask, sandbox } = await gateway({ sandbox: { world } });
    const [, other] = world.clusters;
    sandbox.fault({ path: new RegExp(other!.id), respond: { status: 500, body: {} } });
    const answer = await ask(QUESTION);
    expect(answer.errors).toBeUndefined();
    expect(answer.data.connections).toMatchObject({
      totalCount: 1,
      unavailable: [
        {
          projectId: SANDBOX.projectId,
          clusterId: other!.id,
          serviceId: null,
          name: 'other',
          code: 'UPSTREAM_UNAVAILABLE',
        },
      ],
    });
  });

  test('with one cluster down shows its endpoints from the own service in front of it', async () => {
    const world = smallWorld();
    const { ask, sandbox } = await gateway({ sandbox: { world } });
    sandbox.fault({ path: new RegExp(world.clusters[0]!.id), respond: { status: 500, body: {} } });
    const answer = await ask(`{ connections { totalCount nodes { endpointId } ${UNAVAILABLE} } }`);
    expect(endpointsOf(answer).toSorted()).toEqual(idsOf(rowsOf(world)));
    expect(answer.data.connections.unavailable).toMatchObject([{ clusterId: world.clusters[0]!.id }]);
  });

  test('names a service that the caller may not read', async () => {
    const world = smallWorld();
    const started = await gateway({ sandbox: { world } });
    const { id, service_name: name } = world.services.at(-1)!;
    refuse(started, new RegExp(`${id}/connections`));
    const { data } = await started.ask(QUESTION);
    expect(data.connections).toMatchObject({
      totalCount: 1,
      unavailable: [{ serviceId: id, clusterId: null, name, code: 'FORBIDDEN' }],
    });
  });

  test('says so where the services cannot even be listed', async () => {
    const world = smallWorld();
    const started = await gateway({ sandbox: { world } });
    refuse(started, /vpc-endpoint-services\?/);
    const { data } = await started.ask(QUESTION);
    expect(data.connections).toMatchObject({
      totalCount: 1,
      unavailable: [
        {
          clusterId: null,
          serviceId: null,
          name: null,
          code: 'FORBIDDEN',
          message: expect.stringMatching(/^Not all endpoint services of the project could be listed\./),
        },
      ],
    });
  });

  test('names a cluster with more connections than can be read, and counts no total', async () => {
    const world = smallWorld();
    const [, other] = world.clusters;
    other!.connections.push(...Array.from({ length: 2001 }, () => makeClusterConnection()));
    const { ask } = await gateway({ sandbox: { world } });
    const { data } = await ask(QUESTION);
    expect(data.connections).toMatchObject({
      totalCount: null,
      unavailable: [{ clusterId: other!.id, code: 'RESULT_TRUNCATED' }],
    });
    expect(data.connections.nodes).toHaveLength(2);
  });

  test('names the parents that the calls of the operation do not reach', async () => {
    const world = createClustersWithServices(6, () => 1);
    const { ask, calls } = await gateway({ sandbox: { world }, settings: { UPSTREAM_CALL_LIMIT: '6' } });
    for (const query of [
      QUESTION,
      `{ connections(first: 20) { totalCount nodes { endpointId } ${UNAVAILABLE} } }`,
    ]) {
      const { data, errors } = await ask(query);
      expect(errors).toBeUndefined();
      const { unavailable } = data.connections;
      expect(new Set(unavailable.map(({ code }: { code: string }) => code))).toEqual(
        new Set(['UPSTREAM_CALL_LIMIT']),
      );
      expect(unavailable.length).toBeGreaterThanOrEqual(2);
      expect(calls().length).toBeLessThanOrEqual(6);
    }
  });

  test('has one error for each reason, where `unavailable` is not selected', async () => {
    const world = smallWorld();
    const started = await gateway({ sandbox: { world } });
    refuse(started, /connections\?/, 403, 'APIGW.0310');
    refuse(started, /vpc-endpoint-services\?/, 403, 'APIGW.0310');
    const { data, errors } = await started.ask('{ connections { totalCount } }');
    expect(data.connections).toBeNull();
    expect(errors).toMatchObject([{ path: ['connections'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('tells what is missing as errors, where `unavailable` is not selected', async () => {
    const world = createClustersWithServices(3, () => 1);
    const started = await gateway({ sandbox: { world } });
    for (const { id } of world.clusters.slice(1)) refuse(started, new RegExp(id), 403, 'APIGW.0310');
    for (const { id } of world.services.slice(1)) refuse(started, new RegExp(`${id}/`), 403, 'APIGW.0310');
    const { data, errors } = await started.ask('{ connections { totalCount } }');
    expect(data.connections.totalCount).toBe(1);
    expect(errors).toHaveLength(2);
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^Rows of 2 clusters, endpoint services or projects are missing/),
        path: ['connections'],
        extensions: { code: 'FORBIDDEN', unavailable: [{ clusterId: expect.any(String) }, {}] },
      },
      { extensions: { unavailable: [{ serviceId: expect.any(String) }, {}] } },
    ]);
  });
});

describe('other filters and orders', () => {
  const started = async () => {
    const world = createWorld();
    world.clusters = world.clusters.filter(({ connections }) => connections.length <= 2000);
    return { world, ...(await gateway({ sandbox: { world } })) };
  };

  test('an account has its connections wherever they are', async () => {
    const { world, ask } = await started();
    const rows = rowsOf(world);
    const [{ domain_id: domainId }] = rows as [Row];
    const answer = await ask(
      `{ connections(first: 1000, filter: { domainId: "${domainId}" }) { nodes { endpointId domainId } } }`,
    );
    expect(endpointsOf(answer).toSorted()).toEqual(idsOf(rows.filter((row) => row.domain_id === domainId)));
  });

  test('an endpoint is found by its id, with one call for each parent', async () => {
    const { world, ask, calls } = await started();
    const { id } = world.services.at(-1)!.connections[0] ?? world.services[4]!.connections[3]!;
    const answer = await ask(
      `{ connections(filter: { endpointId: "${id}" }) { totalCount nodes { endpointId } } }`,
    );
    expect([answer.data.connections.totalCount, endpointsOf(answer)]).toEqual([1, [id]]);
    expect(
      calls().filter((call) => /services\/.*connections/.test(call) && !call.includes(`id=${id}`)),
    ).toEqual([]);
  });

  test('the newest come first, over all parents', async () => {
    const { world, ask } = await started();
    const { data } = await ask(
      `{ connections(first: 1000, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { createdAt } } }`,
    );
    const times = data.connections.nodes.map(({ createdAt }: { createdAt: string }) => Date.parse(createdAt));
    const expected = rowsOf(world)
      .map(({ created_at }) => Date.parse(created_at))
      .toSorted((a, b) => b - a);
    expect(times).toEqual(expected.slice(0, 1000));
  });

  test('pages of a filtered and ordered list are the list', async () => {
    const { world, ask } = await started();
    const args = 'filter: { status: [ACCEPTED, FAILED] } orderBy: { field: CREATED_AT, direction: ASC }';
    const expected = rowsOf(world).filter(({ status }) => ['accepted', 'failed'].includes(status));
    expect((await walk(ask, 333, args)).toSorted()).toEqual(idsOf(expected));
  });
});

describe('a filter or an order of more rows than MAX_LIST_ROWS', () => {
  const setUp = async (rowsOfCluster: number) => {
    const world = createClustersWithServices(4, () => rowsOfCluster);
    world.services = [];
    for (const { connections } of world.clusters) connections.at(-1)!.status = 'failed';
    const started = await gateway({ sandbox: { world }, settings: { MAX_LIST_ROWS: '1000' } });
    const limits = () =>
      started
        .calls()
        .flatMap((call) => /vpcepservice.*limit=(\d+)/.exec(call)?.[1] ?? [])
        .map(Number);
    return { ...started, world, limits };
  };
  const FAILED = 'filter: { status: [FAILED] }';
  const NEWEST = 'orderBy: { field: CREATED_AT, direction: DESC }';
  const selection = `{ totalCount truncatedAt nodes { endpointId } ${UNAVAILABLE} }`;

  test('is whole with one call for each parent, where all of them fit', async () => {
    const { ask, limits } = await setUp(250);
    for (const [args, totalCount] of [
      [FAILED, 4],
      [NEWEST, 1000],
    ] as const) {
      const { data } = await ask(`{ connections(first: 5, ${args}) ${selection} }`);
      expect(data.connections).toMatchObject({ totalCount, truncatedAt: null, unavailable: [] });
      expect(limits()).toEqual([250, 250, 250, 250]);
    }
  });

  test('reads no more than these rows beside the first ones, and says so', async () => {
    const { ask, limits } = await setUp(400);
    for (const args of [FAILED, NEWEST]) {
      const { data, errors } = await ask(`{ connections(first: 5, ${args}) ${selection} }`);
      expect(errors).toBeUndefined();
      expect(data.connections).toMatchObject({ totalCount: null, truncatedAt: 1000, unavailable: [] });
      expect(data.connections.nodes).toHaveLength(args === FAILED ? 2 : 5);
      // The first rows of all four, then the first cluster, the second, and what is left for the third.
      expect(limits().toSorted((a, b) => a - b)).toEqual([250, 250, 250, 250, 400, 1000]);
    }
  });

  test('is refused at its end and not counted, by the totals', async () => {
    const { ask, limits } = await setUp(400);
    for (const args of [FAILED, NEWEST]) {
      const { errors } = await ask(`{ connections(last: 5, ${args}) ${selection} }`);
      expect(errors).toMatchObject([{ extensions: { code: 'RESULT_TRUNCATED' } }]);
      expect(limits()).toEqual([250, 250, 250, 250]);
    }
    const { data } = await ask(`{ connections(${FAILED}) { totalCount truncatedAt } }`);
    expect(data.connections).toEqual({ totalCount: null, truncatedAt: 1000 });
    expect(limits()).toEqual([250, 250, 250, 250]);
  });

  test('has the one row that it names, where that can be read', async () => {
    const { ask, world } = await setUp(400);
    const named = (id: string) => ask(`{ connections(filter: { endpointId: "${id}" }) ${selection} }`);
    const [first, , , last] = world.clusters.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const id = first!.connections.at(-1)!.id;
    expect((await named(id)).data.connections).toEqual({
      totalCount: 1,
      truncatedAt: null,
      nodes: [{ endpointId: id }],
      unavailable: [],
    });
    const far = (await named(last!.connections.at(-1)!.id)).data.connections;
    expect(far).toMatchObject({ totalCount: null, truncatedAt: 1000, nodes: [] });
  });
});

test('a connection that is found by its id is an answer, whatever cannot be read', async () => {
  const world = smallWorld();
  const [down, cut] = world.clusters;
  cut!.connections.push(...Array.from({ length: 2001 }, () => makeClusterConnection()));
  world.services = [];
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({ path: new RegExp(down!.id), respond: { status: 500, body: {} } });
  const named = (id: string) =>
    ask(`{ connections(filter: { endpointId: "${id}" }) { totalCount unavailable { clusterId code } } }`);
  const found = await named(cut!.connections[3]!.id);
  expect(found.data.connections).toEqual({ totalCount: 1, unavailable: [] });
  const lost = await named('nowhere');
  expect(lost.data.connections.totalCount).toBeNull();
  expect(lost.data.connections.unavailable).toHaveLength(2);
});

describe('several projects', () => {
  const worlds = () => [smallWorld(), smallWorld(), smallWorld()];
  const QUESTION = `{ connections(first: 100) { totalCount nodes { endpointId cluster { region projectId } } ${UNAVAILABLE} } }`;

  test('are one list', async () => {
    const all = worlds();
    const { ask, calls } = await startProjectsGateway(all);
    const answer = await ask(QUESTION);
    expect(answer.errors).toBeUndefined();
    expect(endpointsOf(answer).toSorted()).toEqual(idsOf(all.flatMap(rowsOf)));
    expect(answer.data.connections).toMatchObject({ totalCount: 18, unavailable: [] });
    expect(calls()).toHaveLength(3 * 5);
  });

  test('`project` names one of them', async () => {
    const all = worlds();
    const { ask, calls } = await startProjectsGateway(all);
    const answer = await ask(
      '{ connections(project: { region: "ap-southeast-1", projectId: "p2" }) { totalCount nodes { endpointId } } }',
    );
    expect(endpointsOf(answer).toSorted()).toEqual(idsOf(rowsOf(all[2]!)));
    expect(calls()).toHaveLength(5);
  });

  test('one that is down is missing, with its clusters and its services', async () => {
    const all = worlds();
    const { ask, clouds } = await startProjectsGateway(all);
    clouds[1]!.fault({
      path: /^\/v1/,
      respond: { status: 403, body: { error_code: 'APIGW.0310', error_msg: 'no' } },
    });
    const answer = await ask(QUESTION);
    expect(endpointsOf(answer).toSorted()).toEqual(idsOf([all[0]!, all[2]!].flatMap(rowsOf)));
    expect(answer.data.connections.unavailable).toMatchObject([
      { projectId: 'p1', clusterId: null, serviceId: null, code: 'FORBIDDEN' },
      { projectId: 'p1', clusterId: null, serviceId: null, code: 'FORBIDDEN' },
    ]);
  });
});

describe('a cursor', () => {
  const page = (size: number, after?: string) =>
    `{ connections(first: ${size}${after ? `, after: "${after}"` : ''}) {
       nodes { endpointId ${PARENT} } pageInfo { endCursor } unavailable { clusterId } } }`;

  const halfway = async (world: World, size: number) => {
    const started = await gateway({ sandbox: { world } });
    const whole = await walk(started.ask, 1000);
    const first = await started.ask(page(size));
    return {
      ...started,
      whole,
      first: endpointsOf(first),
      after: first.data.connections.pageInfo.endCursor as string,
    };
  };

  test('continues after rows that came to an earlier parent', async () => {
    const world = createClustersWithServices(3, () => 5);
    const { ask, whole, first, after } = await halfway(world, 8);
    for (const { connections } of world.clusters) connections.unshift(makeClusterConnection());
    const rest = endpointsOf(await ask(page(100, after)));
    expect(rest.filter((id) => whole.includes(id))).toEqual(whole.slice(8));
    expect(rest.filter((id) => first.includes(id))).toEqual([]);
  });

  test('continues where its parent stood, when that is gone', async () => {
    const world = createClustersWithServices(3, () => 5);
    world.services = [];
    const { ask, whole, after } = await halfway(world, 8);
    const gone = world.clusters.find(({ connections }) => connections.some(({ id }) => id === whole[7]))!;
    world.clusters = world.clusters.filter((cluster) => cluster !== gone);
    expect(endpointsOf(await ask(page(100, after)))).toEqual(whole.slice(10));
  });

  test('continues with the next parent while its own cannot be read, and is in its place when it can again', async () => {
    const world = createClustersWithServices(3, () => 5);
    world.services = [];
    const { ask, sandbox, whole, after } = await halfway(world, 8);
    const down = world.clusters.find(({ connections }) => connections.some(({ id }) => id === whole[7]))!;
    sandbox.fault({ path: new RegExp(down.id), times: 1, respond: { status: 403, body: {} } });
    const answer = await ask(page(100, after));
    expect(endpointsOf(answer)).toEqual(whole.slice(10));
    expect(answer.data.connections.unavailable).toEqual([{ clusterId: down.id }]);
    expect(endpointsOf(await ask(page(100, after)))).toEqual(whole.slice(8));
  });
});
