import { auditServer } from 'graphql-http';
import { parse } from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import type { FaultRule } from '../../../src/sandbox/server.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { CLUSTER, DETAIL } from '../../support/sample-operations.ts';
import { publishedOperations } from '../../support/docs.ts';
import { sandboxTabs } from '../../support/example-tabs.ts';
import { fileWith } from '../../support/projects-file.ts';
import {
  startDirectGateway,
  checkSame,
  checkSameOnce,
  startPair,
  query,
  type Question,
} from './gateway-pair.ts';

vi.mock('../../../src/graphql/fast-path/fast-path.ts', { spy: true });

const SERVICE = 'f0f5e5d7-d4e7-4294-84cb-f5a54315d7be';
const ONE = `cluster(clusterId: "${CLUSTER}")`;
const MISSING = 'cluster(clusterId: "nope")';
const WORKSPACE = { DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId };

const isQuery = (text: string) =>
  parse(text).definitions.some((one) => one.kind === 'OperationDefinition' && one.operation === 'query');

const published = (): Record<string, Question> => {
  const tabs = sandboxTabs.map(({ query: text, variables }) => ({
    text,
    variables: JSON.parse(variables) as object,
  }));
  const recipes = publishedOperations().map(({ text }) => ({ text, variables: {} }));
  const queries = [...tabs, ...recipes].filter(({ text }) => isQuery(text));
  return Object.fromEntries(queries.map(({ text, variables }) => [text, query(text, variables)]));
};

