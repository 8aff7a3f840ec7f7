import { expect, test } from 'vitest';
import { checkKeySet } from '../../src/doctor/keys.ts';
import { startUpstream } from '../support/sample-operations.ts';

test.each([
  { status: 200, body: '{"keys":[{"kty":"EC"}]}', verdict: 'PASS' },
  { status: 200, body: '{"keys":[]}', verdict: 'WARN' },
  { status: 200, body: '{}', verdict: 'FAIL' },
  { status: 200, body: '<html>canary</html>', verdict: 'FAIL' },
  { status: 404, body: '{"keys":[{"kty":"EC"}]}', verdict: 'FAIL' },
  { status: 302, body: '', verdict: 'FAIL' },
])('keys that come as $status $body: $verdict', async ({ status, body, verdict }) => {
  const url = await startUpstream(
    (_, response) => void response.writeHead(status, { location: '/' }).end(body),
  );
  const findings = await checkKeySet({ jwksUrl: url }, new Set());
  expect(findings).toMatchObject([{ verdict }]);
  expect(JSON.stringify(findings)).not.toContain('canary');
});

test('a host that cannot be reached is not asked for keys', async () => {
  const url = await startUpstream(() => expect.fail('it was asked'));
  expect(await checkKeySet({ jwksUrl: `${url}/keys` }, new Set([url]))).toMatchObject([{ verdict: 'SKIP' }]);
});
