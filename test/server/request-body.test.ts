import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/errors/error-codes.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';

const MAX_BODY_BYTES = 320 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };
const TYPENAME = JSON.stringify({ query: '{ __typename }' });

const send = async (url: string, init: RequestInit = {}, path = '/graphql') => {
  const response = await fetch(url + path, init);
  const said = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    said,
    answer: said.startsWith('{') ? JSON.parse(said) : null,
  };
};

const post = (url: string, body: string, headers: Record<string, string> = JSON_TYPE) =>
  send(url, { method: 'POST', headers, body });

/** Writes a whole request before it reads a word of the answer, as simple clients do. */
const writeThenRead = async (
  url: string,
  head: string[],
  body: Iterable<string | Buffer>,
): Promise<string> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(['POST /graphql HTTP/1.1', 'Host: localhost', ...head, '', ''].join('\r\n'));
  for (const part of body) {
    if (!socket.write(part)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  return text(socket);
};

const chunked = function* (bytes: number, size = 64 * 1024) {
  const chunk = Buffer.concat([
    Buffer.from(`${size.toString(16)}\r\n`),
    Buffer.alloc(size, ' '),
    Buffer.from('\r\n'),
  ]);
  for (let sent = 0; sent < bytes; sent += size) yield chunk;
  yield '0\r\n\r\n';
};

const MEGABYTES = 5 * 1024 * 1024;

test.each([
  {
    how: 'with its length',
    head: [`Content-Length: ${MEGABYTES}`],
    body: () => [Buffer.alloc(MEGABYTES, ' ')],
  },
  { how: 'in chunks', head: ['Transfer-Encoding: chunked'], body: () => chunked(MEGABYTES) },
])('a body of 5 MB sent $how is refused, and the client gets the answer', async ({ head, body }) => {
  const { url } = await gateway();
  const raw = await writeThenRead(
    url,
    ['Content-Type: application/json', 'X-Request-Id: r-1', ...head],
    body(),
  );
  expect(raw).toMatch(/^HTTP\/1.1 413 /);
  expect(raw).toMatch(/\r\nx-request-id: r-1\r\n/i);
  expect(raw).toMatch(/\r\nconnection: close\r\n/i);
  expect(JSON.parse(raw.slice(raw.indexOf('\r\n\r\n')))).toEqual({
    errors: [
      {
        message: 'A request body may have 327680 bytes at most.',
        extensions: { code: 'QUERY_TOO_COMPLEX', retryable: false, requestId: 'r-1' },
      },
    ],
  });
});

test('a client that announces too much and sends nothing is answered at once', async () => {
  const { url } = await gateway();
  const raw = writeThenRead(url, ['Content-Type: application/json', 'Content-Length: 999999999'], []);
  expect(await raw).toMatch(/^HTTP\/1.1 413 /);
});

test.each([
  { how: 'with its length', transform: (body: string) => body },
  { how: 'in chunks', transform: (body: string) => new Blob([body]).stream() },
])('a body of the largest size sent $how is taken', async ({ transform }) => {
  const { url } = await gateway();
  const request = { method: 'POST', headers: JSON_TYPE, duplex: 'half' } as const;
  const body = TYPENAME.padEnd(MAX_BODY_BYTES, ' ');
  expect(await send(url, { ...request, body: transform(body) })).toMatchObject({
    status: 200,
    answer: { data: { __typename: 'Query' } },
  });
  expect(await send(url, { ...request, body: transform(`${body} `) })).toMatchObject({ status: 413 });
});

test.each([
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/plain; application/json',
  'application/jsonp',
  '',
])('a body of type "%s" is refused, since pages of other sites can send it', async (type) => {
  const { url } = await gateway();
  const { status, answer } = await send(url, {
    method: 'POST',
    headers: type === '' ? {} : { 'content-type': type },
    body: Buffer.from(TYPENAME),
  });
  expect(status).toBe(415);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', retryable: false } }]);
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'application/json ;charset=utf-8',
])('a body of type "%s" is taken', async (type) => {
  const { url } = await gateway();
  expect(await post(url, TYPENAME, { 'content-type': type })).toMatchObject({ status: 200 });
});

const inUrl = (query: string) => `/graphql?query=${encodeURIComponent(query)}`;

test('queries come by GET too, writes do not', async () => {
  const { url, calls } = await gateway();
  const headers = { 'x-auth-token': SANDBOX.token, 'x-workspace-id': SANDBOX.workspaceId };
  expect(await send(url, { headers }, inUrl('{ __typename }'))).toMatchObject({
    status: 200,
    answer: { data: { __typename: 'Query' } },
  });
  const write = `mutation { verifyAndCreateEndpoint(input: { service: { id: "s" }, dataSourceType: "DWS" }) {
    userErrors { code } } }`;
  const { status, answer } = await send(url, { headers }, inUrl(write));
  expect(status).toBe(405);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(calls()).toEqual([]);
});

test.each(['PUT', 'PATCH', 'DELETE'])('%s is not allowed', async (method) => {
  const { url } = await gateway();
  const { status, headers } = await send(url, { method, headers: JSON_TYPE, body: TYPENAME });
  expect(status).toBe(405);
  expect(headers.get('allow')).toContain('POST');
});

const nested = (depth: number, name = 'a') => `${`{${name}`.repeat(depth)}${'}'.repeat(depth)}`;

test.each([
  { what: '5,000 braces', query: nested(5_000) },
  { what: '50,000 braces', query: nested(50_000) },
  { what: '50,000 braces that are never closed', query: '{a'.repeat(50_000) },
  { what: '50,000 brackets in an argument', query: `{ a(b: ${'['.repeat(50_000)}) }` },
  { what: '20,000 fields', query: `{ ${'__typename '.repeat(20_000)} }` },
])('$what are too much, and the process lives', async ({ query }) => {
  const { url, ask, log } = await gateway();
  const { status, answer } = await post(url, JSON.stringify({ query }));
  expect([200, 400, 413]).toContain(status);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', retryable: false } }]);
  expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  expect(log.filter((line) => line.includes('unexpected'))).toEqual([]);
});

test.each([
  { what: 'fields', query: nested(4_900) },
  { what: 'fields of introspection', query: `{ __schema { types ${nested(3_000, 'ofType')} } }` },
  { what: 'fields without end', query: `{ __schema { types { name ${nested(2_000, 'ofType name')} } } }` },
  { what: 'lists', query: `{ cluster(clusterId: ${'['.repeat(4_900)}1${']'.repeat(4_900)}) { name } }` },
  { what: 'objects', query: `{ cluster(clusterId: ${'{a:'.repeat(2_400)}1${'}'.repeat(2_400)}) { name } }` },
  { what: 'types', query: `query ($a: ${'['.repeat(4_900)}Int${']'.repeat(4_900)}) { __typename }` },
  {
    what: 'fragments',
    query: `{ ...f0 } ${Array.from({ length: 1_500 }, (_, n) => `fragment f${n} on Query { ...f${n + 1} }`).join(' ')}`,
  },
])(
  '$what nested as deep as the limit of tokens lets them end in an error of the closed list',
  async ({ query }) => {
    const { url, ask, log } = await gateway();
    const { status, answer } = await post(url, JSON.stringify({ query }));
    expect(status).toBeLessThan(500);
    for (const { extensions } of answer.errors) {
      expect(Object.keys(ERROR_CODES)).toContain(extensions.code);
      expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
    }
    expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
    expect(log.filter((line) => line.includes('unexpected'))).toEqual([]);
  },
);

test('variables nested without end do no harm', async () => {
  const { url, ask } = await gateway();
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
  const query = JSON.stringify('query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }');
  const { status, answer } = await post(url, `{"query":${query},"variables":{"r":[${deep}]}}`);
  expect(status).toBeLessThan(500);
  for (const { extensions } of answer.errors) expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

test('introspection that is off is refused as a mistake of the operation', async () => {
  const { ask } = await gateway({ settings: { INTROSPECTION: 'off' } });
  const { data, errors } = await ask('{ __schema { queryType { name } } }');
  expect(data).toBeUndefined();
  expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(
    new Set(['GRAPHQL_VALIDATION_FAILED']),
  );
  expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

test.each([
  { given: 'a-b_c.1', kept: true },
  { given: 'x'.repeat(128), kept: true },
  { given: 'x'.repeat(129), kept: false },
  { given: 'two words', kept: false },
  { given: '<script>', kept: false },
  { given: '', kept: false },
])('the request id "$given" is kept: $kept', async ({ given, kept }) => {
  const { url, sandbox } = await gateway();
  const { headers, answer } = await post(
    url,
    JSON.stringify({ query: '{ cluster(clusterId: "none") { name } }' }),
    {
      ...JSON_TYPE,
      'x-auth-token': SANDBOX.token,
      'x-request-id': given,
    },
  );
  const requestId = headers.get('x-request-id')!;
  if (kept) expect(requestId).toBe(given);
  else expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(answer.errors[0].extensions.requestId).toBe(requestId);
  expect(sandbox.calls[0]!.headers['x-request-id']).toBe(requestId);
});

test('a body that stops half way is no error of the gateway', async () => {
  const { url, ask, log } = await gateway();
  for (const head of [['Content-Length: 100'], ['Transfer-Encoding: chunked']]) {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      [
        'POST /graphql HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
        ...head,
        '',
        '5\r\nhello',
      ].join('\r\n'),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
  }
  expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(log.filter((line) => /unexpected|failed/.test(line))).toEqual([]);
});