/** Questions that are answered directly, from the second time on. */
const QUESTIONS: Record<string, Record<string, Question>> = {
  'what the documentation and GraphiQL show': published(),
  documents: {
    anonymous: query(`{ ${ONE} { name } }`),
    aliases: query(`{ a: ${ONE} { x: name y: name } b: ${ONE} { x: status } }`),
    'aliases that JavaScript knows': query(
      `{ toString: ${ONE} { then: name hasOwnProperty: status constructor: id } }`,
    ),
    'one field several times': query(`{ ${ONE} { name } ${ONE} { name status } ${ONE} { ... { status } } }`),
    'a field and its type': query(`{ __typename ${ONE} { __typename name t: __typename } }`),
    'only the type': query('{ __typename }'),
    'fragments in fragments': query(
      `{ clusters { ...Page } } fragment Page on QueryClustersConnection { nodes { ...A ... on Node { __typename id } } }
       fragment A on Cluster { name ...B } fragment B on Cluster { connections(first: 1) { nodes { endpointId ... { status } } } }`,
    ),
    'an interface': query(
      'query ($id: ID!) { node(id: $id) { id __typename ... on Cluster { name } ... on Endpoint { endpointId } ...C } } fragment C on Cluster { status connections(first: 2) { totalCount } }',
      {
        id: Buffer.from(JSON.stringify([1, 'Cluster', SANDBOX.region, SANDBOX.projectId, CLUSTER])).toString(
          'base64url',
        ),
      },
    ),
    'deep nesting': query(
      '{ endpointServices(first: 3) { nodes { connections(first: 2) { nodes { endpointService { connections(first: 1) { nodes { endpointService { name } } } } } } } } }',
    ),
    'edges, cursors and pages': query(
      '{ clusters(first: 2) { edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount truncatedAt } }',
    ),
    'only totals': query(
      '{ clusters { totalCount } endpointServices { totalCount } endpoints { totalCount } }',
    ),
    'all kinds of leaves': query(
      `{ ${ONE} { name createdAt tags { key value } publicBandwidthMbits endpointAccess addresses instances { type volumeSizeGb } } endpointServices(first: 2) { nodes { createdAt ports { clientPort serverPort protocol } activeConnectionCount } } quotas { type used limit } }`,
    ),
    'what is in DataArts Insight': query(
      '{ dataSources { nodes { name port type updatedAt connectedInstance { id } endpointService { name } connection { status } } } insightInstances { nodes { name } } }',
    ),
    'characters of all kinds': query(
      String.raw`{ a: clusters(filter: { name: "žluť 🐎 \u2028 \\ \" \n ${'${1} `'}" }) { totalCount } b: clusters(filter: { name: """a "block" \n text""" }) { totalCount } }`,
    ),
    'comments and commas': query(`# why\n{ ${ONE}, { name,, status } } # end`),
  },
  variables: {
    given: query('query Q($n: Int) { clusters(first: $n) { nodes { name } } }', { n: 2 }),
    'left out': query('query Q($n: Int) { clusters(first: $n) { nodes { name } } }'),
    'null over a default': query('query Q($n: Int = 2) { clusters(first: $n) { nodes { name } } }', {
      n: null,
    }),
    'a default': query('query Q($n: Int = 2) { clusters(first: $n) { nodes { name } } }', {}),
    'more than are declared': query('query Q($n: Int) { clusters(first: $n) { nodes { name } } }', {
      n: 1,
      m: 2,
    }),
    'an enum alone for a list': query(
      'query Q($s: [ClusterStatus!] = [AVAILABLE]) { clusters(filter: { status: $s }) { nodes { name status } } }',
      { s: 'FAILED' },
    ),
    'a list of enums by default': query(
      'query Q($s: [ClusterStatus!] = [AVAILABLE]) { clusters(filter: { status: $s }) { nodes { name status } } }',
    ),
    'in a list': query(
      'query Q($s: ClusterStatus!) { clusters(filter: { status: [$s, AVAILABLE] }) { nodes { name status } } }',
      { s: 'FAILED' },
    ),
    'in an object, left out': query(
      'query Q($n: String, $s: [ClusterStatus!]) { clusters(filter: { name: $n, status: $s }) { nodes { name } } }',
    ),
    'a whole object': query('query Q($f: ClusterFilter) { clusters(filter: $f) { nodes { name } } }', {
      f: { name: 'o', status: ['AVAILABLE'], engine: null },
    }),
    'objects and lists within one another': query(
      `query Q($f: ConnectionFilter, $a: ConnectionStatus!, $o: ConnectionOrder) { ${ONE} {
        a: connections(filter: $f) { totalCount } b: connections(filter: { status: [$a] }, orderBy: $o) { nodes { endpointId } } } }`,
      {
        f: { status: 'ACCEPTED', domainId: null },
        a: 'ACCEPTED',
        o: { field: 'CREATED_AT', direction: 'DESC' },
      },
    ),
    'one key of several': query('query Q($by: EndpointServiceBy!) { endpointService(by: $by) { name } }', {
      by: { id: SERVICE },
    }),
    'a number for an id': query(
      'query Q($i: ID!) { a: cluster(clusterId: $i) { name } b: cluster(clusterId: 12) { name } }',
      { i: 5 },
    ),
    'a long text': query('query Q($n: String) { clusters(filter: { name: $n }) { nodes { name } } }', {
      n: '🐎\u2028\u0000"'.repeat(5_000),
    }),
  },
  'field failures': {
    'what is not there': query(`{ a: ${MISSING} { name } b: ${ONE} { name } }`),
    'a failure of one field in two places': query(`{ ${MISSING} { name }\n ${MISSING} { status } }`),
    'arguments that the gateway refuses': query(
      'query Q($n: Int) { clusters(first: $n) { nodes { name connections(first: -1) { totalCount } permissions(first: -1) { totalCount } } } a: cluster(clusterId: "../x") { name } }',
      { n: 3 },
    ),
    'first and last': query('query Q($n: Int) { clusters(first: $n, last: $n) { nodes { name } } }', {
      n: 3,
    }),
    'a cursor of nothing': query('{ clusters(after: "nothing") { nodes { name } } }'),
    'ids of nothing': query('{ a: node(id: "x") { id } b: node(id: "WzEsIkNsdXN0ZXIiXQ") { id } }'),
    'a wrong token': { ...query(`{ ${ONE} { name } }`), headers: { 'X-Auth-Token': 'wrong' } },
    'no token': { ...query(`{ ${ONE} { name } }`), headers: { 'X-Auth-Token': undefined } },
  },
  'what callers ask to be told': {
    cost: {
      ...query('{ clusters { nodes { name connections { totalCount } } } }'),
      headers: { 'X-Cost': '1' },
    },
    calls: { ...query('{ clusters { nodes { name } } }'), headers: { 'X-Explain': '2' } },
    'calls, of a failure': { ...query(`{ ${MISSING} { name } }`), headers: { 'X-Explain': '2' } },
  },
};

