import type { Dispatcher } from 'undici';
import { ResponseTooLarge, ResponseBody, ByteShareExhausted, type ByteShare } from './response-body.ts';
import { NoRoomForAnswer, UpstreamContractError } from './errors.ts';
import { classifyFailure } from './classify-failure.ts';
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

/** Collects undici's events of one call into its response. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<HttpResponse>;
  private readonly service: Service;
  private readonly isWrite: boolean;
  private readonly body: ResponseBody;
  private resolve!: (response: HttpResponse) => void;
  private reject!: (reason: unknown) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private ended: Error | undefined;
  private head: { status: number; headers: HttpResponse['headers'] } | undefined;

  constructor(service: Service, isWrite: boolean, maxBytes: number, byteShare?: ByteShare) {
    this.service = service;
    this.isWrite = isWrite;
    this.body = new ResponseBody(maxBytes, byteShare);
    this.response = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Ends the call at once: its response fails with the reason, and the connection is closed. */
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

  onResponseStart(_controller: unknown, status: number, headers: HttpResponse['headers']): void {
    if (status < 200) return; // informational, the real response follows
    this.head = { status, headers };
    if (!isPlain(headers['content-encoding']))
      this.abort(new UpstreamContractError(this.service.name, status, COMPRESSED));
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    try {
      this.body.add(chunk);
    } catch (cause) {
      this.abort(this.toUpstreamError(cause as Error));
    }
  }

  onResponseEnd(): void {
    const { status, headers } = this.head!;
    this.body.release();
    this.resolve({ status, headers, body: this.body });
  }

  onResponseError(_controller: unknown, cause: Error): void {
    this.fail(this.ended ?? cause);
  }

  private toUpstreamError(cause: Error): Error {
    const { name } = this.service;
    if (cause instanceof ByteShareExhausted) return new NoRoomForAnswer(name);
    if (!(cause instanceof ResponseTooLarge)) return cause;
    return new UpstreamContractError(name, this.head?.status ?? null, TOO_LARGE, { cause });
  }

  private fail(cause: unknown): void {
    this.body.release();
    const { isWrite } = this;
    const progress = { sent: this.controller !== undefined, status: this.head?.status ?? null, isWrite };
    this.reject(classifyFailure(this.service, cause, progress));
  }
}

/**
 * Sends a request and collects its response by undici's own events: a stream for each response would cost more than everything else.
 * The response fails with `UPSTREAM_BAD_RESPONSE` if it is longer than `maxBytes`, and with `OVERLOADED` if `byteShare` is exhausted.
 */
export const exchange = (
  service: Service,
  { dispatcher }: Host,
  { method, isRead, origin, path, headers, body }: HttpRequest,
  maxBytes: number,
  byteShare?: ByteShare,
): Pick<Exchange, 'response' | 'abort'> => {
  const started = new Exchange(service, !isRead, maxBytes, byteShare);
  dispatcher.dispatch({ origin, method, path, headers, ...(body !== undefined && { body }) }, started);
  return started;
};
