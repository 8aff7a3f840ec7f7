import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { emptyWorld, makeService, makeServiceConnection } from '../../src/sandbox/world.ts';
import { openSandbox, v1 } from './open-sandbox.ts';

const QUOTAS = v1('/quotas');

test('a refusal is sent as many times as the rule says, then the real answer', async () => {
  const { cloud, get } = await openSandbox();
  cloud.fault({
    path: /quotas/,
    times: 2,
    respond: { status: 429, body: { error_code: 'APIGW.0308' }, headers: { 'Retry-After': '1' } },
  });
  const first = await get(QUOTAS);
  expect(first).toMatchObject({ status: 429, body: { error_code: 'APIGW.0308' } });
  expect(first.headers.get('retry-after')).toBe('1');
  expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  expect((await get(QUOTAS)).status).toBe(429);
  expect((await get(QUOTAS)).status).toBe(200);
  expect(cloud.calls.map(({ status }) => status)).toEqual([429, 429, 200]);
});

test('rules hit only their method and path, one after the other, until they are cleared', async () => {
  const { cloud, get, post } = await openSandbox();
  cloud.fault({ method: 'POST', path: /quotas/, respond: { status: 500 } });
  cloud.fault({
    path: /quotas\?type=endpoint$/,
    times: 1,
    respond: { status: 502, body: '<html>bad gateway</html>' },
  });
  cloud.fault({ path: /quotas/, respond: { status: 503 } });
  expect((await get(v1('/vpc-endpoints'))).status).toBe(200);
  expect(await get(`${QUOTAS}?type=endpoint`)).toMatchObject({
    status: 502,
    text: '<html>bad gateway</html>',
  });
  expect(await get(`${QUOTAS}?type=endpoint`)).toMatchObject({ status: 503, text: '' });
  expect((await post(QUOTAS, {})).status).toBe(500);
  cloud.clearFaults();
  expect((await get(QUOTAS)).status).toBe(200);
});

test('a delayed answer is the real one, later', async () => {
  const { cloud, get } = await openSandbox();
  cloud.fault({ path: /quotas/, delayMs: 60 });
  const begun = performance.now();
  expect((await get(QUOTAS)).status).toBe(200);
  expect(performance.now() - begun).toBeGreaterThan(55);
});

test('an answer that hangs ends with the patience of the caller, before or within the body', async () => {
  const { cloud } = await openSandbox();
  const headers = { 'X-Auth-Token': 'x' };
  cloud.fault({ path: /quotas/, times: 1, hang: 'before' });
  cloud.fault({ path: /quotas/, times: 1, hang: 'body' });
  await expect(fetch(cloud.url + QUOTAS, { headers, signal: AbortSignal.timeout(60) })).rejects.toThrow(
    'timeout',
  );
  const reply = await fetch(cloud.url + QUOTAS, { headers, signal: AbortSignal.timeout(60) });
  expect(reply.status).toBe(200);
  await expect(reply.text()).rejects.toThrow('timeout');
});

test('a connection lost before the request took effect changes nothing, one lost after it does', async () => {
  const world = emptyWorld();
  world.services.push(
    makeService({ id: 's', connections: [makeServiceConnection({ id: 'e', status: 'pendingAcceptance' })] }),
  );
  const { cloud, post } = await openSandbox({ world, settleMs: 0 });
  const accept = () =>
    post(v1('/vpc-endpoint-services/s/connections/action'), { action: 'receive', endpoints: ['e'] });
  cloud.fault({ path: /action/, times: 1, reset: 'before' });
  await expect(accept()).rejects.toThrow('fetch failed');
  expect(cloud.world.services[0]?.connections[0]?.status).toBe('pendingAcceptance');
  cloud.fault({ path: /action/, times: 1, reset: 'after' });
  await expect(accept()).rejects.toThrow('fetch failed');
  expect(cloud.world.services[0]?.connections[0]?.status).toBe('accepted');
  expect(cloud.calls.map(({ status }) => status)).toEqual([undefined, undefined]);
});

test('an answer can be changed on its way, and the world stays as it is', async () => {
  const { cloud, get } = await openSandbox();
  cloud.fault({ path: /clusters$/, mutate: ({ totalSize: _left, ...rest }) => ({ ...rest, more: true }) });
  cloud.fault({ path: /clusters$/, mutate: (body) => void (body.clusters[0].name = 'changed') });
  const { body } = await get(v1('/clusters').replace('/v1/', '/v1.0/'));
  expect(body).toMatchObject({
    more: true,
    clusters: [{ name: 'changed' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
  });
  expect(body).not.toHaveProperty('totalSize');
  expect(cloud.world.clusters.map(({ name }) => name)).not.toContain('changed');
});

test('closing destroys sockets that hang, and frees the port', async () => {
  const cloud = await startSandbox({ world: emptyWorld() });
  cloud.fault({ path: /./, hang: 'before' });
  const hanging = fetch(`${cloud.url}/anything`).catch((error: unknown) => String(error));
  await expect.poll(() => cloud.calls.length).toBe(1);
  await cloud.close();
  expect(await hanging).toContain('fetch failed');
  const next = await startSandbox({ world: emptyWorld(), port: Number(new URL(cloud.url).port) });
  expect(next.url).toBe(cloud.url);
  await next.close();
});
