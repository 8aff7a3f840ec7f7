import type { Tokens } from '../iam-token.ts';
import { authorise } from '../request.ts';
import { type CallOptions, type Link, promise, type UpstreamCall } from './link.ts';
import { Failure } from '../failure.ts';

/**
 * Adds the headers of the caller and the credentials, anew for each attempt, since a signature holds the time: the project's signature,
 * the token of the project's user, or the caller's own token. A read whose project token the cloud refuses is sent again with a new one.
 * @throws `UNAUTHENTICATED` if there are none.
 */
export const withCredentials = (tokens: Tokens, next: Link): Link => {
  /** Makes the call with a token of the project's user. */
  const sendAsUser = (call: UpstreamCall, options: CallOptions) =>
    tokens.run(
      call.project,
      (token) => promise(next, call, { ...options, headers: authorise(call, options.caller, token) }),
      call.request.method === 'GET',
    );

  return (call, options, done) => {
    const { project } = call;
    const { caller } = options;
    if (project.user) {
      sendAsUser(call, options).then(done, (error: unknown) => done(new Failure(error)));
      return undefined;
    }
    try {
      options.headers = authorise(call, caller, caller.token ?? project.token);
    } catch (error) {
      return done(new Failure(error));
    }
    options.usesCallerToken = !project.accessKey && caller.token !== undefined;
    return next(call, options, done);
  };
};
