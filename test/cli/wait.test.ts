import { expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { runWait, type WaitOptions } from '../../src/cli/wait.ts';
import { callContext } from '../support/command.ts';
import { gateway } from '../support/gateway.ts';

const ORDERS = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';
const WAITING = '7860240d-fc33-40b6-85db-abd245fbfa5d';
const FAILED = '07df492e-3cdf-4c1a-8ee1-a59e937fa9b4';

const wait = (url: string, options: Partial<WaitOptions> = {}) => {
  const { context, written } = callContext(url);
  return { written, code: runWait(context, { id: ORDERS, endpointIds: [], until: [], ...options }) };
};

test('where nothing changes there is nothing to wait for', async () => {
  const { url } = await gateway();
  const { code, written } = wait(url);
  expect(await code).toBe(EXIT.done);
  expect(written).toEqual({ out: '', err: 'All connections are settled.\n' });
});

test('it waits for a decision, and writes every state', async () => {
  const { url, ask } = await gateway({ settings: { SETTLING_POLL_MS: '100' } });
  const { code, written } = wait(url, { endpointIds: [WAITING], until: ['ACCEPTED', 'REJECTED'] });
  await expect.poll(() => written.out, { timeout: 10_000 }).toBe(`${WAITING}\tPENDING_ACCEPTANCE\n`);
  await ask(
    `mutation { acceptConnections(input: { targets: [{ parent: { clusterId: "${ORDERS}" }, endpointIds: ["${WAITING}"] }] }) { userErrors { message } } }`,
  );
  expect(await code).toBe(EXIT.done);
  expect(written.out.trimEnd().split('\n').at(-1)).toBe(`${WAITING}\tACCEPTED`);
});

test.each([
  ['what has failed is no success', { endpointIds: [FAILED] }, EXIT.failed],
  ['a failure that is waited for is', { endpointIds: [FAILED], until: ['FAILED'] }, EXIT.done],
])('%s', async (_, options, exit) => {
  const { url } = await gateway({ settings: { SETTLING_POLL_MS: '100' } });
  const { code, written } = wait(url, options);
  expect(await code).toBe(exit);
  expect(written.out).toBe(`${FAILED}\tFAILED\n`);
});

test('a service is found by its id as well', async () => {
  const { url } = await gateway();
  const { code, written } = wait(url, { id: 'f0f5e5d7-d4e7-4294-84cb-f5a54315d7be' });
  expect([await code, written.err]).toEqual([EXIT.done, 'All connections are settled.\n']);
});

test('more connections than one read gives are not waited for in part', async () => {
  const { url } = await gateway();
  const { code } = wait(url, { id: '725ef19b-214c-4a5c-82fb-63117f789f95', until: ['GONE'] });
  await expect(code).rejects.toThrow(/more than 1,000 connections.*name the endpoints/);
});

test('an id of nothing is told', async () => {
  const { url } = await gateway();
  const { code, written } = wait(url, { id: '00000000-0000-4000-8000-000000000000' });
  expect(await code).toBe(EXIT.failed);
  expect(written.err).toMatch(/NOT_FOUND|There is no cluster and no endpoint service/);
});
