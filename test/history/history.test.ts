import { expect, test } from 'vitest';
import { FAST_PATHS_OFF } from '../support/fast-paths.ts';
import { findViolations } from './support/history.ts';
import { runHistory } from './support/run-history.ts';

const given = process.env['HISTORY_SEED'];
/** Some that are always the same, and one that is new each time. */
const SEEDS = given ? [Number(given)] : [1, 2, 3, Math.floor(Math.random() * 1e6)];
const CASES = SEEDS.flatMap((seed) => [
  { seed, paths: 'on', settings: {} },
  { seed, paths: 'off', settings: FAST_PATHS_OFF },
]);

test.each(CASES)(
  'no write is made twice, no caller sees data of another, and every page was once true (seed $seed, fast paths $paths)',
  { timeout: 60_000, retry: 0 },
  async ({ seed, settings }) => {
    const history = await runHistory(seed, settings);
    const replay = `Replay with: HISTORY_SEED=${seed} npx vitest run test/history`;
    expect(findViolations(history), replay).toEqual([]);

    // A schedule in which nothing happens would prove nothing.
    const { walks, writes, changes } = history;
    const told = writes.flatMap(({ outcomes }) => outcomes.map((outcome) => outcome.told));
    expect(
      walks.filter(({ ended, pages }) => ended === 'end' && pages.length > 2).length,
      replay,
    ).toBeGreaterThan(5);
    expect(
      walks.filter(({ list, ended }) => /whitelist/.test(list) && ended === 'end').length,
      replay,
    ).toBeGreaterThan(0);
    expect(changes, replay).toBeGreaterThan(50);
    for (const outcome of ['done', 'INDETERMINATE', 'hung up']) expect(told, replay).toContain(outcome);
    expect(
      writes.filter(({ keyed, outcomes }) => keyed && outcomes.length > 1).length,
      replay,
    ).toBeGreaterThan(5);
  },
);
