import { randomUUID } from 'node:crypto';
import { readAnswerTime } from './answer-time.ts';
import type { CallReport } from './call-report.ts';
import type { Hosts } from './host.ts';
import { iam, Issued, issuedToken, type Token, tokenRequest, TOKENS_PATH } from './iam-token.ts';
import { Failure } from './failure.ts';
import { buildRequest, headersOf, type Project } from './request.ts';
import { type PreparedCall, timedExchange } from './timed-exchange.ts';
import { UpstreamResponse } from './upstream-response.ts';

interface TokenLimits {
  answerTimeoutMs: number;
  maxAnswerBytes: number;
}

/** Calls for tokens count to no caller's tenant: a token serves all callers, and no client can abort the call. */
const TENANT = 'the gateway itself';

/** Requests a token for the IAM user of a project, in one call through the host's breaker. */
export const createTokenFetcher =
  (
    hosts: Hosts,
    { answerTimeoutMs: timeoutMs, maxAnswerBytes: maxBytes }: TokenLimits,
    report: (call: CallReport) => void,
  ) =>
  (project: Project): Promise<Token> => {
    const requestId = randomUUID();
    const input = tokenRequest(project);
    const request = buildRequest(iam, project, TOKENS_PATH, input);
    const facts = { service: iam.name, method: request.method, path: TOKENS_PATH, requestId, retried: false };
    const host = hosts.of(iam.name, request.origin);
    const call: PreparedCall<Token> = {
      service: iam,
      request,
      headers: headersOf(request, input, { requestId }),
      facts,
      read: (response) =>
        issuedToken(
          response.status,
          response.headers['x-subject-token'],
          new UpstreamResponse(iam, response).parse(Issued) - readAnswerTime(response.headers),
        ),
      maxBytes,
      timeoutMs,
      tenant: TENANT,
      report,
    };
    return new Promise((resolve, reject) => {
      const end = host.breaker.begin();
      if (end instanceof Error) return reject(end);
      return timedExchange(host, call, (ended) => {
        end(ended instanceof Failure ? ended.error : undefined);
        if (ended instanceof Failure) reject(ended.error);
        else resolve(ended);
      });
    });
  };
