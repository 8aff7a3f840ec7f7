import { onTestFinished } from 'vitest';
import { Pool } from 'undici';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { FAST_PATHS_OFF, FAST_PATHS_ON } from '../support/fast-paths.ts';
import { gateway } from '../support/gateway.ts';
import { createRandom, runAtOnce } from '../support/random.ts';
import { change, smallWorld } from './changes.ts';
import type { Query } from './print.ts';

const SETTINGS = {
  DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId,
  MAX_COST: '3000',
  // No answer depends on how many calls it takes: with shared reads they are fewer.
  UPSTREAM_CALL_LIMIT: '5000',
  OPERATION_TIMEOUT_MS: '60000',
  UPSTREAM_TIMEOUT_MS: '60000',
};
const AT_ONCE = 32;

/** How often the fast gateway is asked while the cloud stays as it is; between two of these the cloud changes. */
const TURNS = [3, 2];

/** Sends a query, and gives its status and its answer. */
export type Ask = (query: Query) => Promise<string>;

/** Two answers that should have been one. */
export interface Difference {
  query: Query;
  /** Of the cloud, before this. */
  changes: number;
  time: number;
  fast: string;
  plain: string;
}

const clientOf = (url: string): Ask => {
  const pool = new Pool(url, { connections: AT_ONCE, pipelining: 1 });
  onTestFinished(() => pool.destroy());
  return async (query) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
      body: JSON.stringify(query),
    });
    return `${statusCode} ${await body.text()}`;
  };
};

/** Both gateways, in front of one cloud that is always the same at first. */
export const pairOf = async () => {
  const fast = await gateway({
    sandbox: { world: smallWorld() },
    settings: { ...SETTINGS, ...FAST_PATHS_ON },
  });
  const { url } = fast.sandbox;
  const plain = await gateway({
    settings: {
      CSS_ENDPOINT: url,
      VPCEP_ENDPOINT: url,
      DATAARTSINSIGHT_ENDPOINT: url,
      ...SETTINGS,
      ...FAST_PATHS_OFF,
    },
  });
  return { sandbox: fast.sandbox, fast: clientOf(fast.url), plain: clientOf(plain.url) };
};

const IDS = /"requestId":"[0-9a-f-]+"/g;

/** An answer without the ids of its requests, and with its errors in order: they come as the calls end. */
const comparable = (answer: string): string => {
  const text = answer.replaceAll(IDS, '"requestId":""');
  if (!text.startsWith('{"errors":', 4)) return text;
  const { errors, ...rest } = JSON.parse(text.slice(4)) as { errors: object[] };
  const sorted = errors.map((error) => JSON.stringify(error)).toSorted();
  return `${text.slice(0, 3)} ${JSON.stringify(rest)} ${sorted.join('\n')}`;
};

/** So many queries that both gateways still know all of them when they are asked again. */
const BATCH = 250;

/** Asks the plain gateway once and the fast one several times, and gives the answers that differ. */
const differencesOf = async (
  query: Query,
  { fast, plain }: { fast: Ask; plain: Ask },
  { times, changes }: { times: number; changes: number },
): Promise<Difference[]> => {
  const differences: Difference[] = [];
  const right = comparable(await plain(query));
  for (let time = 1; time <= times; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const got = comparable(await fast(query));
    if (got !== right || right.includes('INTERNAL_SERVER_ERROR'))
      differences.push({ query, changes, time, fast: got, plain: right });
  }
  return differences;
};

/**
 * Asks both gateways the same, many queries at once while the cloud stays as it is, and again after it changed: every query is asked
 * five times of the fast one. The first changes of the seed, as many as `before` says, are made before anything is asked.
 */
export const differencesIn = async (
  queries: readonly Query[],
  seed: number,
  before = 0,
): Promise<Difference[]> => {
  const { sandbox, ...both } = await pairOf();
  const chance = createRandom(seed);
  const differences: Difference[] = [];
  for (let left = before; left > 0; left -= 1) change(sandbox, chance);
  let changes = before;
  for (let start = 0; start < queries.length; start += BATCH) {
    const batch = queries.slice(start, start + BATCH);
    for (const times of TURNS) {
      const state = { times, changes };
      // oxlint-disable-next-line no-await-in-loop -- the cloud changes when all is answered
      await runAtOnce(AT_ONCE, batch.length, async (number) => {
        differences.push(...(await differencesOf(batch[number - 1]!, both, state)));
      });
      change(sandbox, chance);
      changes += 1;
    }
    sandbox.calls.length = 0;
  }
  return differences;
};

/** How many changes there were when a query was first asked, by its place among all. */
export const changesBefore = (place: number): number => Math.floor(place / BATCH) * TURNS.length;
