/**
 * What replicas cost each other: 1, 2 and 4 of them behind HAProxy, by themselves and with what they share in Redis, before the
 * stand-in cloud of the benchmark. Needs `haproxy` and `redis-server`. `README.md` tells how to read it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { openConnection, type Question, requestText, runLoad } from './load.ts';
import { sum } from './measure.ts';
import { type Measured, startGateway, startUpstream } from './processes.ts';
import { table } from './report.ts';
import { median } from './results.ts';
import { mistakeIn, QUERIES, WORKLOADS } from './workloads.ts';

const { values: options } = parseArgs({
  options: {
    replicas: { type: 'string', default: '1,2,4' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    update: { type: 'boolean', default: false },
  },
});
const REPLICAS = options.replicas.split(',').map(Number);
const [ROUNDS, SECONDS] = [Number(options.rounds), Number(options.seconds)];

/** Time that answers are cached, in milliseconds. */
const TTL = '1000';
const CLIENTS = 32;
const CALLERS = 64;
const WORKLOAD = WORKLOADS.find(({ name }) => name === 'W1')!;

interface Mode {
  name: string;
  settings: Record<string, string>;
  usesRedis: boolean;
}

const MODES: readonly Mode[] = [
  { name: 'nothing shared', settings: {}, usesRedis: false },
  { name: 'answers cached by each replica', settings: { CACHE_TTL_MS: TTL }, usesRedis: false },
  { name: 'answers cached in Redis', settings: { CACHE_TTL_MS: TTL }, usesRedis: true },
  { name: 'operations counted in Redis', settings: { RATE_LIMIT: '1000000' }, usesRedis: true },
];

interface Figures {
  perSecond: number;
  p50: number;
  p99: number;
  cpuSecondsPerThousand: number;
  calls: number;
  redisCommands: number;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const folder = mkdtempSync(join(tmpdir(), 'scale-'));
const children: ChildProcess[] = [];

const run = (program: string, parameters: readonly string[]): void => {
  const child = spawn(program, parameters, { stdio: 'ignore' });
  child.once('error', (error) => {
    throw new Error(`${program} is needed: ${error.message}`);
  });
  children.push(child);
};

const startRedis = async (): Promise<Redis> => {
  const port = await freePort();
  run('redis-server', ['--port', String(port), '--save', '', '--dir', folder]);
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  await client.ping();
  return client;
};

const startHaproxy = async (replicas: readonly Measured[]): Promise<string> => {
  const port = await freePort();
  const file = join(folder, `haproxy-${port}.cfg`);
  const servers = replicas.map(({ url }, index) => `  server replica${index} ${new URL(url).host}`);
  const lines = [
    'defaults',
    '  mode http',
    '  timeout connect 1s',
    '  timeout client 60s',
    '  timeout server 60s',
    'listen graph',
    `  bind 127.0.0.1:${port}`,
    // In turn, so that each caller meets every replica.
    '  balance roundrobin',
    ...servers,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  run('haproxy', ['-db', '-f', file]);
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  // oxlint-disable-next-line no-await-in-loop -- until it listens
  while (!(await isReady())) await wait(50);
  return url;
};

/** The questions of all callers, each answered correctly once. */
const readQuestions = async (url: string): Promise<Question[]> => {
  const connection = await openConnection(url);
  const questions: Question[] = [];
  for (let caller = 0; caller < CALLERS; caller += 1) {
    const { variables, expected } = WORKLOAD.operations[caller % WORKLOAD.operations.length]!;
    const body = JSON.stringify({ query: QUERIES['W1']!.query, variables });
    const token = `caller-${caller}`;
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const answer = await connection.ask(requestText(body, token));
    const mistake = mistakeIn(answer.status, answer.body.toString(), expected);
    if (mistake !== undefined) throw new Error(`A wrong answer: ${mistake}`);
    questions.push({ body, token, answerBytes: answer.body.length });
  }
  connection.close();
  return questions;
};

const redis = await startRedis();
const countCommands = async (): Promise<number> =>
  Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))![1]);
const upstream = await startUpstream();

