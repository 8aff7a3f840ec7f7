import { UPSTREAMS } from '../upstreams/services.ts';
import type { ProjectSetting, Upstream } from '../upstreams/upstream.ts';
import { baseUrl } from './validators.ts';

/** Environment variable with the base URL of an upstream. */
export const nameEndpointVariable = ({ name }: Upstream): string => `${name.toUpperCase()}_ENDPOINT`;

/** Environment variables with the base URLs of all upstreams. */
export const ENDPOINT_VARIABLES: readonly string[] = UPSTREAMS.map(nameEndpointVariable);

const SETTINGS = UPSTREAMS.flatMap(({ settings }) => settings);

/** Settings that the projects file has beside the region. */
export const PLAIN_SETTINGS: readonly ProjectSetting[] = SETTINGS.filter(({ isDialect }) => !isDialect);

/** Settings that the projects file has under `dialect`. */
export const DIALECT_SETTINGS: readonly ProjectSetting[] = SETTINGS.filter(({ isDialect }) => isDialect);

/** Settings of single upstreams, in the order of the table of settings. */
export const UPSTREAM_SETTINGS: readonly ProjectSetting[] = [...PLAIN_SETTINGS, ...DIALECT_SETTINGS];

/** Validators of base URLs, by environment variable. */
export const endpointShape = () =>
  Object.fromEntries(
    UPSTREAMS.map((upstream) => [
      nameEndpointVariable(upstream),
      baseUrl.optional().describe(`Base URL of ${upstream.title}, instead of the region's host.`),
    ]),
  );

/** Validators of settings of single upstreams, by environment variable. */
export const upstreamShape = () =>
  Object.fromEntries(
    UPSTREAM_SETTINGS.map(({ variable, schema, description }) => [
      variable,
      schema.optional().describe(description),
    ]),
  );

/** The longest waits between polls, in words: "3 times as long for VPCEP and 10 times for CSS". */
export const describeLongestWaits = (): string => {
  const waits = UPSTREAMS.flatMap(({ name, maxWaitFactor }) =>
    maxWaitFactor === undefined ? [] : [{ name: name.toUpperCase(), maxWaitFactor }],
  ).toSorted((a, b) => a.maxWaitFactor - b.maxWaitFactor);
  return waits
    .map(({ name, maxWaitFactor }, at) => `${maxWaitFactor} times ${at === 0 ? 'as long ' : ''}for ${name}`)
    .join(' and ');
};
