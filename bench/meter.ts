/**
 * Loaded into a measured process before its own code: tells what the process used so far whenever it is asked, on any system; counts
 * promises, and records profiles, while it is told to.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, promiseHooks } from 'node:v8';

/** What a process used since it started. */
export interface Used {
  cpuSeconds: number;
  /** Resident memory now. */
  bytes: number;
  /** Bytes of all objects in the heap of JavaScript, also of those that are collected. */
  allocatedBytes: number;
  collections: number;
  /** Promises that were made while they were counted. */
  promises: number;
}

/** What the process does from now on. */
export interface MeterOrder {
  countPromises?: boolean;
  /** Records a profile until the next order, and writes it to `<profile>.cpuprofile` or `<profile>.heapprofile`. */
  profile?: { kind: 'cpu' | 'heap'; file: string } | undefined;
}

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

let promises = 0;
let stopCounting: (() => void) | undefined;
const countPromises = (counts: boolean): void => {
  if (!counts) stopCounting?.();
  stopCounting = counts
    ? (promiseHooks.onInit(() => {
        promises += 1;
      }) as () => void)
    : undefined;
};

const session = new Session();
let endProfile: (() => Promise<void>) | undefined;
const SAMPLE_BYTES = 16_384;

const profile = async ({ kind, file }: NonNullable<MeterOrder['profile']>): Promise<void> => {
  session.connect();
  if (kind === 'cpu') {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
  } else
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLE_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
  endProfile = async () => {
    const ended =
      kind === 'cpu' ? await session.post('Profiler.stop') : await session.post('HeapProfiler.stopSampling');
    session.disconnect();
    writeFileSync(`${file}.${kind}profile`, JSON.stringify(ended.profile));
    endProfile = undefined;
  };
};

const used = (): Used => {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    bytes: process.memoryUsage.rss(),
    allocatedBytes: (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes ?? NaN,
    collections,
    promises,
  };
};

const obey = async (order: MeterOrder): Promise<void> => {
  await endProfile?.();
  countPromises(order.countPromises ?? false);
  if (order.profile) await profile(order.profile);
  process.send!(used());
};

process.on('message', (order: MeterOrder) => void obey(order));
process.on('disconnect', () => process.exit());
