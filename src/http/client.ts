import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Reading, type Shape } from './upstream-response.ts';
import type { Print } from './response-body.ts';
import type { BudgetLimits } from './budget.ts';
import { createFairShare } from '../capacity/fair-share.ts';
import { CallerGone, DeadlineExceeded, NoRoomForAnswer } from './errors.ts';
import type { Answer } from './exchange.ts';
import type { Signal } from './abort-signal.ts';
import { createHosts, type HostState } from './host.ts';
import type { CallReport } from './call-report.ts';
import {
  authorised,
  type Caller,
  type Fence,
  markedAs,
  type Method,
  type Outgoing,
  type Parts,
  type Project,
  requestOf,
} from './request.ts';
import { retryRead } from './retry.ts';
import { send } from './send.ts';
import { createSharing } from './deduplicate.ts';
import type { Service } from './service.ts';
import { isUnchanged, printOf, type Read, type Step, Trail } from './trail.ts';
import {
  createTokens,
  iam,
  Issued,
  issuedToken,
  type Token,
  tokenRequest,
  TOKENS_PATH,
} from './iam-token.ts';

export type { Project } from './request.ts';

/** One REST call: what goes into it, and what comes out. */
interface Call<T> extends Omit<Parts, 'body' | 'method'> {
  shape: Shape<T>;
}

/** A read. */
interface ReadCall<T> extends Call<T> {
  /** Begins a read of its own: what another operation was just reading may be older than this one has to be. */
  fresh?: boolean | undefined;
}

/** What goes into a write. */
interface WriteCall<T> extends Call<T> {
  body?: unknown;
  /** Keeps it from being sent where that is not right any more. */
  fence?: Fence | undefined;
}

/**
 * A write: sent once, whatever happens, and to the end though the caller hangs up. It has the whole time of a call; where the
 * operation has less left than `leastForWrite`, nothing is sent (`DeadlineExceeded`).
 */
type Write = <T>(service: Service, project: Project, path: string, call: WriteCall<T>) => Promise<T>;

/** The upstreams as one caller meets them. Paths are as the vendor documents them, with placeholders. */
export interface Cloud {
  /** Reads: sent again after a failure that can pass. */
  get<T>(service: Service, project: Project, path: string, call: ReadCall<T>): Promise<T>;
  post: Write;
  put: Write;
  delete: Write;
  /** Follows all reads from here on. */
  follow: () => Trail;
  /** Makes reads again: whether all answers are the same. What was read is what `get` gives, once, without another call. */
  repeat: (steps: readonly Step[]) => Promise<boolean>;
}

/** How long and how much the client waits for and reads. */
export interface ClientLimits extends BudgetLimits {
  connections: number;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  maxAnswerBytes: number;
  /** Bytes of answers to reads: those that come, and those that running operations hold. */
  answersBytes: number;
}

/** Bytes of a body that take some ten milliseconds of CPU to parse and check. */
const LONG_BODY_BYTES = 256 * 1024;

/** Milliseconds that an operation must have left for a write to begin: what a call may take, at most half of its own time. */
export const leastForWrite = ({
  answerTimeoutMs,
  operationTimeoutMs,
}: Pick<ClientLimits, 'answerTimeoutMs' | 'operationTimeoutMs'>): number =>
  Math.min(answerTimeoutMs, operationTimeoutMs / 2);

/** The connections to all upstreams, for as long as the process lives. */
export interface Client {
  as(caller: Caller): Cloud;
  /** How each host that was called is doing. */
  states(): HostState[];
  /** How many reads are on their way that others may join. */
  sharedReads(): number;
  /** Bytes of answers that come, or that running operations hold. */
  bytesHeld(): number;
  /** Ends them at once; nobody waits for an answer any more. */
  close(): Promise<void>;
}

/** What tells one read from another, of the same caller. */
const nameOf = (
  { name }: Service,
  { region, projectId }: Project,
  { origin, path, headers }: Outgoing,
): string => `${name} ${region} ${projectId} ${origin}${path} ${headers['x-workspace-id'] ?? ''}`;

/** A call that another operation of the same caller was just making. */
const joined = (service: Service, path: string, { requestId }: Caller, durationMs: number): CallReport => ({
  service: service.name,
  method: 'GET',
  path,
  requestId,
  retried: false,
  shared: true,
  outcome: 'ok',
  durationMs,
});

