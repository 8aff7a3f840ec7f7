import type { ErrorCode } from './error-codes.ts';

/** An HTTP error response that is sent instead of running the operation. */
export interface HttpRefusal {
  status: number;
  code: ErrorCode;
  message: string;
  headers?: Readonly<Record<string, string>>;
}
