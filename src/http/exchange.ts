import type { Dispatcher } from 'undici';
import { AnswerTooLarge, Body, NoRoom, type Room } from './response-body.ts';
import { NoRoomForAnswer, UpstreamContractError } from './errors.ts';
import { failureOf } from './classify-failure.ts';
import type { Host } from './host.ts';
import type { Outgoing } from './request.ts';
import type { Service } from './service.ts';

/** An answer that came whole. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Body;
}

/** No compression is asked for, so that nothing small can unfold into something huge. */
const isPlain = (encoding: string | string[] | undefined): boolean =>
  encoding === undefined || encoding === 'identity' || encoding === '';

const COMPRESSED = 'in a compression that was not asked for';
const TOO_LARGE = 'with more than the gateway reads';

/** What undici tells of one call, gathered into its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<Answer>;
  private readonly service: Service;
  private readonly body: Body;
  private resolve!: (answer: Answer) => void;
  private reject!: (reason: unknown) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private ended: Error | undefined;
  private head: { status: number; headers: Answer['headers'] } | undefined;

  constructor(service: Service, maxBytes: number, room?: Room) {
    this.service = service;
    this.body = new Body(maxBytes, room);
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Ends it at once: the answer fails with the reason, and the connection is closed. */
  abort(reason: Error): void {
    if (this.ended) return;
    this.ended = reason;
    this.controller?.abort(reason);
    this.fail(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.ended) controller.abort(this.ended);
  }

  onResponseStart(_controller: unknown, status: number, headers: Answer['headers']): void {
    if (status < 200) return; // it only says that more is to come
    this.head = { status, headers };
    if (!isPlain(headers['content-encoding']))
      this.abort(new UpstreamContractError(this.service.name, status, COMPRESSED));
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    try {
      this.body.add(chunk);
    } catch (cause) {
      this.abort(this.failureOf(cause as Error));
    }
  }

  onResponseEnd(): void {
    const { status, headers } = this.head!;
    this.body.giveBack();
    this.resolve({ status, headers, body: this.body });
  }

  onResponseError(_controller: unknown, cause: Error): void {
    this.fail(this.ended ?? cause);
  }

  private failureOf(cause: Error): Error {
    const { name } = this.service;
    if (cause instanceof NoRoom) return new NoRoomForAnswer(name);
    if (!(cause instanceof AnswerTooLarge)) return cause;
    return new UpstreamContractError(name, this.head?.status ?? null, TOO_LARGE, { cause });
  }

  private fail(cause: unknown): void {
    this.body.giveBack();
    const progress = { sent: this.controller !== undefined, status: this.head?.status ?? null };
    this.reject(failureOf(this.service, cause, progress));
  }
}

/**
 * Sends a request and gathers its answer, by undici's own events: a stream for each answer would cost more than all the rest. An
 * answer that is longer than `maxBytes`, or that there is no room for, is given up.
 */
export const exchange = (
  service: Service,
  { pool }: Host,
  { method, path, headers, body }: Outgoing,
  maxBytes: number,
  room?: Room,
): Pick<Exchange, 'answer' | 'abort'> => {
  const one = new Exchange(service, maxBytes, room);
  pool.dispatch({ method, path, headers, ...(body !== undefined && { body }) }, one);
  return one;
};
