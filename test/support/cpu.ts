/** Milliseconds of CPU that this thread has taken so far: unlike the time of day, they do not grow while others work. */
export const busyMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** What the piece of work of {@link slowness} takes on the machine that the limits of tests were set on, with nothing beside it. */
const USUAL_MS = 70;

const work = (): number => {
  const rows = Array.from({ length: 400 }, (_, at) => ({
    id: `id-${at}`,
    tags: [at, at + 1],
    name: 'x'.repeat(40),
  }));
  const started = busyMs();
  for (let round = 0; round < 300; round += 1) JSON.stringify(JSON.parse(JSON.stringify(rows)));
  return busyMs() - started;
};

/**
 * How many times more CPU the same piece of work takes just now than on the machine that the limits of tests were set on; at
 * least 1. On a core that is shared, or on an older one, a limit in milliseconds is wider by as much.
 */
const slowness = (): number => Math.max(1, Math.min(work(), work()) / USUAL_MS);

/** A limit in milliseconds of CPU as it is on this machine now, as far as something that took so long needs to know. */
export const limitHere = (limitMs: number, tookMs: number): number =>
  tookMs < limitMs ? limitMs : limitMs * slowness();
