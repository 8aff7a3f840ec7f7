import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FAST_PATHS_OFF } from '../support/fast-paths.ts';
import { type Answer, gateway } from '../support/gateway.ts';
import { createClustersWithServices } from '../support/clusters-with-services.ts';
import { countCallRounds } from '../support/call-rounds.ts';
import { countCalls } from '../support/count-calls.ts';

/** The operations of the benchmark. */
const { env, workloads } = JSON.parse(
  readFileSync(new URL('../../bench/peers.json', import.meta.url), 'utf8'),
) as {
  env: { MAX_PAGE_SIZE: string };
  workloads: Record<string, { query: string; variables?: Record<string, unknown> }>;
};

const DETAIL = 'GET /clusters/{id}';
const CONNECTIONS = 'GET /clusters/{id}/vpcepservice/connections';

/** More often than an answer takes to be one that is only compared. */
const TIMES = 4;

const rowsOf = ({ data }: Answer): number =>
  data.cluster?.connections.nodes.length ?? data.clusters?.nodes.length ?? Object.keys(data).length;

describe.each([
  { paths: 'on', settings: {} },
  { paths: 'off', settings: FAST_PATHS_OFF },
])('fast paths $paths', ({ settings }) => {
  test.each([
    { name: 'W1', calls: { [DETAIL]: 1, [CONNECTIONS]: 1 }, steps: [2], rows: 10 },
    {
      name: 'W2',
      calls: { 'GET /clusters': 1, [CONNECTIONS]: 50, 'GET /vpc-endpoint-services': 1 },
      steps: [1, 51],
      rows: 50,
    },
    { name: 'W3', calls: { [CONNECTIONS]: 2 }, steps: [2], rows: 2000 },
    { name: 'W3p', calls: { [CONNECTIONS]: 1 }, steps: [1], rows: 100 },
    { name: 'W4', calls: { [DETAIL]: 1, [CONNECTIONS]: 1 }, steps: [2], rows: 20 },
    { name: 'W5', calls: { [CONNECTIONS]: 1 }, steps: [1], rows: 1000 },
    { name: 'W6', calls: {}, steps: [], rows: 1 },
  ])('$name makes its fewest calls in its fewest steps, however often it comes', async (wanted) => {
    const world = createClustersWithServices(50, (cluster) => (cluster === 0 ? 2000 : 12));
    const { ask, calls, sandbox } = await gateway({
      sandbox: { world },
      settings: { ...settings, MAX_PAGE_SIZE: env.MAX_PAGE_SIZE },
    });
    const { query, variables } = workloads[wanted.name]!;
    const filled = variables && { ...variables, id: world.clusters[0]!.id };
    for (let time = 1; time <= TIMES; time += 1) {
      /* oxlint-disable no-await-in-loop -- one after the other is the point */
      let answer: Answer = {};
      const steps = await countCallRounds(sandbox, async () => {
        answer = await ask(query, filled);
      });
      expect(answer.errors).toBeUndefined();
      expect({ calls: countCalls(calls()), steps, rows: rowsOf(answer) }).toEqual({
        calls: wanted.calls,
        steps: wanted.steps,
        rows: wanted.rows,
      });
      /* oxlint-enable no-await-in-loop */
    }
  });

  test('a page further on is one call as well, however often it comes', async () => {
    const world = createClustersWithServices(1, () => 300);
    const { ask, calls } = await gateway({ settings, sandbox: { world } });
    const page = (after: string | null) => ask(workloads['W3p']!.query, { id: world.clusters[0]!.id, after });
    const { data } = await page(null);
    for (let time = 1; time <= TIMES; time += 1) {
      calls();
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const next = await page(data.cluster.connections.pageInfo.endCursor);
      expect(rowsOf(next)).toBe(100);
      expect(countCalls(calls())).toEqual({ [CONNECTIONS]: 1 });
    }
  });
});
