import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { ASK_NAME, CLUSTER, DETAIL, getOnlyError, VERIFY, WRITE } from '../support/sample-operations.ts';

const KEYS = {
  HW_ACCESS_KEY: SANDBOX.accessKey,
  HW_SECRET_KEY: SANDBOX.secretKey,
  ALLOW_ANONYMOUS: '1',
};
const SIGNATURE =
  /^SDK-HMAC-SHA256 Access=SANDBOXACCESSKEY0001, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$/;

const signedNames = (authorization: string | undefined) =>
  SIGNATURE.exec(authorization ?? '')?.[1]?.split(';');

test('with an access key reads are signed and accepted, and no token of the caller is sent', async () => {
  const { ask, sandbox } = await gateway({ settings: KEYS, token: 'token-of-the-caller' });
  const { data, errors } = await ask('{ endpointServices(filter: { name: "a b:c*(é)/~" }) { totalCount } }');
  expect(errors).toBeUndefined();
  expect(data.endpointServices.totalCount).toBe(0);
  const [{ headers, path }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  expect(path).toContain('endpoint_service_name=a%20b%3Ac%2A%28%C3%A9%29%2F~');
  expect(signedNames(headers.authorization)).toEqual(['host', 'x-project-id', 'x-sdk-date']);
  expect(headers).toMatchObject({ 'x-project-id': SANDBOX.projectId });
  expect(headers).not.toHaveProperty('x-auth-token');
});

test('with a temporary access key its security token is sent and signed', async () => {
  const { ask, sandbox } = await gateway({
    settings: { ...KEYS, HW_SECURITY_TOKEN: 'temporary' },
    token: '',
  });
  expect((await ask(ASK_NAME)).errors).toBeUndefined();
  const [{ headers }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  expect(headers['x-security-token']).toBe('temporary');
  expect(signedNames(headers.authorization)).toEqual([
    'host',
    'x-project-id',
    'x-sdk-date',
    'x-security-token',
  ]);
});

test('a write is signed over the exact bytes of its body', async () => {
  const { ask, sandbox } = await gateway({ settings: KEYS, token: '' });
  const input = { service: { name: 'region.größe 中 "quoted".id' }, dataSourceType: 'DWS' };
  const answer = await ask(VERIFY, { input }, { 'x-workspace-id': SANDBOX.workspaceId });
  const [{ headers, body }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  expect(JSON.parse(body)).toEqual({ ds_type: 'DWS', vpc_ep_server_name: input.service.name });
  expect(signedNames(headers.authorization)).toEqual([
    'content-type',
    'host',
    'x-project-id',
    'x-sdk-date',
    'x-workspace-id',
  ]);
  // The service is unknown; that it was looked for means that the signature was right.
  expect(answer.errors).toBeUndefined();
  expect(answer.data.verifyAndCreateEndpoint.userErrors).toMatchObject([
    { code: expect.not.stringMatching('UNAUTH') },
  ]);
});

test('each attempt is signed afresh', async () => {
  const { ask, sandbox } = await gateway({ settings: KEYS, token: '' });
  // Whole seconds are signed: with a second between the attempts the two signatures differ.
  sandbox.fault({ path: DETAIL, times: 1, respond: { status: 503, headers: { 'Retry-After': '1' } } });
  expect((await ask(ASK_NAME)).errors).toBeUndefined();
  const [first, second] = sandbox.calls.map(({ headers }) => headers);
  expect(second!['x-sdk-date']! > first!['x-sdk-date']!).toBe(true);
  expect(second!.authorization).toMatch(SIGNATURE);
  expect(second!.authorization).not.toBe(first!.authorization);
});

test.each([
  { what: 'a wrong secret key', settings: { ...KEYS, HW_SECRET_KEY: 'another-secret-key' } },
  { what: 'an unknown access key', settings: { ...KEYS, HW_ACCESS_KEY: 'SOMEOTHERKEY' } },
])('$what is tried once, and neither key is told', async ({ settings }) => {
  const { ask, calls, log } = await gateway({ settings });
  const answer = await ask(ASK_NAME);
  expect(getOnlyError(answer).extensions).toMatchObject({
    code: 'UNAUTHENTICATED',
    retryable: false,
    upstream: { errorCode: 'APIGW.0301', status: 401 },
  });
  expect(calls()).toHaveLength(1);
  for (const told of [JSON.stringify(answer), log.join('\n')]) {
    expect(told).not.toContain(settings.HW_SECRET_KEY);
    expect(told).not.toContain(settings.HW_ACCESS_KEY);
    expect(told).not.toMatch(/canonical|Signature/);
  }
});

test('a base URL with a path keeps it, and the whole path is signed', async () => {
  const { ask, sandbox } = await gateway();
  const behindProxy = await gateway({
    settings: { ...KEYS, CSS_ENDPOINT: `${sandbox.url}/proxy/css/` },
    token: '',
  });
  await behindProxy.ask(ASK_NAME);
  await ask(ASK_NAME);
  const [proxied, direct] = sandbox.calls.map(({ path }) => path);
  expect(proxied).toBe(`/proxy/css${direct}`);
});

const HOSTILE = {
  'two dots': '..',
  'a climb': 'a/../../admin',
  'an escaped climb': '%2e%2e%2fadmin',
  'a null byte': 'a\u0000b',
  'a line feed': 'a\nHost: x',
  'a query': 'a?limit=1',
  'a fragment': 'a#b',
  '10,000 characters': 'a'.repeat(10_000),
  nothing: '',
};

const IDS = {
  'cluster(clusterId:)': 'query ($v: ID!) { cluster(clusterId: $v) { name } }',
  'cluster(project: { projectId })':
    'query ($v: ID!) { cluster(clusterId: "c", project: { region: "cn-north-4", projectId: $v }) { name } }',
  'cluster(project: { region })':
    'query ($v: String!) { cluster(clusterId: "c", project: { region: $v, projectId: "p" }) { name } }',
  'clusters(project:)':
    'query ($v: ID!) { clusters(project: { region: "cn-north-4", projectId: $v }) { totalCount } }',
  'clusters(after:)': 'query ($v: String!) { clusters(first: 1, after: $v) { totalCount } }',
  'clusters(before:)': 'query ($v: String!) { clusters(last: 1, before: $v) { totalCount } }',
  'endpointService(by: { id })': 'query ($v: ID!) { endpointService(by: { id: $v }) { name } }',
  'endpointServices(after:)': 'query ($v: String!) { endpointServices(first: 1, after: $v) { totalCount } }',
  'node(id:)': 'query ($v: ID!) { node(id: $v) { id } }',
  'nodes(ids:)': 'query ($v: ID!) { nodes(ids: [$v]) { id } }',
  'connections(filter: { endpointId })': `query ($v: ID!) {
    cluster(clusterId: "${CLUSTER}") { connections(filter: { endpointId: $v }) { totalCount } } }`,
  'connections(filter: { domainId })': `query ($v: ID!) {
    cluster(clusterId: "${CLUSTER}") { connections(filter: { domainId: $v }) { totalCount } } }`,
  'connections(filter: { markerId })': `query ($v: String!) {
    cluster(clusterId: "${CLUSTER}") { connections(filter: { markerId: $v }) { totalCount } } }`,
  'connections(after:)': `query ($v: String!) {
    cluster(clusterId: "${CLUSTER}") { connections(first: 1, after: $v) { totalCount } } }`,
  'verifyAndCreateEndpoint(service: { id })': `mutation ($v: ID!) {
    verifyAndCreateEndpoint(input: { service: { id: $v }, dataSourceType: "DWS" }) { userErrors { code } } }`,
  '_entities(representations:)': `query ($v: String!) { _entities(representations: [
    { __typename: "Cluster", region: "cn-north-4", projectId: "${SANDBOX.projectId}", clusterId: $v }]) { __typename } }`,
};

const NAMES = {
  'clusters(filter: { name })': 'query ($v: String!) { clusters(filter: { name: $v }) { totalCount } }',
  'endpointServices(filter: { name })':
    'query ($v: String!) { endpointServices(filter: { name: $v }) { totalCount } }',
  'endpointService(by: { name })': 'query ($v: String!) { endpointService(by: { name: $v }) { name } }',
  'verifyAndCreateEndpoint(service: { name })': `mutation ($v: String!) {
    verifyAndCreateEndpoint(input: { service: { name: $v }, dataSourceType: "DWS" }) { userErrors { code } } }`,
  'verifyAndCreateEndpoint(dataSourceType)': `mutation ($v: String!) {
    verifyAndCreateEndpoint(input: { service: { id: "s" }, dataSourceType: $v }) { userErrors { code } } }`,
};

/** What of the hostile values is an ordinary text where any text may stand: it is encoded, not refused. */
const ORDINARY = new Set(['an escaped climb', 'a query', 'a fragment']);

test.each([
  ...Object.entries(IDS).map(([argument, query]) => ({ argument, query, values: Object.entries(HOSTILE) })),
  ...Object.entries(NAMES).map(([argument, query]) => ({
    argument,
    query,
    // An empty text in a filter is no condition.
    values: Object.entries(HOSTILE).filter(
      ([what]) => !ORDINARY.has(what) && !(what === 'nothing' && argument.includes('filter')),
    ),
  })),
])('hostile values of $argument are refused before any call', async ({ query, values }) => {
  const { ask, calls } = await gateway();
  const told = await Promise.all(
    values.map(async ([what, v]) => {
      const { errors } = await ask(query, { v }, { 'x-workspace-id': SANDBOX.workspaceId });
      return [what, errors?.map(({ extensions }) => extensions.code)];
    }),
  );
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(values.map(([what]) => [what, ['BAD_USER_INPUT']])),
  );
  expect(calls()).toEqual([]);
});

test.each([...ORDINARY])('%s in a name stays in its place', async (what) => {
  const { ask, sandbox } = await gateway();
  const name = HOSTILE[what as keyof typeof HOSTILE];
  await ask(NAMES['endpointServices(filter: { name })'], { v: name });
  const [{ path }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  const url = new URL(path, sandbox.url);
  expect(url.pathname).toBe(`/v1/${SANDBOX.projectId}/vpc-endpoint-services`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    endpoint_service_name: name,
    offset: '0',
    limit: '1',
  });
});

test('the account of a whitelist filter is compared here and goes into no call', async () => {
  const { ask, calls } = await gateway();
  const query = `query ($v: ID!) {
    cluster(clusterId: "${CLUSTER}") { permissions(filter: { domainId: $v }) { totalCount } } }`;
  const answers = await Promise.all(Object.values(HOSTILE).map((v) => ask(query, { v })));
  expect(answers.filter(({ data }) => data?.cluster?.permissions?.totalCount > 0)).toEqual([]);
  const path = `GET /v1.0/${SANDBOX.projectId}/clusters/${CLUSTER}/vpcepservice/connections`;
  expect(calls().filter((call) => call.replace(/\?offset=0&limit=\d+$/, '') !== path)).toEqual([]);
});

test('a forged node id cannot name another project, nor leave its path', async () => {
  const { ask, calls, project } = await gateway();
  const forged = [
    [1, 'Cluster', project.region, 'ffffffffffffffffffffffffffffffff', CLUSTER],
    [1, 'Cluster', project.region, project.projectId, '../admin'],
    [1, 'Cluster', project.region, project.projectId],
    [1, 'Cluster', project.region, project.projectId, CLUSTER, 'more'],
    [1, 'toString', project.region, project.projectId, CLUSTER],
    [2, 'Cluster', project.region, project.projectId, CLUSTER],
  ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
  const { data, errors } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: forged });
  expect(data).toEqual({ nodes: forged.map(() => null) });
  // The first is of a project that is not served; of the others one error tells, with their positions.
  expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
  expect(errors!.map(({ message }) => message).join()).toContain('at 5 positions: 1, 2, 3, 4, 5.');
  expect(calls()).toEqual([]);
});

test('reads and writes of verify-and-create go to their own hosts', async () => {
  const css = await gateway();
  const insight = await gateway({ settings: { CSS_ENDPOINT: css.sandbox.url } });
  const input = { service: { id: 's1' }, dataSourceType: 'DWS' };
  await insight.ask(ASK_NAME);
  await insight.ask(VERIFY, { input }, { 'x-workspace-id': SANDBOX.workspaceId });
  expect(css.sandbox.calls.map(({ path }) => DETAIL.test(path))).toEqual([true]);
  expect(insight.sandbox.calls.map(({ path }) => WRITE.test(path))).toEqual([true]);
});
