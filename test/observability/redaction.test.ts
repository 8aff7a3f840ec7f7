import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createWorld, INSIGHT_DOMAIN_ID, makePermission, SANDBOX } from '../../src/sandbox/world.ts';
import { CLUSTER, VERIFY } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';
import type { Answer } from '../support/gateway.ts';
import { startLoggingGateway } from '../support/logging-gateway.ts';
import { createRandom, runAtOnce } from '../support/random.ts';

/** Texts that nobody but their owner may ever read, by where they come from. */
const CANARY = {
  token: 'canary-caller-token-1f0a',
  apiKey: 'canary-api-key-2b9c',
  idempotencyKey: 'canary-idempotency-key-3d77',
  note: 'canary-note-4e21',
  message: 'canary-upstream-message-5c10',
  field: 'canaryUpstreamField6a',
  value: 'canary-upstream-value-7f33',
  header: 'canary-upstream-header-8d04',
  page: '<html>canary-upstream-page-9a55</html>',
  unrelated: 'canary-unrelated-variable-0b66',
};

afterEach(() => vi.unstubAllEnvs());

const NOTE = `mutation Note($id: ID!, $endpoint: ID!, $note: String!, $key: String) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: [{ endpointId: $endpoint, description: $note }],
    idempotencyKey: $key }) { userErrors { code message } } }`;
const ADD = `mutation Add($id: ID!, $note: String!, $key: String) {
  addPermissions(input: { parent: { serviceId: $id }, principals: ["someone"], description: $note, idempotencyKey: $key }) {
    added userErrors { code message } } }`;
const READ = `query Read($id: ID!) { cluster(clusterId: "${CLUSTER}") { name connections { nodes { endpointId } } }
  endpointService(by: { id: $id }) { name permissions { totalCount } connections { nodes { endpointId } } }
  endpoints { totalCount } dataSources { totalCount } }`;
const WATCH = `subscription Watch($id: ID!, $ids: [ID!]!) { connectionStatusChanged(parent: { serviceId: $id }, endpointIds: $ids) { status } }`;

type Logged = Awaited<ReturnType<typeof startLoggingGateway>>;

