import { z } from 'zod';
import { UpstreamContractError, UpstreamRefusal } from './errors.ts';
import type { RequestInput, Project } from './request.ts';
import type { Service } from './service.ts';
import { monotonic } from '../time/clock.ts';

/** IAM, which issues tokens. Its error codes are HTTP status numbers. */
export const iam: Service = { name: 'iam', codes: {} };

/** The path that issues tokens (page "Obtaining a User Token"). */
export const TOKENS_PATH = '/v3/auth/tokens';

export interface Token {
  value: string;
  /** Milliseconds that it is valid from its receipt. */
  validMs: number;
}

/** The call that issues a token for a project's user, in the scope of that project. */
export const tokenRequest = ({ user, projectId }: Project): RequestInput => ({
  method: 'POST',
  query: { nocatalog: 1 },
  body: {
    auth: {
      identity: {
        methods: ['password'],
        password: {
          user: { name: user!.name, password: user!.password, domain: { name: user!.domain } },
        },
      },
      scope: { project: { id: projectId } },
    },
  },
});

const UTC = /Z$/;

/** Body of IAM's response, read as the end of the token in milliseconds since 1970; the token itself is in a header. */
export const Issued = z.compile(
  z
    .object({ token: z.object({ expires_at: z.string() }) })
    .transform(({ token: { expires_at: at } }) => Date.parse(UTC.test(at) ? at : `${at}Z`))
    .refine((at) => !Number.isNaN(at)),
);

/**
 * Reads the token of a response: IAM sends it in the header `X-Subject-Token`.
 * @throws `UPSTREAM_BAD_RESPONSE` if there is none.
 */
export const issuedToken = (
  status: number,
  header: string | string[] | undefined,
  validMs: number,
): Token => {
  if (typeof header === 'string' && /^[\x21-\x7e]+$/.test(header)) return { value: header, validMs };
  throw new UpstreamContractError(iam.name, status, 'without a token');
};

/** The tokens of the projects that have an IAM user, for as long as the process lives. */
export interface Tokens {
  /**
   * Runs a call with the project's token, or with undefined if the project has no user. If the cloud refuses the token, a call that
   * `isRepeatable` runs again with a new one.
   */
  run: <T>(
    project: Project,
    call: (token: string | undefined) => Promise<T>,
    isRepeatable: boolean,
  ) => Promise<T>;
}

/** A token is valid for a day. When it is renewed, the old one is still valid for longer than any operation takes. */
const RENEW_BEFORE_MS = 30 * 60_000;
/** IAM locks a user after a few refusals: a wrong password must not be tried with every call. */
const PAUSE_AFTER_FAILURE_MS = 60_000;
/** Error codes of a token that is no longer accepted (page "API gateway error codes"). */
const REFUSED_TOKEN_CODES = new Set(['apigw.0301', 'apigw.0307']);

const isTokenRefused = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && REFUSED_TOKEN_CODES.has(error.facts.errorCode?.toLowerCase() ?? '');

const isPasswordRefused = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && error.code === 'UNAUTHENTICATED';

/** The token of one project: fetched by one request at a time, and renewed before the last one expires. */
const createProjectToken = (fetchToken: () => Promise<Token>, now: () => number) => {
  let token: { value: string; expiresAt: number; renewAt: number } | undefined;
  let fetching: Promise<Token> | undefined;
  let failure: { error: unknown; until: number } | undefined;

  const fetchOnce = async (): Promise<Token> => {
    try {
      const issued = await fetchToken();
      const { value, validMs } = issued;
      const expiresAt = now() + validMs;
      token = { value, expiresAt, renewAt: expiresAt - Math.min(RENEW_BEFORE_MS, validMs / 2) };
      failure = undefined;
      return issued;
    } catch (error) {
      failure = { error, until: now() + PAUSE_AFTER_FAILURE_MS };
      throw error;
    } finally {
      fetching = undefined;
    }
  };
  const renew = (): Promise<Token> => (fetching ??= fetchOnce());
  const isPausing = () => failure !== undefined && now() < failure.until;

  return {
    get: async (): Promise<string> => {
      if (token && now() < token.expiresAt) {
        // The old token is valid until the new one arrives, and if the renewal fails.
        if (now() >= token.renewAt && !isPausing()) renew().catch(() => {});
        return token.value;
      }
      if (isPausing() && isPasswordRefused(failure!.error)) throw failure!.error;
      return (await renew()).value;
    },
    drop: (value: string): void => {
      if (token?.value === value) token = undefined;
    },
  };
};

export const createTokens = (
  fetchToken: (project: Project) => Promise<Token>,
  now: () => number = monotonic,
): Tokens => {
  const projects = new Map<Project, ReturnType<typeof createProjectToken>>();
  const findOrCreate = (project: Project) => {
    const existing = projects.get(project);
    if (existing) return existing;
    const created = createProjectToken(() => fetchToken(project), now);
    projects.set(project, created);
    return created;
  };
  const runWithToken: Tokens['run'] = async (project, call, isRepeatable) => {
    const token = findOrCreate(project);
    const value = await token.get();
    try {
      return await call(value);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      token.drop(value);
      if (!isRepeatable) throw error;
      return call(await token.get());
    }
  };
  return {
    run: (project, call, isRepeatable) =>
      project.user ? runWithToken(project, call, isRepeatable) : call(undefined),
  };
};
