import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { LONG_ANSWER, LONG_BYTES, createWorldOfLongNames } from '../support/long-response.ts';
import { open, formatPost } from '../support/raw-http.ts';
import { metricsAt, startSmallProcess } from '../support/small-process.ts';

const READERS = 200;
const MEGABYTE = 1024 * 1024;
const MOST_RESIDENT = 256 * MEGABYTE;
/** As in the Dockerfile. */
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };
const OTHER = 'token-of-another-caller';

/** The value that so many percent of all are not above. */
const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1]!;

test(
  '200 clients that do not read the largest answers fit into 256 MiB, and nobody waits for them',
  { timeout: 180_000 },
  async () => {
    const world = createWorldOfLongNames();
    world.tokens.push({ value: OTHER, expiresAt: Date.now() + 3_600_000, ended: false });
    const sandbox = await startSandbox({ world });
    onTestFinished(() => sandbox.close());
    const gate = await startSmallProcess(sandbox, 128, {
      TRUSTED_PROXIES: '127.0.0.1',
      ...MALLOC,
    });
    const limit = (await metricsAt(gate.url)).get('gateway_held_limit{what="unread_answers",unit="bytes"}')!;
    const seen = { unread: 0, resident: 0 };
    const times: number[] = [];
    const over = new AbortController();

    const other = async () => {
      const started = performance.now();
      const response = await fetch(`${gate.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-auth-token': OTHER,
          'x-forwarded-for': '10.0.0.2',
        },
        body: JSON.stringify({ query: '{ endpointServices { nodes { name } } }' }),
      });
      expect(await response.text()).toMatch(/^\{"data":\{"endpointServices":\{"nodes":\[/);
      times.push(performance.now() - started);
    };
    await other();
    times.length = 0;

    /* oxlint-disable no-await-in-loop -- one after the other */
    const asking = (async () => {
      while (!over.signal.aborted) {
        await other();
        await wait(20);
      }
    })();
    const looking = (async () => {
      while (!over.signal.aborted) {
        seen.unread = Math.max(
          seen.unread,
          (await metricsAt(gate.url)).get('gateway_held{what="unread_answers",unit="bytes"}')!,
        );
        seen.resident = Math.max(seen.resident, await gate.residentBytes());
        await wait(50);
      }
    })();
    let answered = 0;
    /** One client after the other, each with the largest answer; those that do not read it stay. */
    const attack = async (clients: number, reads: boolean) => {
      for (let at = 0; at < clients; at += 1) {
        const socket = open(gate.url);
        socket.write(
          Buffer.concat(
            formatPost(JSON.stringify({ query: LONG_ANSWER }), { 'X-Auth-Token': SANDBOX.token }),
          ),
        );
        await once(socket, 'readable');
        if (String(socket.read(15)).startsWith('HTTP/1.1 200')) answered += 1;
        if (reads) await once(socket.resume(), 'close');
      }
    };
    /* oxlint-enable no-await-in-loop */
    await attack(READERS / 4, true);
    const besideReaders = percentile(times.splice(0), 99);
    await attack(READERS, false);
    over.abort();
    await Promise.all([asking, looking]);

    const metrics = await metricsAt(gate.url);
    const p99 = percentile(times, 99);
    const figures = `${answered} answers of ${LONG_BYTES} bytes; ${seen.unread} unread, ${seen.resident} resident; p50 ${percentile(times, 50)}, p99 ${p99} ms of ${times.length}, ${besideReaders} ms beside clients that read`;
    console.log(figures);
    expect(answered, figures).toBe(READERS + READERS / 4);
    expect(times.length, figures).toBeGreaterThan(50);
    expect(seen.unread, figures).toBeLessThanOrEqual(limit);
    expect(seen.unread, figures).toBeGreaterThan(limit / 2);
    expect(metrics.get('gateway_slow_readers_total')).toBeGreaterThan(READERS / 2);
    expect(seen.resident, figures).toBeLessThan(MOST_RESIDENT);
    // 250 ms on a quiet machine; on any, no longer than beside as many large answers that are read.
    expect(p99, figures).toBeLessThan(Math.max(250, 2 * besideReaders));
    expect(gate.mistakes).toEqual([]);
  },
);
