import type { ServiceName } from '../http/service.ts';

/** Regions whose CSS host has the older prefix, and the one whose VPCEP host is in another domain (region lists of the SDK). */
const OLDER_CSS_HOSTS = new Set(['cn-north-1', 'cn-east-2']);
const EU_REGION = 'eu-west-101';

/** The base URL of a service in a region of Huawei Cloud. */
export const hostOf = (service: ServiceName, region: string): string => {
  const prefix = service === 'css' && OLDER_CSS_HOSTS.has(region) ? 'es' : service;
  const domain = service === 'vpcep' && region === EU_REGION ? 'myhuaweicloud.eu' : 'myhuaweicloud.com';
  return `https://${prefix}.${region}.${domain}`;
};
