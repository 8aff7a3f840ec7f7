import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { execute, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { traceRootFields } from '../../src/graphql/trace-root-fields.ts';
import { startTracing } from '../../src/observability/tracing.ts';
import { ASK_NAME, CLUSTER, DETAIL } from '../support/sample-operations.ts';
import { type ArrivedSpan, type Collector, startCollector } from '../support/collector.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { type Answer, gateway, createMemoryLog, sandboxSettings } from '../support/gateway.ts';

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const DETAIL_CALL = 'GET /v1.0/{project_id}/clusters/{cluster_id}';
const LIST_CALL = `${DETAIL_CALL}/vpcepservice/connections`;
const ENDED = { operation: 'Ask', type: 'query', upstreamCalls: 0, retries: 0, codes: [] };

/** A gateway that sends its traces there: what is left of them when it is closed. */
const traced = async (collector: Pick<Collector, 'url'>, settings: Record<string, string> = {}) => {
  const sandbox = await startSandbox({ settleMs: 30 });
  const config = readConfig({
    ...sandboxSettings(sandbox),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...settings,
  });
  const log: string[] = [];
  const server = await startGateway(config, { log: createMemoryLog(log) });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= server.close());
  onTestFinished(async () => {
    await close();
    await sandbox.close();
  });
  const ask = async (query: string, variables: object = {}, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  return { url: server.url, sandbox, log, ask, close };
};

/** A collector, and a gateway that sends to it; all spans have arrived when the gateway is closed. */
const tracedWell = async (settings?: Record<string, string>) => {
  const collector = await startCollector(200);
  const server = await traced(collector, settings);
  const spans = async () => {
    await server.close();
    return collector.spans();
  };
  return { ...server, collector, spans };
};

const named = (spans: ArrivedSpan[], name: string): ArrivedSpan => {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`Not one ${name}: ${spans.map((span) => span.name).join(', ')}`);
  return found[0]!;
};

test('a query with two calls is one trace: the operation, and its root field and its calls in it', async () => {
  const { ask, spans, collector } = await tracedWell({ OTEL_SERVICE_NAME: 'graph-of-the-test' });
  const query = `query Ask { cluster(clusterId: "${CLUSTER}") { name connections(first: 3) { nodes { endpointId } } } }`;
  await ask(query, {}, { 'x-request-id': 'r-1' });
  const all = await spans();
  expect(all).toHaveLength(4);
  expect(Object.fromEntries(all.map(({ name, kind }) => [name, kind]))).toEqual({
    'query Ask': SERVER,
    'Query.cluster': INTERNAL,
    [DETAIL_CALL]: CLIENT,
    [LIST_CALL]: CLIENT,
  });
  const operation = named(all, 'query Ask');
  expect(operation).not.toHaveProperty('parentSpanId');
  expect(operation.status.code).not.toBe(ERROR);
  expect(operation.attributes).toEqual({
    'request.id': 'r-1',
    'graphql.operation.name': 'Ask',
    'graphql.operation.type': 'query',
    'http.response.status_code': 200,
    'upstream.calls': 2,
    'upstream.retries': 0,
  });
  for (const span of all.filter((one) => one !== operation)) {
    expect(span).toMatchObject({ traceId: operation.traceId, parentSpanId: operation.spanId });
  }
  expect(named(all, LIST_CALL).attributes).toEqual({
    'http.request.method': 'GET',
    'url.template': '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/connections',
    'server.service.name': 'css',
    'upstream.retried': false,
    'upstream.outcome': 'ok',
  });
  expect(collector.posts.map(({ path }) => path)).toEqual(['/v1/traces']);
  expect(collector.resource()).toMatchObject({ 'service.name': 'graph-of-the-test' });
});

test("the caller's trace goes on through the operation to the cloud, and `tracestate` stays behind", async () => {
  const { ask, sandbox, spans } = await tracedWell();
  const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
  await ask(ASK_NAME, {}, { traceparent, tracestate: 'vendor=1' });
  const [{ headers }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  const all = await spans();
  const call = named(all, DETAIL_CALL);
  expect(named(all, 'query')).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID });
  expect(call).toMatchObject({ traceId: TRACE_ID, parentSpanId: named(all, 'query').spanId });
  expect(headers['traceparent']).toBe(`00-${TRACE_ID}-${call.spanId}-01`);
  expect(headers).not.toHaveProperty('tracestate');
});

