import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { borrowerKey, callerKey } from '../../src/guards/caller-key.ts';

const part = fc.option(
  fc.oneof(fc.string(), fc.constantFrom('null', '', ' ', '",null,"', 'undefined', '[]', 'a,b')),
  { nil: undefined },
);
const identities = fc.record({ token: part, subject: part });

test('two callers have one key exactly where token and subject are both the same', () => {
  fc.assert(
    fc.property(identities, identities, (one, other) => {
      const same = one.token === other.token && one.subject === other.subject;
      expect(callerKey(one) === callerKey(other)).toBe(same);
      expect(callerKey({ ...one })).toBe(callerKey(one));
    }),
    { numRuns: 2_000 },
  );
});

const ALICE = { token: 'token-a', subject: 'key:a' };

test.each([
  { what: 'token', other: { ...ALICE, token: 'token-b' } },
  { what: 'subject', other: { ...ALICE, subject: 'key:b' } },
  { what: 'token, for there is none', other: { ...ALICE, token: undefined } },
  { what: 'place of the same texts', other: { token: 'key:a', subject: 'token-a' } },
])('another $what is another caller', ({ other }) => {
  expect(callerKey(other)).not.toBe(callerKey(ALICE));
});

test('a key is short, whatever the token is like, and holds nothing of it', () => {
  const token = 'MIIcanary'.repeat(1_000);
  const key = callerKey({ token, subject: undefined });
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(key).not.toContain('canary');
});

test('other facts of a request do not make another caller, its workspace among them', () => {
  const request = { ...ALICE, workspaceId: 'w', requestId: 'r1', signal: undefined };
  expect(callerKey(request)).toBe(callerKey(ALICE));
});

test('what is limited is shared by subject, whatever tokens it sends; without a subject by token', () => {
  expect(borrowerKey({ ...ALICE, token: 'made-up' })).toBe(borrowerKey(ALICE));
  expect(borrowerKey({ ...ALICE, subject: 'key:b' })).not.toBe(borrowerKey(ALICE));
  const [one, other] = ['token-a', 'token-b'].map((token) => borrowerKey({ token, subject: undefined }));
  expect(one).not.toBe(other);
});