test.each(Object.entries(QUESTIONS))(
  'answers are the same with and without the fast path: %s',
  async (_, questions) => {
    const both = await startPair({ settings: WORKSPACE });
    for (const [about, question] of Object.entries(questions)) {
      // oxlint-disable-next-line no-await-in-loop -- calls are counted
      await checkSame(both, question, { about });
    }
  },
);

const LOTS = `{ clusters { totalCount unavailable { code } nodes { name connections(first: 2) { totalCount truncatedAt nodes { endpointId status markerId maxSessions } }
  permissions { nodes { permission } } endpointService { name } } } endpointServices(first: 3) { totalCount nodes { activeConnectionCount ports { clientPort } } } quotas { used limit } }`;
const ONE_LIST = new RegExp(`/clusters/${CLUSTER}/vpcepservice`);
const HUGE = 3_000_000_000;
const NO_CONNECTIONS = JSON.stringify({
  connections: [],
  total_count: 0,
  permissions: [],
  vpcepUpdateSwitch: true,
});

const FAULTS: { what: string; rule: FaultRule; settings?: Record<string, string>; code?: string }[] = [
  {
    what: 'a row that is refused',
    rule: { path: ONE_LIST, respond: { status: 403, body: { error_code: 'CSS.0010', error_msg: 'words' } } },
    code: 'FORBIDDEN',
  },
  {
    what: 'rows that are all refused',
    rule: { path: /vpcepservice/, respond: { status: 403, body: { error_code: 'CSS.0010' } } },
    code: 'FORBIDDEN',
  },
  {
    what: 'a row that fails',
    rule: { path: ONE_LIST, respond: { status: 503 } },
    code: 'UPSTREAM_UNAVAILABLE',
  },
  {
    what: 'a row of another shape',
    rule: { path: ONE_LIST, respond: { status: 200, body: { connections: [{}] } } },
    code: 'UPSTREAM_BAD_RESPONSE',
  },
  {
    what: 'a row that hangs',
    rule: { path: ONE_LIST, hang: 'before' },
    settings: { UPSTREAM_TIMEOUT_MS: '1000' },
    code: 'UPSTREAM_TIMEOUT',
  },
  {
    what: 'the end of the time',
    rule: { path: ONE_LIST, hang: 'before' },
    settings: { OPERATION_TIMEOUT_MS: '1500' },
    code: 'DEADLINE_EXCEEDED',
  },
  {
    what: 'a byte order mark before an answer',
    rule: { path: ONE_LIST, respond: { status: 200, body: `\ufeff${NO_CONNECTIONS}` } },
  },
  {
    what: 'a state that is no text',
    rule: { path: ONE_LIST, odd: { at: ['connections', 0, 'status'], value: null } },
  },
  {
    what: 'an error body under 200',
    rule: { path: ONE_LIST, refuse: { status: 200, shape: 'error { code }', code: 'CSS.0010' } },
    code: 'FORBIDDEN',
  },
  {
    what: 'a list that fails',
    rule: { path: /clusters\?/, respond: { status: 403, body: { errCode: 'CSS.0010' } } },
    code: 'FORBIDDEN',
  },
  {
    what: 'numbers that do not fit',
    rule: {
      path: /vpcepservice\/connections\?/,
      mutate: (body) => {
        for (const row of body.connections ?? []) row.maxSession = HUGE;
        return body;
      },
    },
  },
  {
    what: 'totals that do not fit',
    rule: {
      path: /vpc-endpoint-services\?/,
      mutate: (body) => {
        for (const row of body.endpoint_services) row.connection_count = HUGE;
        return { ...body, total_count: HUGE };
      },
    },
  },
  {
    what: 'fractions where whole numbers belong',
    rule: {
      path: /quotas/,
      mutate: (body) => {
        for (const row of body.quotas.resources) row.used = 1.5;
        return body;
      },
    },
  },
];