/** Asks everything, with canaries wherever a caller can put one; what it gives may hold none. */
const askEverything = async (
  gate: Logged,
  headers: Record<string, string>,
): Promise<{ told: string[]; codes: string[] }> => {
  const { sandbox, post, url } = gate;
  const service = sandbox.world.services.find(({ connections }) => connections.length > 0)!;
  const endpoint = service.connections[0]!.id;
  service.permissions.push(makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` }));
  const own = { note: CANARY.note, key: CANARY.idempotencyKey };
  const input = { service: { id: service.id }, dataSourceType: 'DWS', idempotencyKey: CANARY.idempotencyKey };
  const asked: [string, object][] = [
    [READ, { id: service.id }],
    [NOTE, { id: service.id, endpoint, ...own }],
    [NOTE, { id: service.id, endpoint, ...own, note: `${CANARY.note} <` }],
    [NOTE, { id: service.id, endpoint, ...own, note: `${CANARY.note} another` }],
    [ADD, { id: service.id, ...own }],
    [VERIFY, { input }],
  ];
  const all = { 'x-explain': '1', 'x-cost': '1', 'x-workspace-id': SANDBOX.workspaceId, ...headers };
  const told: string[] = [];
  const codes: string[] = [];
  const keep = ({ errors = [], data, extensions }: Answer & { extensions?: unknown }) => {
    const userErrors = Object.values(
      (data ?? {}) as Record<string, { userErrors?: { code: string }[] } | null>,
    ).flatMap((field) => field?.userErrors ?? []);
    codes.push(...errors.map((error) => error.extensions.code), ...userErrors.map(({ code }) => code));
    told.push(JSON.stringify([errors, userErrors, extensions]));
  };
  for (const [query, variables] of asked) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    keep((await (await post({ query, variables }, all)).json()) as Answer);
  }
  const events = await subscribe({ url }, WATCH, { id: service.id, ids: [endpoint] }, all);
  for (const event of await events.rest()) keep(event);
  return { told, codes };
};

/** All that the process says of itself, but for the answers. */
const saidBy = async ({ url, written, metrics, operations }: Logged): Promise<string> => {
  await expect.poll(() => operations().length).toBeGreaterThanOrEqual(7);
  const page = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text();
  return [...written, await metrics(), page].join('\n');
};

const checkHidden = (said: string, canaries: Iterable<string> = Object.values(CANARY)) => {
  for (const canary of canaries) expect(said.includes(canary), `${canary} was told`).toBe(false);
};

const LEAKY = {
  'X-Leak': CANARY.header,
  'Set-Cookie': `session=${CANARY.header}`,
  'X-Request-Id': '{"a b"}',
};
const refusal = (status: number, code: string) => ({
  respond: {
    status,
    headers: LEAKY,
    body: {
      error_code: code,
      error_msg: CANARY.message,
      [CANARY.field]: CANARY.value,
      detail: { [CANARY.field]: 1 },
    },
  },
});

const FAULTS: { what: string; fault?: object; codes: RegExp; settings?: Record<string, string> }[] = [
  { what: 'succeeds', codes: /^(BAD_USER_INPUT|CONFLICT)$/ },
  { what: 'is refused', fault: refusal(403, 'EndPoint.0004'), codes: /FORBIDDEN/ },
  { what: 'is refused with a code that is none', fault: refusal(400, `${CANARY.value} !`), codes: /BAD/ },
  { what: 'is told that the token is bad', fault: refusal(401, 'APIGW.0301'), codes: /UNAUTHENTICATED/ },
  { what: 'fails', fault: refusal(500, 'x y'), codes: /UPSTREAM_UNAVAILABLE|INDETERMINATE/ },
  {
    what: 'is answered with a page',
    fault: { respond: { status: 200, body: CANARY.page, headers: LEAKY } },
    codes: /UPSTREAM_BAD_RESPONSE/,
  },
  {
    what: 'is answered with a list instead of an object',
    fault: {
      respond: { status: 200, body: [CANARY.value, { [CANARY.field]: CANARY.value }], headers: LEAKY },
    },
    codes: /UPSTREAM_BAD_RESPONSE/,
  },
  {
    what: 'is answered with other fields and values',
    fault: {
      mutate: (body: Record<string, unknown>) =>
        Object.fromEntries([
          ...Object.entries(body).map(([name, value]) => [
            name,
            typeof value === 'string' ? { [CANARY.field]: CANARY.value } : CANARY.value,
          ]),
          [CANARY.field, CANARY.value],
        ]),
    },
    codes: /UPSTREAM_BAD_RESPONSE/,
  },
  {
    what: 'is sent elsewhere',
    fault: { respond: { status: 302, headers: { ...LEAKY, Location: `http://localhost/${CANARY.value}` } } },
    codes: /UPSTREAM_BAD_RESPONSE/,
  },
  { what: 'is reset', fault: { reset: 'after' }, codes: /UPSTREAM_UNAVAILABLE|INDETERMINATE/ },
  {
    what: 'is not answered',
    fault: { hang: 'body' },
    codes: /UPSTREAM_TIMEOUT|DEADLINE_EXCEEDED|INDETERMINATE/,
    settings: { UPSTREAM_TIMEOUT_MS: '30' },
  },
];

