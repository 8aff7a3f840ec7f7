import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-codes.ts';
import type { FaultRule } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';
import { CLUSTER, failing, getOnlyError } from '../support/sample-operations.ts';

type Row = readonly [numbers: string, status: number, code: ErrorCode];

interface Case {
  errorCode: string;
  status: number;
  code: ErrorCode;
}

/** The vendor's tables of error codes, row by row. */
const API_GATEWAY: Row[] = [
  ['0101 0103', 404, 'INTERNAL_SERVER_ERROR'],
  ['0104 0105 0106 0602', 400, 'INTERNAL_SERVER_ERROR'],
  ['0201', 400, 'BAD_USER_INPUT'],
  ['0201', 413, 'BAD_USER_INPUT'],
  ['0201', 414, 'BAD_USER_INPUT'],
  ['0201', 494, 'BAD_USER_INPUT'],
  ['0201', 502, 'UPSTREAM_UNAVAILABLE'],
  ['0201', 504, 'UPSTREAM_TIMEOUT'],
  ['0301 0303 0305 0307', 401, 'UNAUTHENTICATED'],
  ['0302 0304 0306 0310 0401 0402 0404 0801 0802', 403, 'FORBIDDEN'],
  ['0308', 429, 'RATE_LIMITED'],
  ['0501 0502', 405, 'INTERNAL_SERVER_ERROR'],
  ['0601 0605 0606 0607 0608 0609 0611 0612 0705', 500, 'UPSTREAM_UNAVAILABLE'],
  ['0610', 502, 'UPSTREAM_UNAVAILABLE'],
  ['0613', 503, 'UPSTREAM_UNAVAILABLE'],
];

const CSS: Row[] = [
  ['0011', 202, 'UPSTREAM_BUSY'],
  ['0001 0006 0017 5039 5056', 400, 'BAD_USER_INPUT'],
  ['0047', 400, 'NOT_FOUND'],
  ['0021 5301 0051 5313', 400, 'FORBIDDEN'],
  ['0063 0064', 400, 'QUOTA_EXCEEDED'],
  ['5090 5140 6013', 400, 'CONFLICT'],
  ['0036', 400, 'UPSTREAM_UNAVAILABLE'],
  ['0010 5045', 403, 'FORBIDDEN'],
  ['0015', 403, 'NOT_FOUND'],
  ['0002 0007 0016 0022 0028 1103 3027', 404, 'NOT_FOUND'],
  ['0012 0029 0031', 409, 'CONFLICT'],
  ['0004 5108', 415, 'BAD_USER_INPUT'],
  ['0023', 419, 'QUOTA_EXCEEDED'],
  ['0040', 422, 'BAD_USER_INPUT'],
  ['0005 1004 9999', 500, 'UPSTREAM_UNAVAILABLE'],
];

const VPCEP: Row[] = [
  ['0001', 500, 'UPSTREAM_UNAVAILABLE'],
  ['0002 0006 0007 0010 0014 0015 0016 0017 0018 0019 0020 0021 0023 1003 1004', 400, 'BAD_USER_INPUT'],
  ['0003', 401, 'UNAUTHENTICATED'],
  ['0004', 403, 'FORBIDDEN'],
  ['0005 2006 2007 2008', 404, 'NOT_FOUND'],
  ['2030 4004 4008 4012', 404, 'BAD_USER_INPUT'],
  ['0011 0012', 504, 'BAD_USER_INPUT'],
  ['0013', 504, 'UPSTREAM_TIMEOUT'],
  ['0022', 400, 'RATE_LIMITED'],
  ['1018 2045 3049', 400, 'QUOTA_EXCEEDED'],
  ['2001 2003 2013 2017 2029 3062', 400, 'NOT_FOUND'],
  ['2004 2014 2018 2019 2047 3006 3045', 400, 'CONFLICT'],
  ['2012 2015 2050', 400, 'FORBIDDEN'],
  ['2022', 400, 'UPSTREAM_UNAVAILABLE'],
  ['2031 2044 3002 3035 3036', 400, 'BAD_USER_INPUT'],
];

const INSIGHT: Row[] = [
  ['20010003', 403, 'FORBIDDEN'],
  ['24010003', 404, 'NOT_FOUND'],
  ['24010043', 400, 'FORBIDDEN'],
  [Array.from({ length: 21 }, (_, at) => 24150000 + at).join(' '), 400, 'BAD_USER_INPUT'],
];

const casesOf = (prefix: string, rows: Row[]): Case[] =>
  rows.flatMap(([numbers, status, code]) =>
    numbers.split(' ').map((number) => ({ errorCode: prefix + number, status, code })),
  );

