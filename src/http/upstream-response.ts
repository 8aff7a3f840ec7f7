import { z } from 'zod';
import type { Release } from '../capacity/fair-share.ts';
import { parseJson, type Fingerprint, type ByteShare } from './response-body.ts';
import { UpstreamContractError } from './errors.ts';
import type { HttpResponse } from './exchange.ts';
import { fieldPath, parseLeniently } from './lenient-parse.ts';
import { detectErrorBody, hasPropertyOf, readRefusal } from './refusal.ts';
import type { Service } from './service.ts';
import type { Shape } from './shape.ts';

const parseBody = (service: Service, status: number, text: string): unknown => {
  if (text.trim() === '') return null;
  try {
    return parseJson(text);
  } catch (cause) {
    throw new UpstreamContractError(service.name, status, 'with something that is not JSON', { cause });
  }
};

/** Parses the body of a refusal; undefined if it is not JSON, such as an empty body or a load balancer's page. */
const tryParseJson = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

/** The value of a response, and the fields that differ from the contract. */
interface ParsedValue {
  value: unknown;
  drift: readonly string[];
}

const UNEXPECTED = 'in an unexpected shape';
const NO_DRIFT: readonly string[] = [];

const applyShape = (service: Service, status: number, body: unknown, shape: Shape<unknown>): ParsedValue => {
  try {
    return { value: shape.parse(body), drift: NO_DRIFT };
  } catch (cause) {
    const lenient = shape instanceof z.core.$ZodType ? parseLeniently(shape, body) : { brokenAt: [] };
    if ('value' in lenient) return lenient;
    const { brokenAt } = lenient;
    const where = brokenAt.length === 0 ? UNEXPECTED : `${UNEXPECTED} at ${brokenAt.join('.')}`;
    throw new UpstreamContractError(service.name, status, where, { cause, field: fieldPath(brokenAt) });
  }
};

/** Parses a response. Throws {@link UpstreamRefusal}, or {@link UpstreamContractError} if it has another shape. */
const parseResponse = (
  service: Service,
  { status, headers, body: responseBody }: HttpResponse,
  shape: Shape<unknown>,
): ParsedValue => {
  const text = responseBody.text();
  if (status >= 400) throw readRefusal(service, status, headers, tryParseJson(text));
  if (status >= 300) {
    throw new UpstreamContractError(service.name, status, 'with a redirect, which is never followed');
  }
  const body = parseBody(service, status, text);
  const extent = detectErrorBody(body, shape);
  if (extent) throw readRefusal(service, status, headers, body, extent);
  if (!hasPropertyOf(body, shape)) throw new UpstreamContractError(service.name, status, UNEXPECTED);
  return applyShape(service, status, body, shape);
};

/** A response, parsed when it is first read. */
export class UpstreamResponse {
  private readonly service: Service;
  private readonly response: HttpResponse;
  private parsed: ParsedValue | undefined;
  private held: { release: Release; holders: number } | undefined;

  constructor(service: Service, response: HttpResponse) {
    this.service = service;
    this.response = response;
  }

  /**
   * The value, parsed once for all operations that share the response: a call has only one shape. Throws {@link UpstreamRefusal} or
   * {@link UpstreamContractError}.
   */
  parse<T>(shape: Shape<T>): T {
    this.parsed ??= parseResponse(this.service, this.response, shape);
    return this.parsed.value as T;
  }

  /** The fields that differ from the contract; empty before the response is parsed. */
  get drift(): readonly string[] {
    return this.parsed?.drift ?? NO_DRIFT;
  }

  /** Counts its bytes, once, until all operations that hold it have ended. Null if the byte share is exhausted. */
  hold({ bytes, borrower }: ByteShare): Release | null {
    if (!this.held) {
      const release = bytes.takeNow(borrower, this.bytes);
      if (!release) return null;
      this.held = { release, holders: 0 };
    }
    const { held } = this;
    held.holders += 1;
    return () => {
      held.holders -= 1;
      if (held.holders > 0) return;
      held.release();
      this.held = undefined;
    };
  }

  /** Length of the body. */
  get bytes(): number {
    return this.response.body.bytesRead;
  }

  get fingerprint(): Fingerprint {
    return this.response.body.fingerprint;
  }

  /** True if the status is a success and the bytes of the body have this fingerprint. */
  hasFingerprint(fingerprint: Fingerprint): boolean {
    return this.response.status < 300 && this.fingerprint === fingerprint;
  }
}
