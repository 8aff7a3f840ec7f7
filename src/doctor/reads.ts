import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { describeError } from '../graph/mask-error.ts';
import { createBudget } from '../http/budget.ts';
import { type Cloud, createClient, type Project } from '../http/client.ts';
import { UpstreamError, UpstreamRefusal } from '../http/errors.ts';
import { isMissingCall } from '../http/refusal.ts';
import type { CallReport } from '../http/call-report.ts';
import type { CloudServiceName, ServiceName } from '../http/service.ts';
import { extentOfPage } from '../paging/extent.ts';
import type { ListLimits, Page, Window } from '../paging/window.ts';
import { clusterListLimits, listClusters } from '../upstreams/css/rest.ts';
import { PAGE_SIZE } from '../upstreams/dataartsinsight/rest.ts';
import { listInsightInstances } from '../upstreams/dataartsinsight/workspace-rest.ts';
import { listEndpointServices } from '../upstreams/vpcep/services/rest.ts';
import { listLimits } from '../upstreams/vpcep/rest.ts';
import { labelOf, wayOf } from './credentials.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';
import { inTime, LOOK_MS } from './probe.ts';

/** How long a read may take with all its tries. */
const READ_MS = 8_000;

const FIRST_ROW = { offset: 0, limit: 1 };

/** A list of a service, which is read from its first row. */
interface Read {
  limits: ListLimits;
  window: Window;
  /** Changes nothing and costs next to nothing; undefined where something is missing to make it. */
  read: (cloud: Cloud, project: Project) => Promise<Page<unknown>> | undefined;
}

const READS: Readonly<Record<CloudServiceName, Read>> = {
  css: {
    limits: clusterListLimits,
    window: FIRST_ROW,
    read: (cloud, project) => listClusters(cloud, project, FIRST_ROW),
  },
  vpcep: {
    limits: listLimits,
    window: FIRST_ROW,
    read: (cloud, project) => listEndpointServices(cloud, project, FIRST_ROW),
  },
  dataartsinsight: {
    limits: { pageSize: PAGE_SIZE },
    window: { offset: 0, limit: PAGE_SIZE },
    read: (cloud, project) =>
      project.workspaceId === undefined
        ? undefined
        : listInsightInstances(cloud, { project, workspaceId: project.workspaceId }, 0),
  },
};

/** What the identity must be allowed to do for the read. */
const ACTIONS: Readonly<Record<ServiceName, string>> = {
  css: 'css:cluster:list',
  vpcep: 'vpcep:epservices:list',
  dataartsinsight: 'a role in DataArts Insight, and to be a member of the workspace',
  iam: 'programmatic access',
};

