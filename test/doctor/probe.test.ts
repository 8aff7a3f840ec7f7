import { expect, test } from 'vitest';
import { probe, resolve } from '../../src/doctor/probe.ts';
import { startUpstream } from '../support/sample-operations.ts';

test.each([
  { name: '127.0.0.1', address: '127.0.0.1' },
  { name: '[::1]', address: '::1' },
])('$name is looked up', async ({ name, address }) => {
  expect(await resolve(name)).toEqual({ addresses: [address], ms: expect.any(Number) });
});

test('a look-up that takes too long is ended', async () => {
  expect(await resolve('127.0.0.1', 1)).toEqual({ failure: 'TIMEOUT' });
});

test('a name that cannot be is told by its code', async () => {
  expect(await resolve('x'.repeat(64))).toEqual({ failure: 'ENOTFOUND' });
});

test('the head of the root is asked for, without credentials', async () => {
  const asked: unknown[] = [];
  const url = await startUpstream(({ method, url: path, headers }, response) => {
    asked.push([method, path, Object.keys(headers).toSorted()]);
    response.writeHead(404).end();
  });
  const { clock, connectedMs, failure } = await probe(url);
  expect(asked).toEqual([['HEAD', '/', ['connection', 'host']]]);
  expect([connectedMs, failure]).toEqual([expect.any(Number), undefined]);
  expect(Math.abs(clock!.ours - clock!.theirs)).toBeLessThan(10_000);
});

test('silence is told, and how far it got', async () => {
  const url = await startUpstream(() => {});
  expect(await probe(url, 200)).toEqual({ connectedMs: expect.any(Number), failure: 'TIMEOUT' });
});

test('a server without TLS is told so by its code', async () => {
  const url = await startUpstream((_, response) => void response.end());
  const seen = await probe(url.replace('http:', 'https:'));
  expect(seen).toMatchObject({
    connectedMs: expect.any(Number),
    failure: expect.stringMatching(/^ERR_SSL|^EPROTO/),
  });
  expect(seen.secured).toBeUndefined();
});
