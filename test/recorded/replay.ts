import { Agent, request as sendRequest } from 'node:http';
import { join } from 'node:path';
import { vi } from 'vitest';
import { masked, type Received } from './masks.ts';
import { type Request, type Scenario, type Sending, worldsOf } from './scenarios.ts';
import { type FaultRule, type Sandbox, SANDBOX, startBoth } from './start.ts';

const worldNamed = worldsOf(join(import.meta.dirname, 'worlds.jsonl'));

/** How a gateway is run, and how it is asked. */
export interface Way {
  settings: Readonly<Record<string, string>>;
  /** How often each read is sent before the one that counts. */
  rehearsals: number;
}

/** An answer, and the calls that the cloud got for it, in the order of their text. */
export interface Answer extends Received {
  calls: string[];
}

/** The time that every scenario begins at; it goes on by a second before each step, and with each event of a subscription. */
const START = Date.parse('2026-03-01T12:00:00Z');
const STEP_MS = 1_000;
const LOST_MS = 2_000;

const USUAL_HEADERS = { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token };

/** The request of a step. */
export const requestOf = (step: Sending): Request => {
  if ('request' in step) return step.request;
  const headers = Object.entries({ ...USUAL_HEADERS, ...step.headers }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return {
    method: 'POST',
    path: '/graphql',
    headers: Object.fromEntries(headers),
    body: JSON.stringify(step.ask),
  };
};

const tick = () => vi.setSystemTime(Date.now() + STEP_MS);

const sent = (url: string, agent: Agent, { method, path, headers, body }: Request): Promise<Received> =>
  new Promise((resolve) => {
    const fail = (error: Error) => resolve({ status: 0, headers: [], body: error.message });
    const outgoing = sendRequest(
      url + path,
      {
        agent,
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      },
      (response) => {
        const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (isStream) tick();
        });
        response.on('error', fail);
        response.on('end', () => {
          const names = response.rawHeaders.filter((_, index) => index % 2 === 0);
          resolve({
            status: response.statusCode!,
            headers: names
              .map((name, index) => `${name.toLowerCase()}: ${response.rawHeaders[2 * index + 1]}`)
              .toSorted(),
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    const lost = setTimeout(() => outgoing.destroy(new Error('The answer did not end in time.')), LOST_MS);
    outgoing
      .on('error', fail)
      .on('close', () => clearTimeout(lost))
      .end(body);
  });

/** Where it would matter that more was asked: answers are kept, or requests are counted. */
const COUNTED = ['CACHE_TTL_MS', 'RATE_LIMIT'];

const isRead = ({ path, body = '' }: Request): boolean => !/\b(mutation|subscription)\b/.test(path + body);

/** A fault that a rehearsal meets too: the same at all times. */
const isLasting = ({ odd, times }: FaultRule): boolean => odd !== undefined && times === undefined;

/** A pattern that fits nothing while this holds. */
const unless = (holds: () => boolean, pattern: RegExp): RegExp =>
  Object.defineProperty(new RegExp(pattern), Symbol.search, {
    value: (text: string) => (holds() ? -1 : text.search(pattern)),
  });

const callsOf = ({ calls }: Sandbox): string[] =>
  calls
    .splice(0)
    .map(({ method, path, body }) => `${method} ${path}${body && ` ${body}`}`)
    .toSorted();

/** Sends the requests of a scenario, and gives their answers in order. */
export const replay = async (scenario: Scenario, { settings, rehearsals }: Way): Promise<Answer[]> => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  const given = scenario.settings ?? {};
  const { url, sandbox, close } = await startBoth(
    { settleMs: 30, lagMs: 30, world: worldNamed(scenario.world ?? 'default') },
    { ...settings, ...given },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = COUNTED.some((name) => name in given) ? 0 : rehearsals;
  let isRehearsing = false;
  const answers: Answer[] = [];
  const answered = async (request: Request) => {
    isRehearsing = true;
    /* oxlint-disable no-await-in-loop -- one after the other is the point */
    if (isRead(request)) for (let time = 0; time < times; time += 1) await sent(url, agent, request);
    /* oxlint-enable no-await-in-loop */
    isRehearsing = false;
    sandbox.calls.length = 0;
    const answer = masked(await sent(url, agent, request), request.headers['x-request-id']);
    const calls = callsOf(sandbox);
    const isStream = answer.headers.some((line) => line.startsWith('content-type: text/event-stream'));
    // A subscription looks as often as there is time for.
    return { ...answer, calls: isStream ? [...new Set(calls)] : calls };
  };
  try {
    for (const step of scenario.steps) {
      tick();
      if ('fault' in step) {
        const rule = { ...step.fault, path: new RegExp(step.fault.path) };
        sandbox.fault(isLasting(rule) ? rule : { ...rule, path: unless(() => isRehearsing, rule.path) });
      } else if ('clearFaults' in step) sandbox.clearFaults();
      else if ('world' in step) {
        sandbox.clearFaults();
        Object.assign(sandbox.world, worldNamed(step.world));
      }
      // oxlint-disable-next-line no-await-in-loop -- what is asked later may find what was written before
      else answers.push(await answered(requestOf(step)));
    }
  } finally {
    agent.destroy();
    // Closing waits by the clock.
    vi.useRealTimers();
    await close();
  }
  return answers;
};