test('of a trace that the caller does not record, nothing is recorded here, and it goes on all the same', async () => {
  const { ask, sandbox, collector, spans } = await tracedWell();
  await ask(ASK_NAME, {}, { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` });
  const [{ headers }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  expect(headers['traceparent']).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
  expect(await spans()).toEqual([]);
  expect(collector.posts).toEqual([]);
});

test.each([
  `00-${'0'.repeat(32)}-${PARENT_ID}-01`,
  `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  `ff-${TRACE_ID}-${PARENT_ID}-01`,
  `00-${TRACE_ID}-${PARENT_ID}`,
])('the traceparent %s names no trace, so that a new one begins', async (traceparent) => {
  const { ask, sandbox, spans } = await tracedWell();
  await ask(ASK_NAME, {}, { traceparent });
  const operation = named(await spans(), 'query');
  expect(operation).not.toHaveProperty('parentSpanId');
  expect(operation.traceId).not.toBe(TRACE_ID);
  expect(sandbox.calls[0]!.headers['traceparent']).toContain(operation.traceId);
});

test('each try of a call has its own span, and each sends its own mark', async () => {
  const { ask, sandbox, spans } = await tracedWell();
  sandbox.fault({
    path: DETAIL,
    times: 1,
    respond: { status: 503, body: { errCode: 'APIGW.0613', externalMessage: 'canary' } },
  });
  await ask(ASK_NAME);
  const all = await spans();
  const tries = all.filter(({ name }) => name === DETAIL_CALL);
  const [failed, repeated] = [false, true].map((retried) =>
    tries.find(({ attributes }) => attributes['upstream.retried'] === retried)!,
  ) as [ArrivedSpan, ArrivedSpan];
  expect(tries).toHaveLength(2);
  expect(failed.status).toEqual({ code: ERROR, message: 'UPSTREAM_UNAVAILABLE' });
  expect(failed.attributes).toMatchObject({
    'upstream.outcome': 'UPSTREAM_UNAVAILABLE',
    'upstream.error_code': 'APIGW.0613',
    'http.response.status_code': 503,
    'error.type': 'UPSTREAM_UNAVAILABLE',
  });
  expect(repeated.attributes).toMatchObject({ 'upstream.outcome': 'ok' });
  expect(repeated.status.code).not.toBe(ERROR);
  expect(sandbox.calls.map(({ headers }) => headers['traceparent'])).toEqual(
    [failed, repeated].map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
  );
  const operation = named(all, 'query');
  expect(operation.attributes).toMatchObject({ 'upstream.calls': 2, 'upstream.retries': 1 });
  expect(operation.status.code).not.toBe(ERROR);
});

test('a failure shows by its code on the call, the root field and the operation', async () => {
  const { ask, sandbox, spans } = await tracedWell();
  sandbox.fault({ path: DETAIL, respond: { status: 403, body: { errCode: 'CSS.0015' } } });
  const { errors } = await ask(ASK_NAME);
  const { code } = errors![0]!.extensions;
  const all = await spans();
  for (const name of [DETAIL_CALL, 'Query.cluster', 'query']) {
    const span = named(all, name);
    expect(span.status).toEqual({ code: ERROR, message: code });
    expect(span.attributes['error.type']).toBe(code);
    expect(span.events).toEqual([]);
  }
  expect(named(all, 'query').attributes['graphql.error.codes']).toEqual([code]);
});

test('what never became an operation has a span without a name, and the code of its refusal', async () => {
  const { ask, spans } = await tracedWell();
  await ask('query CANARY { nothingOfTheKind }');
  const [span, ...others] = await spans();
  expect(others).toEqual([]);
  expect(span).toMatchObject({
    name: 'GraphQL Operation',
    status: { code: ERROR, message: 'GRAPHQL_VALIDATION_FAILED' },
    attributes: { 'graphql.error.codes': ['GRAPHQL_VALIDATION_FAILED'] },
  });
  expect(JSON.stringify(span)).not.toContain('CANARY');
});

test('no token, variable, argument, alias or text of the cloud is in a trace, and a long name is cut', async () => {
  const { ask, sandbox, collector, spans } = await tracedWell();
  sandbox.fault({
    path: DETAIL,
    respond: { status: 400, body: { errCode: 'CSS.0001', externalMessage: 'CANARY-of-the-cloud' } },
  });
  const headers = { 'x-auth-token': 'CANARY-token', authorization: 'Bearer CANARY', 'user-agent': 'CANARY' };
  const query = `query ${'N'.repeat(300)}($id: ID!) {
    CANARY_alias: cluster(clusterId: $id) { name }
    endpointServices(filter: { name: "CANARY-argument" }) { totalCount }
  }`;
  const { errors } = await ask(query, { id: 'CANARY-variable' }, headers);
  expect(errors).not.toBeUndefined();
  const all = await spans();
  expect(named(all, `query ${'N'.repeat(100)}`).attributes['graphql.operation.name']).toHaveLength(100);
  expect(collector.posts.map(({ text: sent }) => sent).join()).not.toMatch(/CANARY/i);
});

test('a query that comes again, and is answered by the fast path, shows like the first one', async () => {
  const { ask, sandbox, spans } = await tracedWell();
  for (let time = 0; time < 4; time += 1) await ask(ASK_NAME);
  const all = await spans();
  const operations = all.filter(({ kind }) => kind === SERVER);
  const traceIds = operations.map(({ traceId }) => traceId);
  expect(new Set(traceIds).size).toBe(4);
  for (const name of ['Query.cluster', DETAIL_CALL]) {
    const parents = all.filter((span) => span.name === name).map(({ parentSpanId }) => parentSpanId);
    expect(new Set(parents)).toEqual(new Set(operations.map(({ spanId }) => spanId)));
    expect(parents).toHaveLength(4);
  }
  const marks = sandbox.calls.map(({ headers }) => String(headers['traceparent']).split('-')[1]);
  expect(new Set(marks)).toEqual(new Set(traceIds));
});

test('mutations show like queries do', async () => {
  const { ask, spans } = await tracedWell();
  await ask(
    `mutation Off { disableEndpointAccess(input: { clusterId: "${CLUSTER}" }) { userErrors { code } } }`,
  );
  const all = await spans();
  const operation = named(all, 'mutation Off');
  expect(named(all, 'Mutation.disableEndpointAccess').parentSpanId).toBe(operation.spanId);
  expect(all.filter(({ name }) => name.startsWith('PUT '))).toMatchObject([
    { parentSpanId: operation.spanId, attributes: { 'http.request.method': 'PUT' } },
  ]);
});

test('a subscription is one trace until it ends, with a span for each event and for each look', async () => {
  const server = await tracedWell({ SETTLING_POLL_MS: '40' });
  const connection = server.sandbox.world.clusters.find(({ id }) => id === CLUSTER)!.connections[0]!;
  connection.status = 'creating';
  const events = await subscribe(
    server,
    `subscription Watch { connectionStatusChanged(parent: { clusterId: "${CLUSTER}" }, endpointIds: ["${connection.id}"]) { status } }`,
  );
  await events.next();
  connection.status = 'accepted';
  await events.rest();
  const all = await server.spans();
  const operation = named(all, 'subscription Watch');
  const inside = all.filter((span) => span !== operation);
  const told = inside.filter(({ name }) => name === 'Subscription.connectionStatusChanged');
  expect(inside.every(({ parentSpanId }) => parentSpanId === operation.spanId)).toBe(true);
  expect(told).toHaveLength(2);
  expect(inside.length - told.length).toBe(server.sandbox.calls.length);
});

test('of an operation whose client disconnects nothing shows as an error', async () => {
  const { url, sandbox, log, spans } = await tracedWell();
  sandbox.fault({ path: /clusters/, hang: 'before' });
  const gone = new AbortController();
  const query = `query Held { cluster(clusterId: "${CLUSTER}") { name connections { totalCount } } }`;
  const answer = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query }),
    signal: gone.signal,
  });
  await expect.poll(() => sandbox.calls.length).toBe(2);
  gone.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => log.filter((line) => line.includes('"status":499')).length).toBe(1);
  const all = await spans();
  expect(all.map(({ name }) => name).toSorted()).toEqual([
    DETAIL_CALL,
    LIST_CALL,
    'Query.cluster',
    'query Held',
  ]);
  expect(all.filter(({ status }) => status.code === ERROR)).toEqual([]);
  expect(named(all, LIST_CALL).attributes).toMatchObject({ 'upstream.outcome': 'ABORTED' });
  expect(named(all, 'query Held').attributes).toMatchObject({ 'http.response.status_code': 499 });
  expect(named(all, 'query Held').attributes).not.toHaveProperty('graphql.error.codes');
});

