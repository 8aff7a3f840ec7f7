import type { ErrorCode } from '../../errors/error-codes.ts';
import { UpstreamRefusal } from '../../http/errors.ts';
import { isRefusedWith } from '../../http/refusal.ts';
import { codeTable } from '../../http/service.ts';
import { regionalUrl, type UpstreamService } from '../upstream.ts';

const codes = (numbers: string, meaning: ErrorCode) =>
  Object.fromEntries(numbers.split(' ').map((number) => [`EndPoint.${number}`, meaning]));

/** The region whose host is in another domain (region list of the SDK). */
const EU_REGION = 'eu-west-101';

/**
 * VPC Endpoint, with its error codes (page "Error Codes"). The published message does not always match the code, so the code
 * decides.
 */
export const vpcep = {
  name: 'vpcep',
  title: 'VPC Endpoint',
  auditedIds: ['service', 'endpoint', 'permission', 'vpc', 'subnet', 'port', 'routeTable'],
  baseUrl: (region) => regionalUrl('vpcep', region, region === EU_REGION ? 'myhuaweicloud.eu' : undefined),
  // The vendor's Terraform provider always waits for 3 s.
  maxWaitFactor: 3,
  codes: codeTable({
    ...codes('0002 0006 0007 0010 0014 0015 0016 0017 0018 0019 0020 0021 0023 1003 1004', 'BAD_USER_INPUT'),
    ...codes('2030 2031 2044 3002 3035 3036 4004 4008 4012', 'BAD_USER_INPUT'),
    // A missing body or header, under status 504.
    ...codes('0011 0012', 'BAD_USER_INPUT'),
    ...codes('0003', 'UNAUTHENTICATED'),
    ...codes('0004 2012 2015 2050', 'FORBIDDEN'),
    ...codes('0005 2001 2003 2006 2007 2008 2013 2017 2029 3062', 'NOT_FOUND'),
    ...codes('2004 2014 2018 2019 2047 3006 3045', 'CONFLICT'),
    ...codes('1018 2045 3049', 'QUOTA_EXCEEDED'),
    // The service throttles with status 400.
    ...codes('0022', 'RATE_LIMITED'),
    ...codes('0001 2022', 'UPSTREAM_UNAVAILABLE'),
    ...codes('0013', 'UPSTREAM_TIMEOUT'),
  }),
} satisfies UpstreamService;

/** Whether a refusal means that the object belongs to another account or does not exist: the refusals of the two look alike. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN');

/** Whether an endpoint was not accepted because it is connected already. */
export const isConnectedAlready = isRefusedWith('EndPoint.2014');
