import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { type Answer, createMemoryLog, sandboxSettings } from '../support/gateway.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../support/sample-operations.ts';

const HANGING_MS = 60_000;
const SWITCH = /vpcepservice\/(open|close)/;
const WHITELIST = /permissions/;

const DISABLE = `mutation { disableEndpointAccess(input: { clusterId: "${CLUSTER}" }) {
  userErrors { code message } } }`;
const ADD = `mutation ($who: String!) { addPermissions(input: {
  parent: { clusterId: "${CLUSTER}" }, principals: [$who] }) { userErrors { code message } } }`;

/** A gateway with a grace of a tenth of a second, before a cloud that the test lets hang. */
const scene = async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const log: string[] = [];
  const config = readConfig({
    ...sandboxSettings(sandbox),
    OPERATION_TIMEOUT_MS: '60000',
    UPSTREAM_TIMEOUT_MS: '30000',
  });
  const gateway = await startGateway(config, { log: createMemoryLog(log) });
  onTestFinished(() => gateway.close());
  const ask = async (query: string, variables: object = {}) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Answer) };
  };
  /** Waits until the cloud has been sent a call of this path. */
  const sent = async (path: RegExp) => {
    await expect.poll(() => sandbox.calls.some((call) => path.test(call.path))).toBe(true);
  };
  return { gateway, sandbox, ask, sent, log };
};

const metric = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1] ?? 0,
  );
};

const OVERLOADED = { code: 'OVERLOADED', retryable: true };

test('a read that outlasts the grace is answered with OVERLOADED at its field', async () => {
  const { gateway, sandbox, ask, sent } = await scene();
  sandbox.fault({ path: DETAIL, delayMs: HANGING_MS });
  const running = ask(ASK_NAME);
  await sent(DETAIL);
  await gateway.close();
  expect(await running).toMatchObject({
    status: 200,
    data: { cluster: null },
    errors: [
      {
        message: 'css: The gateway is shutting down. Send the request again: another one takes it.',
        path: ['cluster'],
        extensions: OVERLOADED,
      },
    ],
  });
});

test('so is one that waits to repeat a call', async () => {
  const { gateway, sandbox, ask, sent } = await scene();
  sandbox.fault({ path: DETAIL, respond: { status: 503, headers: { 'Retry-After': '20' } } });
  const running = ask(ASK_NAME);
  await sent(DETAIL);
  await gateway.close();
  expect(await running).toMatchObject({ status: 200, errors: [{ extensions: OVERLOADED }] });
});

test('a write that is under way is INDETERMINATE, in the words of a time-out', async () => {
  const { gateway, sandbox, ask, sent, log } = await scene();
  sandbox.fault({ path: SWITCH, delayMs: HANGING_MS });
  const running = ask(DISABLE);
  await sent(SWITCH);
  await gateway.close();
  const { data } = await running;
  expect(data.disableEndpointAccess.userErrors).toEqual([
    { code: 'INDETERMINATE', message: expect.stringContaining('endpointAccess') },
  ]);
  expect(log.filter((line) => line.includes('"audit":true'))).toEqual([
    expect.stringContaining('"outcome":["INDETERMINATE"]'),
  ]);
});

test('a write that waits for its turn was not sent, and is answered with OVERLOADED', async () => {
  const { gateway, sandbox, ask, sent } = await scene();
  sandbox.fault({ path: WHITELIST, delayMs: HANGING_MS });
  const first = ask(ADD, { who: '11111111111111111111111111111111' });
  await sent(WHITELIST);
  const second = ask(ADD, { who: '22222222222222222222222222222222' });
  await expect.poll(() => metric(gateway.url, 'gateway_whitelist_changes{state="waiting"}')).toBe(1);
  await gateway.close();
  expect((await first).data.addPermissions.userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
  expect(await second).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
});

test('a request whose body has not arrived is answered as well', async () => {
  const { gateway } = await scene();
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  let answer = '';
  socket.on('data', (part: string) => (answer += part));
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = once(socket, 'close');
  await gateway.close();
  await closed;
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain('"OVERLOADED"');
});
