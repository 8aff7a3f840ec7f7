import type { ErrorCode } from '../../errors/error-codes.ts';
import { isRefusedWith } from '../../http/refusal.ts';
import { codeTable } from '../../http/service.ts';
import { regionalUrl, type UpstreamService } from '../upstream.ts';

const codes = (numbers: string, meaning: ErrorCode) =>
  Object.fromEntries(numbers.split(' ').map((number) => [`CSS.${number}`, meaning]));

/** Regions whose host has the older prefix (region list of the SDK). */
const REGIONS_OF_ES = new Set(['cn-north-1', 'cn-east-2']);

/** Cloud Search Service, with its error codes (page "Error Codes"). */
export const css = {
  name: 'css',
  title: 'Cloud Search Service',
  auditedIds: ['cluster'],
  baseUrl: (region) => regionalUrl(REGIONS_OF_ES.has(region) ? 'es' : 'css', region),
  // The vendor's Terraform provider waits for up to 10 s, after doubling.
  maxWaitFactor: 10,
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
} satisfies UpstreamService;

/**
 * Whether a refusal says that endpoint access of a cluster is off. Reads then return an empty list, as the vendor's Terraform
 * provider does.
 */
export const isAccessOff = isRefusedWith('CSS.5182');
