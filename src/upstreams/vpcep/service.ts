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
  auditedIds: [
    'service',
    'endpoint',
    'permission',
    'vpc',
    'subnet',
    'port',
    'routeTable',
    'loadBalancer',
    'snatNetwork',
    'pool',
  ],
  baseUrl: (region) => regionalUrl('vpcep', region, region === EU_REGION ? 'myhuaweicloud.eu' : undefined),
  // The vendor's Terraform provider always waits for 3 s.
  maxWaitFactor: 3,
  codes: codeTable({
    ...codes('0002 0006 0007 0010 0014 0015 0016 0017 0018 0019 0020 0021 0023 1003 1004', 'BAD_USER_INPUT'),
    ...codes('1019 2030 2031 2033 2034 2037 2041 2043 2044 2048 3002 3035 3036', 'BAD_USER_INPUT'),
    ...codes('3052 3053 3054 3055 3058 3066 3067 3068 3070 3071 3072 3073 3075 3076', 'BAD_USER_INPUT'),
    ...codes('4004 4008 4012 4030', 'BAD_USER_INPUT'),
    // A missing body or header, under status 504.
    ...codes('0011 0012', 'BAD_USER_INPUT'),
    ...codes('0003', 'UNAUTHENTICATED'),
    ...codes('0004 0009 2012 2015 2050', 'FORBIDDEN'),
    ...codes('0005 2001 2003 2006 2007 2008 2013 2017 2029 3062', 'NOT_FOUND'),
    ...codes('2004 2014 2018 2019 2039 2040 2042 2047 2049 2051 3006 3044 3045 3046', 'CONFLICT'),
    ...codes('1018 2045 3049 3056 3069 3074', 'QUOTA_EXCEEDED'),
    // The service throttles with status 400.
    ...codes('0022', 'RATE_LIMITED'),
    ...codes('0001 2022 4026 4027 4028 4029', 'UPSTREAM_UNAVAILABLE'),
    ...codes('0013', 'UPSTREAM_TIMEOUT'),
  }),
} satisfies UpstreamService;

/** Whether a refusal means that the object belongs to another account or does not exist: the refusals of the two look alike. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof UpstreamRefusal && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN');

/** Whether an endpoint was not accepted because it is connected already. */
export const isConnectedAlready = isRefusedWith('EndPoint.2014');
