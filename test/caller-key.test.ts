import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { callerKey } from '../src/caller-key.ts';

const part = fc.option(
  fc.oneof(fc.string(), fc.constantFrom('null', '', ' ', '",null,"', 'undefined', '[]', 'a,b')),
  { nil: undefined },
);
const identities = fc.record({ token: part, workspaceId: part, subject: part });

test('two callers have one key exactly where token, workspace and subject are all the same', () => {
  fc.assert(
    fc.property(identities, identities, (one, other) => {
      const same =
        one.token === other.token && one.workspaceId === other.workspaceId && one.subject === other.subject;
      expect(callerKey(one) === callerKey(other)).toBe(same);
      expect(callerKey({ ...one })).toBe(callerKey(one));
    }),
    { numRuns: 2_000 },
  );
});

const ALICE = { token: 'token-a', workspaceId: 'workspace-a', subject: 'key:a' };

test.each([
  { what: 'token', other: { ...ALICE, token: 'token-b' } },
  { what: 'workspace', other: { ...ALICE, workspaceId: 'workspace-b' } },
  { what: 'subject', other: { ...ALICE, subject: 'key:b' } },
  { what: 'token, for there is none', other: { ...ALICE, token: undefined } },
  { what: 'place of the same texts', other: { ...ALICE, token: 'workspace-a', workspaceId: 'token-a' } },
])('another $what is another caller', ({ other }) => {
  expect(callerKey(other)).not.toBe(callerKey(ALICE));
});

test('a key is short, whatever the token is like, and holds nothing of it', () => {
  const token = 'MIIcanary'.repeat(1_000);
  const key = callerKey({ token, workspaceId: undefined, subject: undefined });
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(key).not.toContain('canary');
});

test('other facts of a request do not make another caller', () => {
  const request = { ...ALICE, requestId: 'r1', signal: undefined };
  expect(callerKey(request)).toBe(callerKey(ALICE));
});
