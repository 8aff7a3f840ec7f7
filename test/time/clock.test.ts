import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import { createFakeClock, hasFaketime } from '../support/faketime.ts';
import { projectsFile } from '../support/projects-file.ts';
import { startReplica } from '../support/replica.ts';
import { ASK_NAME, DETAIL } from '../support/sample-operations.ts';

const SERVICE = createWorld().services.find(({ connections }) => connections.length > 1)!;

const SOON = { timeout: 10_000 };

const NOTE = `mutation ($id: ID!, $connections: [ConnectionDescriptionInput!]!, $key: String) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: $connections, idempotencyKey: $key }) { userErrors { code } } }`;

/** A gateway with a user of IAM, whose wall clock the test sets. */
const scene = async (settings: Record<string, string> = {}) => {
  const world = createWorld();
  const sandbox = await startSandbox({ world });
  onTestFinished(() => sandbox.close());
  const endpoints = { css: sandbox.url, vpcep: sandbox.url, dataartsinsight: sandbox.url, iam: sandbox.url };
  const project = {
    region: SANDBOX.region,
    projectId: SANDBOX.projectId,
    endpoints,
    credentials: { user: world.user },
  };
  const clock = createFakeClock();
  const gateway = await startReplica({
    PROJECTS_FILE: projectsFile([project]),
    ALLOW_ANONYMOUS: '1',
    ...settings,
    ...clock.environment,
  });
  const ask = async (query: string, variables: object = {}) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    // Node writes the header from the wall clock, once a second.
    const minutesOff = Math.round((Date.parse(response.headers.get('date') ?? '') - Date.now()) / 60_000);
    return { status: response.status, minutesOff, body: (await response.json()) as object };
  };
  /** Waits until an answer shows the new time. */
  const setClock = async (minutes: number) => {
    clock.setTo(minutes);
    const minutesOff = async () => (await ask('{ __typename }')).minutesOff;
    await expect.poll(minutesOff, SOON).toBe(minutes);
  };
  const calls = (path: RegExp) => sandbox.calls.filter((call) => path.test(call.path)).length;
  return { gateway, sandbox, ask, setClock, calls };
};

const NAME = { data: { cluster: { name: expect.any(String) } } };

for (const minutes of [-20, 20]) {
  const jump = `a clock that jumps ${minutes} minutes`;

  test.skipIf(!hasFaketime)(`needs faketime: ${jump} leaves the circuit breaker its second`, async () => {
    const { gateway, sandbox, ask, setClock } = await scene({ SHARE_READS: 'off' });
    const breaker = () =>
      gateway.metric(`gateway_upstream_breaker_state{service="css",host="${new URL(sandbox.url).host}"}`);
    sandbox.fault({ path: DETAIL, respond: { status: 500 } });
    await expect
      .poll(async () => {
        await Promise.all(Array.from({ length: 10 }, () => ask(ASK_NAME)));
        return breaker();
      }, SOON)
      .toBe(2);
    sandbox.clearFaults();
    await setClock(minutes);
    await expect.poll(async () => (await ask(ASK_NAME)).body, SOON).toMatchObject(NAME);
    expect(await breaker()).toBe(0);
  });

  test.skipIf(!hasFaketime)(
    `needs faketime: ${jump} changes neither the keys of writes nor tokens`,
    async () => {
      const { ask, setClock, calls } = await scene();
      const note = {
        id: SERVICE.id,
        connections: [{ endpointId: SERVICE.connections[0]!.id, description: 'a note' }],
        key: 'key 1',
      };
      const { body } = await ask(NOTE, note);
      expect(body).toMatchObject({ data: { updateConnectionDescriptions: { userErrors: [] } } });
      const writes = calls(/connections\/description/);
      await setClock(minutes);
      expect((await ask(NOTE, note)).body).toEqual(body);
      expect(calls(/connections\/description/)).toBe(writes);
      expect((await ask(ASK_NAME)).body).toMatchObject(NAME);
      expect(calls(/auth\/tokens/)).toBe(1);
    },
  );

  test.skipIf(!hasFaketime)(`needs faketime: ${jump} leaves the rate limit its minute`, async () => {
    const { ask, setClock } = await scene({ RATE_LIMIT: '1000' });
    const statuses = async (times: number) => {
      const answers = await Promise.all(Array.from({ length: times }, () => ask('{ __typename }')));
      return new Set(answers.map(({ status }) => status));
    };
    expect(await statuses(500)).toEqual(new Set([200]));
    await setClock(minutes);
    expect(await statuses(600)).toEqual(new Set([200, 429]));
  });

  test.skipIf(!hasFaketime)(`needs faketime: ${jump} leaves running operations their grace`, async () => {
    const { gateway, sandbox, ask, setClock } = await scene({ SHUTDOWN_GRACE_MS: '60000' });
    await ask(ASK_NAME);
    sandbox.fault({ path: DETAIL, delayMs: 4_000 });
    const before = sandbox.calls.length;
    const running = ask(ASK_NAME);
    await expect.poll(() => sandbox.calls.length).toBe(before + 1);
    gateway.kill('SIGTERM');
    await setClock(minutes);
    expect((await running).body).toMatchObject(NAME);
    expect(await gateway.exit).toBe(0);
  });
}
