import { expect, test } from 'vitest';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { readCpuMs, adjustLimit } from '../../support/cpu.ts';
import { gateway, type TestGateway, type TestOptions } from '../../support/gateway.ts';

/** Of the thread, cold and beside other tests: no request may hold the others up for longer. */
const MOST_CPU_MS = 100;

// With a token, so that a call upstream would really be made.
const GRAPHQL = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json',
  'x-auth-token': SANDBOX.token,
};

const times = (count: number, text: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');
const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `id-${at}`);

interface Sent {
  query: string;
  variables?: unknown;
  operationName?: string;
}

const send = async ({ url }: TestGateway, sent: Sent, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...GRAPHQL, ...headers },
    body: JSON.stringify(sent),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, any> }; // oxlint-disable-line typescript/no-explicit-any
};

const CLUSTER = 'cluster(clusterId: "c")';
const nestedPairs = (depth: number): string =>
  depth === 0 ? 'id' : `endpointService { ${nestedPairs(depth - 1)} } `.repeat(2);
const laughing = (count: number, below: (at: number) => string): string =>
  `{ ...f0 } ${times(count, (at) => `fragment f${at} on Query { ${below(at + 1)} }`)} ` +
  `fragment f${count} on Query { __typename }`;
const nestedJson = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const ENTITIES = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';

