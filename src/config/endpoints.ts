import type { Project } from '../http/request.ts';
import { UPSTREAMS } from '../upstreams/services.ts';
import { regionalUrl } from '../upstreams/upstream.ts';

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

/** Base URL of every upstream: the given one, otherwise that of the region. */
export const resolveEndpoints = (
  region: string,
  given: Readonly<Record<string, string | undefined>>,
): Project['endpoints'] =>
  Object.fromEntries(
    UPSTREAMS.map(({ name, baseUrl }) => [name, withoutSlash(given[name] ?? baseUrl(region))]),
  );

/** Base URL of IAM: the given one, otherwise that of the region. */
export const resolveIam = (region: string, given: string | undefined): string =>
  withoutSlash(given ?? regionalUrl('iam', region));