describe('nothing secret is in the log, in errors, in metrics, in explanations or on the page', () => {
  test.each(FAULTS)('where each call $what', async ({ fault, codes, settings }) => {
    vi.stubEnv('UNRELATED_SECRET', CANARY.unrelated);
    const gate = await startLoggingGateway({
      API_KEYS: `ann:${hash('sha256', CANARY.apiKey)}:write`,
      SETTLING_LIMIT_MS: '300',
      SETTLING_POLL_MS: '20',
      ...settings,
    });
    if (fault) gate.sandbox.fault({ path: /./, ...fault });
    const { told, codes: given } = await askEverything(gate, {
      'x-auth-token': CANARY.token,
      authorization: `Bearer ${CANARY.apiKey}`,
    });
    expect(given.filter((code) => codes.test(code)).length).toBeGreaterThan(0);
    expect(given).not.toContain('INTERNAL_SERVER_ERROR');
    expect(gate.sandbox.calls.some(({ headers }) => headers['x-auth-token'] === CANARY.token)).toBe(true);
    checkHidden(await saidBy(gate));
    checkHidden(told.join('\n'));
  });

  test.each<{ what: string; settings: Record<string, string>; codes: string[] }>([
    {
      what: 'an access key that the cloud takes',
      settings: { HW_ACCESS_KEY: SANDBOX.accessKey, HW_SECRET_KEY: SANDBOX.secretKey },
      codes: [],
    },
    {
      what: 'one that it quotes when it refuses it',
      settings: {
        HW_ACCESS_KEY: 'CANARYACCESSKEY0001',
        HW_SECRET_KEY: 'canary-secret-key-5f',
        HW_SECURITY_TOKEN: 'canary-security-token-6e',
      },
      codes: ['UNAUTHENTICATED'],
    },
  ])('with $what', async ({ settings, codes }) => {
    const gate = await startLoggingGateway({ ...settings, ALLOW_ANONYMOUS: '1' });
    const { told, codes: given } = await askEverything(gate, { 'x-auth-token': CANARY.token });
    expect(given).toEqual(expect.arrayContaining(codes));
    expect(
      gate.sandbox.calls.some(({ headers }) => headers.authorization?.includes(settings['HW_ACCESS_KEY']!)),
    ).toBe(true);
    const secrets = [...Object.values(settings), ...Object.values(CANARY)];
    checkHidden(await saidBy(gate), secrets);
    checkHidden(told.join('\n'), secrets);
  });

  test.each([
    { what: 'right', password: SANDBOX.user.password },
    { what: 'wrong', password: 'canary-iam-password-7c' },
  ])('with a user of IAM whose password is $what', async ({ what, password }) => {
    const world = createWorld();
    const sandbox = await startSandbox({ world });
    const folder = mkdtempSync(join(tmpdir(), 'projects-'));
    onTestFinished(async () => {
      rmSync(folder, { recursive: true });
      await sandbox.close();
    });
    const file = join(folder, 'projects.yaml');
    const endpoints = Object.fromEntries(
      ['css', 'vpcep', 'dataartsinsight', 'iam'].map((name) => [name, sandbox.url]),
    );
    const user = { ...SANDBOX.user, password };
    const project = {
      region: SANDBOX.region,
      projectId: SANDBOX.projectId,
      endpoints,
      credentials: { user },
    };
    writeFileSync(file, JSON.stringify({ projects: [project] }));
    const gate = await startLoggingGateway({ PROJECTS_FILE: file, ALLOW_ANONYMOUS: '1' }, { world });
    const { told, codes } = await askEverything(gate, { 'x-auth-token': CANARY.token });
    const isRight = what === 'right';
    expect(codes.includes('UNAUTHENTICATED')).toBe(!isRight);
    expect(world.tokens.length > 0).toBe(isRight);
    expect(sandbox.calls.some(({ body }) => body.includes(password))).toBe(true);
    const secrets = [password, ...world.tokens.map(({ value }) => value), ...Object.values(CANARY)];
    checkHidden(await saidBy(gate), secrets);
    checkHidden(told.join('\n'), secrets);
  });

  test('where the gateway itself makes a mistake', async () => {
    const gate = await startLoggingGateway({}, {}, (config) => ({
      ...config,
      // No setting can be so: the address of a service that is none makes every call throw what quotes it.
      projects: config.projects.map((project) => ({
        ...project,
        endpoints: { ...project.endpoints, vpcep: `not an address: ${CANARY.value}` },
      })),
    }));
    const { told, codes } = await askEverything(gate, { 'x-auth-token': CANARY.token });
    expect(codes).toContain('INTERNAL_SERVER_ERROR');
    const mistakes = gate.lines().filter(({ msg }) => msg === 'unexpected error');
    expect(mistakes[0]).toMatchObject({ level: 50, err: { message: 'Invalid URL' } });
    expect((mistakes[0]!['err'] as { stack: string }).stack).toContain('request.ts');
    checkHidden(await saidBy(gate));
    checkHidden(told.join('\n'));
  });

  test('where the request itself is no good', async () => {
    const gate = await startLoggingGateway();
    const own = { 'x-auth-token': CANARY.token };
    const answers = [
      await gate.post(`{"query": "{ projects { region } }", "variables": { "key": ${CANARY.note} } }`, own),
      await gate.post(JSON.stringify([CANARY.note]), own),
      await gate.post({ query: '{ projects { region } }', operationName: 'Other', [CANARY.field]: 1 }, own),
      await gate.post(
        { query: '{ projects { region } }' },
        { 'x-auth-token': `${CANARY.token} with spaces` },
      ),
      await gate.post(CANARY.note, { ...own, 'content-type': CANARY.header }),
      await fetch(`${gate.url}/graphql?query=${CANARY.note}&variables=${CANARY.note}`, { headers: own }),
      await fetch(`${gate.url}/${CANARY.note}?${CANARY.value}`, { headers: own }),
    ];
    for (const answer of answers) {
      // oxlint-disable-next-line no-await-in-loop -- there are few
      checkHidden(await answer.text(), [CANARY.token, CANARY.header]);
    }
    // What GraphQL quotes of a value that does not fit goes to the one who sent it, and nowhere else.
    const unfit = {
      query: NOTE,
      variables: { id: 'x', endpoint: 'y', note: [CANARY.note], key: { no: CANARY.idempotencyKey } },
    };
    await (await gate.post(unfit, own)).text();
    await expect.poll(() => gate.operations().length).toBe(7);
    checkHidden([...gate.written, await gate.metrics()].join('\n'));
  });
});

