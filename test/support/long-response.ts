import { createWorld, type World } from '../../src/sandbox/world.ts';

const CLUSTERS = 20;
const NAME_BYTES = 100_000;
const TIMES = 5;

/** A world of which little is asked and much is told. */
export const worldOfLongNames = (): World => {
  const world = createWorld();
  const [first] = world.clusters;
  world.clusters = Array.from({ length: CLUSTERS }, (_, n) => ({
    ...first!,
    id: `cluster-${n}`,
    name: 'x'.repeat(NAME_BYTES),
  }));
  return world;
};

/** One call, and an answer that is more than the system takes in for a client who does not read. */
export const LONG_ANSWER = `{ ${Array.from({ length: TIMES }, (_, n) => `a${n}: clusters { nodes { name } }`).join(' ')} }`;

/** At least so long is that answer. */
export const LONG_BYTES = CLUSTERS * NAME_BYTES * TIMES;
