import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { type Exchange, readContract } from './contract.ts';

const contract = readContract();

/** An exchange that keeps to the contract. */
const VERIFY: Exchange = {
  method: 'POST',
  path: `/v1/${SANDBOX.projectId}/connections/vpc-endpoint`,
  headers: { 'x-workspace-id': 'w1', 'x-auth-token': 't', 'content-type': 'application/json' },
  body: '{"ds_type":"DWS","vpc_ep_server_id":"s1"}',
  status: 200,
  answer: '{"id":"i1","create_date":1714962072863}',
};
const LIST: Exchange = {
  method: 'GET',
  path: `/v1/${SANDBOX.projectId}/vpc-endpoint-services?offset=0&limit=10`,
  headers: { authorization: 'SDK-HMAC-SHA256 …' },
  body: '',
  status: 200,
  answer: '{"endpoint_services":[],"total_count":0}',
};
const CLOSE: Exchange = {
  ...LIST,
  method: 'DELETE',
  path: `/v1/${SANDBOX.projectId}/vpc-endpoint-services/describe`,
  status: 204,
  answer: '',
};

test.each([VERIFY, LIST, CLOSE])('$method with status $status keeps to the contract', (exchange) => {
  expect(contract.judge(exchange).violations).toEqual([]);
});

test('a fixed path is told from an id in the same place, by its method too', () => {
  const describe = {
    ...CLOSE,
    method: 'GET',
    path: `${CLOSE.path}?id=s1`,
    status: 200,
    answer: '{"id":"s1"}',
  };
  expect(contract.judge(describe).operationId).toBe('describeEndpointService');
  expect(contract.judge(CLOSE).operationId).toBe('deleteEndpointService');
});

test.each<[what: string, exchange: Exchange, violation: string]>([
  ['a path of no service', { ...LIST, path: '/v1/p1/vpcs' }, 'GET /v1/p1/vpcs is not in the contract'],
  [
    'a method that a path does not have',
    { ...VERIFY, method: 'PUT' },
    `PUT ${VERIFY.path} is not in the contract`,
  ],
  ['a limit of none', { ...LIST, path: LIST.path.replace('10', '0') }, 'query/limit must be >= 1'],
  ['a position in words', { ...LIST, path: LIST.path.replace('=0', '=one') }, 'query/offset must be integer'],
  [
    'a parameter that is not documented',
    { ...LIST, path: `${LIST.path}&page=1` },
    'query must NOT have additional properties (page)',
  ],
  ['a parameter given twice', { ...LIST, path: `${LIST.path}&limit=9` }, 'query/limit must be integer'],
  ['a body where there is none', { ...LIST, body: '{}' }, 'request must not have a body'],
  ['no credentials', { ...LIST, headers: {} }, 'header must have credentials'],
  [
    'no workspace',
    { ...VERIFY, headers: { ...VERIFY.headers, 'x-workspace-id': undefined } },
    "header must have required property 'x-workspace-id'",
  ],
  [
    'a body that is not labelled',
    { ...VERIFY, headers: { ...VERIFY.headers, 'content-type': 'text/plain' } },
    'request body must be labelled JSON',
  ],
  ['no body', { ...VERIFY, body: '' }, 'request must have a body'],
  ['a body that is not JSON', { ...VERIFY, body: 'ds_type=DWS' }, 'request body must be JSON'],
  [
    'a body without what is needed',
    { ...VERIFY, body: '{"vpc_ep_server_id":"s1"}' },
    "request body must have required property 'ds_type'",
  ],
  [
    'a body with a property that is not documented',
    { ...VERIFY, body: '{"ds_type":"DWS","vpc_ep_server_id":"s1","dsType":"DWS"}' },
    'request body must NOT have unevaluated properties (dsType)',
  ],
  ['a status that is not documented', { ...LIST, status: 206 }, 'answer must not have status 206'],
  ['an answer that is not JSON', { ...LIST, answer: '<html>' }, 'answer 200 must be JSON'],
  [
    'an answer without its list',
    { ...LIST, answer: '{"total_count":0}' },
    "answer 200 must have required property 'endpoint_services'",
  ],
  [
    'an answer of another type',
    { ...VERIFY, answer: '{"id":"i1","create_date":"2024-05-06"}' },
    'answer 200/create_date must be integer,null',
  ],
  [
    'a refusal without a code',
    { ...VERIFY, status: 403, answer: '{"error_msg":"no"}' },
    "answer 403 must have required property 'error_code'",
  ],
  ['an answer where none is', { ...CLOSE, answer: '{"id":"s1"}' }, 'answer 204 must be empty'],
])('%s is against the contract', (_what, exchange, violation) => {
  const { operationId, violations } = contract.judge(exchange);
  expect(violations).toEqual([operationId === null ? violation : `${operationId}: ${violation}`]);
});
