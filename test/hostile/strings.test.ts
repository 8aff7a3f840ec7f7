import { isUnionType } from 'graphql';
import { Pool } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { servedSchema } from '../../src/graphql/schema.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { CLUSTER } from '../support/sample-operations.ts';
import { readContract } from '../support/contract.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { NAUGHTY_STRINGS, shuffled } from './support/naughty-strings.ts';
import { answerIn, codesIn, exchange, formatPost, type Raw } from '../support/raw-http.ts';
import { type Samples, type InputPosition, listInputPositions } from './support/schema-inputs.ts';

/** Another one each day; a failure tells it. */
const SEED = Number(process.env['SEED'] ?? Math.floor(Date.now() / 86_400_000));
const EACH = 40;

const contract = readContract();
const schema = servedSchema();

/** What every argument can be without harm; all of it is there in the sandbox. */
const samplesOf = ({ sandbox, project }: TestGateway): Samples => {
  const { services, endpoints, dataConnections, instances } = sandbox.world;
  const service = services.find(({ connections }) => connections.length > 2)!;
  const endpointId = service.connections[0]!.id;
  return {
    ...project,
    clusterId: CLUSTER,
    serviceId: service.id,
    'EndpointServiceBy.id': service.id,
    endpointId,
    endpointIds: endpointId,
    'endpoint.endpointId': endpoints[0]!.connection.id,
    dataSourceId: dataConnections[0]!.id,
    instanceId: instances[0]!.instance_id,
    principals: '5fc973eea581490997e82ea11a1df31f',
    label: 'orders',
    description: 'A note',
    dataSourceType: 'DWS',
    protocol: 'TCP',
    idempotencyKey: 'once',
  };
};

const KEYS = { Cluster: 'clusterId', EndpointService: 'serviceId', Endpoint: 'endpointId' };

/** The representations of a supergraph are one scalar to the schema, and its keys are arguments all the same. */
const representations = ({ project }: TestGateway): InputPosition[] => {
  const entities = schema.getType('_Entity');
  if (!isUnionType(entities)) throw new TypeError('The schema has no entities.');
  const slot = (name: string, make: (value: unknown) => object): InputPosition => ({
    name: `_entities(${name})`,
    kind: 'ID',
    query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Node { id } } }',
    variables: (value) => ({ r: [make(value)] }),
  });
  return [
    slot('__typename', (value) => ({ __typename: value, id: 'a' })),
    ...entities.getTypes().map(({ name }) => slot(`${name}.id`, (id) => ({ __typename: name, id }))),
    ...Object.entries(KEYS).flatMap(([__typename, key]) => {
      const given = { __typename, ...project, [key]: 'a' };
      return ['region', 'projectId', key].map((field) =>
        slot(`${__typename}.${field}`, (value) => ({ ...given, [field]: value })),
      );
    }),
    slot('Cluster.id with a bad part', (value) => ({
      __typename: 'Cluster',
      id: Buffer.from(JSON.stringify(['Cluster', value])).toString('base64url'),
    })),
  ];
};

// U+2028 and U+2029 end a line for `.`, and do not in a stream of events.
const eventsIn = (text: string): Answer[] =>
  [...text.matchAll(/^data: ?(\{[^\r\n]*)$/gm)].map(([, data]) => JSON.parse(data!) as Answer);

/** The codes that say it was the cloud that failed, which the sandbox never does by itself. */
const FAILURES = ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_BAD_RESPONSE', 'CIRCUIT_OPEN'];

/** Puts a text into a place, and looks at the answer. */
const put = async (pool: Pool, { name, query, variables }: InputPosition, text: string): Promise<void> => {
  const about = `${name} with ${JSON.stringify(text.slice(0, 200))} (SEED=${SEED})`;
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/graphql',
    headers: {
      accept: query.startsWith('subscription') ? 'text/event-stream' : 'application/json',
      'content-type': 'application/json',
      'x-auth-token': SANDBOX.token,
      'x-workspace-id': SANDBOX.workspaceId,
    },
    body: JSON.stringify({ query, variables: variables(text) }),
  });
  const said = await body.text();
  expect(statusCode, about).toBeLessThan(500);
  const answers = said.startsWith('{') ? [JSON.parse(said) as Answer] : eventsIn(said);
  expect(answers.length, about).toBeGreaterThan(0);
  for (const answer of answers) {
    const codes = codesIn(answer, about);
    expect(codes, `${about}: ${said.slice(0, 500)}`).not.toContain('GRAPHQL_VALIDATION_FAILED');
    for (const code of codes) expect(FAILURES, `${about}: ${said.slice(0, 500)}`).not.toContain(code);
  }
};

const REQUEST = /^(path|query|header|request)/;
const PLAIN_SEGMENTS = /^\/v[\w.]+(\/[\w-]+)+$/;

/** All that went upstream: known operations, with parameters and bodies as they are documented, and nothing in a path but names and ids. */
const within = ({ sandbox }: TestGateway, about: string): void => {
  for (const { method, path, headers, body } of sandbox.calls.splice(0)) {
    const line = `${about}: ${method} ${path} ${body}`;
    const { operationId, violations } = contract.judge({
      method,
      path,
      headers,
      body,
      status: 0,
      answer: '',
    });
    expect(operationId, line).not.toBeNull();
    expect(
      violations.filter((violation) => REQUEST.test(violation.slice(`${operationId}: `.length))),
      line,
    ).toEqual([]);
    expect(path.replace(/\?.*/s, ''), line).toMatch(PLAIN_SEGMENTS);
  }
};