const HOSTILE: { what: string; says: RegExp; query: string; variables?: string; name?: string }[] = [
  {
    what: 'ten thousand fields',
    says: /more than 5,000 tokens.*5,000.*MAX_TOKENS/,
    query: `{ ${times(10_000, () => '__typename')} }`,
  },
  {
    what: '100,000 blank lines before many mistakes',
    says: /more than 5,000 lines/,
    query: `{ ${'\n'.repeat(100_000)} ${times(40, (at) => `c${at}`)} }`,
  },
  {
    what: 'a comment on each of 60,000 lines',
    says: /lines/,
    query: `${'#\r'.repeat(60_000)}{ __typename }`,
  },
  {
    what: 'fields as deep as tokens go',
    says: /brackets in one another/,
    query: `${'{ a '.repeat(1_600)}${'}'.repeat(1_600)}`,
  },
  {
    what: 'thousands of equal fields',
    says: /pairs of fields/,
    query: `{ ${times(4_900, () => '__typename')} }`,
  },
  {
    what: 'hundreds of equal fields with arguments',
    says: /pairs of fields/,
    query: `{ ${times(400, () => `${CLUSTER} { name }`)} }`,
  },
  {
    what: 'equal pairs within equal pairs',
    says: /pairs of fields/,
    query: `{ ${CLUSTER} { ${nestedPairs(9)} } }`,
  },
  {
    what: 'fragments that spread the next one twice',
    says: /pairs of fields or fragments/,
    query: laughing(400, (next) => `...f${next} ...f${next}`),
  },
  {
    what: 'fragments that double it at each level',
    says: /levels of fields|spread out/,
    query: laughing(200, (next) => `a { ...f${next} } b { ...f${next} }`),
  },
  {
    what: 'fragments that multiply it by ten',
    says: /fields and values with its fragments spread out/,
    query: laughing(12, (next) => times(10, (at) => `a${at} { ...f${next} }`)),
  },
  {
    what: 'the same behind @skip and @include',
    says: /fields and values with its fragments spread out/,
    query: laughing(12, (next) => times(10, (at) => `a${at} { ...f${next} }`)).replace(
      '{ ...f0 }',
      '{ ...f0 @skip(if: true) ... @include(if: false) { ...f0 } }',
    ),
  },
  {
    what: 'fragments that no operation uses',
    says: /pairs of fields/,
    query: `{ __typename } fragment unused on Query { ${times(2_000, () => '__typename')} }`,
  },
  {
    what: 'a cycle of fragments through fields',
    says: /levels of fields/,
    query: `{ ${CLUSTER} { ...a } } fragment a on Cluster { endpointService { ...b } }
      fragment b on EndpointService { connections { nodes { endpointService { ...b } } } }`,
  },
  {
    what: 'a cycle of many fragments',
    says: /pairs of fields or fragments/,
    query: `{ ...f0 } ${times(600, (at) => `fragment f${at} on Query { ...f${(at + 1) % 600} }`)}`,
  },
  {
    what: 'fragments side by side',
    says: /pairs of fields or fragments/,
    query: `{ ${times(400, (at) => `...f${at}`)} } ${times(400, (at) => `fragment f${at} on Query { __typename }`)}`,
  },
  {
    what: 'many operations that share one large fragment',
    name: 'q0',
    says: /spread out/,
    query:
      times(250, (at) => `query q${at}($a: Int) { ...f }`) +
      ` fragment f on Query { clusters(filter: { name: [${times(900, () => '$a')}] }) { totalCount } }`,
  },
  {
    what: 'root fields that do not exist',
    says: /4,900 root fields.*50/,
    query: `{ ${times(4_900, (at) => `c${at}`)} }`,
  },
  {
    what: 'root fields of a subscription',
    says: /2,000 root fields/,
    query: `subscription { ${times(2_000, (at) => `c${at}`)} }`,
  },
  {
    what: 'aliases of a field',
    says: /1,200 aliases.*100/,
    query: `{ ${CLUSTER} { ${times(1_200, (at) => `a${at}: name`)} } }`,
  },
  {
    what: 'directives on one field',
    says: /1,500 directives.*50/,
    query: `{ __typename ${times(1_500, (at) => `@d${at}`)} }`,
  },
  {
    what: 'directives on variables',
    says: /800 directives/,
    query: `query (${times(800, (at) => `$v${at}: Int @d`)}) { __typename }`,
  },
  {
    what: 'a long list in the document',
    says: /4,000 values in one list.*1,000/,
    query: `{ clusters(filter: { status: [${times(4_000, () => 'AVAILABLE')}] }) { totalCount } }`,
  },
  {
    what: 'lists in one another, in the document',
    says: /levels of values/,
    query: `{ cluster(clusterId: ${nestedJson(400)}) { name } }`,
  },
  {
    what: 'lists in one another as deep as tokens go',
    says: /brackets in one another/,
    query: `{ cluster(clusterId: ${nestedJson(2_400)}) { name } }`,
  },
  {
    what: 'a type of lists in one another',
    says: /brackets in one another/,
    query: `query ($a: ${'['.repeat(2_000)}ID${']'.repeat(2_000)}) { __typename }`,
  },
  {
    what: 'objects in one another, in the document',
    says: /brackets in one another/,
    query: `{ cluster(clusterId: ${'{ a: '.repeat(1_200)}1${'}'.repeat(1_200)}) { name } }`,
  },
  {
    what: 'lists in one another, in variables',
    says: /levels of values/,
    query: ENTITIES,
    variables: `{ "r": ${nestedJson(90_000)} }`,
  },
  {
    what: 'objects in one another, in variables',
    says: /levels of values/,
    query: ENTITIES,
    variables: `{ "r": ${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)} }`,
  },
  {
    what: 'a huge text in variables',
    says: /more than 262,144 bytes of variables.*MAX_VARIABLES_BYTES/,
    query: ENTITIES,
    variables: JSON.stringify({ r: 'x'.repeat(300_000) }),
  },
  {
    what: 'a huge name in variables',
    says: /bytes of variables/,
    query: ENTITIES,
    variables: JSON.stringify({ ['x'.repeat(300_000)]: 1 }),
  },
  {
    what: 'a long list in variables',
    says: /20,000 values in one list/,
    query: ENTITIES,
    variables: JSON.stringify({ r: Array.from({ length: 20_000 }, () => 1) }),
  },
  {
    what: 'pages of pages of pages',
    says: /values, by estimate/,
    query: `{ endpointServices(first: 1000) { nodes { connections(first: 1000) { nodes { endpointService {
      connections(first: 1000) { nodes { id } } } } } } } }`,
  },
];

/** The CPU that an operation takes, client and gateway together: the least of some tries, each text new, since parsed ones are kept. */
const leastBusyMs = async (ask: (run: string) => Promise<void>): Promise<number> => {
  let least = Infinity;
  for (const run of ['a', 'b', 'c', 'd', 'e']) {
    const started = readCpuMs();
    await ask(run);
    least = Math.min(least, readCpuMs() - started);
    if (run >= 'c' && least < MOST_CPU_MS) break;
  }
  return least;
};

const expectAtOnce = (tookMs: number): void => expect(tookMs).toBeLessThan(adjustLimit(MOST_CPU_MS, tookMs));

