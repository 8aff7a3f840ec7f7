import { expect, test } from 'vitest';
import { UpstreamRefusal, UpstreamTimeout } from '../../src/http/errors.ts';
import type { Project } from '../../src/http/request.ts';
import { createTokens } from '../../src/http/iam-token.ts';

const PROJECT: Project = {
  region: 'r',
  projectId: 'p',
  endpoints: { css: '', vpcep: '', dataartsinsight: '', iam: '' },
  user: { name: 'n', password: 'w', domain: 'd' },
};
const HOUR = 3_600_000;
const refusal = (service: string, errorCode: string) =>
  new UpstreamRefusal(service, 'UNAUTHENTICATED', {
    status: 401,
    errorCode,
    requestId: null,
    retryAfterMs: null,
  });

/** Tokens that live for a day on a clock of the test's own. */
const issuer = () => {
  const clock = { now: 0 };
  const state: { issued: number; failure: Error | undefined } = { issued: 0, failure: undefined };
  const tokens = createTokens(
    async () => {
      state.issued += 1;
      if (state.failure) throw state.failure;
      return { value: `t${state.issued}`, validMs: 24 * HOUR };
    },
    () => clock.now,
  );
  const use = (call = async (token?: string) => token, again = true) => tokens.run(PROJECT, call, again);
  return { clock, state, use, tokens };
};

test('many calls at once share one token, and later ones have it too', async () => {
  const { state, use } = issuer();
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => use())))).toEqual(new Set(['t1']));
  expect([await use(), state.issued]).toEqual(['t1', 1]);
});

test('a project without a user has none', async () => {
  const { state, tokens } = issuer();
  const { user: _user, ...plain } = PROJECT;
  expect(await tokens.run(plain, async (token) => token, true)).toBeUndefined();
  expect(state.issued).toBe(0);
});

test('two projects have a token each', async () => {
  const { use, tokens } = issuer();
  expect(await use()).toBe('t1');
  expect(await tokens.run({ ...PROJECT }, async (token) => token, true)).toBe('t2');
});

test('half an hour before the end one call asks for the next, and nobody waits for it', async () => {
  const { clock, state, use } = issuer();
  await use();
  clock.now = 23.5 * HOUR - 1;
  expect([await use(), state.issued]).toEqual(['t1', 1]);
  clock.now = 23.5 * HOUR;
  expect(await Promise.all([use(), use(), use()])).toEqual(['t1', 't1', 't1']);
  expect([await use(), state.issued]).toEqual(['t2', 2]);
});

test('where renewing fails the old token serves to its end, with a minute between attempts', async () => {
  const { clock, state, use } = issuer();
  await use();
  state.failure = new UpstreamTimeout('iam');
  clock.now = 23.5 * HOUR;
  expect([await use(), await use(), await use(), state.issued]).toEqual(['t1', 't1', 't1', 2]);
  clock.now += 60_000;
  expect([await use(), state.issued]).toEqual(['t1', 3]);
  clock.now = 24 * HOUR;
  await expect(use()).rejects.toBe(state.failure);
  state.failure = undefined;
  expect(await use()).toBe('t5');
});

test('a wrong password is not tried again for a minute: IAM would lock the user', async () => {
  const { clock, state, use } = issuer();
  state.failure = refusal('iam', '401');
  await expect(Promise.all([use(), use()])).rejects.toBe(state.failure);
  await expect(use()).rejects.toBe(state.failure);
  expect(state.issued).toBe(1);
  clock.now = 60_000;
  state.failure = undefined;
  expect(await use()).toBe('t2');
});

test.each(['APIGW.0301', 'apigw.0307'])('after %s a read goes again with a new token, once', async (code) => {
  const { state, use } = issuer();
  const sent: (string | undefined)[] = [];
  const call = async (token?: string) => {
    sent.push(token);
    if (token === 't1') throw refusal('css', code);
    return token;
  };
  expect(await Promise.all([use(call), use(call)])).toEqual(['t2', 't2']);
  expect([sent, state.issued]).toEqual([['t1', 't1', 't2', 't2'], 2]);
});

test('a read that is refused with the new token as well is given up', async () => {
  const { state, use } = issuer();
  const error = refusal('css', 'APIGW.0301');
  await expect(use(() => Promise.reject(error))).rejects.toBe(error);
  expect(state.issued).toBe(2);
});

test('a write is not sent again, but the next call has a new token', async () => {
  const { state, use } = issuer();
  const sent: (string | undefined)[] = [];
  const call = async (token?: string) => {
    sent.push(token);
    throw refusal('css', 'APIGW.0307');
  };
  await expect(use(call, false)).rejects.toThrow('APIGW.0307');
  expect([sent, await use(), state.issued]).toEqual([['t1'], 't2', 2]);
});

test('other refusals leave the token alone', async () => {
  const { use } = issuer();
  await expect(use(() => Promise.reject(refusal('css', 'APIGW.0303')))).rejects.toThrow('APIGW.0303');
  expect(await use()).toBe('t1');
});
