import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { describeError } from '../graph/mask-error.ts';
import { createBudget } from '../http/budget.ts';
import { createClient } from '../http/client.ts';
import type { Cloud } from '../http/cloud.ts';
import type { Project } from '../http/request.ts';
import { UpstreamError, UpstreamRefusal } from '../http/errors.ts';
import { isMissingCall } from '../http/refusal.ts';
import { type CallReport, readCause } from '../http/call-report.ts';
import { extentOfPage } from '../paging/extent.ts';
import { UPSTREAMS } from '../upstreams/services.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { formatProject, findAuthMethod } from './credentials.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';
import { withTimeout, PROBE_TIMEOUT_MS } from './probe.ts';
import { monotonic } from '../time/clock.ts';

/** Time limit of a read with all its retries. */
const READ_TIMEOUT_MS = 8_000;

const CREDENTIAL_HINTS: Readonly<Record<ReturnType<typeof findAuthMethod>, string>> = {
  key: 'Check that the access key is active and of this account, and the clock above; a temporary key needs its security token',
  user: 'Check name, password and account of the user, and that it may use this project',
  caller: 'Give a fresh token (they live for 24 hours), issued for this project in this region',
  sandbox: 'Start again',
};

const HINTS: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'Check that the base URL is that of this service and region, and the project id',
  BAD_USER_INPUT: 'Check project id, region and workspace: they may not belong together',
  RATE_LIMITED: 'Wait a minute; if it stays, others use up the rate of this identity',
  QUOTA_EXCEEDED: 'Look at the quota in the console',
  UPSTREAM_TIMEOUT: 'Look at the lines of its host above, and at the status page of the cloud',
  UPSTREAM_UNAVAILABLE: 'Look at the lines of its host above, and at the status page of the cloud',
  DEADLINE_EXCEEDED: 'Look at the lines of its host above, and at the status page of the cloud',
  UPSTREAM_BAD_RESPONSE:
    'Check that the base URL is the service itself and no proxy; if it is, the API has changed and the gateway must follow',
};

const findHint = (error: UpstreamError, upstream: Upstream, project: Project): string | undefined => {
  if (error.code === 'UNAUTHENTICATED') return CREDENTIAL_HINTS[findAuthMethod(project)];
  if (error.code === 'FORBIDDEN')
    return `Allow it in IAM: ${upstream.probe.permission}; and see whether the account is frozen`;
  return HINTS[error.code];
};

const TRUNCATION_HINT =
  'Where the cloud has no such ceiling, see whether the identity may list everything of the project; lists end there, and say so';

const NO_ANSWER = `no answer in ${READ_TIMEOUT_MS / 1000} s`;

const formatError = (error: UpstreamError): string => {
  const words = describeError(error).replace(/\.$/, '');
  if (!(error instanceof UpstreamRefusal))
    return [`${words}; ${error.code}`, readCause(error.cause) ?? []].flat().join(', ');
  const { status, requestId } = error.facts;
  return `${words}; ${error.code}, status ${status}${requestId === null ? '' : `, request ${requestId}`}`;
};

/** Describes a failed read. Of an unexpected error only the name is shown: its message could contain anything. */
const describeFailure = (check: string, error: unknown, upstream: Upstream, project: Project): Finding => {
  if (!(error instanceof UpstreamError))
    return fail(check, `failed (${error instanceof Error ? error.name : 'unknown'})`, 'Report it');
  if (error.code === 'DEADLINE_EXCEEDED') return fail(check, NO_ANSWER, HINTS[error.code]);
  if (error.service === 'iam') return skip(check, 'there is no token to read with', 'See `sign-in`');
  if (upstream.isOptional && isMissingCall(error)) return skip(check, 'this region does not offer it');
  return fail(check, formatError(error), findHint(error, upstream, project));
};

const nameCheck = ({ name }: Upstream, project: Project): string => `read ${name} ${formatProject(project)}`;

const probeUpstream = async (cloud: Cloud, upstream: Upstream, project: Project): Promise<Finding> => {
  const check = nameCheck(upstream, project);
  const started = monotonic();
  try {
    const { limits, window, read, findObstacle } = upstream.probe;
    const obstacle = findObstacle?.(project);
    if (obstacle) return skip(check, obstacle.words, obstacle.hint);
    const page = await read(cloud, project);
    const answered = `answered in ${Math.round(monotonic() - started)} ms`;
    const { reach } = extentOfPage({ window, page }, limits);
    return reach === null
      ? pass(check, answered)
      : warn(
          check,
          `${answered}, and counts ${page.total} rows, of which ${reach} can be read`,
          TRUNCATION_HINT,
        );
  } catch (error) {
    return describeFailure(check, error, upstream, project);
  }
};

const describeSignIn = (project: Project, calls: readonly CallReport[]): Finding[] => {
  const call = calls.find(({ service }) => service === 'iam');
  if (!call) return [];
  const check = `sign-in ${formatProject(project)}`;
  if (call.outcome === 'ok') return [pass(check, `IAM issued a token in ${Math.round(call.durationMs)} ms`)];
  const code = call.errorCode ? `, ${call.errorCode}` : '';
  const hint =
    call.outcome === 'UNAUTHENTICATED' ? CREDENTIAL_HINTS.user : 'Look at the lines of its host above';
  return [fail(check, `IAM issued no token (${call.outcome}${code})`, hint)];
};

/** Why a service cannot be read; undefined if it can. */
const obstacle = (
  project: Project,
  { name }: Upstream,
  unreachable: ReadonlySet<string>,
  token: string | undefined,
): string | undefined => {
  const urls = [project.endpoints[name], project.endpoints['iam']].filter((url) => url !== undefined);
  const away = urls.map((url) => new URL(url)).find(({ origin }) => unreachable.has(origin));
  if (away) return `${away.host} cannot be reached, as told above`;
  return findAuthMethod(project) === 'caller' && token === undefined
    ? 'there is no token to read with'
    : undefined;
};

interface Deps {
  limits: Config['client'];
  /** Origins that cannot be reached. */
  unreachable: ReadonlySet<string>;
  /** Token for projects that forward their callers'; undefined if there is none. */
  token: string | undefined;
}

/** Reads one page of each service of a project as the gateway does it: same signing, parsing and error codes. */
export const checkReads = async (project: Project, deps: Deps): Promise<Finding[]> => {
  const calls: CallReport[] = [];
  const limits = {
    ...deps.limits,
    answerTimeoutMs: Math.min(deps.limits.answerTimeoutMs, PROBE_TIMEOUT_MS),
    operationTimeoutMs: READ_TIMEOUT_MS,
  };
  const token = findAuthMethod(project) === 'caller' ? deps.token : undefined;
  const client = createClient(limits, (call) => void calls.push(call));
  const read = async (upstream: Upstream): Promise<Finding> => {
    const check = nameCheck(upstream, project);
    const blocked = obstacle(project, upstream, deps.unreachable, token);
    if (blocked !== undefined) return skip(check, blocked);
    const cloud = client.as({
      token,
      requestId: randomUUID(),
      tenant: 'doctor',
      budget: createBudget(limits),
    });
    return withTimeout(
      READ_TIMEOUT_MS + 1_000,
      probeUpstream(cloud, upstream, project),
      fail(check, NO_ANSWER, HINTS.UPSTREAM_TIMEOUT),
    );
  };
  try {
    const findings = await Promise.all(UPSTREAMS.map(read));
    return [...describeSignIn(project, calls), ...findings];
  } finally {
    await client.close();
  }
};
