import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Kept, keptOf, readAnswers, writeAnswers } from './answers.ts';
import { replay, requestOf, type Way } from './replay.ts';
import { readScenarios, type Scenario } from './scenarios.ts';

// Requests with their answers as they were recorded: any difference is a change that clients can see. Where it is meant, record again with
// `npx vitest run test/recorded --update`, and read what changed.

const HERE = import.meta.dirname;

const OFF = { SHARE_READS: 'off', COMPILE_QUERIES: 'off', REVALIDATE_ANSWERS: 'off' };

const DEFAULT: Way = { settings: {}, rehearsals: 0 };

/**
 * The other ways to the same answers. The same calls are made there, but not as often: reads are not shared without the fast paths, and a
 * connection that was closed is used up by what was asked before.
 */
const OTHER_WAYS: Record<string, Way> = {
  'without the fast paths': { settings: OFF, rehearsals: 0 },
  'asked before': { settings: {}, rehearsals: 3 },
};

const FILES = globSync('requests/*.jsonl', { cwd: HERE })
  .toSorted()
  .map((file) => ({
    kind: basename(file, '.jsonl'),
    scenarios: readScenarios(join(HERE, file)),
    answers: join(HERE, 'answers', basename(file)),
  }));

const isUpdating = (): boolean =>
  (expect.getState().snapshotState as unknown as { _updateSnapshot: string })._updateSnapshot === 'all';

/** What differs between the recorded and the received answers of a scenario, with the requests. */
const differencesIn = (
  scenario: Scenario,
  expected: readonly Kept[],
  received: readonly Kept[],
): string[] => {
  const requests = scenario.steps.filter((step) => 'ask' in step || 'request' in step).map(requestOf);
  return requests.flatMap((request, index) => {
    const [right, got] = [expected[index], received[index]].map((kept) => JSON.stringify(kept, null, 1));
    return right === got ? [] : [`${JSON.stringify(request)}\nexpected ${right}\nreceived ${got}`];
  });
};

const withEachCallOnce = (kept: readonly Kept[]): Kept[] =>
  kept.map((one) => ({ ...one, calls: [...new Set(one.calls)] }));

beforeEach(() => {
  // Of random numbers only waits are made: here there are none, or the shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

describe.each(FILES)('$kind', ({ scenarios, answers }) => {
  const recorded = readAnswers(answers);
  const updated = new Map<string, Kept[]>();

  test.each(scenarios)('by default: $scenario', async (scenario) => {
    const received = (await replay(scenario, DEFAULT)).map(keptOf);
    updated.set(scenario.scenario, received);
    if (isUpdating()) return;
    const differences = differencesIn(scenario, recorded.get(scenario.scenario) ?? [], received);
    expect(differences.join('\n\n')).toBe('');
  });

  afterAll(() => {
    if (isUpdating()) writeAnswers(answers, updated);
  });

  describe.each(Object.entries(OTHER_WAYS))('%s', (_, way) => {
    test.each(scenarios)('$scenario', async (scenario) => {
      const received = withEachCallOnce((await replay(scenario, way)).map(keptOf));
      const right = (isUpdating() ? updated : recorded).get(scenario.scenario) ?? [];
      expect(differencesIn(scenario, withEachCallOnce(right), received).join('\n\n')).toBe('');
    });
  });
});
