/** Reads the CPU time of this thread so far, in milliseconds. Other processes do not add to it. */
export const readCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** CPU time of the work in {@link slowness} on the idle machine that the limits of tests were set on. */
const USUAL_MS = 70;

const work = (): number => {
  const rows = Array.from({ length: 400 }, (_, at) => ({
    id: `id-${at}`,
    tags: [at, at + 1],
    name: 'x'.repeat(40),
  }));
  const started = readCpuMs();
  for (let round = 0; round < 300; round += 1) JSON.stringify(JSON.parse(JSON.stringify(rows)));
  return readCpuMs() - started;
};

/**
 * How many times more CPU the same piece of work takes just now than on the machine that the limits of tests were set on; at
 * least 1. On a core that is shared, or on an older one, a limit in milliseconds is wider by as much.
 */
const slowness = (): number => Math.max(1, Math.min(work(), work()) / USUAL_MS);

/** Adjusts a limit in milliseconds of CPU to the speed of this machine; measured only if the limit was exceeded. */
export const adjustLimit = (limitMs: number, tookMs: number): number =>
  tookMs < limitMs ? limitMs : limitMs * slowness();
