import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../../support/writes.ts';

const V1 = `/v1/${SANDBOX.projectId}`;
const TAGS = 'tags { key value }';
const PAYLOAD = `endpoints { endpointId ${TAGS} } endpointServices { serviceId ${TAGS} } userErrors { code message field }`;
const ADD = `mutation ($input: AddTagsInput!) { addTags(input: $input) { ${PAYLOAD} } }`;
const REMOVE = `mutation ($input: RemoveTagsInput!) { removeTags(input: $input) { ${PAYLOAD} } }`;

const tag = (text: string) => {
  const [key = '', value = ''] = text.split('=');
  return { key, value };
};

const LETTERS = ['a', 'b', 'c', 'd', 'e'];
/** Tags of five services and five endpoints, the first one newest. */
const TAGGED = [['team=net', 'stage=prod'], ['team=net'], ['team=data', 'stage=prod'], [], ['stage=test']];

const worldOf = (): World => {
  const world = emptyWorld();
  for (const [at, letter] of LETTERS.entries()) {
    const tags = TAGGED[at]!.map(tag);
    const created_at = `2026-01-0${9 - at}T00:00:00Z`;
    const service = makeService({
      id: `s-${letter}`,
      service_name: `x.${letter}.s-${letter}`,
      created_at,
      tags,
    });
    const connection = makeServiceConnection({ id: `e-${letter}`, created_at });
    service.connections.push(connection);
    world.services.push(service);
    world.endpoints.push(makeEndpoint(connection, service, { tags, vpc_id: `v-${at % 2}` }));
  }
  return world;
};

const setUp = (settings: Record<string, string> = {}) =>
  gateway({ sandbox: { world: worldOf(), lagMs: 0 }, settings });

const FILTERS = [
  { what: 'a key', tags: [{ key: 'team' }], letters: 'abc' },
  { what: 'a key with no values', tags: [{ key: 'team', values: [] }], letters: 'abc' },
  { what: 'a value', tags: [{ key: 'team', values: ['net'] }], letters: 'ab' },
  { what: 'one of two values', tags: [{ key: 'stage', values: ['prod', 'test'] }], letters: 'ace' },
  { what: 'two keys', tags: [{ key: 'team' }, { key: 'stage', values: ['prod'] }], letters: 'ac' },
  { what: 'a key that nothing has', tags: [{ key: 'owner' }], letters: '' },
  { what: 'no condition', tags: [], letters: 'abcde' },
];

const LISTS = [
  { list: 'endpointServices', id: 'serviceId', type: 'endpoint_service', filter: 'EndpointServiceFilter' },
  { list: 'endpoints', id: 'endpointId', type: 'endpoint', filter: 'EndpointFilter' },
];

test.each(LISTS.flatMap((list) => FILTERS.map((filter) => ({ ...list, ...filter }))))(
  '$list are filtered by $what',
  async ({ list, id, type, filter, tags, letters }) => {
    const { ask, sandbox } = await setUp();
    const text = `query ($filter: ${filter}) { ${list}(filter: $filter) { totalCount nodes { ${id} } } }`;
    const { data, errors } = await ask(text, { filter: { tags } });
    expect(errors).toBeUndefined();
    const ids = data[list].nodes.map((node: Record<string, string>) => node[id]!.slice(2));
    expect({ letters: ids.join(''), total: data[list].totalCount }).toEqual({
      letters,
      total: letters.length,
    });
    const queries = sandbox.calls.filter(({ method }) => method === 'POST');
    expect(queries.map(({ path }) => path)).toEqual(
      tags.length === 0 ? [] : [`${V1}/${type}/resource_instances/action`],
    );
    expect(sandbox.calls.length).toBeLessThanOrEqual(2);
  },
);