/** Opens nothing yet. */
export const createClient = (limits: ClientLimits, report: (call: CallReport) => void): Client => {
  const hosts = createHosts(limits);
  const sharing = createSharing();
  const answers = createFairShare({ total: limits.answersBytes, queue: 0 });

  /** No caller ends it: the token is for all of them. */
  const fetchToken = (project: Project): Promise<Token> => {
    const requestId = randomUUID();
    const request = markedAs({ requestId }, requestOf(iam, project, TOKENS_PATH, tokenRequest(project)));
    const { method } = request;
    const facts = { service: iam.name, method, path: TOKENS_PATH, requestId, retried: false };
    const read = (answer: Answer): Token =>
      issuedToken(answer.status, answer.headers['x-subject-token'], new Reading(iam, answer).as(Issued));
    const host = hosts.of(iam.name, request.origin);
    const { answerTimeoutMs: ms, maxAnswerBytes: maxBytes } = limits;
    const ready = { service: iam, request, facts, read, maxBytes, ms, tenant: 'the gateway itself' };
    return host.breaker.run(() => send(host, ready, report));
  };
  const tokens = createTokens(fetchToken);

  const cloudOf = (caller: Caller): Cloud => {
    const { budget, trace } = caller;
    const room = { bytes: answers, borrower: caller.tenant };

    /** Makes a try each time it is called, with credentials of its own: a signature holds the time. */
    const sender = (
      { service, project, path, call, request }: Omit<Read, 'name'>,
      read: (answer: Answer) => Reading,
      fence?: Fence,
    ) => {
      const isRead = request.method === 'GET';
      const host = hosts.of(service.name, request.origin);
      const attempt = (token: string | undefined, retried: boolean, signal: Signal | undefined) => {
        if (!isRead && budget.left() < leastForWrite(limits))
          throw new DeadlineExceeded(service.name, { unsentWrite: true });
        const as = token === undefined ? caller : { ...caller, token };
        const outgoing = authorised(service, project, as, request);
        const asks = token === undefined && !project.accessKey && caller.token !== undefined;
        const { requestId } = caller;
        const facts = { service: service.name, method: request.method, path, requestId, retried };
        return host.breaker.run(() => {
          // What is not sent is no call: it is counted nowhere.
          if (signal?.aborted) throw new CallerGone();
          fence?.();
          budget.take(service.name, retried);
          const traced = trace?.call(facts);
          if (traced) outgoing.headers['traceparent'] = traced.traceparent;
          const told = (ended: CallReport) => {
            report(ended);
            if (ended.outcome === 'ok' && asks) caller.onAccepted?.();
            caller.onCall?.(ended, call);
            traced?.end(ended);
          };
          const left = budget.left();
          const ownTime = isRead && left < limits.answerTimeoutMs;
          const ready = {
            service,
            request: outgoing,
            facts,
            read,
            driftOf: ({ drift }: Reading) => drift,
            maxBytes: limits.maxAnswerBytes,
            room: isRead ? room : undefined,
            ms: ownTime ? left : limits.answerTimeoutMs,
            over: ownTime ? () => new DeadlineExceeded(service.name) : undefined,
            signal,
            tenant: caller.tenant,
            answers: call.answers,
          };
          return send(host, ready, told);
        });
      };
      const once = (retried = false, signal?: Signal): Promise<Reading> =>
        tokens.run(project, (token) => attempt(token, retried, signal), isRead);
      return { once, retries: host.retries };
    };

    /** An answer in the shape of its call, unless it is known to be in that shape. */
    const checked =
      (service: Service, shape: Shape<unknown>, known?: Print) =>
      (answer: Answer): Reading => {
        const reading = new Reading(service, answer);
        if (known === undefined || !reading.isLike(known)) reading.as(shape);
        return reading;
      };

    const write =
      (method: Method): Write =>
      async (service, project, path, parts) => {
        const anew = () => caller.shareAs && sharing.forget(caller.shareAs());
        const call = { ...parts, method };
        const request = requestOf(service, project, path, call);
        anew();
        try {
          const read = { service, project, path, call, request };
          const { once } = sender(read, checked(service, parts.shape), parts.fence);
          return (await once()).as(parts.shape);
        } finally {
          anew();
        }
      };

    const readAlone = async (read: Read, signal: Signal | undefined, known?: Print): Promise<Reading> => {
      const { once, retries } = sender(read, checked(read.service, read.call.shape, known));
      const reading = await retryRead((retried) => once(retried, signal), { budget, retries, signal });
      // To parse and check it took a while: what is made of it is made in a turn of its own.
      if (reading.bytes > LONG_BODY_BYTES) await nextTurn();
      return reading;
    };

    /** What an operation has read it holds to its end. */
    const held = ({ name }: Service, reading: Reading): Reading => {
      const release = reading.hold(room);
      if (!release) throw new NoRoomForAnswer(name);
      budget.hold(release);
      return reading;
    };

    const readOf = async (read: Read, known?: Print): Promise<Reading> =>
      held(read.service, await readShared(read, known));

    const readShared = (read: Read, known?: Print): Promise<Reading> => {
      const { service, name } = read;
      const begin = (signal: Signal | undefined) => readAlone(read, signal, known);
      if (!caller.shareAs) return begin(caller.signal);
      const key = caller.shareAs();
      const joins = caller.onCall && sharing.has(key, name);
      const waiter = { service: service.name, signal: caller.signal, left: () => budget.left() };
      const reading = sharing.read(key, name, waiter, begin);
      return joins ? told(read, reading) : reading;
    };

    /** Tells the caller of a read that another operation was just making. */
    const told = async ({ service, path, call }: Read, read: Promise<Reading>): Promise<Reading> => {
      const started = performance.now();
      const reading = await read;
      caller.onCall?.(joined(service, path, caller, performance.now() - started), call);
      return reading;
    };

    let trail: Trail | undefined;
    /** What was read before it was asked for. */
    const ahead = new Map<string, Promise<Reading>>();
    const found = (read: Read): Promise<Reading> => {
      const begun = ahead.get(read.name);
      ahead.delete(read.name);
      return begun ?? readOf(read);
    };
    return {
      get: async (service, project, path, call) => {
        const request = requestOf(service, project, path, call);
        const read = { service, project, path, call, request, name: nameOf(service, project, request) };
        const ended = trail?.begin(read);
        let reading: Reading;
        try {
          reading = call.fresh ? held(service, await readAlone(read, caller.signal)) : await found(read);
        } catch (failure) {
          ended?.({ failure });
          throw failure;
        }
        ended?.({ reading });
        budget.noteRead(reading.bytes);
        return reading.as(call.shape);
      },
      follow: () => (trail = new Trail()),
      repeat: (steps) =>
        isUnchanged(steps, (step) => {
          const reading = readOf(step.read, printOf(step));
          ahead.set(step.read.name, reading);
          return reading;
        }),
      post: write('POST'),
      put: write('PUT'),
      delete: write('DELETE'),
    };
  };

  return {
    as: cloudOf,
    states: hosts.states,
    sharedReads: sharing.size,
    bytesHeld: () => answers.state().held,
    close: async () => {
      await hosts.destroy();
    },
  };
};