const askCluster = (id: string) => `{ cluster(clusterId: "${id}") { name } }`;
const askService = (id: string) => `{ endpointService(by: { id: "${id}" }) { name } }`;

type Respond = NonNullable<FaultRule['respond']>;

/** Asks once for each answer, all at once, for a thing of its own that is answered so; gives the errors. */
const met = async ({ sandbox, ask }: TestGateway, answers: Respond[], query = askCluster) =>
  Promise.all(
    answers.map(async (respond, at) => {
      sandbox.fault({ path: new RegExp(`thing-${at}\\b`), respond });
      const { code, upstream } = getOnlyError(await ask(query(`thing-${at}`))).extensions;
      return { code, ...upstream } as { code: string; status: number; errorCode?: string };
    }),
  );

const withBody =
  (bodyOf: (code: string) => object) =>
  ({ errorCode, status }: Case) => ({ status, body: bodyOf(errorCode) });
const asCase = ({ errorCode, status, code }: Awaited<ReturnType<typeof met>>[number]) => ({
  errorCode,
  status,
  code,
});

const E1 = (code: string) => ({ errCode: code, externalMessage: `${code} : words of the vendor` });
const E2 = (code: string) => ({ error_code: code, error_msg: 'words of the vendor' });
const E3 = (code: string) => ({ ...E2(code), request_id: '6e24ec0c5e3b4ff5b8d4ff0b4d3d3f4e' });

test.each([
  { service: 'the API gateway', cases: casesOf('APIGW.', API_GATEWAY), bodyOf: E3, query: askCluster },
  { service: 'CSS', cases: casesOf('CSS.', CSS), bodyOf: E1, query: askCluster },
  { service: 'VPCEP', cases: casesOf('EndPoint.', VPCEP), bodyOf: E2, query: askService },
])('every error code of $service has its meaning', async ({ cases, bodyOf, query }) => {
  const errors = await met(await gateway(), cases.map(withBody(bodyOf)), query);
  expect(errors.map(asCase)).toEqual(cases);
});

test.each([
  { how: 'bare', prefix: '' },
  { how: 'with the name of the product', prefix: 'DataArtsInsight.' },
])('every error code of DataArts Insight has its meaning, $how', async ({ prefix }) => {
  const { sandbox, ask, project } = await gateway();
  const wire = JSON.stringify([1, 'ConnectedInstance', project.region, project.projectId, 'i1']);
  const id = Buffer.from(wire).toString('base64url');
  const cases = casesOf(prefix, INSIGHT);
  const answers: Case[] = [];
  for (const { errorCode, status } of cases) {
    sandbox.clearFaults();
    sandbox.fault({ path: /\/connections\?/, respond: { status, body: E2(errorCode) } });
    const answer = await ask(`{ node(id: "${id}") { id } }`, {}, { 'x-workspace-id': SANDBOX.workspaceId });
    const { extensions } = getOnlyError(answer);
    answers.push({
      errorCode: String(extensions.upstream!['errorCode']),
      status,
      code: extensions.code as ErrorCode,
    });
  }
  expect(answers).toEqual(cases);
});

test.each([
  { shape: 'E1', body: { errCode: 'CSS.0047', externalMessage: 'x' } },
  { shape: 'E2', body: { error_code: 'CSS.0047', error_msg: 'x' } },
  { shape: 'E3', body: { error_code: 'CSS.0047', error_msg: 'x', request_id: 'r' } },
  { shape: 'E4', body: { error: { code: 'CSS.0047', message: 'x' } } },
  { shape: 'E5, errorCode', body: { errorCode: 'CSS.0047', errorMsg: 'x' } },
  { shape: 'E5, code', body: { code: 'CSS.0047', message: 'x' } },
  { shape: 'E5, one level down', body: { trace: 't', fault: { errorCode: 'CSS.0047', errorMsg: 'x' } } },
  { shape: 'E2 with the code in capitals', body: { error_code: 'CSS.0047'.toUpperCase() } },
  { shape: 'E2 with the code in small letters', body: { error_code: 'css.0047' } },
])('the error code is found in $shape', async ({ body }) => {
  const { extensions } = await failing(await gateway(), { respond: { status: 400, body } });
  expect(extensions).toMatchObject({
    code: 'NOT_FOUND',
    upstream: { errorCode: expect.stringMatching(/^css.0047$/i) },
  });
});

test('`EndPoint.` and `Endpoint.` are the same prefix', async () => {
  const cases = casesOf('Endpoint.', VPCEP);
  const errors = await met(await gateway(), cases.map(withBody(E2)), askService);
  expect(errors.map(asCase)).toEqual(cases);
});

