import { GraphQLError } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ERROR_CODES } from '../../src/errors/error-codes.ts';
import { maskError } from '../../src/graph/mask-error.ts';
import { ClientAborted } from '../../src/http/errors.ts';
import { createOperation } from '../../src/request/operation.ts';
import { createResultFormatter } from '../../src/graphql/format-result.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import {
  ASK_NAME,
  CLUSTER,
  DETAIL,
  failing,
  getOnlyError,
  VERIFY,
  WRITE,
} from '../support/sample-operations.ts';
import { gateway, createMemoryLog } from '../support/gateway.ts';

const REQUEST_ID = 'request-of-this-test';
const IDS = { 'x-request-id': REQUEST_ID };

test('a refusal tells its meaning, whether to try again, and what to quote to the vendor', async () => {
  const { sandbox, ask } = await gateway();
  sandbox.fault({
    path: DETAIL,
    respond: {
      status: 429,
      body: { error_code: 'APIGW.0308', error_msg: 'words of the vendor' },
      headers: { 'Retry-After': '30', 'X-Request-Id': 'of-the-vendor' },
    },
  });
  const { data, errors } = await ask(ASK_NAME, {}, IDS);
  expect(data).toEqual({ cluster: null });
  expect(errors).toEqual([
    {
      message: 'css (APIGW.0308): The caller sends too much, to the cloud or to the gateway; nothing ran.',
      locations: [{ line: 1, column: 3 }],
      path: ['cluster'],
      extensions: {
        code: 'RATE_LIMITED',
        retryable: true,
        retryAfterMs: 30_000,
        requestId: REQUEST_ID,
        upstream: { service: 'css', status: 429, errorCode: 'APIGW.0308', requestId: 'of-the-vendor' },
      },
    },
  ]);
});

test.each([
  { errorCode: 'CSS.0010', status: 403, retryable: false },
  { errorCode: 'CSS.0011', status: 202, retryable: true },
  { errorCode: 'CSS.9999', status: 500, retryable: true },
  { errorCode: 'CSS.0029', status: 409, retryable: false },
  { errorCode: 'EndPoint.2018', status: 400, retryable: true },
  { errorCode: 'Endpoint.2019', status: 400, retryable: true },
  { errorCode: 'EndPoint.2047', status: 400, retryable: false },
])('$errorCode says retryable: $retryable', async ({ errorCode, status, retryable }) => {
  const { sandbox, ask } = await gateway();
  sandbox.fault({ path: /thing/, respond: { status, body: { error_code: errorCode } } });
  const query = /^end/i.test(errorCode)
    ? 'endpointService(by: { id: "thing" })'
    : 'cluster(clusterId: "thing")';
  expect(getOnlyError(await ask(`{ ${query} { name } }`)).extensions).toMatchObject({ retryable });
});

const CANARY = {
  token: 'canary-token-5up3r53cr3t',
  message: 'canary-message-of-the-vendor',
  encoded: 'canary-encoded-authorization',
  html: 'canary-html-page',
};

const LEAKS = [
  { how: 'a refusal', respond: { status: 403, body: { error_code: 'CSS.0010', error_msg: CANARY.message } } },
  {
    how: 'a refusal with an encoded authorization message',
    respond: {
      status: 403,
      body: {
        error_code: 'CSS.0010',
        error_msg: CANARY.message,
        encoded_authorization_message: CANARY.encoded,
      },
    },
  },
  {
    how: 'a signature error that quotes the request',
    respond: { status: 401, body: { error_code: 'APIGW.0301', error_msg: `canonical: ${CANARY.token}` } },
  },
  { how: 'a page instead of an answer', respond: { status: 200, body: `<html>${CANARY.html}</html>` } },
  { how: 'a page instead of a refusal', respond: { status: 403, body: `<html>${CANARY.html}</html>` } },
  { how: 'an answer of another shape', respond: { status: 200, body: { id: [], name: CANARY.message } } },
  {
    how: 'a redirect',
    respond: { status: 302, body: CANARY.html, headers: { Location: `http://${CANARY.message}/` } },
  },
  { how: 'a connection reset', reset: 'before' as const },
  { how: 'an answer cut off', hang: 'body' as const },
];

