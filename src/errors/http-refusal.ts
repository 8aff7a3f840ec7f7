import type { ErrorCode } from './error-codes.ts';

/** An HTTP response that is decided before any GraphQL runs. */
export interface HttpRefusal {
  status: number;
  code: ErrorCode;
  message: string;
  headers?: Readonly<Record<string, string>>;
}
