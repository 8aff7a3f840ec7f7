import { expect, test } from 'vitest';
import { checkCredentials, checkAccessKey, checkToken } from '../../src/doctor/credentials.ts';

const body = 'canary'.repeat(500);

test.each([
  { token: `MII${body}`, verdict: 'PASS', words: '3003 characters, a PKI token of IAM' },
  { token: `gAAAAA${body}`, verdict: 'PASS', words: '3006 characters, a Fernet token of IAM' },
  { token: body, verdict: 'PASS', words: '3000 characters, of no kind that is told by its shape' },
  { token: 'eyJcanary.canary.canary', verdict: 'WARN', words: '23 characters, a JWT' },
  { token: 'canary', verdict: 'WARN', words: '6 characters, of no kind that is told by its shape' },
  {
    token: 'M'.repeat(8193),
    verdict: 'FAIL',
    words: '8193 characters, of no kind that is told by its shape',
  },
  {
    token: 'Bearer canary',
    verdict: 'FAIL',
    words: '13 characters, some of them blank or not printable',
  },
])('a token like $words: $verdict', ({ token, verdict, words }) => {
  const finding = checkToken(token);
  expect(finding).toMatchObject({ verdict, words });
  expect(JSON.stringify(finding)).not.toContain('canary');
});

const AK = 'A'.repeat(20);
const SK = 's'.repeat(40);

test.each([
  { what: 'a permanent key', key: { accessKey: AK, secretKey: SK }, verdict: 'PASS' },
  { what: 'the two swapped', key: { accessKey: SK, secretKey: AK }, verdict: 'FAIL' },
  {
    what: 'a temporary key without its token',
    key: { accessKey: `HST${AK.slice(3)}`, secretKey: SK },
    verdict: 'FAIL',
  },
  {
    what: 'a temporary key with it',
    key: { accessKey: `HST${AK.slice(3)}`, secretKey: SK, securityToken: 'canary' },
    verdict: 'PASS',
  },
])('$what: $verdict', ({ key, verdict }) => {
  const finding = checkAccessKey('r p', key);
  expect(finding.verdict).toBe(verdict);
  expect(JSON.stringify(finding)).not.toMatch(/canary|AAAA|ssss/);
});

test('a token that no project takes is told so', () => {
  const endpoints = { css: '', vpcep: '', dataartsinsight: '' };
  const project = {
    region: 'r',
    projectId: 'p',
    endpoints,
    accessKey: { accessKey: AK, secretKey: SK },
  };
  expect(checkCredentials([project], 'canary')[0]).toEqual({
    check: 'token DOCTOR_TOKEN',
    verdict: 'SKIP',
    words: 'no project takes the token of a caller',
  });
});