test.each(LEAKS)('neither client nor log learn anything internal from $how', async ({ how: _, ...rule }) => {
  const { url, sandbox, ask, log } = await gateway({
    token: CANARY.token,
    settings: { UPSTREAM_TIMEOUT_MS: '100' },
  });
  sandbox.fault({ path: DETAIL, ...rule });
  const answer = await ask(ASK_NAME, {}, { ...IDS, authorization: CANARY.token, cookie: CANARY.token });
  expect(getOnlyError(answer).extensions).toMatchObject({
    requestId: REQUEST_ID,
    upstream: { service: 'css' },
  });
  expect(log.join('\n')).toMatch(/upstream call (failed|refused)/);
  for (const told of [JSON.stringify(answer), log.join('\n')]) {
    expect(told).not.toContain('canary');
    expect(told).not.toContain(new URL(sandbox.url).host);
    expect(told).not.toContain(new URL(url).host);
    expect(told).not.toContain(SANDBOX.projectId);
    expect(told).not.toMatch(/\.ts\b|node_modules|\bat .*:\d+:\d+/);
  }
});

test('the log of a refused call has what a support case needs, and names no resource', async () => {
  const gate = await gateway();
  await failing(gate, { respond: { status: 403, body: { errCode: 'CSS.0010' } } });
  const line = gate.log.find((one) => one.includes('upstream call refused'))!;
  expect(line).toContain('"errorCode":"CSS.0010"');
  expect(line).toContain('"status":403');
  expect(line).toContain('/v1.0/{project_id}/clusters/{cluster_id}');
  expect(line).not.toContain(CLUSTER);
});

/** A gateway whose configuration is broken, so that its own code fails on the way out. */
const brokenGateway = async (log: string[]) => {
  const config = readConfig({
    PORT: '0',
    HW_REGION_NAME: 'here',
    HW_PROJECT_ID: 'p',
    SHUTDOWN_GRACE_MS: '0',
  });
  const endpoints = { css: CANARY.message, vpcep: CANARY.message, dataartsinsight: CANARY.message };
  const projects = config.projects.map((project) => ({ ...project, endpoints }));
  const error = (...words: unknown[]) => void log.push(words.map((word) => JSON.stringify(word)).join(' '));
  const quiet = () => {};
  const server = await startGateway(
    { ...config, projects },
    { log: { debug: quiet, info: quiet, warn: quiet, error, audit: quiet } },
  );
  onTestFinished(() => server.close());
  return server;
};

test('a mistake of the gateway is masked, and logged once', async () => {
  const log: string[] = [];
  const { url } = await brokenGateway(log);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': CANARY.token, ...IDS },
    body: JSON.stringify({ query: ASK_NAME }),
  });
  expect(await response.json()).toEqual({
    data: { cluster: null },
    errors: [
      {
        message: 'The gateway made a mistake. Quote the request id when you report it.',
        locations: [{ line: 1, column: 3 }],
        path: ['cluster'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: REQUEST_ID },
      },
    ],
  });
  expect(log).toHaveLength(1);
  expect(log[0]).toContain('unexpected error');
});

const post = (body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});
const query = (text: string, variables?: object) => post(JSON.stringify({ query: text, variables }));

