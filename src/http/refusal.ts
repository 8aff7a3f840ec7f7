import { type RefusalFacts, UpstreamRefusal } from './errors.ts';
import { meaningOf, type Service } from './service.ts';

const CODE_KEYS = ['errCode', 'error_code', 'errorCode', 'code'] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Codes and request ids are shown to clients, so that nothing else may pass for one. */
const TOKEN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const token = (value: unknown): string | null => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && TOKEN.test(text) ? text : null;
};

const codeIn = (body: Record<string, unknown>): string | null =>
  CODE_KEYS.map((key) => token(body[key])).find((code) => code !== null) ?? null;

/** The vendor's error code in any of the five body shapes: flat, or inside the first nested object. */
const errorCodeOf = (body: unknown): string | null => {
  if (!isObject(body)) return null;
  const nested = Object.values(body).find(isObject);
  return codeIn(body) ?? (nested ? codeIn(nested) : null);
};

/** Whether an answer with a 2xx status is a refusal all the same: CSS sends `CSS.0011` (busy) under 202. */
export const isRefusalInDisguise = (body: unknown): boolean =>
  isObject(body) && ['errCode', 'error_code'].some((key) => token(body[key]) !== null);

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
): UpstreamRefusal => {
  const facts: RefusalFacts = {
    status,
    errorCode: errorCodeOf(body),
    requestId: token(first(headers['x-request-id'])),
    retryAfterMs: retryAfterMs(first(headers['retry-after'])),
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
