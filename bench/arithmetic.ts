/** What the measured figures mean for one replica, for the cloud's quotas and for clients: formulas, and the same with figures. */
import type { Row } from './results.ts';

/** What the API gateway of the cloud often allows; its refusals (APIGW.0308) name the figure. */
const QUOTA = 200;
/** How often a client asks, in seconds. */
const EVERY = 5;
/** How much of a core a replica should use before another one starts. */
const UTILISATION = 0.7;
const TTL = 30;

type Table = (head: readonly string[], lines: readonly (readonly string[])[], words?: number) => string;

const whole = (value: number): string => Math.floor(value).toLocaleString('en');

const perCore = ({ cpuSecondsPerThousand }: Row): number => 1000 / cpuSecondsPerThousand;

const busiest = ({ callsAlone }: Row): [api: string, calls: number] =>
  Object.entries(callsAlone).reduce((most, one) => (one[1] > most[1] ? one : most), ['none', 0]);

const perQuota = (row: Row): number => QUOTA / busiest(row)[1];

const limits = (rows: readonly Row[], table: Table): string =>
  table(
    [
      'workload',
      'busiest API',
      'n',
      'c',
      'O = 1000 / c',
      'Q = q / n',
      'R = Q / (u × O)',
      'C = Q × i',
      'K = u × O × i',
    ],
    rows.map((row) => {
      const [api, calls] = busiest(row);
      const free = calls === 0;
      return [
        row.workload,
        api === 'none' ? 'none' : `\`${api}\``,
        String(calls),
        row.cpuSecondsPerThousand.toPrecision(3),
        whole(perCore(row)),
        free ? 'any' : whole(perQuota(row)),
        free ? 'any' : (perQuota(row) / (UTILISATION * perCore(row))).toPrecision(2),
        free ? 'any' : whole(perQuota(row) * EVERY),
        whole(UTILISATION * perCore(row) * EVERY),
      ];
    }),
    2,
  );

const near = (rows: readonly Row[], name: string): Row | undefined =>
  rows.find(
    ({ workload, server, latencyMs, volatile }) =>
      workload === name && server === 'gateway' && latencyMs === 0 && volatile > 0,
  );

const sharing = (rows: readonly Row[]): string[] => {
  const [apart, together] = [near(rows, 'W1'), near(rows, 'W1h')];
  if (!apart || !together) return [];
  const [a, b] = [apart.callsUnderLoad, together.callsUnderLoad];
  const cpu = apart.cpuSecondsPerThousand / together.cpuSecondsPerThousand;
  return [
    `**Sharing in flight.** A read that the same caller is just making is made once, however many operations want it. W1h is that ` +
      `at its best: ${together.clients} clients of one caller ask the same at once, and an operation costs ` +
      `b = ${b.toFixed(2)} calls where callers of their own cost a = ${a.toFixed(2)} (W1): the same quota carries ` +
      `a / b = ${(a / b).toFixed(1)} times the operations, and a core ${cpu.toFixed(1)} times. Nothing is kept after the answer, so ` +
      `clients who ask at different times gain nothing; nobody is given what was read before he asked, but for a read that was on its way.`,
  ];
};

const caching = (rows: readonly Row[]): string[] => {
  const row = near(rows, 'W1');
  if (!row) return [];
  const [, calls] = busiest(row);
  return [
    `**Caching.** With \`CACHE_TTL_MS\` of t = ${TTL} s, of the operations that one caller repeats every i = ${EVERY} s only one in ` +
      `⌈t / i⌉ = ${Math.ceil(TTL / EVERY)} reaches the cloud: Q × i × ⌈t / i⌉ = ` +
      `${whole(perQuota(row) * EVERY * Math.ceil(TTL / EVERY))} such callers instead of ${whole(perQuota(row) * EVERY)}. Any number of clients ` +
      `of one caller who ask the same cost n / t = ${(calls / TTL).toFixed(3)} calls a second to the busiest API, and not n / i each. ` +
      `The price is age: what others change is seen up to t later. Replicas keep answers together only with \`REDIS_URL\`; without it ` +
      `each reads for itself, and r replicas cost r × n / t.`,
  ];
};

