import { expect, test } from 'vitest';
import { gateway } from '../support/gateway.ts';

const SITE = 'https://console.example';
const BODY = JSON.stringify({ query: '{ __typename }' });

const send = (url: string, method: string, headers: Record<string, string>) =>
  fetch(`${url}/graphql`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body: BODY }),
  });

const allowedBy = ({ headers }: Response) =>
  [...headers].filter(([name]) => name.startsWith('access-control-')).map(([name]) => name);

test('by default no other site is let in', async () => {
  const { url } = await gateway();
  expect(allowedBy(await send(url, 'POST', { origin: SITE }))).toEqual([]);
  const preflight = await send(url, 'OPTIONS', { origin: SITE, 'access-control-request-method': 'POST' });
  expect(allowedBy(preflight)).toEqual([]);
});

test('a site that is named is let in, without its cookies, and no other', async () => {
  const { url } = await gateway({ settings: { CORS_ORIGINS: `https://other.example,${SITE}` } });
  const { headers } = await send(url, 'POST', { origin: SITE });
  expect(headers.get('access-control-allow-origin')).toBe(SITE);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  expect(headers.get('vary')).toMatch(/origin/i);
  const stranger = await send(url, 'POST', { origin: 'https://evil.example' });
  expect(allowedBy(stranger)).toEqual([]);
  expect(stranger.headers.get('vary')).toMatch(/origin/i);
});

test('its browser is told beforehand what it may send', async () => {
  const { url } = await gateway({ settings: { CORS_ORIGINS: SITE } });
  const { status, headers } = await send(url, 'OPTIONS', { origin: SITE });
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
  expect(headers.get('access-control-allow-headers')).toMatch(/authorization, x-auth-token/);
});

test('it can read refusals too', async () => {
  const { url } = await gateway({ settings: { CORS_ORIGINS: SITE } });
  const refused = await send(url, 'POST', { origin: SITE, 'content-type': 'text/plain' });
  expect(refused.status).toBe(415);
  expect(refused.headers.get('access-control-allow-origin')).toBe(SITE);
});

test('`*` lets every site in', async () => {
  const { url } = await gateway({ settings: { CORS_ORIGINS: '*' } });
  expect((await send(url, 'POST', { origin: SITE })).headers.get('access-control-allow-origin')).toBe('*');
});
