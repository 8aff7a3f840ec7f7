import type { Dispatcher } from 'undici';
import { ResponseTooLarge, ResponseBody, ByteShareExhausted, type ByteShare } from './response-body.ts';
import { Failure } from './failure.ts';
import { NoRoomForAnswer, UpstreamContractError } from './errors.ts';
import { classifyFailure } from './classify-failure.ts';
import { readInTurn } from './loop-turns.ts';
import type { Host } from './host.ts';
import type { HttpRequest } from './request.ts';
import type { Service } from './service.ts';

/** A complete response. */
export interface HttpResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: ResponseBody;
}

/** True if the body is not compressed. Calls request no compression, so that no small response can expand to a huge one. */
const isPlain = (encoding: string | string[] | undefined): boolean =>
  encoding === undefined || encoding === 'identity' || encoding === '';

const COMPRESSED = 'in a compression that was not asked for';
const TOO_LARGE = 'with more than the gateway reads';

/** A request that is ready to be sent. */
export interface ExchangeInput {
  service: Service;
  request: HttpRequest;
  headers: readonly string[];
  /** Longest body that is read. */
  maxBytes: number;
  /** Counts the response while it arrives; set for reads. */
  byteShare?: ByteShare | undefined;
}

/**
 * Sends a request and collects its response by undici's own events: a stream for each response would cost more than everything else.
 * The response fails with `UPSTREAM_BAD_RESPONSE` if it is longer than `maxBytes`, and with `OVERLOADED` if `byteShare` is exhausted.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private readonly input: ExchangeInput;
  private readonly body: ResponseBody;
  /** Null once it was called. */
  private done: ((ended: HttpResponse | Failure) => void) | null;
  private controller: Dispatcher.DispatchController | undefined;
  private aborted: Error | undefined;
  /** The whole response has arrived. */
  private isComplete = false;
  private status = 0;
  private headers: HttpResponse['headers'] | undefined;

  constructor(input: ExchangeInput, done: (ended: HttpResponse | Failure) => void) {
    this.input = input;
    this.done = done;
    this.body = new ResponseBody(input.maxBytes, input.byteShare);
  }

  send({ dispatcher }: Host): void {
    const { request, headers } = this.input;
    const { method, origin, path, body } = request;
    try {
      dispatcher.dispatch({ origin, method, path, headers: headers as string[], body: body ?? null }, this);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the call at once: it fails with the reason, and the connection is closed. A response that has arrived is still read. */
  abort(reason: Error): void {
    if (this.aborted || this.isComplete) return;
    this.aborted = reason;
    this.controller?.abort(reason);
    this.fail(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.aborted) controller.abort(this.aborted);
  }

  onResponseStart(_controller: unknown, status: number, headers: HttpResponse['headers']): void {
    if (status < 200) return; // informational, the real response follows
    this.status = status;
    this.headers = headers;
    if (!isPlain(headers['content-encoding']))
      this.abort(new UpstreamContractError(this.input.service.name, status, COMPRESSED));
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    try {
      this.body.add(chunk);
    } catch (cause) {
      this.abort(this.toUpstreamError(cause as Error));
    }
  }

  onResponseEnd(): void {
    this.isComplete = true;
    readInTurn(this.body.bytesRead, () => {
      this.body.release();
      this.end({ status: this.status, headers: this.headers!, body: this.body });
    });
  }

  onResponseError(_controller: unknown, cause: Error): void {
    this.fail(this.aborted ?? cause);
  }

  private toUpstreamError(cause: Error): Error {
    const { name } = this.input.service;
    if (cause instanceof ByteShareExhausted) return new NoRoomForAnswer(name);
    if (!(cause instanceof ResponseTooLarge)) return cause;
    return new UpstreamContractError(name, this.statusOrNull(), TOO_LARGE, { cause });
  }

  private fail(cause: unknown): void {
    this.body.release();
    const { service, request } = this.input;
    const progress = {
      sent: this.controller !== undefined,
      status: this.statusOrNull(),
      isWrite: !request.isRead,
    };
    this.end(new Failure(classifyFailure(service, cause, progress)));
  }

  private statusOrNull(): number | null {
    return this.headers ? this.status : null;
  }

  private end(ended: HttpResponse | Failure): void {
    const { done } = this;
    this.done = null;
    done?.(ended);
  }
}