const FLEET = { clusters: 10_000, projects: 100, clients: 100_000 };
/** `UPSTREAM_CALL_LIMIT` by default. */
const CALL_LIMIT = 500;
/** A whitelist is read, written and read again. */
const CALLS_OF_CHANGE = 3;
const FAR_MS = 20;

/** What a large installation needs, and which limit it meets first. */
const fleet = (rows: readonly Row[]): string[] => {
  const row = near(rows, 'W1');
  if (!row) return [];
  const { clusters, projects, clients } = FLEET;
  const perSecond = clients / EVERY;
  const replicas = Math.ceil(perSecond / (UTILISATION * perCore(row)));
  const [, calls] = busiest(row);
  const perProject = (perSecond * calls) / projects;
  const cached = Math.ceil(TTL / EVERY);
  return [
    `**Large.** ${whole(clusters)} clusters in ${projects} projects, and ${whole(clients)} clients who each ask W1 every i = ${EVERY} s, are ` +
      `${whole(perSecond)} operations a second: ${replicas} replicas, each with ${UTILISATION} of a core. What breaks first, in this order:`,
    [
      `- *The quota of the cloud.* The busiest API of each project gets ${whole(perProject)} calls a second, where q is ${QUOTA}. ` +
        `\`CACHE_TTL_MS\` of ${TTL} s leaves ${whole(perProject / cached)}; subscriptions, whose joins share one poll for each caller, ` +
        `leave one call for each caller and poll.`,
      `- *The calls of one operation.* A list of all clusters is one call for each project, ${projects} in all. Connections are one call for each ` +
        `cluster: \`UPSTREAM_CALL_LIMIT\` of ${CALL_LIMIT} lets an operation read ${CALL_LIMIT - projects} of them, so that all are read in ` +
        `${Math.ceil(clusters / (CALL_LIMIT - projects))} pages. Totals cost the same calls, with one row each.`,
      `- *The turn for a whitelist.* Changes of one cluster follow each other, ${CALLS_OF_CHANGE} calls each: at ${FAR_MS} ms a call ` +
        `${whole(1000 / (CALLS_OF_CHANGE * FAR_MS))} changes a second of one cluster, over all replicas. Those of other clusters do not wait.`,
      '- *Memory* does not grow with clusters, projects or clients: what is kept is limited (`MAX_KEPT_BYTES`), and so is what runs ' +
        '(`MAX_UPSTREAM_BYTES`, `MAX_RUNNING_COST`). With more clients fewer answers are kept, and more are worked out.',
    ].join('\n'),
  ];
};

/** The section of arithmetic, paragraph by paragraph. */
export const arithmetic = (rows: readonly Row[], table: Table): string[] => {
  const ours = rows.filter(
    ({ server, latencyMs, volatile }) => server === 'gateway' && latencyMs === 0 && volatile > 0,
  );
  return [
    '### What it means',
    [
      `- n: calls of one operation to the API that it calls most; c: CPU seconds per 1,000 operations where the cloud's answers change: what a core must be able to do when everything changes. Both are measured above.`,
      `- O = 1000 / c: operations a second that one core can do, and so one replica: JavaScript runs on one.`,
      `- q = ${QUOTA}: calls a second that the cloud takes for one API; that figure is its usual one, and can differ.`,
      `- Q = q / n: operations a second until the busiest API throttles, however many replicas there are.`,
      `- u = ${UTILISATION}: how busy a core should be. R = Q / (u × O): replicas that use the quota up.`,
      `- i = ${EVERY} s: how often a client asks. C = Q × i: clients that the quota serves. K = u × O × i: clients that one replica serves.`,
    ].join('\n'),
    limits(ours, table),
    'Where R is below 1, the quota of one project ends before one core does: more replicas then bring safety, not clients. A gateway ' +
      'for several projects has the quota of each.',
    ...sharing(rows),
    ...caching(rows),
    ...fleet(rows),
  ];
};
