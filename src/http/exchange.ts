import type { Dispatcher } from 'undici';
import { AnswerTooLarge, createBody } from './body.ts';
import { UpstreamContractError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { Host } from './host.ts';
import type { Outgoing } from './request.ts';
import type { Service } from './service.ts';

/** An answer that came whole. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** A call on its way. */
export interface Exchange {
  answer: Promise<Answer>;
  /** Ends it at once: the answer fails with the reason, and the connection is closed. */
  abort: (reason: Error) => void;
}

/** No compression is asked for, so that nothing small can unfold into something huge. */
const isPlain = (encoding: string | string[] | undefined): boolean =>
  encoding === undefined || encoding === 'identity' || encoding === '';

const COMPRESSED = 'in a compression that was not asked for';
const TOO_LARGE = 'with more than the gateway reads';

/**
 * Sends a request and gathers its answer, by undici's own events: a stream for each answer would cost more than all the rest. An
 * answer that is longer than `maxBytes` is given up.
 */
export const exchange = (service: Service, host: Host, request: Outgoing, maxBytes: number): Exchange => {
  const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
  const { origin: _, ...options } = request;
  const body = createBody(maxBytes);
  let controller: Dispatcher.DispatchController | undefined;
  let ended: Error | undefined;
  let head: { status: number; headers: Answer['headers'] } | undefined;

  const fail = (cause: unknown) => {
    const progress = { sent: controller !== undefined, status: head?.status ?? null };
    reject(failureOf(service, cause, progress));
  };
  const abort = (reason: Error) => {
    if (ended) return;
    ended = reason;
    controller?.abort(reason);
    fail(reason);
  };

  host.pool.dispatch(options, {
    onRequestStart: (started) => {
      controller = started;
      if (ended) started.abort(ended);
    },
    onResponseStart: (_controller, status, headers) => {
      if (status < 200) return; // it only says that more is to come
      head = { status, headers };
      if (!isPlain(headers['content-encoding']))
        abort(new UpstreamContractError(service.name, status, COMPRESSED));
    },
    onResponseData: (_controller, chunk) => {
      try {
        body.add(chunk);
      } catch (cause) {
        const status = head?.status ?? null;
        abort(
          cause instanceof AnswerTooLarge
            ? new UpstreamContractError(service.name, status, TOO_LARGE, { cause })
            : (cause as Error),
        );
      }
    },
    onResponseEnd: () => resolve({ status: head!.status, headers: head!.headers, body: body.bytes() }),
    onResponseError: (_controller, cause) => fail(ended ?? cause),
  });
  return { answer, abort };
};
