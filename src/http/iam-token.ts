import { z } from 'zod';
import { UpstreamContractError, UpstreamRefusal } from './errors.ts';
import type { Parts, Project } from './request.ts';
import type { Service } from './service.ts';

/** IAM, which issues tokens. Its error codes are the numbers of the status. */
export const iam: Service = { name: 'iam', codes: {} };

/** Where tokens are issued (page "Obtaining a User Token"). */
export const TOKENS_PATH = '/v3/auth/tokens';

/** A token, and when it ends. */
export interface Token {
  value: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** The call that has a token issued for a project's user, in the scope of that project. */
export const tokenRequest = ({ user, projectId }: Project): Parts => ({
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

/** What IAM answers beside the header that has the token. */
export const Issued = z.compile(
  z
    .object({ token: z.object({ expires_at: z.string() }) })
    .transform(({ token: { expires_at: at } }) => Date.parse(UTC.test(at) ? at : `${at}Z`))
    .refine((at) => !Number.isNaN(at)),
);

/** The token of an answer: IAM sends it in a header. */
export const issuedToken = (
  status: number,
  header: string | string[] | undefined,
  expiresAt: number,
): Token => {
  if (typeof header === 'string' && /^[\x21-\x7e]+$/.test(header)) return { value: header, expiresAt };
  throw new UpstreamContractError(iam.name, status, 'without a token');
};

/** The tokens of the projects that have a user of their own, for as long as the process lives. */
export interface Tokens {
  /** Runs a call with the project's token; with none where the caller's own is to be used. */
  run: <T>(project: Project, call: (token: string | undefined) => Promise<T>, again: boolean) => Promise<T>;
}

/** A token lives for a day; what is left of it when the next one is asked for outlasts any operation. */
const RENEW_BEFORE_MS = 30 * 60_000;
/** IAM locks a user after a few refusals, so that a wrong password is not tried with every call. */
const PAUSE_AFTER_FAILURE_MS = 60_000;
/** The codes that mean that a token is not accepted any more (page "API gateway error codes"). */
const TOKEN_CODES = new Set(['apigw.0301', 'apigw.0307']);

const isTokenRefused = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && TOKEN_CODES.has(error.facts.errorCode?.toLowerCase() ?? '');

const isRefused = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && error.code === 'UNAUTHENTICATED';

/** The token of one project: fetched by one request at a time, and renewed while the last one still lives. */
const createTokenOf = (fetchToken: () => Promise<Token>, now: () => number) => {
  let token: (Token & { renewAt: number }) | undefined;
  let fetching: Promise<Token> | undefined;
  let failure: { error: unknown; until: number } | undefined;

  const fetchOnce = async (): Promise<Token> => {
    try {
      const issued = await fetchToken();
      const left = issued.expiresAt - now();
      token = { ...issued, renewAt: issued.expiresAt - Math.min(RENEW_BEFORE_MS, left / 2) };
      failure = undefined;
      return issued;
    } catch (error) {
      failure = { error, until: now() + PAUSE_AFTER_FAILURE_MS };
      throw error;
    } finally {
      fetching = undefined;
    }
  };
  const renewed = (): Promise<Token> => (fetching ??= fetchOnce());
  const pausing = () => failure !== undefined && now() < failure.until;

  return {
    get: async (): Promise<string> => {
      if (token && now() < token.expiresAt) {
        // The old one is good while the new one is on its way, and if that does not come.
        if (now() >= token.renewAt && !pausing()) renewed().catch(() => {});
        return token.value;
      }
      if (pausing() && isRefused(failure!.error)) throw failure!.error;
      return (await renewed()).value;
    },
    drop: (value: string): void => {
      if (token?.value === value) token = undefined;
    },
  };
};

/** Fetches nothing yet. */
export const createTokens = (
  fetchToken: (project: Project) => Promise<Token>,
  now: () => number = Date.now,
): Tokens => {
  const projects = new Map<Project, ReturnType<typeof createTokenOf>>();
  const tokenOf = (project: Project) => {
    const known = projects.get(project);
    if (known) return known;
    const made = createTokenOf(() => fetchToken(project), now);
    projects.set(project, made);
    return made;
  };
  const withToken: Tokens['run'] = async (project, call, again) => {
    const token = tokenOf(project);
    const value = await token.get();
    try {
      return await call(value);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      token.drop(value);
      if (!again) throw error;
      return call(await token.get());
    }
  };
  return {
    run: (project, call, again) => (project.user ? withToken(project, call, again) : call(undefined)),
  };
};
