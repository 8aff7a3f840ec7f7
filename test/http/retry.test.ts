import { expect, test } from 'vitest';
import type { FaultRule } from '../../src/sandbox/server.ts';
import { gateway } from '../support/gateway.ts';
import { ASK_NAME, DETAIL, failing, getOnlyError } from '../support/sample-operations.ts';

type Fault = Omit<FaultRule, 'path'>;

const refusal = (status: number, errCode?: string, headers = {}): Fault => ({
  respond: { status, body: errCode === undefined ? '<html>' : { errCode }, headers },
});

const PASSING: { what: string; fault: Fault; code: string }[] = [
  { what: 'status 429', fault: refusal(429, 'APIGW.0308'), code: 'RATE_LIMITED' },
  { what: 'status 500', fault: refusal(500, 'CSS.9999'), code: 'UPSTREAM_UNAVAILABLE' },
  { what: 'status 502', fault: refusal(502), code: 'UPSTREAM_UNAVAILABLE' },
  { what: 'status 503', fault: refusal(503, 'APIGW.0613'), code: 'UPSTREAM_UNAVAILABLE' },
  { what: 'status 504', fault: refusal(504), code: 'UPSTREAM_TIMEOUT' },
  { what: 'a connection reset', fault: { reset: 'before' }, code: 'UPSTREAM_UNAVAILABLE' },
  { what: 'a connection reset in mid-answer', fault: { reset: 'after' }, code: 'UPSTREAM_UNAVAILABLE' },
];

test.each(PASSING)('a read is repeated after $what', async ({ fault }) => {
  const { sandbox, ask, calls } = await gateway();
  sandbox.fault({ path: DETAIL, times: 2, ...fault });
  const { data, errors } = await ask(ASK_NAME);
  expect(errors).toBeUndefined();
  expect(data.cluster.name).toBeTypeOf('string');
  expect(calls()).toHaveLength(3);
});

test.each(PASSING)('a read is given up at the third $what', async ({ fault, code }) => {
  // A connection that was of use before is given up for nothing, and one more call is made.
  const gate = await gateway();
  expect(await failing(gate, fault)).toMatchObject({ extensions: { code, retryable: true } });
  expect(gate.calls()).toHaveLength(3);
});

test('a read of VPCEP is repeated after its throttling code, which comes with status 400', async () => {
  const { sandbox, ask, calls } = await gateway();
  const { id } = sandbox.world.services[0]!;
  sandbox.fault({
    path: /services/,
    times: 2,
    respond: { status: 400, body: { error_code: 'EndPoint.0022' } },
  });
  const { data } = await ask(`{ endpointService(by: { id: "${id}" }) { name } }`);
  expect(data.endpointService.name).toMatch(new RegExp(`${id}$`));
  expect(calls()).toHaveLength(3);
});

test.each([
  { what: 'a wrong signature or token', fault: refusal(401, 'APIGW.0301'), code: 'UNAUTHENTICATED' },
  { what: 'an expired token', fault: refusal(401, 'APIGW.0307'), code: 'UNAUTHENTICATED' },
  { what: 'a missing permission', fault: refusal(403, 'CSS.0010'), code: 'FORBIDDEN' },
  {
    what: 'an internal error under status 400',
    fault: refusal(400, 'CSS.0036'),
    code: 'UPSTREAM_UNAVAILABLE',
  },
  { what: 'status 501', fault: refusal(501), code: 'UPSTREAM_UNAVAILABLE' },
  { what: 'a busy cluster', fault: refusal(202, 'CSS.0011'), code: 'UPSTREAM_BUSY' },
  {
    what: 'a page instead of JSON',
    fault: { respond: { status: 200, body: '<html>' } },
    code: 'UPSTREAM_BAD_RESPONSE',
  },
])('a read is not repeated after $what', async ({ fault, code }) => {
  const gate = await gateway();
  expect((await failing(gate, fault)).extensions.code).toBe(code);
  expect(gate.calls()).toHaveLength(1);
});

test.each([
  { what: 'a time-out', fault: { hang: 'before' as const } },
  { what: 'a time-out in mid-answer', fault: { hang: 'body' as const } },
])('a read is repeated once after $what', async ({ fault }) => {
  const gate = await gateway({ settings: { UPSTREAM_TIMEOUT_MS: '100' } });
  expect((await failing(gate, fault)).extensions.code).toBe('UPSTREAM_TIMEOUT');
  expect(gate.calls()).toHaveLength(2);
});

test.each(['EndPoint.0011', 'EndPoint.0012'])(
  '%s is not repeated, though it comes with status 504',
  async (errorCode) => {
    const { sandbox, ask, calls } = await gateway();
    sandbox.fault({ path: /services/, respond: { status: 504, body: { error_code: errorCode } } });
    const error = getOnlyError(await ask('{ endpointServices { totalCount } }'));
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    expect(calls()).toHaveLength(1);
  },
);

test('the next attempt waits as long as the service says', async () => {
  const { sandbox, ask, calls } = await gateway();
  sandbox.fault({ path: DETAIL, times: 1, ...refusal(429, 'APIGW.0308', { 'Retry-After': '1' }) });
  const started = performance.now();
  expect((await ask(ASK_NAME)).errors).toBeUndefined();
  // A timer may fire a little early; without the header the wait is 200 ms at most.
  expect(performance.now() - started).toBeGreaterThan(900);
  expect(calls()).toHaveLength(2);
});

test('a wait that the operation has no time for is left to the caller', async () => {
  const gate = await gateway({ settings: { OPERATION_TIMEOUT_MS: '2000' } });
  const { extensions } = await failing(gate, refusal(429, 'APIGW.0308', { 'Retry-After': '3' }));
  expect(extensions).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterMs: 3000 });
  expect(gate.calls()).toHaveLength(1);
});

test('a service that is down and says when it is back is not asked before', async () => {
  const gate = await gateway();
  const { extensions } = await failing(gate, refusal(503, 'APIGW.0613', { 'Retry-After': '60' }));
  expect(extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true, retryAfterMs: 60_000 });
  expect(gate.calls()).toHaveLength(1);
});
