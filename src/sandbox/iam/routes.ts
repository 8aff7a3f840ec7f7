import type { IncomingHttpHeaders } from 'node:http';
import { choice, list, readBody, shape, text } from '../http/body.ts';
import { type Call, gatewayRefusal, Refusal, type Deps, type Route } from '../http/exchange.ts';
import { readQuery } from '../http/query.ts';
import type { World } from '../model.ts';

/** The shape of IAM's refusals (E4): here the code is a number. */
const iamRefusal = (status: number, title: string, message: string): Refusal =>
  new Refusal(status, { error: { code: status, message, title } });

const refuseParameter = (_name: string, detail: string): Refusal => iamRefusal(400, 'Bad Request', detail);

const WORD = text({ min: 1, max: 256 });

const SIGN_IN = shape({
  auth: shape({
    identity: shape({
      methods: list(choice('password'), { min: 1, max: 1 }),
      password: shape({ user: shape({ name: WORD, password: WORD, domain: shape({ name: WORD }) }) }),
    }),
    scope: shape({ project: shape({ id: WORD }) }),
  }),
});

/** UTC with microseconds, as IAM writes it. */
const microseconds = (at: number): string => new Date(at).toISOString().replace('Z', '000Z');

/** Page "Obtaining a User Token Through Password Authentication". */
const issue = (call: Call, { world }: Deps) => {
  const query = readQuery(call.query, refuseParameter);
  if (!query.has('nocatalog'))
    throw refuseParameter('nocatalog', 'the stand-in has no catalogue: ask without it');
  const { auth } = readBody(call, SIGN_IN, ({ detail }) => refuseParameter('body', detail));
  const { user } = auth.identity.password;
  const known = world.user;
  if (user.name !== known.name || user.password !== known.password || user.domain.name !== known.domain)
    throw iamRefusal(401, 'Unauthorized', 'The username or password is wrong.');
  if (auth.scope.project.id !== world.projectId)
    throw iamRefusal(401, 'Unauthorized', 'The user has no such project.');
  const token = {
    value: `issued-${world.projectId.slice(0, 8)}-${world.tokens.length + 1}`,
    expiresAt: Date.now() + world.tokenLifeMs,
    ended: false,
  };
  world.tokens.push(token);
  const issued = {
    methods: ['password'],
    expires_at: microseconds(token.expiresAt),
    issued_at: microseconds(Date.now()),
  };
  return { status: 201, body: { token: issued }, headers: { 'X-Subject-Token': token.value } };
};

/** The refusal of an issued token that is unknown or has expired. */
export const tokenRefusal = (
  headers: IncomingHttpHeaders,
  { tokens }: World,
  requestId: string,
): Refusal | undefined => {
  const value = headers['x-auth-token'];
  if (typeof value !== 'string' || !value.startsWith('issued-')) return undefined;
  const refuse = (code: string, detail: string) =>
    gatewayRefusal(401, code, `Incorrect IAM authentication information: ${detail}`, requestId);
  const token = tokens.find((one) => one.value === value);
  if (token === undefined) return refuse('APIGW.0301', 'the token was not issued here');
  return token.ended || token.expiresAt <= Date.now()
    ? refuse('APIGW.0307', 'the token must be updated')
    : undefined;
};

/** The one operation of IAM that the gateway needs. */
export const routes: readonly Route[] = [
  { method: 'POST', path: '/v3/auth/tokens', open: true, handle: issue },
];