const inTurn = async <Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> => {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
};

const SETTINGS = { SETTLING_POLL_MS: '10', SETTLING_LIMIT_MS: '100', OPERATION_TIMEOUT_MS: '60000' };

test(`no text in any argument does harm, here or upstream (SEED=${SEED})`, { timeout: 120_000 }, async () => {
  const gate = await gateway({ settings: SETTINGS });
  const pool = new Pool(gate.url, { connections: 8 });
  onTestFinished(() => pool.destroy());
  const slots = [
    ...listInputPositions(schema, samplesOf(gate)).filter(({ kind }) => kind !== '_Any'),
    ...representations(gate),
  ];
  const dealt = new Map<string, number>();
  const texts = shuffled(NAUGHTY_STRINGS, SEED);
  for (const slot of slots) {
    const from = dealt.get(slot.kind) ?? 0;
    dealt.set(slot.kind, from + EACH);
    const hand = Array.from({ length: EACH }, (_, n) => texts[(from + n) % texts.length]!);
    await inTurn(hand, (text) => put(pool, slot, text));
    within(gate, `${slot.name} (SEED=${SEED})`);
  }
  for (const kind of ['ID', 'String']) expect(dealt.get(kind), kind).toBeGreaterThan(NAUGHTY_STRINGS.length);
  expect(gate.log.filter((line) => /unexpected|request failed/.test(line))).toEqual([]);
  expect((await gate.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

const NAME = JSON.stringify({ query: `{ cluster(clusterId: "${CLUSTER}") { name } }` });
/** Longer ones are refused before anything is read of them. */
const SHORT = NAUGHTY_STRINGS.filter((text) => text.length < 10_000);
/** A tab may stand in a header. */
const CONTROL = /[^\P{Cc}\t]/u;

/** All that may go upstream of a caller's request, and what every request has. */
const UPSTREAM_HEADERS = new Set(
  'accept connection host traceparent x-auth-token x-request-id x-workspace-id'.split(' '),
);

const headed = (name: string, value: string | Buffer): Buffer[] => {
  const given = { 'X-Auth-Token': SANDBOX.token, 'X-Workspace-Id': SANDBOX.workspaceId };
  const [head, body] = formatPost(NAME, { ...given, [name]: '|' });
  const [before, after] = head!.toString().split('|');
  return [Buffer.from(before!), Buffer.from(value), Buffer.from(after!), body!];
};

/** An answer of the gateway; of Node itself, before there is a request, to what is no HTTP. */
const isAnswered = ({ status, head, body }: Raw, about: string, broken: boolean): void => {
  if (broken && (status === 400 || status === 431) && body === '') return;
  if (/^content-type: application\/(graphql-response\+)?json/im.test(head))
    answerIn({ status, head, body }, about);
  else {
    expect(status, about).toBeGreaterThanOrEqual(200);
    expect(status, about).toBeLessThan(500);
  }
  expect(head, about).toMatch(/^x-request-id: [\w.-]{1,128}$/im);
};

const HEADERS = [
  'X-Auth-Token',
  'X-Workspace-Id',
  'X-Request-Id',
  'Traceparent',
  'Authorization',
  'X-Explain',
  'X-Cost',
  'Accept',
  'Content-Type',
  'Origin',
  'Host',
  'Cookie',
  'X-Forwarded-Host',
];
/** Of the texts, so many go into each header, and each into several. */
const IN_HEADER = 120;

test.each(HEADERS)('no text in %s does harm, here or upstream', async (name) => {
  const gate = await gateway({ settings: { CORS_ORIGINS: 'https://a.example' } });
  const texts = shuffled(SHORT, SEED);
  const from = HEADERS.indexOf(name) * IN_HEADER;
  const hand = Array.from({ length: IN_HEADER }, (_, n) => texts[(from + n) % texts.length]!);
  await inTurn(hand, async (text) => {
    const about = `${name}: ${JSON.stringify(text)} (SEED=${SEED})`;
    const raw = await exchange(gate.url, headed(name, text));
    isAnswered(raw, about, CONTROL.test(text));
    if (!CONTROL.test(text)) expect(raw.head, about).not.toMatch(/^access-control-allow-origin: (?!null)/im);
  });
  for (const { headers, path } of gate.sandbox.calls) {
    for (const header of Object.keys(headers)) expect(UPSTREAM_HEADERS, name).toContain(header);
    expect(path).toBe(`/v1.0/${SANDBOX.projectId}/clusters/${CLUSTER}`);
    expect(headers['x-request-id']).toMatch(/^[\w.-]{1,128}$/);
    for (const given of ['x-auth-token', 'x-workspace-id'])
      expect(headers[given] ?? '-', given).toMatch(/^[!-~]+$/);
    expect(headers['host']).toBe(new URL(gate.sandbox.url).host);
    expect(headers['traceparent'] ?? '').toMatch(/^([\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2})?$/);
  }
  expect(gate.log.filter((line) => /unexpected|request failed/.test(line))).toEqual([]);
  expect((await gate.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

test('no text as the address that is asked for does harm, here or upstream', async () => {
  const gate = await gateway();
  await inTurn(
    SHORT.flatMap((text) => [text, `/${text}`, `/graphql?${text}`, `/graphql?query=${text}`]),
    async (target) => {
      const raw = await exchange(gate.url, [
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      ]);
      isAnswered(raw, JSON.stringify(target), true);
    },
  );
  expect(gate.calls()).toEqual([]);
  expect(gate.log.filter((line) => /unexpected|request failed/.test(line))).toEqual([]);
});
