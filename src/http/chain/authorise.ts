import type { Tokens } from '../iam-token.ts';
import { authorise } from '../request.ts';
import { type CallOptions, type Done, type Ended, type Link, settle, type UpstreamCall } from './link.ts';
import type { UpstreamResponse } from '../upstream-response.ts';
import { Failure } from '../failure.ts';

const same = (response: UpstreamResponse): UpstreamResponse => response;

/**
 * Adds the headers of the caller and the credentials, anew for each attempt, since a signature holds the time: the project's signature,
 * the token of the project's user, or the caller's own token. A read whose project token the cloud refuses is sent again with a new one.
 * @throws `UNAUTHENTICATED` if there are none.
 */
export const withCredentials = (tokens: Tokens, next: Link): Link => {
  const runAsUser = async (call: UpstreamCall, options: CallOptions): Promise<Ended> => {
    try {
      return await tokens.run(
        call.project,
        (token) =>
          new Promise<UpstreamResponse>((resolve, reject) => {
            const headers = authorise(call, options.caller, token);
            next(call, { ...options, headers }, settle({ resolve, reject }, same));
          }),
        call.request.isRead,
      );
    } catch (error) {
      return new Failure(error);
    }
  };

  /** Makes the call with a token of the project's user. */
  const sendAsUser = async (call: UpstreamCall, options: CallOptions, done: Done): Promise<void> =>
    done(await runAsUser(call, options));

  return (call, options, done) => {
    const { project } = call;
    const { caller } = options;
    if (project.user) {
      void sendAsUser(call, options, done);
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
