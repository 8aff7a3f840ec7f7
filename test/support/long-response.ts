import { createWorld, type World } from '../../src/sandbox/world.ts';

const CLUSTERS = 20;
const NAME_BYTES = 100_000;
const TIMES = 5;

/** Creates a world with long names, so that short queries have long answers. */
export const createWorldOfLongNames = (): World => {
  const world = createWorld();
  const [first] = world.clusters;
  world.clusters = Array.from({ length: CLUSTERS }, (_, n) => ({
    ...first!,
    id: `cluster-${n}`,
    name: 'x'.repeat(NAME_BYTES),
  }));
  return world;
};

/** A query of one call whose answer is larger than the socket buffers of a client that does not read. */
export const LONG_ANSWER = `{ ${Array.from({ length: TIMES }, (_, n) => `a${n}: clusters { nodes { name } }`).join(' ')} }`;

/** The least size of that answer. */
export const LONG_BYTES = CLUSTERS * NAME_BYTES * TIMES;