const measureMode = async (replicas: number, { settings, usesRedis }: Mode): Promise<Figures> => {
  await redis.flushall();
  const url = `redis://127.0.0.1:${redis.options.port}`;
  const shared: Record<string, string> = usesRedis ? { REDIS_URL: url } : {};
  const gateways = await Promise.all(
    Array.from({ length: replicas }, () => startGateway(upstream.url, { ...settings, ...shared })),
  );
  const proxy = await startHaproxy(gateways);
  const cpuSeconds = async () =>
    (await Promise.all(gateways.map((gateway) => gateway.used()))).reduce(
      (total, used) => total + used.cpuSeconds,
      0,
    );
  try {
    const questions = await readQuestions(proxy);
    // Each process compiles its own hot code.
    await runLoad(proxy, questions, { clients: CLIENTS, seconds: SECONDS * (replicas + 1) });
    await upstream.order({ latencyMs: 0, volatile: 0 });
    const [commandsBefore, cpuBefore] = [await countCommands(), await cpuSeconds()];
    const load = await runLoad(proxy, questions, { clients: CLIENTS, seconds: SECONDS });
    const [commandsAfter, cpuAfter] = [await countCommands(), await cpuSeconds()];
    const calls = sum(await upstream.order({ latencyMs: 0, volatile: 0 }));
    const time = (share: number) => load.times[Math.floor(share * (load.times.length - 1))]!;
    return {
      perSecond: load.requests / load.seconds,
      p50: time(0.5),
      p99: time(0.99),
      cpuSecondsPerThousand: ((cpuAfter - cpuBefore) / load.requests) * 1000,
      calls: calls / load.requests,
      redisCommands: (commandsAfter - commandsBefore) / load.requests,
    };
  } finally {
    for (const gateway of gateways) gateway.end();
    children.pop()!.kill('SIGKILL');
  }
};

const results = new Map<string, Figures[]>();
const plan = MODES.flatMap((mode) => REPLICAS.map((replicas) => ({ mode, replicas })));
const [loadBefore = 0] = loadavg();

/* oxlint-disable no-await-in-loop -- one measurement at a time */
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { mode, replicas } of round % 2 === 0 ? plan : plan.toReversed()) {
    const name = `${mode.name} ${replicas}`;
    results.set(name, [...(results.get(name) ?? []), await measureMode(replicas, mode)]);
    if (process.stderr.isTTY) process.stderr.write(`${round + 1}/${ROUNDS} ${name}\x1b[K\r`);
  }
}
/* oxlint-enable no-await-in-loop */

upstream.end();
redis.disconnect();
for (const child of children) child.kill('SIGKILL');
rmSync(folder, { recursive: true, force: true });

const lines = plan.map(({ mode, replicas }) => {
  const mine = results.get(`${mode.name} ${replicas}`)!;
  const of = (read: (figures: Figures) => number) => median(mine.map(read));
  return [
    mode.name,
    String(replicas),
    Math.round(of(({ perSecond }) => perSecond)).toLocaleString('en'),
    of(({ p50 }) => p50).toFixed(1),
    of(({ p99 }) => p99).toFixed(1),
    of(({ cpuSecondsPerThousand }) => cpuSecondsPerThousand).toFixed(3),
    of(({ calls }) => calls).toFixed(2),
    of(({ redisCommands }) => redisCommands).toFixed(2),
  ];
});
const text = [
  `Measured on ${new Date().toISOString().slice(0, 10)}: ${ROUNDS} rounds of ${SECONDS} s, ${CALLERS} callers, ${CLIENTS} clients, W1; ` +
    `load of the machine just before: ${loadBefore.toFixed(1)}. All replicas share one core.`,
  table(
    ['shared', 'replicas', 'requests/s', 'p50 ms', 'p99 ms', 'CPU s/1000', 'calls', 'Redis commands'],
    lines,
  ),
].join('\n\n');
console.log(text);

if (options.update) {
  const file = new URL('README.md', import.meta.url);
  const whole = readFileSync(file, 'utf8');
  const [from, to] = [whole.indexOf('<!-- scale -->'), whole.indexOf('<!-- /scale -->')];
  writeFileSync(file, `${whole.slice(0, from)}<!-- scale -->\n\n${text}\n\n${whole.slice(to)}`);
}