test.each(FAULTS)(
  'errors are the same with and without the fast path: $what',
  async ({ rule, settings = {}, code }) => {
    const both = await startPair({ settings });
    both.direct.sandbox.fault(rule);
    const body = await checkSame(both, query(LOTS));
    if (code !== undefined) expect(body).toContain(`"code":"${code}"`);
  },
);

test('the call limit is the same with and without the fast path', async () => {
  const both = await startPair({ settings: { UPSTREAM_CALL_LIMIT: '5' } });
  expect(await checkSame(both, query(LOTS))).toContain('"code":"UPSTREAM_CALL_LIMIT"');
});

const SIZED =
  'query Q($n: Int, $s: [ClusterStatus!], $t: String) { clusters(first: $n, filter: { status: $s, name: $t }) { nodes { connections(first: $n) { nodes { endpointId } } } } }';

test('what is over a limit by its variables alone is refused also where it was compiled', async () => {
  const both = await startPair({
    settings: { MAX_COST: '100', MAX_LIST_LENGTH: '3', MAX_VARIABLES_BYTES: '200' },
  });
  const text = query(SIZED, { n: 2 });
  await checkSame(both, text);
  const refused = [
    { n: 50 },
    { n: 2, s: ['FAILED', 'FAILED', 'FAILED', 'FAILED'] },
    { n: 2, t: 'x'.repeat(300) },
  ];
  for (const variables of refused) {
    // oxlint-disable-next-line no-await-in-loop -- calls are counted
    expect(await checkSame(both, query(SIZED, variables), { directly: false })).toContain(
      'QUERY_TOO_COMPLEX',
    );
  }
  await checkSame(both, text);
});

/** Each on a document that was compiled with fitting variables before. */
const UNFIT: { type: string; fits: unknown; unfit: unknown[]; field: string }[] = [
  {
    type: 'Int',
    fits: 1,
    unfit: ['1', 1.5, 3e9, true, [1], {}],
    field: 'clusters(first: $v) { totalCount }',
  },
  { type: 'Int!', fits: 1, unfit: [null, undefined], field: 'clusters(first: $v) { totalCount }' },
  {
    type: 'String',
    fits: 'a',
    unfit: [1, true, ['a'], {}],
    field: 'clusters(filter: { name: $v }) { totalCount }',
  },
  { type: 'ID!', fits: 'a', unfit: [1.5, true, {}, ['a'], null], field: 'cluster(clusterId: $v) { name }' },
  {
    type: '[ClusterStatus!]',
    fits: ['FAILED'],
    unfit: ['failed', [null], [['FAILED']], [1], { 0: 'FAILED' }, ['__proto__'], ['toString']],
    field: 'clusters(filter: { status: $v }) { totalCount }',
  },
  {
    type: 'ClusterFilter',
    fits: { name: 'a' },
    unfit: ['a', 1, [{ name: 'a' }], { nothing: 1 }, { name: 1 }, { status: [null] }],
    field: 'clusters(filter: $v) { totalCount }',
  },
  {
    type: 'ConnectionOrder',
    fits: { field: 'CREATED_AT', direction: 'ASC' },
    unfit: [{ field: 'CREATED_AT' }, { field: null, direction: 'ASC' }, {}],
    field: `${ONE} { connections(orderBy: $v) { totalCount } }`,
  },
  {
    type: 'EndpointServiceBy!',
    fits: { id: SERVICE },
    unfit: [{}, { id: null }, { name: 1 }],
    field: 'endpointService(by: $v) { name }',
  },
];

test.each(UNFIT)(
  'variables that are no $type are refused in the same words',
  async ({ type, fits, unfit, field }) => {
    const both = await startPair();
    const text = `query Q($v: ${type}) { ${field} }`;
    await checkSame(both, query(text, { v: fits }));
    for (const v of unfit) {
      // oxlint-disable-next-line no-await-in-loop -- calls are counted
      const body = await checkSame(both, query(text, { v }), { directly: false, about: JSON.stringify(v) });
      expect(body).toContain('BAD_USER_INPUT');
    }
  },
);