test.each([
  { what: 'what is not GraphQL', request: query('{'), code: 'GRAPHQL_PARSE_FAILED' },
  { what: 'an empty document', request: query(''), code: 'GRAPHQL_PARSE_FAILED' },
  {
    what: 'the word tokens out of place',
    request: query('{ __typename } tokens'),
    code: 'GRAPHQL_PARSE_FAILED',
  },
  { what: 'an unknown field', request: query('{ nothing }'), code: 'GRAPHQL_VALIDATION_FAILED' },
  {
    what: 'a subscription to an unknown field',
    request: query('subscription { x }'),
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    what: 'a variable of the wrong type',
    request: query('query ($n: Int) { clusters(first: $n) { totalCount } }', { n: 'many' }),
    code: 'BAD_USER_INPUT',
  },
  {
    what: 'a variable that is missing',
    request: query('query ($id: ID!) { cluster(clusterId: $id) { name } }'),
    code: 'BAD_USER_INPUT',
  },
  {
    what: 'an unknown operation',
    request: post(JSON.stringify({ query: 'query A { __typename }', operationName: 'B' })),
    code: 'BAD_USER_INPUT',
  },
  {
    what: 'one of two operations, without saying which',
    request: query('query A { __typename } query B { __typename }'),
    code: 'BAD_USER_INPUT',
  },
  { what: 'a body that is not JSON', request: post('{"query":'), code: 'BAD_USER_INPUT' },
  { what: 'a body without a query', request: post('{}'), code: 'BAD_USER_INPUT' },
  { what: 'a body that is a number', request: post('7'), code: 'BAD_USER_INPUT' },
  { what: 'a batch', request: post('[{"query":"{ __typename }"}]'), code: 'BAD_USER_INPUT' },
  { what: 'a wrong method', request: { ...post('{}'), method: 'PUT' }, code: 'BAD_USER_INPUT' },
  {
    what: 'a wrong content type',
    request: post('x', { 'content-type': 'text/plain' }),
    code: 'BAD_USER_INPUT',
  },
  { what: 'a wrong id', request: query('{ node(id: "x") { id } }'), code: 'BAD_USER_INPUT' },
])('$what is told with a code of the closed list', async ({ request, code }) => {
  const { url, log } = await gateway();
  const response = await fetch(`${url}/graphql`, {
    ...request,
    headers: { ...request.headers, ...IDS },
  });
  const error = getOnlyError(await response.json());
  expect(Object.keys(ERROR_CODES)).toContain(error.extensions.code);
  expect(error.extensions.code).toBe(code);
  expect(error.extensions).toMatchObject({ retryable: false, requestId: REQUEST_ID });
  expect(Object.keys(error.extensions).toSorted()).toEqual(['code', 'requestId', 'retryable']);
  expect(log.filter((line) => line.includes('error'))).toEqual([]);
});

test('an error of a field that is not the caller and not the cloud has no upstream', async () => {
  const { ask, calls } = await gateway();
  const { extensions } = getOnlyError(await ask('{ cluster(clusterId: "../x") { name } }', {}, IDS));
  expect(extensions).toEqual({ code: 'BAD_USER_INPUT', retryable: false, requestId: REQUEST_ID });
  expect(calls()).toEqual([]);
});

test('a refusal of a write names service and code in its message, never the words of the vendor', async () => {
  const { sandbox, ask } = await gateway();
  sandbox.fault({
    path: WRITE,
    respond: { status: 400, body: { error_code: '24150005', error_msg: CANARY.message } },
  });
  const answer = await ask(
    VERIFY,
    { input: { service: { id: 'service-1' }, dataSourceType: 'DWS' } },
    { 'x-workspace-id': SANDBOX.workspaceId },
  );
  expect(answer.data.verifyAndCreateEndpoint.userErrors).toEqual([
    {
      code: 'BAD_USER_INPUT',
      message:
        "dataartsinsight (24150005): The cloud does not accept an argument; look the code up in the service's documentation.",
      field: null,
    },
  ]);
});

test('that a client left, told to one who is there, is a mistake of the gateway, and is logged', () => {
  const log: string[] = [];
  const counted: string[] = [];
  const results = createResultFormatter({ countError: (code) => counted.push(code) }, createMemoryLog(log), {
    suggestions: false,
    maxBytes: 1_000,
  });
  const operation = createOperation('r', { operationTimeoutMs: 1000, callLimit: 1 });
  const errors = [new GraphQLError('gone', { originalError: new ClientAborted() })];
  const answer = results.formatResult({ data: { cluster: null }, errors }, operation);
  expect(answer.errors?.[0]?.toJSON()).toEqual({
    message: 'The gateway made a mistake. Quote the request id when you report it.',
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: 'r' },
  });
  expect(log).toHaveLength(1);
  expect(log[0]).toContain('ClientAborted');
  results.finishErrors(operation);
  expect(counted).toEqual(['INTERNAL_SERVER_ERROR']);
});

test('what no error describes is masked', () => {
  for (const thrown of ['text', null, undefined, 7, { message: 'm', extensions: { code: 'FORBIDDEN' } }]) {
    expect(maskError(thrown, 'r').toJSON()).toMatchObject({
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r' },
    });
  }
});
