import type { ErrorCode } from '../errors/error-codes.ts';

/** The vendor's error code → the code that clients see; a function of the status if one code has several meanings. */
export type CodeTable = Readonly<Record<string, ErrorCode | ((status: number) => ErrorCode)>>;

/** The vendor's short name of a service: that of an upstream, or `iam`. */
export type ServiceName = string;

/** One upstream REST service. */
export interface Service {
  name: ServiceName;
  /** Meanings of its error codes. Codes are matched without regard to case. */
  codes: CodeTable;
}

/** A code table that finds its codes without regard to case (`EndPoint.` and `Endpoint.` both occur). */
export const codeTable = (codes: CodeTable): CodeTable =>
  Object.fromEntries(Object.entries(codes).map(([code, meaning]) => [code.toLowerCase(), meaning]));

const tooLargeOrDown = (status: number): ErrorCode =>
  status === 504 ? 'UPSTREAM_TIMEOUT' : status >= 500 ? 'UPSTREAM_UNAVAILABLE' : 'BAD_USER_INPUT';

const codesOf = (numbers: string, meaning: ErrorCode): CodeTable =>
  Object.fromEntries(numbers.split(' ').map((number) => [`APIGW.${number}`, meaning]));

/** Codes of the API gateway in front of every service (pages "API gateway error codes"). */
const API_GATEWAY = codeTable({
  ...codesOf('0101 0103 0104 0105 0106 0501 0502 0602', 'INTERNAL_SERVER_ERROR'),
  'APIGW.0201': tooLargeOrDown,
  ...codesOf('0301 0303 0305 0307', 'UNAUTHENTICATED'),
  ...codesOf('0302 0304 0306 0310 0401 0402 0404 0801 0802', 'FORBIDDEN'),
  'APIGW.0308': 'RATE_LIMITED',
  ...codesOf('0601 0605 0606 0607 0608 0609 0610 0611 0612 0613 0705', 'UPSTREAM_UNAVAILABLE'),
});

const unknownCode = (status: number): ErrorCode => {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  if (status === 409 || status === 412) return 'CONFLICT';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 504) return 'UPSTREAM_TIMEOUT';
  return status >= 500 ? 'UPSTREAM_UNAVAILABLE' : status >= 400 ? 'BAD_USER_INPUT' : 'UPSTREAM_BAD_RESPONSE';
};

/** IAM and intermediaries send an HTTP status as the error code. It decides if the response itself has a status of success. */
const STATUS = /^[45]\d\d$/;

/** A refusal without an error code comes from an intermediary: only the certain meanings are taken from its status. */
const noCode = (status: number): ErrorCode =>
  status === 401 || status === 429 || status >= 500 ? unknownCode(status) : 'UPSTREAM_BAD_RESPONSE';

/** The error code that clients see for a refusal. The vendor's code decides; the status decides only if that code is unknown. */
export const meaningOf = (service: Service, errorCode: string | null, status: number): ErrorCode => {
  if (errorCode === null) return noCode(status);
  const key = errorCode.toLowerCase();
  const meaning = service.codes[key] ?? API_GATEWAY[key];
  if (meaning === undefined)
    return unknownCode(status < 400 && STATUS.test(errorCode) ? Number(errorCode) : status);
  return typeof meaning === 'function' ? meaning(status) : meaning;
};