test('several operations of one document are told apart', async () => {
  const both = await startPair();
  const text = `query A { ...Root } query B { ...Root b: ${ONE} { status } } fragment Root on Query { ${ONE} { name } }`;
  await checkSame(both, query(text, {}, 'A'));
  await checkSame(both, query(text, {}, 'B'));
  for (const name of ['C', '', undefined]) {
    // oxlint-disable-next-line no-await-in-loop -- calls are counted
    const body = await checkSame(both, query(text, {}, name), { directly: false });
    expect(body).toContain('BAD_USER_INPUT');
  }
});

const OWN = { region: SANDBOX.region, projectId: SANDBOX.projectId };
const idOf = (type: string, ...parts: string[]) =>
  Buffer.from(JSON.stringify([1, type, OWN.region, OWN.projectId, ...parts])).toString('base64url');

const REPRESENTATIONS: Record<string, readonly unknown[]> = {
  none: [],
  'one by its natural key': [{ __typename: 'Cluster', ...OWN, clusterId: CLUSTER }],
  'several, with what cannot be read': [
    { __typename: 'Cluster', ...OWN, clusterId: CLUSTER },
    { __typename: 'Cluster', id: 'nothing' },
    { __typename: 'Cluster', ...OWN, clusterId: 'not-there' },
    { __typename: 'Cluster', ...OWN, clusterId: CLUSTER },
    // An id of another type. Errors of two services would come in any order.
    { __typename: 'EndpointService', id: idOf('Cluster', 'not-there') },
  ],
  'nothing that is known': [
    { __typename: 'Nothing' },
    { __typename: 'Nothing' },
    { id: 3 },
    null,
    [],
    'x',
    1,
  ],
  'names of the language': [{ __typename: '__proto__' }, { __typename: 'constructor' }, { __proto__: null }],
};

test.each(Object.entries(REPRESENTATIONS))('entities are the same: %s', async (_, of) => {
  const both = await startPair();
  const text =
    'query Q($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Cluster { id name connections(first: 2) { totalCount } } ... on EndpointService { label } } }';
  const refused = of.some((one) => one === null);
  await checkSame(both, query(text, { of }), { directly: !refused });
});

test.each([
  { what: 'none', ids: [] },
  {
    what: 'of several types',
    ids: [idOf('Cluster', CLUSTER), idOf('Permission', 'cluster', CLUSTER, 'x')],
  },
  { what: 'wrong ones', ids: ['x', 'y', idOf('Cluster', CLUSTER), ''] },
])('nodes are the same: $what', async ({ ids }) => {
  const both = await startPair();
  const text =
    'query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Cluster { name connections(first: 2) { totalCount } } } }';
  await checkSame(both, query(text, { ids }));
});

/** Requests that the fast path leaves to Yoga. */
const LEFT: Record<string, Question> = {
  introspection: query('{ __schema { queryType { name } } }'),
  'the published schema': query('{ _service { sdl } }'),
  'a field that cannot be null': query('{ projects { region } }'),
  'a query in the URL': { body: '', line: 'GET /graphql?query=%7B__typename%7D' },
  'a document that does not parse': query('{'),
  'an unknown field, with a name like another': query('{ clusterz { totalCount } }'),
  'a persisted operation that nobody knows': {
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } },
  },
};

test('what is never compiled is answered as it always was', async () => {
  const both = await startPair();
  for (const [about, question] of Object.entries(LEFT)) {
    // oxlint-disable-next-line no-await-in-loop -- calls are counted
    await checkSame(both, question, { directly: false, about });
  }
});

const TEXT = `{ ${ONE} { name } }`;
const JSON_TEXT = JSON.stringify({ query: TEXT });
const QUOTED = JSON.stringify(TEXT);