test('the code of IAM is a number, and its status decides', async () => {
  const respond = { status: 401, body: { error: { code: 401, message: 'x', title: 'Unauthorized' } } };
  const { extensions } = await failing(await gateway(), { respond });
  expect(extensions).toMatchObject({ code: 'UNAUTHENTICATED', upstream: { errorCode: '401', status: 401 } });
});

const BY_STATUS = {
  400: 'BAD_USER_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  412: 'CONFLICT',
  418: 'BAD_USER_INPUT',
  429: 'RATE_LIMITED',
  500: 'UPSTREAM_UNAVAILABLE',
  504: 'UPSTREAM_TIMEOUT',
};

test('with an error code that is in no table, the status decides', async () => {
  const answers = Object.keys(BY_STATUS).map((status) => ({ status: Number(status), body: E1('CSS.7777') }));
  const errors = await met(await gateway(), answers);
  expect(Object.fromEntries(errors.map(({ status, code }) => [status, code]))).toEqual(BY_STATUS);
});

test.each([
  { what: 'a page of a load balancer', body: '<html><body>nginx</body></html>' },
  { what: 'no body', body: undefined },
  { what: 'JSON without an error code', body: { message: 'nothing of ours' } },
  { what: 'a list', body: [{ errCode: 'CSS.0047' }] },
])('with $what, only what is certain is taken from the status', async ({ body }) => {
  const certain = {
    400: 'UPSTREAM_BAD_RESPONSE',
    401: 'UNAUTHENTICATED',
    403: 'UPSTREAM_BAD_RESPONSE',
    404: 'UPSTREAM_BAD_RESPONSE',
    429: 'RATE_LIMITED',
    500: 'UPSTREAM_UNAVAILABLE',
    502: 'UPSTREAM_UNAVAILABLE',
    503: 'UPSTREAM_UNAVAILABLE',
    504: 'UPSTREAM_TIMEOUT',
  };
  const answers = Object.keys(certain).map((status) => ({ status: Number(status), body }));
  const errors = await met(await gateway(), answers);
  expect(Object.fromEntries(errors.map(({ status, code }) => [status, code]))).toEqual(certain);
  expect(errors.filter(({ errorCode }) => errorCode !== undefined)).toEqual([]);
});

test('endpoint access that is off is an empty list', async () => {
  const { sandbox, ask } = await gateway();
  sandbox.fault({ path: /vpcepservice/, respond: { status: 400, body: E1('CSS.5182') } });
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${CLUSTER}") { endpointAccess connections { totalCount nodes { endpointId } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.cluster).toEqual({ endpointAccess: false, connections: { totalCount: 0, nodes: [] } });
});

test('an empty error code in a success is none', async () => {
  const { sandbox, ask } = await gateway();
  sandbox.fault({
    path: /clusters\/[^/?]+$/,
    mutate: (body: object) => ({ ...body, error_code: '', errCode: null }),
  });
  expect((await ask(askCluster(CLUSTER))).errors).toBeUndefined();
});

test.each([
  { header: '7', retryAfterMs: 7000 },
  { header: '0', retryAfterMs: 0 },
  { header: 'Wed, 21 Oct 2015 07:28:00 GMT', retryAfterMs: 0 },
  { header: 'soon', retryAfterMs: undefined },
  { header: '-5', retryAfterMs: undefined },
  { header: '12345678', retryAfterMs: undefined },
])('`Retry-After: $header` is told as retryAfterMs $retryAfterMs', async ({ header, retryAfterMs }) => {
  const respond = { status: 403, body: E1('CSS.0010'), headers: { 'Retry-After': header } };
  const { extensions } = await failing(await gateway(), { respond });
  expect(extensions['retryAfterMs']).toBe(retryAfterMs);
});

test('a date in `Retry-After` counts from the `Date` of the answer, whatever our own clock says', async () => {
  const headers = {
    Date: 'Wed, 21 Oct 2015 07:28:00 GMT',
    'Retry-After': 'Wed, 21 Oct 2015 07:28:30 GMT',
  };
  const respond = { status: 403, body: E1('CSS.0010'), headers };
  const { extensions } = await failing(await gateway(), { respond });
  expect(extensions['retryAfterMs']).toBe(30_000);
});

test('what is no error code or request id is not shown as one', async () => {
  const respond = {
    status: 403,
    body: { errCode: 'Go to http://10.0.0.1/ <now>', error_code: 'x'.repeat(200) },
    headers: { 'X-Request-Id': 'a b' },
  };
  const { extensions } = await failing(await gateway(), { respond });
  expect(extensions.upstream).toEqual({ service: 'css', status: 403 });
});
