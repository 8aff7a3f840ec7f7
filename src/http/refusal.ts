import { z } from 'zod';
import type { Shape } from './upstream-response.ts';
import { type RefusalFacts, UpstreamRefusal } from './errors.ts';
import { meaningOf, type Service } from './service.ts';

/** Keys of error codes that no answer of the three contracts has at its top. */
const OWN_CODE_KEYS = ['errCode', 'error_code'] as const;
/** All keys of error codes, in the order in which they are believed. */
const CODE_KEYS = [...OWN_CODE_KEYS, 'errorCode', 'code'] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Codes and request ids are shown to clients, so that nothing else may pass for one. */
const TOKEN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const token = (value: unknown): string | null => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && TOKEN.test(text) ? text : null;
};

const codeIn = (body: Record<string, unknown>, keys: readonly string[] = CODE_KEYS): string | null =>
  keys.map((key) => token(body[key])).find((code) => code !== null) ?? null;

/** What an error body is nested in, and the failures of single items. */
const nestedIn = (body: Record<string, unknown>): Record<string, unknown>[] =>
  [body['error'], ...Object.values(body)].flat().filter(isObject);

/** The vendor's error code in any of the body shapes: flat, one level down, or of the first item that failed. */
const errorCodeOf = (body: unknown): string | null =>
  isObject(body)
    ? ([body, ...nestedIn(body)].map((one) => codeIn(one)).find((code) => code !== null) ?? null)
    : null;

/** Keys of error bodies that are also properties of answers: services and endpoints have an `error` of their own. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['error', 'errorCode', 'code', 'message']);

/** A resource, which a write that tells nothing may be answered with. */
const RESOURCE: object = { id: true };

/** The properties of an answer in this shape; undefined where its call tells nothing. */
const propertiesOf = (shape: Shape<unknown>): object | undefined => {
  let schema: unknown = shape;
  while (schema instanceof z.ZodPipe) schema = schema.in;
  return schema instanceof z.ZodObject ? schema.shape : undefined;
};

/** Whether an answer has a property of its shape, if only with null: an object without any is none, and no empty list. */
export const isAnswerIn = (body: unknown, shape: Shape<unknown>): boolean => {
  const properties = propertiesOf(shape);
  return !properties || !isObject(body) || Object.keys(body).some((name) => Object.hasOwn(properties, name));
};

const hasSome = (value: unknown): boolean => (Array.isArray(value) ? value.some(isObject) : isObject(value));

/** How an answer with a 2xx status is a refusal all the same, if it is one. */
export type Disguise = 'whole' | 'partly';

/**
 * Whether an answer with a 2xx status is a refusal all the same: CSS sends `CSS.0011` (busy) under 202, and machines in between any
 * error body under any status. `partly` is a list of items that failed, beside others that may not have. What has a property of the
 * answer that was asked for is that answer, and its `error`, `code` or `message` belongs to it.
 */
export const disguiseOf = (body: unknown, shape: Shape<unknown>): Disguise | null => {
  if (!isObject(body)) return null;
  if (codeIn(body, OWN_CODE_KEYS) !== null) return 'whole';
  const { error } = body;
  if (codeIn(body) === null && !hasSome(error)) return null;
  const properties = propertiesOf(shape) ?? RESOURCE;
  const isOwn = ([name, value]: [string, unknown]) =>
    value !== null && !AMBIGUOUS.has(name) && Object.hasOwn(properties, name);
  if (Object.entries(body).some(isOwn)) return null;
  return Array.isArray(error) ? 'partly' : 'whole';
};

const SECONDS = /^\d{1,6}$/;
const HTTP_DATE = / GMT$/;

const retryAfterMs = (header: string | undefined): number | null => {
  if (header === undefined) return null;
  if (SECONDS.test(header)) return Number(header) * 1000;
  const at = HTTP_DATE.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
};

const first = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

/** What an answer that is not a success says. `body` is undefined where it was not JSON. */
export const refusalOf = (
  service: Service,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: unknown,
  disguise: Disguise | null = null,
): UpstreamRefusal => {
  const facts: RefusalFacts = {
    status,
    errorCode: errorCodeOf(body),
    requestId: token(first(headers['x-request-id'])) ?? (isObject(body) ? token(body['request_id']) : null),
    retryAfterMs: retryAfterMs(first(headers['retry-after'])),
    ...(disguise === 'partly' && { partly: true }),
  };
  return new UpstreamRefusal(service.name, meaningOf(service, facts.errorCode, status), facts);
};

/** Recognises refusals with one of these codes of the vendor, without regard to case. */
export const isRefusedWith = (...codes: readonly string[]) => {
  const known = new Set(codes.map((code) => code.toLowerCase()));
  return (error: unknown): error is UpstreamRefusal =>
    error instanceof UpstreamRefusal && known.has(error.facts.errorCode?.toLowerCase() ?? '');
};

const isNoSuchApi = isRefusedWith('APIGW.0101', 'APIGW.0103');

/** Whether a region lacks a call: Open Telekom Cloud does not have the newer ones of VPCEP. Nothing ran then. */
export const isMissingCall = (error: unknown): boolean =>
  isNoSuchApi(error) || (error instanceof UpstreamRefusal && error.facts.status === 405);