const BODIES: { what: string; body: string | Buffer; directly?: boolean }[] = [
  { what: 'with nulls', body: `{"query":${QUOTED},"variables":null,"operationName":null}`, directly: true },
  { what: 'with blanks', body: `\r\n\t ${JSON_TEXT} \n`, directly: true },
  { what: 'with the query twice', body: `{"query":"{ nothing }","query":${QUOTED}}`, directly: true },
  { what: 'with the query twice, the last one wrong', body: `{"query":${QUOTED},"query":"{ nothing }"}` },
  { what: 'with a byte order mark', body: `\uFEFF${JSON_TEXT}` },
  { what: 'with extensions', body: `{"query":${QUOTED},"extensions":{}}` },
  { what: 'with extensions that are no object', body: `{"query":${QUOTED},"extensions":7}` },
  { what: 'with something unknown', body: `{"query":${QUOTED},"more":1}` },
  { what: 'with a prototype', body: `{"query":${QUOTED},"__proto__":{"operationName":"X"}}` },
  { what: 'with a query that is a number', body: '{"query":7}' },
  { what: 'with a query that is null', body: '{"query":null}' },
  { what: 'with variables that are a list', body: `{"query":${QUOTED},"variables":[]}` },
  { what: 'with variables that are a text', body: `{"query":${QUOTED},"variables":"{}"}` },
  { what: 'with an operation name that is a number', body: `{"query":${QUOTED},"operationName":7}` },
  { what: 'that is a list', body: `[${JSON_TEXT}]` },
  { what: 'that is null', body: 'null' },
  { what: 'that is cut off', body: JSON_TEXT.slice(0, -1) },
  { what: 'that is empty', body: '' },
  {
    what: 'that is no UTF-8',
    body: Buffer.from([...Buffer.from('{"query":"{ __typename }#'), 0xff, 0xfe, 0x22, 0x7d]),
    directly: true,
  },
];

test('bodies of all kinds are read the same way, also where the query was compiled before', async () => {
  const both = await startPair();
  await checkSame(both, query(TEXT));
  for (const { what, body, directly = false } of BODIES) {
    // oxlint-disable-next-line no-await-in-loop -- calls are counted
    await checkSame(both, { body }, { directly, about: `a body ${what}` });
  }
});

const DIRECT_TYPES = [
  undefined,
  '*/*',
  'application/json',
  'application/json, text/plain, */*',
  'application/graphql-response+json',
  'application/graphql-response+json,application/json;q=0.9',
  'application/graphql-response+json, application/json;q=0.9',
  'application/graphql-response+json, application/json',
];

const OTHER_TYPES = [
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/json;q=0.5, application/graphql-response+json',
  'application/*',
  'text/html',
  'text/html, */*;q=0.1',
  'application/xml',
  'nonsense',
];

test.each([
  { what: 'an answer', question: query(TEXT) },
  { what: 'a failure of a field', question: query(`{ ${MISSING} { name } }`) },
])('$what has the same type, whatever the caller accepts', async ({ question }) => {
  const both = await startPair();
  for (const Accept of [...DIRECT_TYPES, ...OTHER_TYPES]) {
    const directly = DIRECT_TYPES.includes(Accept);
    // oxlint-disable-next-line no-await-in-loop -- calls are counted
    await checkSame(both, { ...question, headers: { Accept } }, { directly, about: Accept ?? 'no Accept' });
  }
  await checkSame(both, { ...question, headers: { Accept: '' } }, { about: 'an empty Accept' });
});

