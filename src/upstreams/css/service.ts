import type { ErrorCode } from '../../errors/error-codes.ts';
import { isRefusedWith } from '../../http/refusal.ts';
import { codeTable, type Service } from '../../http/service.ts';

const codes = (numbers: string, meaning: ErrorCode) =>
  Object.fromEntries(numbers.split(' ').map((number) => [`CSS.${number}`, meaning]));

/** Cloud Search Service, with its error codes (page "Error Codes"). */
export const css: Service = {
  name: 'css',
  codes: codeTable({
    ...codes('0001 0004 0006 0017 0040 5039 5056 5108', 'BAD_USER_INPUT'),
    ...codes('0010 0021 0051 5045 5301 5313', 'FORBIDDEN'),
    // 0015 comes with status 403 and is the usual answer to an unknown cluster id.
    ...codes('0002 0007 0015 0016 0022 0028 0047 1103 3027', 'NOT_FOUND'),
    ...codes('0012 0029 0031 5090 5140 5182 6013', 'CONFLICT'),
    ...codes('0023 0063 0064', 'QUOTA_EXCEEDED'),
    // A failure under status 202: another operation runs, or the instance is faulty.
    ...codes('0011', 'UPSTREAM_BUSY'),
    // An internal error under status 400.
    ...codes('0036', 'UPSTREAM_UNAVAILABLE'),
    ...codes('0005 1004 9999', 'UPSTREAM_UNAVAILABLE'),
  }),
};

/** Whether a refusal says that the endpoint access of a cluster is off: an empty list to us, as in the vendor's Terraform provider. */
export const isAccessOff = isRefusedWith('CSS.5182');
