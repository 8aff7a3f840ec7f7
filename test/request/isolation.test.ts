import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import {
  emptyWorld,
  INSIGHT_DOMAIN_ID,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import { VERIFY, WRITE } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { FAST_PATHS_OFF } from '../support/fast-paths.ts';
import { type Answer, gateway } from '../support/gateway.ts';
import { type Account, startAccountsGateway } from '../support/two-accounts.ts';
import { createRandom, runAtOnce } from '../support/random.ts';

const SERVICE = '4189d3c2-8882-4871-a3c2-d380272eed83';
const CLUSTER = '5c77b71c-5b35-4f50-8984-76387e42451a';
const endpoint = (number: number) => `11111111-2222-4333-8444-${String(number).padStart(12, '0')}`;
const [FIRST, SECOND] = [endpoint(1), endpoint(2)];

type Mark = 'alpha' | 'beta';

/** The same things in both accounts, under the same ids; whatever is said of them names the account. */
const worldOf = (mark: Mark): World => {
  const world = emptyWorld();
  const rows = Array.from({ length: 5 }, (_, at) => ({
    id: endpoint(at + 1),
    description: `note of ${mark}`,
    domain_id: `account-${mark}`,
  }));
  world.services.push(
    makeService({
      id: SERVICE,
      service_name: `${SANDBOX.region}.${mark}.${SERVICE}`,
      description: `service of ${mark}`,
      connections: rows.map(makeServiceConnection),
      permissions: [
        makePermission({ id: endpoint(50), permission: `iam:domain::${mark}` }),
        makePermission({ id: endpoint(51), permission: `iam:domain::${INSIGHT_DOMAIN_ID}` }),
      ],
    }),
  );
  const clusterRows = rows.map(({ description: _, ...row }) => makeClusterConnection(row));
  world.clusters.push(
    makeCluster({
      id: CLUSTER,
      name: `cluster-${mark}`,
      vpcServiceName: `${SANDBOX.region}.${mark}.${SERVICE}`,
      connections: clusterRows,
    }),
  );
  return world;
};

const QUESTIONS = [
  `{ cluster(clusterId: "${CLUSTER}") { name serviceName connections { nodes { endpointId domainId } } } }`,
  `{ endpointService(by: { id: "${SERVICE}" }) { name description permissions { nodes { permission } } } }`,
  `{ endpointServices { totalCount nodes { name connections(first: 2) { edges { cursor node { description domainId } } } } } }`,
  `{ a: clusters { nodes { name } } b: clusters(first: 1) { nodes { name endpointService { name description } } } }`,
];
const NOTE = `mutation ($id: ID!, $endpoint: ID!, $note: String!, $key: String) {
  updateConnectionDescriptions(input: { serviceId: $id, connections: [{ endpointId: $endpoint, description: $note }],
    idempotencyKey: $key }) { connections { endpointId description domainId } userErrors { code message } } }`;

const other = (mark: Mark): Mark => (mark === 'alpha' ? 'beta' : 'alpha');
const SEED = 20_260;
const ROUNDS = 1_000;

test.each([
  { paths: 'on', settings: {} },
  { paths: 'off', settings: FAST_PATHS_OFF },
])(
  'in 1,000 interleaved rounds no answer holds data or errors of the other caller: fast paths $paths',
  async ({ settings }) => {
    const { accounts, ask, log } = await startAccountsGateway([worldOf('alpha'), worldOf('beta')], settings);
    const callers: { mark: Mark; account: Account }[] = [
      { mark: 'alpha', account: accounts[0] },
      { mark: 'beta', account: accounts[1] },
    ];
    const chance = createRandom(SEED);
    const told = { own: 0, refusals: 0, hungUp: 0 };

    /** What goes wrong or takes long for one call of one account; its errors too name the account. */
    const disturb = ({ mark, account }: (typeof callers)[number]) => {
      const path = chance.one([/clusters/, /endpoint-services/, /connections/, /permissions/]);
      if (chance.happens(0.5)) account.sandbox.fault({ path, times: 1, delayMs: chance.between(1, 8) });
      if (!chance.happens(0.3)) return;
      const status = chance.one([400, 403, 404, 409]);
      const respond = {
        status,
        body: { error_code: `${mark}.${status}`, error_msg: `said to ${mark}` },
        headers: { 'X-Request-Id': `request-of-${mark}` },
      };
      account.sandbox.fault({ path, times: 1, respond });
    };

    const round = async (number: number) => {
      const caller = chance.one(callers);
      const { mark, account } = caller;
      disturb(caller);
      const writes = chance.happens(0.2);
      // Both use the same keys, over and over; what they write names them.
      const variables = writes
        ? {
            id: SERVICE,
            endpoint: endpoint(chance.between(1, 5)),
            note: `note of ${mark}`,
            key: `key-${number}`,
          }
        : {};
      const controller = new AbortController();
      if (chance.happens(0.1)) setTimeout(() => controller.abort(), chance.between(0, 4));
      const headers: Record<string, string> = chance.happens(0.3) ? { 'x-explain': '1', 'x-cost': '1' } : {};
      let answer: Answer;
      try {
        answer = await ask(account, writes ? NOTE : chance.one(QUESTIONS), variables, {
          headers,
          signal: controller.signal,
        });
      } catch (error) {
        expect(controller.signal.aborted, `round ${number} of seed ${SEED}: ${String(error)}`).toBe(true);
        told.hungUp += 1;
        return;
      }
      const text = JSON.stringify(answer);
      expect(text, `round ${number} of seed ${SEED}`).not.toContain(other(mark));
      expect(text).not.toContain('INTERNAL_SERVER_ERROR');
      if (JSON.stringify(answer.data).includes(mark)) told.own += 1;
      if (text.includes(`request-of-${mark}`)) told.refusals += 1;
    };

    await runAtOnce(12, ROUNDS, round);
    expect(told.own).toBeGreaterThan(ROUNDS / 2);
    expect(told.refusals).toBeGreaterThan(ROUNDS / 50);
    expect(told.hungUp).toBeGreaterThan(0);
    for (const { token } of accounts) expect(log.join('\n')).not.toContain(token);
  },
  60_000,
);

const WATCH = `subscription ($ids: [ID!]!) { connectionStatusChanged(parent: { serviceId: "${SERVICE}" }, endpointIds: $ids) {
  endpointId status domainId description } }`;
const ofService = ({ path }: { path: string }) => path.includes(`${SERVICE}/connections`);

test('subscriptions to the same things tell each caller his own, and share no poll', async () => {
  const worlds = [worldOf('alpha'), worldOf('beta')] as const;
  for (const { services } of worlds) services[0]!.connections[0]!.status = 'creating';
  const { url, accounts } = await startAccountsGateway(worlds, { SETTLING_POLL_MS: '20' });
  const open = ({ token }: Account) => subscribe({ url }, WATCH, { ids: [FIRST] }, { 'x-auth-token': token });
  const [alpha, alphaAgain, beta] = await Promise.all([
    open(accounts[0]),
    open(accounts[0]),
    open(accounts[1]),
  ]);
  const seen = await Promise.all([alpha.next(), alphaAgain.next(), beta.next()]);
  expect(seen.map((event) => event!.data.connectionStatusChanged.domainId)).toEqual([
    'account-alpha',
    'account-alpha',
    'account-beta',
  ]);

  // What becomes of the one account's connection is no news to the other.
  worlds[0].services[0]!.connections[0]!.status = 'accepted';
  const ends = [await alpha.rest(), await alphaAgain.rest()];
  for (const end of ends)
    expect(end.map(({ data }) => data.connectionStatusChanged.status)).toEqual(['ACCEPTED']);
  await expect.poll(() => accounts[1].sandbox.calls.filter(ofService).length).toBeGreaterThan(3);

  // Nor is what goes wrong for the one.
  const refused = await open(accounts[0]);
  const forbidden = { status: 403, body: { error_code: 'EndPoint.0004', error_msg: 'alpha' } };
  accounts[0].sandbox.fault({ path: /connections/, respond: forbidden });
  worlds[0].services[0]!.connections[0]!.status = 'creating';
  const [end] = (await refused.rest()).slice(-1);
  expect(end?.errors?.[0]?.extensions.code ?? end?.data.connectionStatusChanged.status).toMatch(
    /FORBIDDEN|ACCEPTED/,
  );
  worlds[1].services[0]!.connections[0]!.status = 'rejected';
  const rest = await beta.rest();
  expect(rest.map(({ data }) => data.connectionStatusChanged)).toEqual([
    { endpointId: FIRST, status: 'REJECTED', domainId: 'account-beta', description: 'note of beta' },
  ]);
});

const puts = ({ sandbox }: Account) => sandbox.calls.filter(({ method }) => method === 'PUT');

test('the same idempotencyKey and input of two callers is one write of each, and each reads his own answer', async () => {
  const { accounts, ask } = await startAccountsGateway([worldOf('alpha'), worldOf('beta')]);
  const variables = { id: SERVICE, endpoint: SECOND, note: 'the same', key: 'the-same' };
  const submits = [...accounts, ...accounts, ...accounts].map((account) => ask(account, NOTE, variables));
  const answers = await Promise.all(submits);
  const owners = answers.map(
    ({ data }) => data.updateConnectionDescriptions.connections[0].domainId as string,
  );
  expect(owners).toEqual([1, 2, 3].flatMap(() => ['account-alpha', 'account-beta']));
  expect(accounts.map((account) => puts(account).length)).toEqual([1, 1]);
});

test('of a key that the one used, the other is neither told the outcome nor that it was used', async () => {
  const { accounts, ask } = await startAccountsGateway([worldOf('alpha'), worldOf('beta')]);
  const [alpha, beta] = accounts;
  const of = (note: string) => ({ id: SERVICE, endpoint: FIRST, note, key: 'guessed' });
  alpha.sandbox.fault({ method: 'PUT', path: /description/, times: 1, respond: { status: 502 } });
  const first = await ask(alpha, NOTE, of('one'));
  expect(first.data.updateConnectionDescriptions.userErrors[0].code).toBe('INDETERMINATE');
  expect((await ask(beta, NOTE, of('two'))).data.updateConnectionDescriptions.userErrors).toEqual([]);
  expect((await ask(alpha, NOTE, of('three'))).errors?.[0]?.extensions.code).toBe('CONFLICT');
  expect([puts(alpha).length, puts(beta).length]).toEqual([1, 1]);
});

/** One access key of the gateway, lent to two who prove themselves with API keys. */
const lending = async (settings: Record<string, string> = {}) => {
  const world = worldOf('alpha');
  world.services[0]!.connections[0]!.status = 'creating';
  const keys = { ann: 'key-of-ann', ben: 'key-of-ben' };
  const server = await gateway({
    sandbox: { world },
    token: '',
    settings: {
      HW_ACCESS_KEY: SANDBOX.accessKey,
      HW_SECRET_KEY: SANDBOX.secretKey,
      API_KEYS: Object.entries(keys)
        .map(([name, key]) => `${name}:${hash('sha256', key)}:write`)
        .join(','),
      SETTLING_POLL_MS: '10000',
      ...settings,
    },
  });
  const as = (name: keyof typeof keys) => ({ authorization: `Bearer ${keys[name]}` });
  return { server, world, as };
};

test('two subjects behind one access key have no idempotencyKey in common', async () => {
  const { server, world, as } = await lending();
  const variables = { input: { service: { id: SERVICE }, dataSourceType: 'DWS', idempotencyKey: 'k' } };
  const workspace = { 'x-workspace-id': world.workspaces[0]!.id };
  const submit = (name: 'ann' | 'ben') => server.ask(VERIFY, variables, { ...as(name), ...workspace });
  const answers = await Promise.all([submit('ann'), submit('ben'), submit('ann'), submit('ben')]);
  const ids = answers.map(({ data }) => data.verifyAndCreateEndpoint.connectedInstance.instanceId as string);
  expect(ids[0]).toBe(ids[2]);
  expect(ids[1]).toBe(ids[3]);
  expect(ids[0]).not.toBe(ids[1]);
  expect(server.sandbox.calls.filter(({ path }) => WRITE.test(path))).toHaveLength(2);
});

test('a workspace makes no other caller where it does not matter: one idempotencyKey is one write', async () => {
  const { server, as } = await lending();
  const variables = { id: SERVICE, endpoint: FIRST, note: 'n', key: 'k' };
  for (const workspace of ['', 'one', 'two', 'one'])
    // oxlint-disable-next-line no-await-in-loop -- a double submit comes later
    await server.ask(NOTE, variables, { ...as('ann'), 'x-workspace-id': workspace });
  expect(server.sandbox.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
});

test('for DataArts Insight one idempotencyKey is one endpoint in one workspace, and a conflict in another', async () => {
  const { server, world } = await lending({ DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId });
  const variables = { input: { service: { id: SERVICE }, dataSourceType: 'DWS', idempotencyKey: 'k' } };
  const submit = (workspaceId: string) =>
    server.ask(VERIFY, variables, { authorization: 'Bearer key-of-ann', 'x-workspace-id': workspaceId });
  const before = world.connectedInstances.length;
  const [own, named] = [await submit(''), await submit(SANDBOX.workspaceId)];
  expect(own.data.verifyAndCreateEndpoint.userErrors).toEqual([]);
  expect(named).toEqual(own);
  expect((await submit('another')).errors?.[0]?.extensions.code).toBe('CONFLICT');
  expect(world.connectedInstances).toHaveLength(before + 1);
});

test('two subjects behind one access key share no poll, while two subscriptions of one do', async () => {
  const { server, world, as } = await lending();
  for (const row of world.services[0]!.connections) row.status = 'creating';
  const looks = () =>
    server.sandbox.calls
      .filter(ofService)
      .map(({ path }) => (path.includes(FIRST) ? 'first' : path.includes(SECOND) ? 'second' : 'both'))
      .toSorted();
  const open = async (name: 'ann' | 'ben', id: string) => {
    const events = await subscribe(server, WATCH, { ids: [id] }, { 'x-auth-token': '', ...as(name) });
    expect((await events.next())?.data.connectionStatusChanged.status).toBe('CREATING');
    return events;
  };
  // Each look of a poll is at all that is watched through it.
  const ann = await open('ann', FIRST);
  const ben = await open('ben', SECOND);
  expect(looks()).toEqual(['first', 'second']);
  await open('ann', SECOND);
  expect(looks()).toEqual(['both', 'first', 'second']);

  // That the one leaves ends nothing of the other's.
  ann.hangUp();
  for (const row of world.services[0]!.connections) row.status = 'accepted';
  const late = await subscribe(server, WATCH, { ids: [SECOND] }, { 'x-auth-token': '', ...as('ben') });
  await late.rest();
  expect((await ben.rest()).at(-1)?.data.connectionStatusChanged.status).toBe('ACCEPTED');
});

const MAIN = fileURLToPath(new URL('../../src/cli/serve.ts', import.meta.url));

/** The gateway as a process of its own, and the text of its whole memory when it is asked for. */
const inspected = async () => {
  const sandbox = await startSandbox({ world: worldOf('alpha'), settleMs: 5 });
  const folder = await mkdtemp(join(tmpdir(), 'memory-'));
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--heapsnapshot-signal=SIGUSR2', MAIN], {
    cwd: folder,
    env: {
      PATH,
      PORT: '0',
      LOG_LEVEL: 'silent',
      HW_REGION_NAME: SANDBOX.region,
      HW_PROJECT_ID: SANDBOX.projectId,
      CSS_ENDPOINT: sandbox.url,
      VPCEP_ENDPOINT: sandbox.url,
      DATAARTSINSIGHT_ENDPOINT: sandbox.url,
      SETTLING_POLL_MS: '10',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await sandbox.close();
    await rm(folder, { recursive: true });
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const urlOf = () => /GraphQL: +(http:\/\/\S+)\/graphql/.exec(said)?.[1];
  await expect.poll(urlOf, { timeout: 20_000 }).toBeDefined();
  const url = urlOf()!;
  const asked = async (query: string, variables: object, token: string) => {
    const headers = { 'x-auth-token': token, 'x-workspace-id': SANDBOX.workspaceId, connection: 'close' };
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  const written = async () => (await readdir(folder)).filter((name) => name.endsWith('.heapsnapshot'));
  const memory = async () => {
    // Parsers of HTTP keep the last request that went through them.
    await runAtOnce(8, 64, async () => void (await asked(QUESTIONS[2]!, {}, 'other')));
    child.kill('SIGUSR2');
    await expect.poll(async () => (await written()).length, { timeout: 20_000 }).toBe(1);
    const text = () => written().then(([name]) => readFile(join(folder, name!), 'utf8'));
    await expect.poll(async () => (await text()).trimEnd().endsWith('}'), { timeout: 20_000 }).toBe(true);
    return text();
  };
  return { url, asked, memory };
};

test('after the requests the memory of the process holds no token, though it remembers what came of a write', async () => {
  const { url, asked, memory } = await inspected();
  const token = 'TOKENCANARY';
  const input = { service: { id: SERVICE }, dataSourceType: 'DWS', idempotencyKey: 'k' };
  const made = await asked(VERIFY, { input }, token);
  const { instanceId } = made.data.verifyAndCreateEndpoint.connectedInstance as { instanceId: string };
  await asked(NOTE, { id: SERVICE, endpoint: FIRST, note: 'n', key: 'k' }, token);
  const events = await subscribe({ url }, WATCH, { ids: [FIRST] }, { 'x-auth-token': token });
  expect((await events.rest()).at(-1)?.data.connectionStatusChanged.status).toBe('ACCEPTED');
  const text = await memory();
  expect(text.includes(instanceId)).toBe(true);
  expect(text.includes(token)).toBe(false);
}, 60_000);

test('nor does it after operations that are no good, though it remembers what is wrong with them', async () => {
  const { asked, memory } = await inspected();
  const token = 'TOKENCANARY';
  const wrong = [
    '{ unclosed',
    '{ unknownField }',
    `{ ${Array.from({ length: 150 }, (_, at) => `a${at}: projects { region }`).join(' ')} }`,
    `{ projects { region }${' __typename'.repeat(6_000)} }`,
  ];
  for (const query of wrong) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await asked(query, {}, token)).errors).toHaveLength(1);
  }
  const text = await memory();
  expect(text.includes('unknownField')).toBe(true);
  expect(text.includes(token)).toBe(false);
}, 60_000);