test('what still runs when the gateway closes shows as refused by the shutdown', async () => {
  const { ask, sandbox, spans } = await tracedWell();
  sandbox.fault({ path: DETAIL, hang: 'before' });
  const asked = ask(ASK_NAME);
  await expect.poll(() => sandbox.calls.length).toBe(1);
  const all = await spans();
  expect(await asked).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
  expect(named(all, 'query').attributes['http.response.status_code']).toBe(200);
  expect(named(all, DETAIL_CALL).attributes['upstream.outcome']).toBe('OVERLOADED');
});

test('a resolver that answers at once still does', () => {
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: { now: { type: GraphQLString, resolve: () => 'at once' } },
    }),
  });
  traceRootFields(schema);
  const ended: string[] = [];
  const trace = { field: (name: string) => () => void ended.push(name) };
  const result = execute({ schema, document: parse('{ now }'), contextValue: { trace } });
  expect(result).toEqual({ data: { now: 'at once' } });
  expect(ended).toEqual(['Query.now']);
});

const NOBODY = 'http://127.0.0.1:1';

test.each([
  { collector: 'is down', start: () => Promise.resolve({ url: NOBODY }) },
  { collector: 'hangs', start: () => startCollector() },
  { collector: 'refuses', start: () => startCollector(500) },
])('a collector that $collector is no matter to operations, and holds up no end', async ({ start }) => {
  const { ask, log, close } = await traced(await start());
  // More spans than fit into one batch, so that it is sent while others are made.
  const aliases = Array.from({ length: 40 }, (_, at) => `a${at}: cluster(clusterId: "${CLUSTER}") { name }`);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`{ ${aliases.join(' ')} }`)));
  expect(answers.every(({ data, errors }) => data.a39.name && !errors)).toBe(true);
  const begun = performance.now();
  await close();
  expect(performance.now() - begun).toBeLessThan(8_000);
  expect(log.filter((line) => line.includes('traces')).length).toBeLessThanOrEqual(1);
});

