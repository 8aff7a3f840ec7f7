import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createAuthentication } from '../../src/guards/authentication.ts';
import { publicJwk, startKeyServer } from '../support/key-server.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const first = await generateKeyPair('ES256', { extractable: true });
const second = await generateKeyPair('ES256', { extractable: true });
const FIRST = { ...(await publicJwk(first, 'ES256')), kid: 'first' };
const SECOND_KEY = { ...(await publicJwk(second, 'ES256')), kid: 'second' };

const ACCEPTED = 'accepted';
const NOT_ACCEPTED = 401;
const NO_KEYS = 503;

/** A gateway's access, the server of its keys, and a clock that the test moves. */
const scene = async () => {
  const keys = [FIRST];
  const server = await startKeyServer(keys);
  let ms = Date.now();
  const jwt = { jwksUrl: server.url, issuer: undefined, audience: undefined };
  const access = createAuthentication({ apiKeys: [], jwt }, { monotonic: () => ms, wallClock: () => ms });
  /** What a caller gets whose token names a key. */
  const ask = async (kid = 'first', { privateKey } = first) => {
    const token = await new SignJWT({ sub: 's', exp: Math.floor(ms / 1000) + 60 })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(privateKey);
    const told = await access.authenticate({ authorization: `Bearer ${token}` });
    return 'refusal' in told ? told.refusal.status : ACCEPTED;
  };
  const asksOf = async (ask_: () => Promise<unknown>) => {
    const before = server.state.asked;
    await ask_();
    return server.state.asked - before;
  };
  return {
    ...server,
    keys,
    ask,
    asksOf,
    pass: (by: number) => {
      ms += by;
    },
  };
};

const DEAD = { status: 500, body: 'no' };

test('known keys are good for twelve hours while their server is away, and no longer', async () => {
  const { ask, pass, state } = await scene();
  expect(await ask()).toBe(ACCEPTED);
  state.failure = DEAD;
  for (let hour = 1; hour < 12; hour += 1) {
    pass(HOUR);
    // oxlint-disable-next-line no-await-in-loop -- the clock stands between them
    expect(await ask(), `after ${hour} h`).toBe(ACCEPTED);
  }
  pass(HOUR);
  expect(await ask()).toBe(NO_KEYS);
  state.failure = undefined;
  pass(2 * SECOND);
  expect(await ask()).toBe(ACCEPTED);
});

test('known keys are good also where nothing listens any more', async () => {
  const { ask, pass, close } = await scene();
  expect(await ask()).toBe(ACCEPTED);
  await close();
  expect(await ask()).toBe(ACCEPTED);
  pass(HOUR);
  expect(await ask()).toBe(ACCEPTED);
});

test('keys older than ten minutes are fetched again, and one that was withdrawn is not accepted any more', async () => {
  const { ask, asksOf, pass, keys } = await scene();
  expect(await asksOf(ask)).toBe(1);
  pass(9 * MINUTE);
  expect(await asksOf(ask)).toBe(0);
  keys.splice(0, 1, SECOND_KEY);
  pass(MINUTE);
  expect(await ask()).toBe(NOT_ACCEPTED);
  expect(await ask('second', second)).toBe(ACCEPTED);
});

test('a key that was withdrawn in an outage is refused soon after its end', async () => {
  const { ask, pass, state, keys } = await scene();
  await ask();
  state.failure = DEAD;
  pass(HOUR);
  expect(await ask()).toBe(ACCEPTED);
  keys.splice(0, 1, SECOND_KEY);
  state.failure = undefined;
  pass(2 * SECOND);
  await expect.poll(() => ask(), { timeout: 5_000 }).toBe(NOT_ACCEPTED);
});

test('an unknown key is 503 in an outage, since it may be a new one, and no such token drops the known keys', async () => {
  const { ask, asksOf, pass, state } = await scene();
  await ask();
  state.failure = DEAD;
  pass(HOUR);
  expect(await ask('second', second)).toBe(NO_KEYS);
  const asked = await asksOf(async () => {
    for (let n = 0; n < 50; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await ask(`made-up-${n}`, second)).toBe(NO_KEYS);
    }
  });
  expect(asked).toBe(0);
  expect(await ask()).toBe(ACCEPTED);
});

test('in an outage the key server is asked once a second, however many tokens come', async () => {
  const { ask, asksOf, pass, state } = await scene();
  await ask();
  state.failure = DEAD;
  pass(HOUR);
  await ask();
  const asked = await asksOf(async () => {
    for (let n = 0; n < 40; n += 1) {
      pass(SECOND / 4);
      // oxlint-disable-next-line no-await-in-loop -- the clock stands between them
      await ask(`made-up-${n}`, second);
    }
  });
  expect(asked).toBe(10);
});

test('while it answers, tokens with unknown keys cause one fetch in half a minute', async () => {
  const { ask, asksOf, pass } = await scene();
  await ask();
  const asked = await asksOf(async () => {
    for (let n = 0; n < 60; n += 1) {
      pass(SECOND);
      // oxlint-disable-next-line no-await-in-loop -- the clock stands between them
      expect(await ask(`made-up-${n}`, second)).toBe(NOT_ACCEPTED);
    }
  });
  expect(asked).toBe(2);
  expect(await ask()).toBe(ACCEPTED);
});

test('a new key is found half a minute after the last fetch', async () => {
  const { ask, pass, keys } = await scene();
  await ask();
  keys.push(SECOND_KEY);
  expect(await ask('second', second)).toBe(NOT_ACCEPTED);
  pass(30 * SECOND);
  expect(await ask('second', second)).toBe(ACCEPTED);
  expect(await ask()).toBe(ACCEPTED);
});

test.each([
  { what: 'a page', failure: { status: 200, body: '<html>' } },
  { what: 'something that is no set of keys', failure: { status: 200, body: '{"keys":"none"}' } },
  { what: 'a redirect', failure: { status: 302, body: '' } },
])('$what instead of keys counts as an outage', async ({ failure }) => {
  const { ask, pass, state } = await scene();
  await ask();
  state.failure = failure;
  pass(HOUR);
  expect([await ask(), await ask('second', second)]).toEqual([ACCEPTED, NO_KEYS]);
});

test('a key server that does not answer holds up one request, and then none with a known key', async () => {
  const { ask, pass, state } = await scene();
  await ask();
  state.failure = 'nothing';
  pass(HOUR);
  expect(await ask()).toBe(ACCEPTED);
  const started = performance.now();
  pass(2 * SECOND);
  expect(await ask()).toBe(ACCEPTED);
  expect(performance.now() - started).toBeLessThan(1_000);
});
