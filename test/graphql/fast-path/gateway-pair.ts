import { expect, vi } from 'vitest';
import { ANSWERED, createFastPath } from '../../../src/graphql/fast-path/fast-path.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { FAST_PATHS_OFF } from '../../support/fast-paths.ts';
import { gateway, type TestGateway, type TestOptions } from '../../support/gateway.ts';
import { exchange, formatPost, type Raw } from '../../support/raw-http.ts';

/** Two gateways before one sandbox: one with the fast paths, and one in which Yoga answers everything. */
export interface Pair {
  direct: TestGateway;
  full: TestGateway;
  /** How many requests were answered directly so far. */
  taken: () => Promise<number>;
}

/** A request. A body of text or bytes is sent as it is. */
export interface Question {
  body: string | Buffer | object;
  headers?: Record<string, string | undefined>;
  /** Instead of `POST /graphql`. */
  line?: string;
}

export const REQUEST_ID = 'request-of-this-test';

/** Creates the request of an operation. */
export const query = (text: string, variables?: object, operationName?: string): Question => ({
  body: {
    query: text,
    ...(variables && { variables }),
    ...(operationName !== undefined && { operationName }),
  },
});

/** Starts a gateway with the fast path, and counts its answers. The test file must spy on `src/graphql/fast-path/fast-path.ts`. */
export const startDirectGateway = async (
  options: TestOptions = {},
): Promise<TestGateway & Pick<Pair, 'taken'>> => {
  const one = await gateway({ ...options, settings: { COMPILE_QUERIES: 'on', ...options.settings } });
  const answer = vi.spyOn(vi.mocked(createFastPath).mock.results.at(-1)!.value, 'answer');
  const taken = async () => {
    const answered: unknown[] = await Promise.all(answer.mock.results.map(({ value }) => value));
    return answered.filter((was) => was === ANSWERED).length;
  };
  return { ...one, taken };
};

/** Starts both gateways, with the same settings but those of the fast paths. */
export const startPair = async (options: TestOptions = {}): Promise<Pair> => {
  const { taken, ...direct } = await startDirectGateway(options);
  const { url } = direct.sandbox;
  const full = await gateway({
    ...options,
    settings: {
      CSS_ENDPOINT: url,
      VPCEP_ENDPOINT: url,
      DATAARTSINSIGHT_ENDPOINT: url,
      ...options.settings,
      ...FAST_PATHS_OFF,
    },
  });
  return { direct, full, taken };
};

const bytesOf = ({ body, headers, line }: Question): Buffer => {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const [head, ...rest] = formatPost(text, {
    'X-Request-Id': REQUEST_ID,
    'X-Auth-Token': SANDBOX.token,
    ...headers,
  });
  const first = line === undefined ? head! : head!.toString().replace('POST /graphql', line);
  return Buffer.concat([Buffer.from(first), ...rest]);
};

/** Ids that the stand-in cloud makes up for each call, and times. */
const MADE_UP = /"requestId":"[0-9a-f]{32}"|"(ms|durationMs)":[\d.]+|[\d.]+ ms"/g;

const shown = ({ status, head, body }: Raw) => ({
  status,
  headers: head
    .split('\r\n')
    .slice(1)
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .filter((line) => !line.startsWith('date:'))
    .toSorted(),
  body,
});

/** What came, with nothing in it that differs from one time to the next. */
const comparable = ({ headers, body, ...rest }: ReturnType<typeof shown>) => {
  const timed = /"(ms|durationMs)":/.test(body);
  return {
    ...rest,
    headers: timed ? headers.filter((line) => !line.startsWith('content-length:')) : headers,
    body: body.replaceAll(MADE_UP, '"made up"'),
  };
};

const asked = async (url: string, { sandbox }: TestGateway, question: Question) => {
  sandbox.calls.length = 0;
  const answer = shown(await exchange(url, [bytesOf(question)]));
  const calls = sandbox.calls.splice(0).map(({ method, path }) => `${method} ${path}`);
  return { ...comparable(answer), calls: calls.toSorted() };
};

/** Sends a request to both gateways once and compares the answers. */
export const checkSameOnce = async ({ direct, full }: Pair, question: Question): Promise<void> => {
  const wanted = await asked(full.url, direct, question);
  expect.soft(await asked(direct.url, direct, question), JSON.stringify(question)).toEqual(wanted);
};

const TIMES = 4;

/**
 * Asks both gateways the same, and the one that answers directly four times: it does so from the second time on, and the fourth
 * time with what it answered the third time. Gives the body of the answer.
 */
export const checkSame = async (
  { direct, full, taken }: Pair,
  question: Question,
  { directly = true, about = '' } = {},
): Promise<string> => {
  const wanted = await asked(full.url, direct, question);
  for (let time = 1; time <= TIMES; time += 1) {
    /* oxlint-disable no-await-in-loop -- one after the other is the point */
    const before = await taken();
    const got = await asked(direct.url, direct, question);
    const told = `${about} (asked ${time} times)`;
    expect.soft(got, told).toEqual(wanted);
    if (time > 1) expect.soft((await taken()) - before, `${told}, directly`).toBe(directly ? 1 : 0);
    /* oxlint-enable no-await-in-loop */
  }
  return wanted.body;
};
