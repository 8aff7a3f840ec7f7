import { type CallOptions, type Link, settle, type UpstreamCall } from './chain/link.ts';
import {
  buildRequest,
  type Caller,
  type Fence,
  type Method,
  type Project,
  type RequestInput,
} from './request.ts';
import type { Service } from './service.ts';
import type { Shape } from './shape.ts';
import type { UpstreamResponse } from './upstream-response.ts';

interface Call<T> extends Omit<RequestInput, 'body' | 'method' | 'isQuery'> {
  /** Reads the response. */
  shape: Shape<T>;
}

interface ReadCall<T> extends Call<T> {
  /** Joins no read in flight: its result may be older than this call allows. */
  fresh?: boolean | undefined;
}

interface QueryCall<T> extends ReadCall<T> {
  body: unknown;
}

interface WriteCall<T> extends Call<T> {
  body?: unknown;
  /** Throws if the write may no longer be sent; called right before it is. */
  fence?: Fence | undefined;
}

/**
 * A write: sent once, never repeated, and awaited even if the client disconnects.
 * @throws `DEADLINE_EXCEEDED` if too little of the operation's time is left; nothing was sent.
 */
type Write = <T>(service: Service, project: Project, path: string, call: WriteCall<T>) => Promise<T>;

/** Calls to the upstreams on behalf of one caller. Paths are as the vendor documents them, with placeholders. */
export interface Cloud {
  /** Reads: repeated after a transient failure. */
  get<T>(service: Service, project: Project, path: string, call: ReadCall<T>): Promise<T>;
  /** A read whose conditions are in a body: a `POST` that changes nothing, and is repeated as `get` is. */
  query<T>(service: Service, project: Project, path: string, call: QueryCall<T>): Promise<T>;
  post: Write;
  put: Write;
  delete: Write;
}

const describeCall = (
  service: Service,
  project: Project,
  path: string,
  input: RequestInput,
): UpstreamCall => ({
  service,
  project,
  path,
  input,
  request: buildRequest(service, project, path, input),
});

const NO_HEADERS: readonly string[] = [];

type Conditions = Pick<CallOptions, 'signal' | 'fresh' | 'fence'>;

/** The options of a call that no link has added anything to yet. */
export const callOptions = (
  caller: Caller,
  validate: CallOptions['validate'],
  { signal, fresh, fence }: Conditions,
): CallOptions => ({
  caller,
  signal,
  validate,
  fresh,
  fence,
  retried: false,
  headers: NO_HEADERS,
  usesCallerToken: false,
});

/** Parses a response once with its shape, which checks it. */
const check =
  (shape: Shape<unknown>): CallOptions['validate'] =>
  (response) =>
    void response.parse(shape);

/** The cloud of one caller, on top of the chain for reads and that for writes. */
export const createCloud = (caller: Caller, { reads, writes }: { reads: Link; writes: Link }): Cloud => {
  // What is thrown inside a promise rejects it, such as for an id that is no part of a path.
  const write =
    (method: Method): Write =>
    (service, project, path, { shape, fence, ...input }) =>
      new Promise((resolve, reject) => {
        const call = describeCall(service, project, path, { ...input, method });
        const options = callOptions(caller, check(shape), { signal: undefined, fence });
        writes(
          call,
          options,
          settle({ resolve, reject }, (response) => response.parse(shape)),
        );
      });

  const read = <T>(service: Service, project: Project, path: string, input: ReadCall<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const { shape, fresh } = input;
      const call = describeCall(service, project, path, input);
      const options = callOptions(caller, check(shape), { signal: caller.signal, fresh });
      const readBody = (response: UpstreamResponse) => {
        caller.budget.noteRead(response.bytes);
        return response.parse(shape);
      };
      reads(call, options, settle({ resolve, reject }, readBody));
    });

  return {
    get: read,
    query: (service, project, path, call) =>
      read(service, project, path, { ...call, method: 'POST', isQuery: true } as typeof call),
    post: write('POST'),
    put: write('PUT'),
    delete: write('DELETE'),
  };
};
