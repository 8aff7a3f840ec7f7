import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasRedis } from '../support/redis.ts';
import { type ReplicaHistory, findViolations } from './support/replica-history.ts';
import { type Replicated, startReplicated, troubleOf } from './support/run-replica-history.ts';

const given = process.env['HISTORY_SEED'];
const COUNT = Number(process.env['HISTORY_SEEDS'] ?? 200);
const SEEDS = given ? [Number(given)] : Array.from({ length: COUNT }, (_, at) => at + 1);
const AT_ONCE = 20;
const CHUNKS = Array.from({ length: Math.ceil(SEEDS.length / AT_ONCE) }, (_, at) =>
  SEEDS.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
);

describe.skipIf(!hasRedis)('histories of several replicas (skipped where there is no redis-server)', () => {
  let replicated: Replicated;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    replicated = await startReplicated((end) => ends.push(end));
  }, 60_000);
  afterAll(async () => {
    // oxlint-disable-next-line no-await-in-loop -- the last that began ends first
    for (const end of ends.toReversed()) await end();
  });
  const all: ReplicaHistory[] = [];

  test.each(CHUNKS.map((seeds) => ({ seeds, from: seeds[0]!, to: seeds.at(-1)! })))(
    'no change of a whitelist is lost without being told, and no key writes twice (seeds $from to $to)',
    { timeout: 300_000, retry: 0 },
    async ({ seeds }) => {
      for (const seed of seeds) {
        // oxlint-disable-next-line no-await-in-loop -- they share the replicas
        const history = await replicated.run(seed);
        const replay = `Seed ${seed}, ${troubleOf(seed)}. Replay: HISTORY_SEED=${seed} npx vitest run test/history/replicas`;
        expect(findViolations(history), replay).toEqual([]);
        all.push(history);
      }
    },
  );

  // Histories in which nothing happens would prove nothing.
  test('writes were made, kept from being made twice, found unclear, and contradicted', () => {
    const told = all.flatMap(({ submits }) => submits.map((one) => one.told));
    expect(told).toContain('done');
    expect(all.flatMap(({ arrivals }) => arrivals).length).toBeGreaterThan(0);
    if (given) return;
    for (const one of ['INDETERMINATE', 'CONFLICT']) expect(told).toContain(one);
    const keyed = all.flatMap(({ submits }) => submits.filter(({ key }) => key !== null));
    expect(keyed.length).toBeGreaterThan(new Set(keyed.map(({ key }) => key)).size);
    expect(all.some(({ moments }) => moments.some(({ by }) => by === null))).toBe(true);
  });
});