test('that traces are lost is said once, whatever the collector says, and not again for a while', async () => {
  const collector = await startCollector(400);
  const lines: string[] = [];
  const tracing = await startTracing(
    { endpoint: `${collector.url}/`, serviceName: 'test' },
    createMemoryLog(lines),
  );
  for (let count = 0; count < 1_100; count += 1) tracing.operation('r', undefined).end(ENDED, 200);
  await expect.poll(() => collector.posts.length).toBe(2);
  await tracing.close();
  expect(collector.posts.map(({ path }) => path)).toEqual(['/v1/traces', '/v1/traces', '/v1/traces']);
  expect(lines).toEqual(['{"lostSpans":512} "traces do not arrive at OTEL_EXPORTER_OTLP_ENDPOINT"']);
});

test('a collector that hangs has no more than a queue of spans waiting for it', async () => {
  const collector = await startCollector();
  const tracing = await startTracing({ endpoint: collector.url, serviceName: 'test' }, createMemoryLog([]));
  for (let count = 0; count < 10_000; count += 1) tracing.operation('r', undefined).end(ENDED, 200);
  await tracing.close();
  const arrived = new Set(collector.spans().map(({ spanId }) => spanId));
  expect(arrived.size).toBe(512 + 2048);
});

/** What a process that runs a gateway for one operation asks for of OpenTelemetry, as `what ← who asks`. */
const loaded = async (settings: Record<string, string>): Promise<string[]> => {
  const script = `
    import { registerHooks } from 'node:module';
    const asked = new Set();
    registerHooks({
      resolve: (what, context, next) => {
        if (what.startsWith('@opentelemetry/')) asked.add(what + ' ← ' + /node_modules[/]((?:@[^/]+[/])?[^/]+)/.exec(context.parentURL)?.[1]);
        return next(what, context);
      },
    });
    const { readConfig } = await import('./src/config/config.ts');
    const { startGateway } = await import('./src/server/gateway.ts');
    const server = await startGateway(readConfig({ PORT: '0', LOG_LEVEL: 'silent', ...${JSON.stringify(settings)} }));
    const headers = { 'content-type': 'application/json' };
    await (await fetch(server.url + '/graphql', { method: 'POST', headers, body: '{"query":"{ __typename }"}' })).text();
    await server.close();
    console.log(JSON.stringify([...asked]));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return JSON.parse(await text(child.stdout)) as string[];
};

test('without a collector nothing of OpenTelemetry is loaded but the interface that the metrics library asks for', async () => {
  expect(await loaded({})).toEqual(['@opentelemetry/api ← prom-client']);
  const { url } = await startCollector(200);
  expect(await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: url })).toContain(
    '@opentelemetry/sdk-trace ← undefined',
  );
});

test("without a collector the caller's own traceparent goes to the cloud, as it came", async () => {
  const { ask, sandbox } = await gateway();
  const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
  await ask(ASK_NAME, {}, { traceparent });
  expect(sandbox.calls[0]!.headers['traceparent']).toBe(traceparent);
});