const WHOSE: Readonly<Record<ReturnType<typeof wayOf>, string>> = {
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

const hintOf = (error: UpstreamError, service: ServiceName, project: Project): string | undefined => {
  if (error.code === 'UNAUTHENTICATED') return WHOSE[wayOf(project)];
  if (error.code === 'FORBIDDEN')
    return `Allow it in IAM: ${ACTIONS[service]}; and see whether the account is frozen`;
  return HINTS[error.code];
};

const CUT =
  'Where the cloud has no such ceiling, see whether the identity may list everything of the project; lists end there, and say so';

const NO_ANSWER = `no answer in ${READ_MS / 1000} s`;

const sentenceOf = (error: UpstreamError): string => {
  const words = describeError(error).replace(/\.$/, '');
  if (!(error instanceof UpstreamRefusal)) return `${words}; ${error.code}`;
  const { status, requestId } = error.facts;
  return `${words}; ${error.code}, status ${status}${requestId === null ? '' : `, request ${requestId}`}`;
};

/** What a failed read tells. Of what was not foreseen only the kind: its words could hold anything. */
const failureFinding = (
  check: string,
  error: unknown,
  service: CloudServiceName,
  project: Project,
): Finding => {
  if (!(error instanceof UpstreamError))
    return fail(check, `failed (${error instanceof Error ? error.name : 'unknown'})`, 'Report it');
  if (error.code === 'DEADLINE_EXCEEDED') return fail(check, NO_ANSWER, HINTS[error.code]);
  if (error.service === 'iam') return skip(check, 'there is no token to read with', 'See `sign-in`');
  if (service === 'dataartsinsight' && isMissingCall(error))
    return skip(check, 'this region does not offer it');
  return fail(check, sentenceOf(error), hintOf(error, service, project));
};

const readOnce = async (cloud: Cloud, service: CloudServiceName, project: Project): Promise<Finding> => {
  const check = `read ${service} ${labelOf(project)}`;
  const started = performance.now();
  try {
    const { limits, window, read } = READS[service];
    const reading = read(cloud, project);
    if (reading === undefined)
      return skip(check, 'no workspace is known', 'Set the workspace of the project to have it tried');
    const page = await reading;
    const answered = `answered in ${Math.round(performance.now() - started)} ms`;
    const { reach } = extentOfPage({ window, page }, limits);
    return reach === null
      ? pass(check, answered)
      : warn(check, `${answered}, and counts ${page.total} rows, of which ${reach} can be read`, CUT);
  } catch (error) {
    return failureFinding(check, error, service, project);
  }
};

const signInFinding = (project: Project, calls: readonly CallReport[]): Finding[] => {
  const call = calls.find(({ service }) => service === 'iam');
  if (!call) return [];
  const check = `sign-in ${labelOf(project)}`;
  if (call.outcome === 'ok') return [pass(check, `IAM issued a token in ${Math.round(call.durationMs)} ms`)];
  const code = call.errorCode ? `, ${call.errorCode}` : '';
  const hint = call.outcome === 'UNAUTHENTICATED' ? WHOSE.user : 'Look at the lines of its host above';
  return [fail(check, `IAM issued no token (${call.outcome}${code})`, hint)];
};

/** What stands in the way of reading at all. */
const obstacle = (
  project: Project,
  service: CloudServiceName,
  unreachable: ReadonlySet<string>,
  token: string | undefined,
): string | undefined => {
  const urls = [project.endpoints[service], project.endpoints.iam].filter((url) => url !== undefined);
  const away = urls.map((url) => new URL(url)).find(({ origin }) => unreachable.has(origin));
  if (away) return `${away.host} cannot be reached, as told above`;
  return wayOf(project) === 'caller' && token === undefined ? 'there is no token to read with' : undefined;
};

/** What every read of one project needs beside the project. */
interface Means {
  limits: Config['client'];
  /** Origins that cannot be reached. */
  unreachable: ReadonlySet<string>;
  /** What callers would send; missing where none can be used. */
  token: string | undefined;
}

/** Reads a little of each service of a project, as the gateway does it: its signing, its parsing and its codes. */
export const readFindings = async (project: Project, means: Means): Promise<Finding[]> => {
  const calls: CallReport[] = [];
  const limits = {
    ...means.limits,
    answerTimeoutMs: Math.min(means.limits.answerTimeoutMs, LOOK_MS),
    operationTimeoutMs: READ_MS,
  };
  const token = wayOf(project) === 'caller' ? means.token : undefined;
  const client = createClient(limits, (call) => void calls.push(call));
  const read = async (service: CloudServiceName): Promise<Finding> => {
    const check = `read ${service} ${labelOf(project)}`;
    const blocked = obstacle(project, service, means.unreachable, token);
    if (blocked !== undefined) return skip(check, blocked);
    const cloud = client.as({
      token,
      requestId: randomUUID(),
      tenant: 'doctor',
      budget: createBudget(limits),
    });
    return inTime(
      READ_MS + 1_000,
      readOnce(cloud, service, project),
      fail(check, NO_ANSWER, HINTS.UPSTREAM_TIMEOUT),
    );
  };
  try {
    const findings = await Promise.all((Object.keys(READS) as CloudServiceName[]).map(read));
    return [...signInFinding(project, calls), ...findings];
  } finally {
    await client.close();
  }
};
