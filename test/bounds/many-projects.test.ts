import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { emptyWorld, makeCluster, SANDBOX } from '../../src/sandbox/world.ts';
import { adjustLimit } from '../support/cpu.ts';
import { projectsFile } from '../support/projects-file.ts';
import { startSmallProcess } from '../support/small-process.ts';

const PROJECTS = 100;
const CLUSTERS = 1_000;
const MOST_STALL_MS = 100;
/** Rows of a list that cost about as much as the call that counts it. */
const ROWS_WITH_A_COUNT = 25;

/** The rows of a full list of clusters, as the cloud sends them. */
const readRows = async (): Promise<object[]> => {
  const clusters = Array.from({ length: CLUSTERS }, (_, at) => makeCluster({ name: `cluster-${at}` }));
  const sandbox = await startSandbox({ world: { ...emptyWorld(), clusters } });
  const list = `/v1.0/${SANDBOX.projectId}/clusters?start=1&limit=${CLUSTERS}`;
  const response = await fetch(sandbox.url + list, { headers: { 'x-auth-token': SANDBOX.token } });
  await sandbox.close();
  return ((await response.json()) as { clusters: object[] }).clusters;
};

let rows: object[];
beforeAll(async () => {
  rows = await readRows();
});

/** A cloud that has the same list in every project. It keeps which windows of it were read. */
const startCloud = async () => {
  const windows: { start: number; limit: number }[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://cloud');
    const [start, limit] = ['start', 'limit'].map((name) => Number(searchParams.get(name))) as [
      number,
      number,
    ];
    windows.push({ start, limit });
    const body = JSON.stringify({
      totalSize: CLUSTERS,
      clusters: rows.slice(start - 1, start - 1 + limit),
    });
    response.setHeader('content-type', 'application/json').end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, windows };
};

/** Settings of a single project, which the file of projects takes the place of. */
const NO_PROJECT = Object.fromEntries(
  ['HW_REGION_NAME', 'HW_PROJECT_ID', 'CSS_ENDPOINT', 'VPCEP_ENDPOINT', 'DATAARTSINSIGHT_ENDPOINT'].map(
    (name) => [name, ''],
  ),
);

/** A gateway in a process of its own for all projects. */
const startGatewayOfProjects = async () => {
  const { url, windows } = await startCloud();
  const PROJECTS_FILE = projectsFile(
    Array.from({ length: PROJECTS }, (_, at) => ({
      region: 'cn-north-4',
      projectId: `p${at}`,
      endpoints: { css: url, vpcep: url, dataartsinsight: url },
    })),
  );
  const gate = await startSmallProcess({ url }, 256, {
    ...NO_PROJECT,
    PROJECTS_FILE,
    REVALIDATE_ANSWERS: 'off',
  });
  const ask = async (query: string) => {
    const response = await fetch(`${gate.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': 'token' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as {
      data: { clusters: { nodes: { name: string }[] } } | null;
      errors?: { extensions: { code: string } }[];
    };
  };
  return { gate, ask, windows };
};

const namesOf = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `cluster-${from + at}`);

const COUNTED = PROJECTS * ROWS_WITH_A_COUNT;
/** Rows of one list, or of several, that a filter reads. */
const MAX_LIST_ROWS = 10_000;

interface Question {
  args: string;
  /** Names of the clusters in the answer, or the code of the refusal. */
  answer: string[] | string;
  calls: number;
  rows: number;
}

const QUESTIONS: Record<string, Question> = {
  'the first rows': { args: 'first: 20', answer: namesOf(0, 20), calls: 100, rows: COUNTED },
  'the last rows': {
    args: 'last: 20',
    answer: namesOf(CLUSTERS - 20, CLUSTERS),
    calls: 101,
    rows: COUNTED + 20,
  },
  'a page as long as a project': {
    args: 'first: 1000',
    answer: namesOf(0, 1_000),
    calls: 100,
    rows: COUNTED + 1_000,
  },
  'the first rows that match a filter': {
    args: 'first: 20, filter: { name: "9" }',
    answer: namesOf(0, CLUSTERS)
      .filter((name) => name.includes('9'))
      .slice(0, 20),
    calls: 109,
    rows: 2 * MAX_LIST_ROWS,
  },
  'the last rows that match a filter, which the totals refuse': {
    args: 'last: 20, filter: { name: "9" }',
    answer: 'RESULT_TRUNCATED',
    calls: 100,
    rows: MAX_LIST_ROWS,
  },
};

test.for(Object.entries(QUESTIONS))(
  `of ${PROJECTS} projects with ${CLUSTERS} clusters each: %s hold the event loop for 100 ms of CPU at most`,
  { timeout: 120_000 },
  async ([, { args, answer, calls, rows: mostRows }]) => {
    const { gate, ask, windows } = await startGatewayOfProjects();
    const query = `{ clusters(${args}) { nodes { name } } }`;
    // Whatever runs for the first time takes several times longer.
    for (const _ of '123456') await ask(query); // oxlint-disable-line no-await-in-loop -- one after the other
    windows.length = 0;
    let answered: Awaited<ReturnType<typeof ask>> | undefined;
    const ms = await gate.longestStallMs(async () => {
      answered = await ask(query);
    });
    const { data, errors } = answered!;
    expect(errors?.[0]!.extensions.code ?? data!.clusters.nodes.map(({ name }) => name)).toEqual(answer);
    expect(windows).toHaveLength(calls);
    expect(windows.reduce((sum, { limit }) => sum + limit, 0)).toBeLessThanOrEqual(mostRows);
    expect(ms).toBeLessThan(adjustLimit(MOST_STALL_MS, ms));
  },
);