/** Series in `/metrics`, without those of the runtime. */
const seriesOf = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('gateway_'));

test('the number of series does not grow with what clients send and the cloud makes up', async () => {
  const gate = await startLoggingGateway({ UPSTREAM_TIMEOUT_MS: '200' });
  const chance = createRandom(4_711);
  const word = () => `random${Math.floor(chance.share() * 1e9).toString(36)}`;
  const { post, url, sandbox } = gate;
  const disturb = () => {
    const path = /clusters|vpc-endpoint/;
    if (chance.happens(0.4))
      sandbox.fault({
        path,
        times: 1,
        respond: { status: chance.between(400, 499), body: { error_code: word() } },
      });
    else if (chance.happens(0.2))
      sandbox.fault({
        path,
        times: 1,
        mutate: () => ({ [word()]: word(), id: { [word()]: 1 }, clusters: [{ [word()]: word() }] }),
      });
  };
  const random: (() => Promise<Response>)[] = [
    () => post({ query: `query ${word()} { projects { region } }` }),
    () => post({ query: `{ ${word()} }` }),
    () => post({ query: `{ ${word()}: cluster(clusterId: "${word()}") { name } }` }),
    () =>
      post(
        { query: `{ clusters { nodes { name } } endpointServices { totalCount } }` },
        { [`x-${word()}`]: word(), 'x-request-id': word() },
      ),
    () =>
      post({
        query: `query ${word()} { endpointService(by: { id: "${word()}" }) { name } }`,
        operationName: word(),
      }),
    () => post(word(), { 'content-type': `${word()}/${word()}` }),
    () => fetch(`${url}/${word()}`, { method: chance.one(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) }),
    () =>
      fetch(`${url}/graphql?${word()}`, { method: chance.one(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) }),
  ];
  const send = (count: number) =>
    runAtOnce(4, count, async () => {
      disturb();
      await (await chance.one(random)()).text();
    });
  await send(100);
  const before = seriesOf(await gate.metrics()).length;
  await send(500);
  const metrics = await gate.metrics();
  const after = seriesOf(metrics);
  expect(after.length).toBeLessThan(before * 2);
  expect(after.length).toBeLessThan(800);
  expect(metrics).not.toContain('random');
  const gauges = after.filter((line) => /^gateway_(operations|upstream_calls)\{/.test(line));
  expect(gauges.length).toBeGreaterThan(3);
  for (const gauge of gauges) expect(gauge).toMatch(/ 0$/);
}, 60_000);
