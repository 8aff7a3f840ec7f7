/** One workload, asked of one server once: for truth, alone, under load, and for truth again. */
import { hotSpots } from './hot-spots.ts';
import { openConnection, type Question, requestText, runLoad, SERIAL } from './load.ts';
import type { Measured, Upstream } from './processes.ts';
import type { Calls } from './upstream.ts';
import { mistakeIn, type Operation, type Workload } from './workloads.ts';

/** What came out. Times are in milliseconds, memory in bytes. */
export interface Figures {
  perSecond: number;
  p50: number;
  p99: number;
  cpuSecondsPerThousand: number;
  /** Resident memory after the load. */
  bytes: number;
  /** Bytes of JavaScript's heap that an operation allocates. */
  allocatedBytes: number;
  /** Promises that an operation makes. */
  promises: number;
  /** Garbage collections in a thousand operations. */
  collectionsPerThousand: number;
  /** Upstream calls of one operation alone, by API. */
  callsAlone: Calls;
  /** Upstream calls per operation under load. */
  callsUnderLoad: number;
}

export interface Conditions {
  latencyMs: number;
  /** Of a hundred answers of the cloud so many differ from the one before. */
  volatile: number;
  seconds: number;
  warmSeconds: number;
  clients: number;
  /** Where profiles of the server are written, if anywhere. */
  profiles?: string | undefined;
}

export const sum = (calls: Calls): number => Object.values(calls).reduce((a, b) => a + b, 0);

const bodyOf = (server: Measured, workload: Workload, operation: Operation, after?: string) => {
  const { raw, variables } = operation;
  if (server.name === 'raw') return JSON.stringify(raw);
  return server.peer
    ? server.peer.bodyOf(workload.name, operation)!
    : JSON.stringify({ query: workload.query, variables: { ...variables, after } });
};

/** As many callers ask, each with a token of his own; of a few operations several ask the same. */
const CALLERS = 64;

/** Others where the cloud changes its answers: what the gateway has learnt of them does not hold for the rest. */
let condition = 0;

const tokenOf = ({ callers }: Workload, index: number): string => {
  if (callers === 'once') return `once-${SERIAL}`;
  return callers === 'same' ? `the-same-caller-${condition}` : `caller-${condition}-${index}`;
};

const byAll = (workload: Workload, questions: readonly Question[]): Question[] =>
  Array.from({ length: Math.max(CALLERS, questions.length) }, (_, index) => ({
    ...questions[index % questions.length]!,
    token: tokenOf(workload, index),
  }));

/** Asks these, the pages of a walk one after the other, and holds every answer against the world. */
const askAll = async (
  server: Measured,
  workload: Workload,
  operations = workload.operations,
): Promise<Question[]> => {
  const connection = await openConnection(server.url);
  const questions: Question[] = [];
  const cursors: (string | undefined)[] = [];
  for (const [index, operation] of operations.entries()) {
    const token = tokenOf(workload, index);
    const after = operation.after === undefined ? undefined : cursors[operation.after];
    const body = bodyOf(server, workload, operation, after);
    // oxlint-disable-next-line no-await-in-loop -- a page's cursor is in the answer before it
    const answer = await connection.ask(requestText(body, token));
    const text = answer.body.toString();
    const mistake = mistakeIn(answer.status, text, operation.expected);
    if (mistake !== undefined) throw new Error(`${server.name} answers ${workload.name} wrongly: ${mistake}`);
    cursors.push(/"endCursor":"([^"]+)"/.exec(text)?.[1]);
    questions.push({ body, token, answerBytes: answer.body.length });
  }
  connection.close();
  return questions;
};

const asked = new Map<string, Question[]>();

/** All of them the first time, and then one: answers under load are held against the lengths of the right ones. */
const checked = async (server: Measured, workload: Workload): Promise<Question[]> => {
  const name = `${server.url} ${workload.name} ${condition}`;
  const known = asked.get(name);
  if (known) await askAll(server, workload, workload.operations.slice(0, 1));
  const questions = known ?? byAll(workload, await askAll(server, workload));
  asked.set(name, questions);
  return questions;
};

const COUNT_SECONDS = 0.3;

/** Profiles the server under load: its time, and then its allocations. */
const writeProfiles = async (
  server: Measured,
  questions: readonly Question[],
  load: { clients: number; seconds: number },
  file: string,
): Promise<void> => {
  for (const kind of ['cpu', 'heap'] as const) {
    /* oxlint-disable no-await-in-loop -- one profile at a time */
    await server.used({ profile: { kind, file } });
    await runLoad(server.url, questions, load);
    await server.used();
    const name = `${file}.${kind}profile`;
    console.error(`\n${name}\n${hotSpots(name)}`);
    /* oxlint-enable no-await-in-loop */
  }
};

export const measure = async (
  server: Measured,
  upstream: Upstream,
  workload: Workload,
  { latencyMs, volatile, seconds, warmSeconds, clients, profiles }: Conditions,
): Promise<Figures> => {
  condition = volatile;
  await upstream.order({ latencyMs: 0, volatile });
  const questions = await checked(server, workload);

  await upstream.order({ latencyMs, volatile });
  const alone = await openConnection(server.url);
  await alone.ask(requestText(questions[0]!.body, questions[0]!.token));
  alone.close();
  const callsAlone = await upstream.order({ latencyMs, volatile });

  await runLoad(server.url, questions, { clients, seconds: warmSeconds });
  await upstream.order({ latencyMs, volatile });
  const before = await server.used();
  const load = await runLoad(server.url, questions, { clients, seconds });
  const after = await server.used({ countPromises: true });
  const calls = sum(await upstream.order({ latencyMs, volatile }));
  // Counting takes time of its own, so that it has a load of its own.
  const counted = await runLoad(server.url, questions, { clients, seconds: COUNT_SECONDS });
  const { promises } = await server.used();
  if (profiles !== undefined)
    await writeProfiles(
      server,
      questions,
      { clients, seconds },
      `${profiles}/${workload.name} ${server.name}`,
    );
  await upstream.order({ latencyMs: 0, volatile });

  await checked(server, workload);
  const time = (share: number) => load.times[Math.floor(share * (load.times.length - 1))]!;
  return {
    perSecond: load.requests / load.seconds,
    p50: time(0.5),
    p99: time(0.99),
    cpuSecondsPerThousand: ((after.cpuSeconds - before.cpuSeconds) / load.requests) * 1000,
    bytes: after.bytes,
    allocatedBytes: (after.allocatedBytes - before.allocatedBytes) / load.requests,
    promises: (promises - after.promises) / counted.requests,
    collectionsPerThousand: ((after.collections - before.collections) / load.requests) * 1000,
    callsAlone,
    callsUnderLoad: calls / load.requests,
  };
};
