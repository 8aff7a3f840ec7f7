import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createMemoryBudget } from '../../../src/capacity/memory-budget.ts';
import { createRevalidatedResponses } from '../../../src/graphql/fast-path/revalidated-responses.ts';
import type { World } from '../../../src/sandbox/world.ts';
import { type Answer, gateway, type TestGateway, type TestOptions } from '../../support/gateway.ts';

const JOINED = `{ clusters(first: 50) { totalCount nodes {
  clusterId name statusRaw
  connections(first: 10) { totalCount nodes { endpointId status ipv4 } }
  permissions { nodes { permission } }
  endpointService { serviceId name status approvalRequired }
} } }`;
const NAMES = '{ clusters { nodes { name } } }';
const LIST = /\/clusters\?/;

const given = (options: TestOptions = {}): Promise<TestGateway> =>
  gateway({ ...options, settings: { COMPILE_QUERIES: 'on', REVALIDATE_ANSWERS: 'on', ...options.settings } });

/** How many queries were answered with what had been answered before, and how many could not be. */
const repeated = async ({ url }: TestGateway) => {
  const said = await (await fetch(`${url}/metrics`)).text();
  const of = (outcome: string) =>
    Number(
      new RegExp(`^gateway_repeated_queries_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(said)?.[1] ??
        0,
    );
  return { unchanged: of('unchanged'), changed: of('changed') };
};

/** Asks until the answer is one that can be given again. */
const warm = async (gate: TestGateway, query: string, headers?: Record<string, string>) => {
  for (let time = 0; time < 3; time += 1) await gate.ask(query, {}, headers); // oxlint-disable-line no-await-in-loop
  gate.calls();
};

test('an answer is used again after the same calls were made again', async () => {
  const gate = await given();
  const first = await gate.ask(JOINED);
  const calls = gate.calls().toSorted();
  await warm(gate, JOINED);
  const before = (await repeated(gate)).unchanged;
  expect(await gate.ask(JOINED)).toEqual(first);
  expect(gate.calls().toSorted()).toEqual(calls);
  expect(await repeated(gate)).toEqual({ unchanged: before + 1, changed: 0 });
});

test('a change in the meantime is in the answer, without another call', async () => {
  const gate = await given();
  await warm(gate, NAMES);
  gate.sandbox.world.clusters[0]!.name = 'renamed';
  const { data } = await gate.ask(NAMES);
  expect(data.clusters.nodes).toContainEqual({ name: 'renamed' });
  expect(gate.calls()).toHaveLength(1);
  expect(await gate.ask(NAMES)).toEqual({ data });
  expect(await repeated(gate)).toEqual({ unchanged: 1, changed: 1 });
});

test('where a list has changed, nothing is read of what is not in it any more', async () => {
  const gate = await given();
  await warm(gate, JOINED);
  const [gone] = gate.sandbox.world.clusters.splice(0, 1);
  await gate.ask(JOINED);
  const calls = gate.calls();
  expect(calls.join()).not.toContain(gone!.id);
  expect(new Set(calls).size).toBe(calls.length);
});

test('a caller who may not read any more is refused, whatever the answer was before', async () => {
  const gate = await given();
  await warm(gate, NAMES);
  gate.sandbox.fault({
    path: LIST,
    respond: { status: 401, body: { error_code: 'APIGW.0301', error_msg: 'Incorrect token' } },
  });
  const { data, errors } = await gate.ask(NAMES);
  expect(data.clusters).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(gate.calls()).toHaveLength(1);
});

test.each([
  { what: 'another token', headers: { 'x-auth-token': 'another' } },
  { what: 'another workspace', headers: { 'x-workspace-id': 'another' } },
])('$what is another caller or another question, and is never given it', async ({ headers }) => {
  const gate = await given();
  await warm(gate, NAMES);
  const before = await repeated(gate);
  await gate.ask(NAMES, {}, headers);
  expect(await repeated(gate)).toEqual(before);
});

test('a caller who asks for the cost gets it', async () => {
  const gate = await given();
  await warm(gate, NAMES, { 'x-cost': '1' });
  const { extensions } = await gate.ask(NAMES, {}, { 'x-cost': '1' });
  expect(extensions?.['cost']).toMatchObject({ upstreamCalls: 1 });
  expect(await repeated(gate)).toEqual({ unchanged: 0, changed: 0 });
});

test('an answer with errors is worked out each time', async () => {
  const gate = await given();
  const query = '{ cluster(clusterId: "00000000-0000-0000-0000-000000000000") { name } }';
  await warm(gate, query);
  expect((await gate.ask(query)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  expect(await repeated(gate)).toEqual({ unchanged: 0, changed: 0 });
});

test('a read that fails once is made again, and its answer recognised', async () => {
  const gate = await given();
  await warm(gate, NAMES);
  gate.sandbox.fault({ path: LIST, times: 1, respond: { status: 503 } });
  expect((await gate.ask(NAMES)).errors).toBeUndefined();
  expect(gate.calls()).toHaveLength(2);
  expect(await repeated(gate)).toEqual({ unchanged: 1, changed: 0 });
});

test.each([{ REVALIDATE_ANSWERS: 'off' }, { COMPILE_QUERIES: 'off' }, { CACHE_TTL_MS: '1' }])(
  'with %o every answer is worked out',
  async (settings) => {
    const gate = await given({ settings: settings as unknown as Record<string, string> });
    await warm(gate, NAMES);
    await gate.ask(NAMES);
    expect(await repeated(gate)).toEqual({ unchanged: 0, changed: 0 });
  },
);

/** What can happen between two questions. */
const CHANGES: ((world: World, n: number) => void)[] = [
  ({ clusters }, n) => void (clusters[n % clusters.length]!.name = `name-${n}`),
  ({ clusters }, n) => void clusters[n % clusters.length]!.connections.splice(n % 3, 1),
  ({ clusters }, n) => void clusters[n % clusters.length]!.permissions.pop(),
  ({ services }, n) => void (services[n % services.length]!.status = n % 2 ? 'available' : 'failed'),
  ({ clusters }, n) => void clusters.push(...clusters.splice(n % clusters.length, 1)),
  ({ clusters }, n) => void (clusters.length > 3 && clusters.splice(n % clusters.length, 1)),
];

const QUERIES = [
  JOINED,
  NAMES,
  '{ endpointServices(first: 5) { totalCount nodes { name status connections(first: 2) { nodes { endpointId status } } } } }',
  '{ clusters(first: 2) { pageInfo { endCursor hasNextPage } nodes { id connections(last: 1) { nodes { endpointId } } } } }',
];

const told = ({ data, errors }: Answer) => ({ data, codes: errors?.map(({ extensions: { code } }) => code) });

test('whatever changes in between, the answers and the calls are those of a gateway that works out each', async () => {
  const step = fc.record({
    change: fc.option(fc.nat(CHANGES.length - 1), { freq: 2 }),
    fails: fc.boolean(),
    n: fc.nat(50),
    query: fc.nat(QUERIES.length - 1),
  });
  let unchanged = 0;
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
      const one = await given();
      const { url } = one.sandbox;
      const other = await gateway({
        settings: {
          CSS_ENDPOINT: url,
          VPCEP_ENDPOINT: url,
          DATAARTSINSIGHT_ENDPOINT: url,
          REVALIDATE_ANSWERS: 'off',
        },
      });
      for (const query of QUERIES) await warm(one, query); // oxlint-disable-line no-await-in-loop
      /* oxlint-disable no-await-in-loop -- one after the other is the point */
      for (const { change, fails, n, query } of steps) {
        if (change !== null && n % 3 === 0) CHANGES[change]!(one.sandbox.world, n);
        if (fails && n % 5 === 0)
          one.sandbox.fault({
            path: /vpcepservice/,
            respond: { status: 403 },
          });
        const got = told(await one.ask(QUERIES[query]!));
        const calls = one.calls().toSorted();
        expect(got).toEqual(told(await other.ask(QUERIES[query]!)));
        expect(calls).toEqual(one.calls().toSorted());
        one.sandbox.clearFaults();
      }
      /* oxlint-enable no-await-in-loop */
      const counted = await repeated(one);
      unchanged += counted.unchanged;
      changed += counted.changed;
    }),
    { numRuns: 4 },
  );
  // A run in which nothing was given again, or nothing had changed, would prove nothing.
  expect(Math.min(unchanged, changed)).toBeGreaterThan(5);
}, 120_000);

describe('recording an answer', () => {
  const KEY = 'caller  query';
  const INFO = { text: '{ clusters { totalCount } }', name: undefined, cost: { estimated: 1, leaves: 1 } };

  /** Repeats a request; `unchanged` tells for each repetition whether its reads were. Returns how each was planned. */
  const repeat = (unchanged: readonly boolean[]): string => {
    const responses = createRevalidatedResponses(createMemoryBudget(1_000_000));
    responses.noteFirst(KEY);
    const record = () => responses.store(KEY, '{}', { reads: [], info: INFO, loadCount: 0 } as never);
    return unchanged
      .map((isSame) => {
        const plan = responses.plan(KEY);
        if (plan === 'record') record();
        if (typeof plan !== 'object') return plan === 'record' ? 'r' : '.';
        if (responses.noteRepeated(KEY, isSame)) record();
        return isSame ? '=' : '!';
      })
      .join('');
  };
  const always = (isSame: boolean, times: number) => Array.from({ length: times }, () => isSame);

  it('is repeated as long as nothing changes', () => {
    expect(repeat(always(true, 12))).toBe('r===========');
  });

  it('is given up after two changes, for ever more requests, up to sixteen', () => {
    expect(repeat(always(false, 60))).toBe(
      `r!!${'.'.repeat(8)}r!${'.'.repeat(16)}r!${'.'.repeat(16)}r!${'.'.repeat(11)}`,
    );
  });

  it('outlives a change now and then', () => {
    const changes = Array.from({ length: 20 }, (_, at) => at % 4 !== 3);
    expect(repeat(changes)).toBe('r==!===!===!===!===!');
  });
});
