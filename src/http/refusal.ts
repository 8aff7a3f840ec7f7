import { z } from 'zod';
import { type RefusalFacts, UpstreamRefusal } from './errors.ts';
import { meaningOf, type Service } from './service.ts';
import type { Shape } from './shape.ts';
import { readAnswerTime } from './answer-time.ts';

/** Keys of error codes that no successful response of the three contracts has at its top level. */
const UNAMBIGUOUS_CODE_KEYS = ['errCode', 'error_code'] as const;
/** All keys of error codes, the most reliable first. */
const CODE_KEYS = [...UNAMBIGUOUS_CODE_KEYS, 'errorCode', 'code'] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Form of error codes and request ids. Clients see them, so that no other text may pass as one. */
const TOKEN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const readToken = (value: unknown): string | null => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && TOKEN.test(text) ? text : null;
};

const findCode = (body: Record<string, unknown>, keys: readonly string[] = CODE_KEYS): string | null => {
  for (const key of keys) {
    const value = body[key];
    const code = value === undefined ? null : readToken(value);
    if (code !== null) return code;
  }
  return null;
};

/** Objects one level down: a nested error body, or the failures of single items. */
const nestedObjects = (body: Record<string, unknown>): Record<string, unknown>[] =>
  [body['error'], ...Object.values(body)].flat().filter(isObject);

/** Finds the vendor's error code in any form of body: at the top, one level down, or in the first item that failed. */
const findErrorCode = (body: unknown): string | null =>
  isObject(body)
    ? ([body, ...nestedObjects(body)].map((one) => findCode(one)).find((code) => code !== null) ?? null)
    : null;

/** Keys of error bodies that successful responses have too: services and endpoints have a property `error`. */
const AMBIGUOUS_KEYS: ReadonlySet<string> = new Set(['error', 'errorCode', 'code', 'message']);

/** Properties of a resource, which the response to a write without a result may be. */
const RESOURCE: object = { id: true };

const findProperties = (shape: Shape<unknown>): object | null => {
  let schema: unknown = shape;
  while (schema instanceof z.ZodPipe) schema = schema.in;
  return schema instanceof z.ZodObject ? schema.shape : null;
};

/** Shapes are made once for each REST operation, so that there are some dozens. */
const propertiesByShape = new WeakMap<Shape<unknown>, { properties: object | null }>();

/** The properties of a response in this shape; null if the call has no result. */
const propertiesOf = (shape: Shape<unknown>): object | null => {
  let found = propertiesByShape.get(shape);
  if (!found) {
    found = { properties: findProperties(shape) };
    propertiesByShape.set(shape, found);
  }
  return found.properties;
};

/**
 * True if a response has a property of its shape, even with the value null. An object without any of them is not such a response, and
 * must not pass as an empty list.
 */
export const hasPropertyOf = (body: unknown, shape: Shape<unknown>): boolean => {
  const properties = propertiesOf(shape);
  if (!properties || !isObject(body)) return true;
  for (const name in body) if (Object.hasOwn(body, name) && Object.hasOwn(properties, name)) return true;
  return false;
};

const hasObjects = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(isObject) : isObject(value);

/** The extent of the refusal in a response with a 2xx status: the whole call, or some of its items. */
export type ErrorBodyExtent = 'whole' | 'partly';

/**
 * Detects a refusal in a response with a 2xx status; null if it is none. CSS sends `CSS.0011` (busy) with status 202, and intermediaries
 * send any error body with any status. `partly` is a list of items that failed; others may have succeeded. A body with a property of
 * its shape is no refusal: an `error`, `code` or `message` beside it belongs to the result.
 */
export const detectErrorBody = (body: unknown, shape: Shape<unknown>): ErrorBodyExtent | null => {
  if (!isObject(body)) return null;
  if (findCode(body, UNAMBIGUOUS_CODE_KEYS) !== null) return 'whole';
  const { error } = body;
  if (!hasObjects(error) && findCode(body) === null) return null;
  const properties = propertiesOf(shape) ?? RESOURCE;
  const isResultProperty = ([name, value]: [string, unknown]) =>
    value !== null && !AMBIGUOUS_KEYS.has(name) && Object.hasOwn(properties, name);
  if (Object.entries(body).some(isResultProperty)) return null;
  return Array.isArray(error) ? 'partly' : 'whole';
};

const SECONDS = /^\d{1,6}$/;
const HTTP_DATE = / GMT$/;

const firstValue = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

const readRetryAfterMs = (headers: Record<string, string | string[] | undefined>): number | null => {
  const header = firstValue(headers['retry-after']);
  if (header === undefined) return null;
  if (SECONDS.test(header)) return Number(header) * 1000;
  const retryAt = HTTP_DATE.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(retryAt) ? null : Math.max(0, retryAt - readAnswerTime(headers));
};

/** Reads a refusal. `body` is undefined if it was not JSON; `extent` is set if the status is 2xx. */
export const readRefusal = (
  service: Service,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: unknown,
  extent: ErrorBodyExtent | null = null,
): UpstreamRefusal => {
  const facts: RefusalFacts = {
    status,
    errorCode: findErrorCode(body),
    requestId:
      readToken(firstValue(headers['x-request-id'])) ??
      (isObject(body) ? readToken(body['request_id']) : null),
    retryAfterMs: readRetryAfterMs(headers),
    ...(extent === 'partly' && { partly: true }),
  };
  return new UpstreamRefusal(service.name, meaningOf(service, facts.errorCode, status), facts);
};

/** Returns a test for refusals with one of these codes of the vendor, without regard to case. */
export const isRefusedWith = (...codes: readonly string[]) => {
  const lowerCaseCodes = new Set(codes.map((code) => code.toLowerCase()));
  return (error: unknown): error is UpstreamRefusal =>
    error instanceof UpstreamRefusal && lowerCaseCodes.has(error.facts.errorCode?.toLowerCase() ?? '');
};

const isUnknownApi = isRefusedWith('APIGW.0101', 'APIGW.0103');

/** True if the region does not offer the call; it was not carried out. Open Telekom Cloud lacks the newer calls of VPCEP. */
export const isMissingCall = (error: unknown): boolean =>
  isUnknownApi(error) || (error instanceof UpstreamRefusal && error.facts.status === 405);
