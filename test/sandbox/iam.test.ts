import { expect, test } from 'vitest';
import { createWorld, SANDBOX } from '../../src/sandbox/world.ts';
import { openSandbox, v1 } from './open-sandbox.ts';

const PATH = '/v3/auth/tokens?nocatalog=1';
const { name, password, domain } = SANDBOX.user;

const signIn = ({ user = {}, project = SANDBOX.projectId }: { user?: object; project?: string } = {}) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name, password, domain: { name: domain }, ...user } },
    },
    scope: { project: { id: project } },
  },
});

test('a token comes in a header, and tells its end in UTC with microseconds', async () => {
  const { send } = await openSandbox();
  const { status, headers, body } = await send('POST', PATH, signIn(), { 'X-Auth-Token': '' });
  expect(status).toBe(201);
  expect(body.token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const list = v1('/vpc-endpoint-services');
  const token = headers.get('x-subject-token')!;
  expect((await send('GET', list, undefined, { 'X-Auth-Token': token })).status).toBe(200);
});

test.each([
  { user: { password: 'wrong' } },
  { user: { name: 'nobody' } },
  { user: { domain: { name: 'elsewhere' } } },
  { project: 'another' },
])('%o is refused with a numeric code', async (wrong) => {
  const { send } = await openSandbox();
  const { status, headers, body } = await send('POST', PATH, signIn(wrong));
  expect([status, headers.get('x-subject-token')]).toEqual([401, null]);
  expect(body).toEqual({ error: { code: 401, message: expect.any(String), title: 'Unauthorized' } });
});

test.each([{}, { auth: {} }, signIn({ user: { domain: 'text' } })])(
  'the body %o is refused',
  async (body) => {
    const { send } = await openSandbox();
    expect((await send('POST', PATH, body)).status).toBe(400);
  },
);

test('tokens end by time, by a test, and where they were not issued', async () => {
  const world = createWorld();
  const { send } = await openSandbox({ world });
  const tokenNow = async () => (await send('POST', PATH, signIn())).headers.get('x-subject-token')!;
  const use = async (token: string) =>
    (await send('GET', v1('/vpc-endpoint-services'), undefined, { 'X-Auth-Token': token })).body.error_code;
  const ended = await tokenNow();
  world.tokens[0]!.ended = true;
  world.tokenLifeMs = 0;
  expect(await use(ended)).toBe('APIGW.0307');
  expect(await use(await tokenNow())).toBe('APIGW.0307');
  expect(await use('issued-by-nobody')).toBe('APIGW.0301');
});