test('the type of a body may say how it is encoded', async () => {
  const both = await startPair();
  for (const type of [
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json;charset=latin1',
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- calls are counted
    await checkSame(both, { ...query(TEXT), headers: { 'Content-Type': type } }, { about: type });
  }
  await checkSame(both, { ...query(TEXT), headers: { 'Content-Type': 'text/plain' } }, { directly: false });
});

test('parameters in the URL of a POST count on neither way', async () => {
  const both = await startPair();
  await checkSame(both, { ...query(TEXT), line: 'POST /graphql?query=%7Bnothing%7D&operationName=X' });
});

test('in production nothing is proposed, and introspection stays off', async () => {
  const both = await startPair({ settings: { NODE_ENV: 'production' } });
  await checkSame(both, query(TEXT));
  await checkSame(both, query('{ clusterz { name } }'), { directly: false });
  await checkSame(both, query('{ __schema { queryType { name } } }'), { directly: false });
  await checkSame(
    both,
    query('query Q($s: ClusterStatus) { clusters(filter: { status: [$s] }) { totalCount } }', {
      s: 'FAILEDD',
    }),
    { directly: false },
  );
});

test('beside registered operations, other texts are answered the same way', async () => {
  const sha256 = '5d41402abc4b2a76b9719d911017c592';
  const both = await startPair({
    settings: { PERSISTED_OPERATIONS: fileWith(JSON.stringify({ [sha256]: TEXT })) },
  });
  const named = { body: { extensions: { persistedQuery: { version: 1, sha256Hash: sha256 } } } };
  await checkSame(both, named, { directly: false });
  await checkSame(both, query(TEXT), { directly: true });
  await checkSame(both, named, { directly: false });
});

test('the gateway passes every audit of GraphQL over HTTP also where all of it was asked before', async () => {
  const { url, taken } = await startDirectGateway();
  for (let time = 1; time <= 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const results = await auditServer({ url: `${url}/graphql` });
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
  }
  expect(await taken()).toBeGreaterThan(20);
});

describe('what a compiler can get wrong', () => {
  /** Makes the text of a literal code, where whoever compiles it does not look. */
  const DATE = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
  const NOT_A_NUMBER = '__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8';
  const escaped = (text: string) => text.replaceAll('_', String.raw`\u005f`);

  test.each([
    { what: 'as it is', text: `${DATE}globalThis.ranFromQuery=1` },
    { what: 'escaped', text: escaped(`${DATE}globalThis.ranFromQuery=1`) },
    { what: 'that stands for a number', text: NOT_A_NUMBER },
  ])('a text in a query is never run: $what', async ({ text }) => {
    const both = await startPair();
    const question = query(`{ clusters(filter: { name: "${text}" }) { totalCount } }`);
    try {
      for (let time = 1; time <= 3; time += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
        const { data } = await both.direct.ask((question.body as { query: string }).query);
        expect.soft(data).toEqual({ clusters: { totalCount: 0 } });
      }
      expect(globalThis).not.toHaveProperty('ranFromQuery');
    } finally {
      Reflect.deleteProperty(globalThis, 'ranFromQuery');
    }
  });

  /** Each is asked with all its variables in turn, on one pair of gateways. Which way it goes is not the point. */
  const TRICKY: Record<string, Question[]> = {
    'the place of a field that is left out the first time': [true, false].map((x) =>
      query(`query Q($x: Boolean!) { ${ONE} { name @skip(if: $x) status name } }`, { x }),
    ),
    'a fragment that is left out once and not again': [true, false].map((x) =>
      query(
        `query Q($x: Boolean!) { ${ONE} { ...F @include(if: $x) ...F } } fragment F on Cluster { name }`,
        { x },
      ),
    ),
    'a fragment in two places, on two conditions': [
      { a: false, b: true },
      { a: true, b: false },
      { a: true, b: true },
      { a: false, b: false },
    ].map((conditions) =>
      query(
        `query Q($a: Boolean!, $b: Boolean!) { x: ${ONE} { id ...F @include(if: $a) } y: ${ONE} { id ...F @include(if: $b) } } fragment F on Cluster { name connections(first: 1) @skip(if: $a) { totalCount } }`,
        conditions,
      ),
    ),
    'a fragment in two operations, on two conditions': [
      query(
        `query A($a: Boolean!) { ${ONE} { id ...F @include(if: $a) } } query B { ${ONE} { ...F } } fragment F on Cluster { name }`,
        { a: true },
        'A',
      ),
      query(
        `query A($a: Boolean!) { ${ONE} { id ...F @include(if: $a) } } query B { ${ONE} { ...F } } fragment F on Cluster { name }`,
        {},
        'B',
      ),
    ],
    'conditions that are told in the document': [
      query(
        `{ ${ONE} { name @skip(if: true) status @include(if: true) id @include(if: false) @skip(if: false) } }`,
      ),
    ],
    'a condition on a whole answer': [true, false].map((x) =>
      query(
        `query Q($x: Boolean = false) { ${ONE} @include(if: $x) { name } ... @skip(if: $x) { quotas { used } } }`,
        { x },
      ),
    ),
    'names that join to the same': [
      query(
        `{ x_y: clusters(first: 2) { nodes { name } } y: ${ONE} { x: connections(first: 1) { totalCount } } }`,
      ),
      query(
        `{ connections_it: clusters(first: 2) { nodes { name } } it: ${ONE} { connections(first: 1) { totalCount } } }`,
      ),
    ],
    'an alias that is a prototype': [
      query(`{ ${ONE} { name __proto__: status id } }`),
      query(`{ ${ONE} { __proto__: connections(first: 1) { totalCount } name } }`),
    ],
    'a variable that is a prototype': [
      {
        body: '{"query":"query Q($__proto__: Int) { clusters(first: $__proto__) { nodes { name } } }","variables":{"__proto__":2}}',
      },
    ],
    'variables with names that JavaScript knows': [
      query(
        'query Q($hasOwnProperty: Int, $toString: Int) { clusters(first: $hasOwnProperty, last: $toString) { nodes { name } } }',
        { hasOwnProperty: 2 },
      ),
    ],
    'nothing where something has to be': [
      query('query Q($i: ID = "x") { cluster(clusterId: $i) { name } }'),
      query('query Q($i: ID = "x") { cluster(clusterId: $i) { name } }', { i: null }),
    ],
    'a default where something has to be': [
      query('query Q($n: Int! = 2) { clusters(first: $n) { nodes { name } } }'),
      query('query Q($n: Int! = 2) { clusters(first: $n) { nodes { name } } }', { n: null }),
    ],
    'a list for an object': [
      query('query Q($f: ClusterFilter) { clusters(filter: $f) { totalCount } }', { f: {} }),
      query('query Q($f: ClusterFilter) { clusters(filter: $f) { totalCount } }', { f: [] }),
    ],
    'two keys where one is to be given': [
      query('query Q($by: EndpointServiceBy!) { endpointService(by: $by) { name } }', {
        by: { id: SERVICE },
      }),
      query('query Q($by: EndpointServiceBy!) { endpointService(by: $by) { name } }', {
        by: { id: SERVICE, name: 'x' },
      }),
      query('query Q($by: EndpointServiceBy!) { endpointService(by: $by) { name } }', {
        by: { id: SERVICE, name: null },
      }),
    ],
    'a key of several that is a variable': [
      query('query Q($id: ID!) { endpointService(by: { id: $id }) { name } }', { id: SERVICE }),
    ],
    'a value in a list that is left out': [
      query('query Q($s: ClusterStatus = FAILED) { clusters(filter: { status: [$s] }) { totalCount } }'),
      query('query Q($s: ClusterStatus = FAILED) { clusters(filter: { status: [$s] }) { totalCount } }', {
        s: null,
      }),
    ],
    'the name of an operation that is the start of another text': [
      query(`query A { ${ONE} { name } }`),
      query(`{ ${ONE} { name } }`, {}, 'query A'),
    ],
  };

  test.each(Object.entries(TRICKY))('%s', async (_, questions) => {
    const both = await startPair();
    for (const question of questions) {
      for (let time = 1; time <= 3; time += 1) {
        /* oxlint-disable no-await-in-loop -- one after the other is the point */
        await checkSameOnce(both, question);
        /* oxlint-enable no-await-in-loop */
      }
    }
  });

  test('the detail that is read for one field is not what another asked for', async () => {
    const both = await startPair();
    both.direct.sandbox.fault({ path: DETAIL, respond: { status: 404, body: {} } });
    await checkSame(both, query(`{ ${ONE} { name endpointIpv4 } clusters { nodes { endpointIpv4 } } }`));
  });
});