test('tags combine with other conditions, orders, pages and counts', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(`{
    byName: endpointServices(filter: { tags: [{ key: "team" }], name: "S-B" }) { totalCount nodes { serviceId } }
    byState: endpointServices(filter: { tags: [{ key: "team" }], status: [FAILED] }) { totalCount }
    oldest: endpointServices(filter: { tags: [{ key: "team" }] }, orderBy: { field: CREATED_AT, direction: ASC }, first: 2) {
      totalCount nodes { serviceId } pageInfo { hasNextPage endCursor } }
    last: endpoints(filter: { tags: [{ key: "team" }] }, last: 1) { nodes { endpointId } }
    byVpc: endpoints(filter: { tags: [{ key: "team" }], vpcId: "v-0" }) { totalCount nodes { endpointId } }
  }`);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    byName: { totalCount: 1, nodes: [{ serviceId: 's-b' }] },
    byState: { totalCount: 0 },
    oldest: {
      totalCount: 3,
      nodes: [{ serviceId: 's-c' }, { serviceId: 's-b' }],
      pageInfo: { hasNextPage: true },
    },
    last: { nodes: [{ endpointId: 'e-c' }] },
    byVpc: { totalCount: 2, nodes: [{ endpointId: 'e-a' }, { endpointId: 'e-c' }] },
  });
  // Each query by tags, and each list, once.
  expect(sandbox.calls).toHaveLength(4);
  const rest = await ask(
    `query ($after: String!) { endpointServices(filter: { tags: [{ key: "team" }] },
       orderBy: { field: CREATED_AT, direction: ASC }, after: $after) { nodes { serviceId } } }`,
    { after: data.oldest.pageInfo.endCursor },
  );
  expect(rest.data.endpointServices.nodes).toEqual([{ serviceId: 's-a' }]);
});

test('a count alone is one call with one row', async () => {
  const { ask, sandbox } = await setUp();
  const { data } = await ask('{ endpoints(filter: { tags: [{ key: "team" }] }) { totalCount } }');
  expect(data.endpoints.totalCount).toBe(3);
  expect(sandbox.calls.map(({ body }) => JSON.parse(body))).toEqual([
    { action: 'filter', limit: '1', offset: '0', tags: [{ key: 'team', values: [] }] },
  ]);
});

test('the query by tags is repeated after a temporary failure, as every read is', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({ method: 'POST', path: /resource_instances/, respond: { status: 503 }, times: 1 });
  const { data, errors } = await ask('{ endpoints(filter: { tags: [{ key: "team" }] }) { totalCount } }');
  expect(errors).toBeUndefined();
  expect(data.endpoints.totalCount).toBe(3);
  expect(sandbox.calls).toHaveLength(2);
});

test('a resource that is gone when it is read is left out', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({
    path: /resource_instances/,
    mutate: (body: { resources: object[]; total_count: number }) => ({
      resources: [...body.resources, { resource_id: 'gone' }],
      total_count: body.total_count + 1,
    }),
  });
  const { data, errors } = await ask(
    '{ endpoints(filter: { tags: [{ key: "team" }] }) { totalCount nodes { endpointId } } }',
  );
  expect(errors).toBeUndefined();
  expect(data.endpoints).toEqual({
    totalCount: 3,
    nodes: ['a', 'b', 'c'].map((letter) => ({ endpointId: `e-${letter}` })),
  });
});

