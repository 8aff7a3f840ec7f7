import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { compareClocks, describeConnection, listHosts, describeLookup } from '../../src/doctor/hosts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

test('each host is looked at once, and signed where any call to it is', () => {
  const config = readConfig({
    HW_REGION_NAME: 'cn-north-4',
    HW_PROJECT_ID: 'p1',
    HW_ACCESS_KEY: 'ak',
    HW_SECRET_KEY: 'sk',
    CSS_ENDPOINT: 'https://proxy.example/css',
    VPCEP_ENDPOINT: 'https://proxy.example/vpcep',
    JWT_JWKS_URL: 'https://issuer.example/keys',
  });
  expect(listHosts(config)).toEqual([
    { origin: 'https://proxy.example', signed: true },
    {
      origin: 'https://dataartsinsight.cn-north-4.myhuaweicloud.com',
      signed: true,
      optionalService: 'DataArts Insight',
    },
    { origin: 'https://issuer.example', signed: false },
  ]);
});

test('a host of several uses is signed if one of them is, and may be missing only if all of them may', () => {
  const insight = 'https://dataartsinsight.cn-north-4.myhuaweicloud.com';
  const config = readConfig({
    HW_REGION_NAME: 'cn-north-4',
    HW_PROJECT_ID: 'p1',
    HW_ACCESS_KEY: 'ak',
    HW_SECRET_KEY: 'sk',
    CSS_ENDPOINT: insight,
    VPCEP_ENDPOINT: insight,
    JWT_JWKS_URL: insight,
  });
  expect(listHosts(config)).toEqual([{ origin: insight, signed: true }]);
});

test.each([
  { failure: 'ENOTFOUND', optionalService: undefined, verdict: 'FAIL' },
  { failure: 'ENOTFOUND', optionalService: 'DataArts Insight', verdict: 'SKIP' },
  { failure: 'EAI_AGAIN', optionalService: 'DataArts Insight', verdict: 'FAIL' },
  { failure: 'TIMEOUT', optionalService: 'DataArts Insight', verdict: 'FAIL' },
])('a name that gives $failure, of a host that may be missing ($optionalService): $verdict', (one) => {
  expect(describeLookup('host', { failure: one.failure }, one.optionalService).verdict).toBe(one.verdict);
});

test.each([
  { days: 13, verdict: 'WARN' },
  { days: 14, verdict: 'PASS' },
])('a certificate that ends in $days days: $verdict', ({ days, verdict }) => {
  const secured = { ms: 2, protocol: 'TLSv1.3', validTo: days * DAY_MS + 1 };
  const finding = describeConnection('https://host', { connectedMs: 1, secured }, 0);
  expect(finding).toEqual(expect.objectContaining({ check: 'tls host', verdict }));
  expect(finding.words).toBe(`TLSv1.3 in 2 ms, certificate good for ${days} more days`);
});

test.each([
  { failure: 'SELF_SIGNED_CERT_IN_CHAIN', hint: 'NODE_EXTRA_CA_CERTS' },
  { failure: 'ERR_TLS_CERT_ALTNAME_INVALID', hint: 'certificate of another host' },
  { failure: 'CERT_HAS_EXPIRED', hint: 'clock first' },
  { failure: 'ERR_SSL_WRONG_VERSION_NUMBER', hint: 'does not speak TLS' },
])('$failure: $hint', ({ failure, hint }) => {
  const finding = describeConnection('https://host', { connectedMs: 1, failure });
  expect(finding.verdict).toBe('FAIL');
  expect(finding.hint).toContain(hint);
});

test.each([
  { seconds: 60, signed: true, verdict: 'PASS' },
  { seconds: 61, signed: true, verdict: 'WARN' },
  { seconds: -61, signed: false, verdict: 'WARN' },
  { seconds: 900, signed: true, verdict: 'WARN' },
  { seconds: -901, signed: true, verdict: 'FAIL' },
  { seconds: 901, signed: false, verdict: 'WARN' },
])('a clock $seconds s off, calls signed $signed: $verdict', ({ seconds, signed, verdict }) => {
  const seen = { clock: { theirs: 1_000_000_000, ours: 1_000_000_000 + seconds * 1000 } };
  const finding = compareClocks('host', seen, signed);
  expect(finding.verdict).toBe(verdict);
  if (verdict !== 'PASS') expect(finding.words).toContain(seconds > 0 ? 'ahead' : 'behind');
});

test('an answer without a date is told', () => {
  expect(compareClocks('host', {}, true)).toMatchObject({
    verdict: 'WARN',
    words: expect.stringContaining('no Date header'),
  });
});
