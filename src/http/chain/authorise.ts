import type { Tokens } from '../iam-token.ts';
import { authorise } from '../request.ts';
import type { Link } from './link.ts';

/**
 * Adds the credentials, anew for each attempt, since a signature holds the time: the project's signature, the token of the project's
 * user, or the caller's own token. A read whose project token the cloud refuses is sent again with a new one.
 * @throws `UNAUTHENTICATED` if there are none.
 */
export const withCredentials =
  (tokens: Tokens, next: Link): Link =>
  (call, options) => {
    const { service, project, request } = call;
    const { caller } = options;
    const attempt = (token: string | undefined) => {
      const sender = token === undefined ? caller : { ...caller, token };
      const usesCallerToken = token === undefined && !project.accessKey && caller.token !== undefined;
      return next(
        { ...call, request: authorise(service, project, sender, request) },
        { ...options, usesCallerToken },
      );
    };
    return tokens.run(project, attempt, request.isRead);
  };