test.each([
  ['[{ key: "" }]', '`filter.tags.0.key` must be'],
  ['[{ key: "a" }, { key: "a" }]', '`filter.tags` must name each key once.'],
  [
    `[${Array.from({ length: 11 }, (_, at) => `{ key: "k${at}" }`).join(' ')}]`,
    '`filter.tags` must have 1 to 10',
  ],
  [
    `[{ key: "a", values: [${Array.from({ length: 11 }, (_, at) => `"${at}"`).join(' ')}] }]`,
    '`filter.tags.0.values` must have 0 to 10 items.',
  ],
])('the filter %s is refused before any call', async (tags, message) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(`{ endpoints(filter: { tags: ${tags} }) { totalCount } }`);
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test('the tags in use are read once for each kind', async () => {
  const { ask, calls } = await setUp();
  const { data, errors } = await ask(
    `{ a: usedTags(resourceType: ENDPOINT) { key values } b: usedTags(resourceType: ENDPOINT) { key }
       c: usedTags(resourceType: ENDPOINT_SERVICE) { key } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.a).toEqual([
    { key: 'team', values: ['net', 'data'] },
    { key: 'stage', values: ['prod', 'test'] },
  ]);
  expect(calls()).toEqual([`GET ${V1}/endpoint/tags`, `GET ${V1}/endpoint_service/tags`]);
});

test('tags are added to several resources, one call each, and read together', async () => {
  const { ask, sandbox } = await setUp();
  const tags = [{ key: 'team', value: 'new' }, { key: 'note' }];
  const resources = [{ serviceId: 's-a' }, { endpointId: 'e-d' }, { endpointId: 'e-a' }];
  const { data, errors } = await ask(ADD, { input: { resources, tags } });
  expect(errors).toBeUndefined();
  const body = { action: 'create', tags: [tags[0], { key: 'note', value: '' }] };
  expect(listWrites(sandbox)).toEqual([
    [`POST ${V1}/endpoint_service/s-a/tags/action`, body],
    [`POST ${V1}/endpoint/e-d/tags/action`, body],
    [`POST ${V1}/endpoint/e-a/tags/action`, body],
  ]);
  const added = ['team=new', 'note='].map(tag);
  expect(data.addTags).toEqual({
    endpoints: [
      { endpointId: 'e-d', tags: added },
      { endpointId: 'e-a', tags: [tag('stage=prod'), ...added] },
    ],
    endpointServices: [{ serviceId: 's-a', tags: [tag('stage=prod'), ...added] }],
    userErrors: [],
  });
  expect(sandbox.calls.filter(({ method }) => method === 'GET')).toHaveLength(2);
});

test('tags are removed by key, or by key and value', async () => {
  const { ask, sandbox } = await setUp();
  const tags = [{ key: 'team', value: 'data' }, { key: 'stage' }];
  const resources = [{ endpointId: 'e-a' }, { endpointId: 'e-c' }];
  const { data } = await ask(REMOVE, { input: { resources, tags } });
  expect(listWrites(sandbox).map(([, body]) => body)).toEqual(
    resources.map(() => ({ action: 'delete', tags: [{ key: 'team', value: 'data' }, { key: 'stage' }] })),
  );
  expect(data.removeTags).toMatchObject({
    endpoints: [
      { endpointId: 'e-a', tags: [tag('team=net')] },
      { endpointId: 'e-c', tags: [] },
    ],
    userErrors: [],
  });
});

test('a resource that refuses is told with its place, and the others are changed', async () => {
  const { ask } = await setUp();
  const resources = [{ endpointId: 'none' }, { endpointId: 'e-a' }, { serviceId: 's-b' }];
  const tags = Array.from({ length: 9 }, (_, at) => ({ key: `k${at}` }));
  const { data, errors } = await ask(ADD, { input: { resources, tags } });
  expect(errors).toBeUndefined();
  expect(data.addTags.userErrors).toMatchObject([
    { code: 'NOT_FOUND', field: ['input', 'resources', '0'] },
    { code: 'QUOTA_EXCEEDED', field: ['input', 'resources', '1'] },
  ]);
  expect(data.addTags).toMatchObject({ endpoints: [], endpointServices: [{ serviceId: 's-b' }] });
});

test.each([
  [{ resources: [] }, '`input.resources` must have 1 to 50 items.'],
  [
    { resources: [{ endpointId: 'a' }, { endpointId: 'a' }] },
    '`input.resources` must name each resource once.',
  ],
  [{ resources: [{ endpointId: 'a/b' }] }, '`input.resources.0.endpointId` must be'],
  [{ tags: [] }, '`input.tags` must have 1 to 20 items.'],
  [{ tags: [{ key: '' }] }, '`input.tags` must have keys'],
  [{ tags: [{ key: 'a' }, { key: 'a', value: 'b' }] }, '`input.tags` must name each key once.'],
])('%j is refused before any call', async (wrong, message) => {
  for (const text of [ADD, REMOVE]) {
    // oxlint-disable-next-line no-await-in-loop -- two gateways would be no quicker
    const { ask, sandbox } = await setUp();
    // oxlint-disable-next-line no-await-in-loop
    const { errors } = await ask(text, {
      input: { resources: [{ endpointId: 'e-a' }], tags: [{ key: 'k' }], ...wrong },
    });
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(sandbox.calls).toEqual([]);
  }
});

const BOTH = [
  { name: 'addTags', text: ADD, tags: [{ key: 'k', value: 'v' }] },
  { name: 'removeTags', text: REMOVE, tags: [{ key: 'team' }] },
];

test.each(UNCLEAR.flatMap((one) => BOTH.map((change) => ({ ...one, ...change }))))(
  'after $what, $name was sent once; a repeat with the key tells whether the tags show it',
  async ({ fault, name, text, tags }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '400' });
    const resources = [{ endpointId: 'e-a' }, { serviceId: 's-a' }];
    sandbox.fault({ method: 'POST', path: /./, ...fault });
    const change = async () => {
      const { data } = await ask(text, { input: { resources, tags, idempotencyKey: 'k' } });
      return data[name].userErrors;
    };
    expect(await change()).toMatchObject([
      { code: 'INDETERMINATE', field: ['input', 'resources', '0'] },
      { field: ['input', 'resources', '1'] },
    ]);
    // After a call without an answer, the next one is not sent.
    expect(listWrites(sandbox)).toHaveLength(1);
    sandbox.clearFaults();
    const left = (await change()).map(({ code }: { code: string }) => code);
    expect(left.includes('INDETERMINATE')).toBe(fault.reset !== 'after');
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);