test.each(HOSTILE)(
  '$what: refused before any call, and at once',
  async ({ says, query, variables, name }) => {
    const one = await gateway();
    const took = await leastBusyMs(async (run) => {
      const body = `{"query":${JSON.stringify(`${query} # ${run}`)},"variables":${variables ?? '{}'},"operationName":${name ? `"${name}"` : null}}`;
      const response = await fetch(`${one.url}/graphql`, { method: 'POST', headers: GRAPHQL, body });
      const answer = JSON.parse(await response.text());
      expect(answer).toMatchObject({
        errors: [{ message: says, extensions: { code: 'QUERY_TOO_COMPLEX', retryable: false } }],
      });
      expect(answer).not.toHaveProperty('data');
      expect(response.status).toBe(400);
    });
    expectAtOnce(took);
    expect(one.calls()).toEqual([]);
    expect((await one.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  },
);

test('thousands of references with wrong keys are told as one mistake for each field, and at once', async () => {
  const one = await gateway();
  const fields = times(4, (at) => `a${at}: _entities(representations: $r) { __typename }`);
  const representations = Array.from({ length: 1_000 }, (_, at) => ({
    __typename: 'Cluster',
    region: 'r',
    clusterId: `id-${at}`,
  }));
  const took = await leastBusyMs(async (run) => {
    const query = `query ($r: [_Any!]!) { ${fields} } # ${run}`;
    const { answer } = await send(one, { query, variables: { r: representations } });
    expect(answer['errors']).toHaveLength(4);
    for (const { message } of answer['errors']) expect(message).toMatch(/at 1000 positions/);
  });
  expectAtOnce(took);
  expect(one.calls()).toEqual([]);
});

/** What validation has to look at in full, since no limit forbids it. */
const HEAVY: { what: string; query: string }[] = [
  { what: 'equal fields', query: `{ ${times(195, () => `${CLUSTER} { name }`)} }` },
  {
    what: 'equal branches',
    query: `{ ${times(80, () => `${CLUSTER} { endpointService { connections { nodes { id endpoint { id } } } } }`)} }`,
  },
  {
    what: 'fragments side by side',
    query: `{ ${times(280, (at) => `...f${at}`)} } ${times(280, (at) => `fragment f${at} on Query { __typename nope${at % 9} }`)}`,
  },
  {
    what: 'variables that nothing uses',
    query: `query (${times(1_200, (at) => `$v${at}: Int`)}) { __typename }`,
  },
  {
    what: 'lines before mistakes',
    query: `{ ${'\n'.repeat(4_900)} ${CLUSTER} { ${times(4_000, (at) => `nope${at}`)} } }`,
  },
  {
    what: 'names close to those of the graph',
    query: `{ ${CLUSTER} { ${times(2_000, (at) => `endpointServiceNames${at}`)} } }`,
  },
  {
    what: 'types in one another',
    query: `query ($a: ${'['.repeat(2_400)}Int${']'.repeat(2_400)}) { __typename }`,
  },
];

test.each(HEAVY)('$what as many as may be: answered without holding others up', async ({ query }) => {
  const one = await gateway();
  const took = await leastBusyMs(async (run) => {
    const { answer } = await send(one, { query: `${query} # ${run}` });
    const codes = (answer['errors'] ?? []).map(
      ({ extensions }: { extensions: { code: string } }) => extensions.code,
    );
    expect(codes).not.toContain('INTERNAL_SERVER_ERROR');
    expect(codes.length).toBeLessThan(25);
  });
  expectAtOnce(took);
});

const refusalOf = async (one: TestGateway, sent: Sent): Promise<string | undefined> => {
  const { answer } = await send(one, sent);
  const [error] = answer['errors'] ?? [];
  return error?.extensions.code === 'QUERY_TOO_COMPLEX' ? error.message : undefined;
};

const settings = (some: Record<string, string>): TestOptions => ({ settings: some });

const bytesOf = (bytes: number) => {
  const empty = JSON.stringify({ r: [{ a: 'é"\n', b: [1, true, null, -2.5] }], x: '' });
  return {
    query: ENTITIES,
    variables: {
      r: [{ a: 'é"\n', b: [1, true, null, -2.5] }],
      x: 'x'.repeat(bytes - Buffer.byteLength(empty)),
    },
  };
};

const deep = (levels: number): string =>
  `{ ${CLUSTER} ${'{ endpointService '.repeat(levels - 2)}{ name ${'}'.repeat(levels - 1)} }`;

const FILTERED =
  'query ($f: ConnectionFilter) { cluster(clusterId: "c") { connections(filter: $f) { totalCount } } }';
const states = (count: number) => Array.from({ length: count }, () => 'FAILED');

const SPREAD = `{ ...q } fragment q on Query { ${CLUSTER} { ...c } } fragment c on Cluster { ... { connections { ...p } } }
  fragment p on ClusterConnectionsConnection { nodes { endpointService { BELOW } } }`;

interface Edge {
  what: string;
  given: TestOptions;
  at: Sent;
  over: Sent;
  says: RegExp;
}

const EDGES: Edge[] = [
  {
    what: 'tokens',
    given: settings({ MAX_TOKENS: '100' }),
    at: { query: `{ ${times(98, () => '__typename')} }` },
    over: { query: `{ ${times(99, () => '__typename')} }` },
    says: /more than 100 tokens and may have 100\. Split the operation up; .* MAX_TOKENS/,
  },
  {
    what: 'lines',
    given: settings({ MAX_TOKENS: '100' }),
    at: { query: `{ __typename ${'\n'.repeat(99)} }` },
    over: { query: `{ __typename ${'\n'.repeat(100)} }` },
    says: /more than 100 lines/,
  },
  {
    what: 'levels',
    given: settings({ MAX_DEPTH: '6' }),
    at: { query: deep(6) },
    over: { query: deep(7) },
    says: /more than 6 levels of fields and may have 6\. .* MAX_DEPTH/,
  },
  {
    what: 'levels through fragments',
    given: settings({ MAX_DEPTH: '5' }),
    at: { query: SPREAD.replace('BELOW', 'name') },
    over: { query: SPREAD.replace('BELOW', 'connections @skip(if: true) { totalCount }') },
    says: /more than 5 levels of fields/,
  },
  {
    what: 'aliases',
    given: settings({ MAX_ALIASES: '3' }),
    at: { query: '{ a: __typename b: __typename c: __typename }' },
    over: { query: '{ a: __typename b: __typename c: __typename d: __typename }' },
    says: /has 4 aliases and may have 3\. .* MAX_ALIASES/,
  },
  {
    what: 'aliases in fragments, at each place where they are spread',
    given: settings({ MAX_ALIASES: '3' }),
    at: {
      query: `{ ${CLUSTER} { ...n endpointService { ...n } } } fragment n on Node { a: id }`,
    },
    over: {
      query: `{ ${CLUSTER} { ...n endpointService { ...n } } } fragment n on Node { a: id b: id }`,
    },
    says: /has 4 aliases/,
  },
  {
    what: 'root fields',
    given: settings({ MAX_ROOT_FIELDS: '3' }),
    at: { query: '{ a: __typename b: __typename ...q } fragment q on Query { a: __typename c: __typename }' },
    over: {
      query: '{ a: __typename b: __typename ...q } fragment q on Query { d: __typename c: __typename }',
    },
    says: /has 4 root fields and may have 3\. .* MAX_ROOT_FIELDS/,
  },
  {
    what: 'directives',
    given: settings({ MAX_DIRECTIVES: '2' }),
    at: { query: '{ a: __typename @skip(if: true) ... @include(if: true) { __typename } }' },
    over: {
      query: '{ a: __typename @skip(if: true) ... @include(if: true) { __typename @skip(if: true) } }',
    },
    says: /has 3 directives and may have 2\. .* MAX_DIRECTIVES/,
  },
  {
    what: 'values of a list in the document',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: { query: `{ nodes(ids: ${JSON.stringify(ids(3))}) { id } }` },
    over: { query: `{ nodes(ids: ${JSON.stringify(ids(4))}) { id } }` },
    says: /has 4 values in one list of an argument and may have 3\. .* MAX_LIST_LENGTH/,
  },
  {
    what: 'values of a list in an input of the document',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: {
      query: FILTERED.replace('$f)', `{ status: [${states(3).join()}] })`).replace(
        '($f: ConnectionFilter)',
        '',
      ),
    },
    over: {
      query: FILTERED.replace('$f)', `{ status: [${states(4).join()}] })`).replace(
        '($f: ConnectionFilter)',
        '',
      ),
    },
    says: /has 4 values in one list/,
  },
  {
    what: 'values of a list that a variable has by default',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: { query: `query ($i: [ID!]! = ${JSON.stringify(ids(3))}) { nodes(ids: $i) { id } }` },
    over: { query: `query ($i: [ID!]! = ${JSON.stringify(ids(4))}) { nodes(ids: $i) { id } }` },
    says: /has 4 values in one list/,
  },
  {
    what: 'values of a list in variables',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: { query: 'query ($i: [ID!]!) { nodes(ids: $i) { id } }', variables: { i: ids(3) } },
    over: { query: 'query ($i: [ID!]!) { nodes(ids: $i) { id } }', variables: { i: ids(4) } },
    says: /has 4 values in one list/,
  },
  {
    what: 'values of a list in an input of variables',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: { query: FILTERED, variables: { f: { status: states(3) } } },
    over: { query: FILTERED, variables: { f: { status: states(4) } } },
    says: /has 4 values in one list/,
  },
  {
    what: 'representations',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: { query: ENTITIES, variables: { r: ids(3) } },
    over: { query: ENTITIES, variables: { r: ids(4) } },
    says: /has 4 values in one list/,
  },
  {
    what: 'values of a list in what a write is given',
    given: settings({ MAX_LIST_LENGTH: '3' }),
    at: {
      query: 'mutation ($i: AddPermissionsInput!) { addPermissions(input: $i) { added } }',
      variables: { i: { parent: { clusterId: '!' }, principals: ids(3) } },
    },
    over: {
      query: 'mutation ($i: AddPermissionsInput!) { addPermissions(input: $i) { added } }',
      variables: { i: { parent: { clusterId: '!' }, principals: ids(4) } },
    },
    says: /has 4 values in one list/,
  },
  {
    what: 'bytes of variables',
    given: settings({ MAX_VARIABLES_BYTES: '300' }),
    at: bytesOf(300),
    over: bytesOf(301),
    says: /more than 300 bytes of variables and may have 300\. .* MAX_VARIABLES_BYTES/,
  },
  {
    what: 'values',
    given: settings({ MAX_COST: '31' }),
    at: { query: '{ clusters(first: 10) { nodes { endpointService { name } } } }' },
    over: { query: '{ clusters(first: 11) { nodes { endpointService { name } } } }' },
    says: /has 34 values, by estimate, and may have 31\. .*`first`.* MAX_COST/,
  },
];

test.each(EDGES)(
  '$what: as many as the limit pass, one more is refused',
  async ({ given, at, over, says }) => {
    const one = await gateway(given);
    expect(await refusalOf(one, at)).toBeUndefined();
    one.calls();
    expect(await refusalOf(one, over)).toMatch(says);
    expect(one.calls()).toEqual([]);
  },
);

const PAGE = 'query ($n: Int = 1) { clusters(first: $n) { nodes { name } } }';

test('a document that passed once is refused with variables that ask for more, and passes again after that', async () => {
  const one = await gateway(settings({ MAX_COST: '100' }));
  for (const _ of ['first', 'again']) {
    expect(await refusalOf(one, { query: PAGE, variables: { n: 1 } })).toBeUndefined();
    expect(await refusalOf(one, { query: PAGE, variables: { n: 100 } })).toMatch(/has 201 values/);
    expect(await refusalOf(one, { query: PAGE })).toBeUndefined();
  }
});

test('a cost over the limit is told as figures too', async () => {
  const one = await gateway(settings({ MAX_COST: '100' }));
  const { answer } = await send(one, { query: PAGE, variables: { n: 1000 } });
  expect(answer['errors'][0].extensions).toMatchObject({ cost: { estimated: 2001, limit: 100 } });
});

test('one operation of a document is measured by its own cost', async () => {
  const one = await gateway(settings({ MAX_COST: '100' }));
  const query =
    'query Small { clusters(first: 1) { nodes { name } } } query Large { clusters(first: 500) { nodes { name } } }';
  const ask = async (operationName: string) => (await send(one, { query, operationName })).answer;
  expect((await ask('Small'))['errors']).toBeUndefined();
  expect((await ask('Large'))['errors'][0].extensions.cost.estimated).toBe(1001);
});

test('a GET is held to the limits', async () => {
  const { url, calls } = await gateway(settings({ MAX_COST: '100' }));
  const query = new URLSearchParams({ query: PAGE, variables: '{"n":500}' });
  const response = await fetch(`${url}/graphql?${query}`, { headers: GRAPHQL });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
  expect(calls()).toEqual([]);
});

test('a subscription is held to the limits', async () => {
  const { url, calls } = await gateway(settings({ MAX_LIST_LENGTH: '3' }));
  const query =
    'subscription ($ids: [ID!]!) { connectionStatusChanged(parent: { clusterId: "c" }, endpointIds: $ids) { status } }';
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...GRAPHQL, accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables: { ids: ids(4) } }),
  });
  expect(await response.text()).toContain('QUERY_TOO_COMPLEX');
  expect(calls()).toEqual([]);
});

test('clients that read `application/json` alone get 200, as for other mistakes in an operation', async () => {
  const one = await gateway(settings({ MAX_ALIASES: '0' }));
  const { status, answer } = await send(one, { query: '{ a: __typename }' }, { accept: 'application/json' });
  expect(answer['errors'][0].extensions.code).toBe('QUERY_TOO_COMPLEX');
  expect(status).toBe(200);
});
