import { isIPv4 } from 'node:net';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import type { Project } from '../http/request.ts';

/** An id of the vendor as the source of a regular expression: a text without special meaning in a path. */
export const VENDOR_ID = '[A-Za-z0-9][A-Za-z0-9_-]{0,127}';
const WHOLE_VENDOR_ID = new RegExp(`^${VENDOR_ID}$`);

/** Whether a text is valid as an id of the vendor, and has no special meaning in a path. */
export const isVendorId = (value: string): boolean => WHOLE_VENDOR_ID.test(value);

const NAME = /^[^\p{Cc}<>]+$/u;

/**
 * Returns an id of the vendor if it is valid, so that it can be used in a URL.
 * @throws `BAD_USER_INPUT` otherwise.
 */
export const checkVendorId = (argument: string, value: string): string => {
  if (isVendorId(value) && value.length <= 64) return value;
  throw badInput(
    `\`${argument}\` must be 1 to 64 letters, digits, hyphens or underscores, as the console shows it.`,
  );
};

/**
 * Returns a text for a query string or a body if it is not too long for the upstream and has no control characters.
 * @throws `BAD_USER_INPUT` otherwise.
 */
export const checkPlainText = (argument: string, value: string, maxLength: number): string => {
  if (NAME.test(value) && !value.includes('..') && value.length <= maxLength) return value;
  throw badInput(
    `\`${argument}\` must be 1 to ${maxLength} characters, without control characters, \`<\`, \`>\` or \`..\`.`,
  );
};

/**
 * Checks the length of a list.
 * @throws `BAD_USER_INPUT`
 */
export const checkList = <Item>(argument: string, items: readonly Item[], min: number, max: number) => {
  if (items.length >= min && items.length <= max) return items;
  throw badInput(`\`${argument}\` must have ${min} to ${max} items.`);
};

/**
 * Returns an IPv4 address if it is one.
 * @throws `BAD_USER_INPUT` otherwise.
 */
export const checkIpv4 = (argument: string, value: string): string => {
  if (isIPv4(value)) return value;
  throw badInput(`\`${argument}\` must be an IPv4 address, such as \`192.168.0.10\`.`);
};

/**
 * Returns a packet id if it is one. It can exceed 2^53.
 * @throws `BAD_USER_INPUT` otherwise.
 */
export const checkMarkerId = (argument: string, value: string): string => {
  if (/^\d{1,20}$/.test(value)) return value;
  throw badInput(`\`${argument}\` must be 1 to 20 digits.`);
};

/** The message for a project that is not served. */
export const NOT_SERVED =
  'This gateway does not serve that project in that region. `Query.projects` lists what it serves.';

/** The project with this region and id; undefined if it is not served. */
export const findProject = (
  { projects }: Pick<Context, 'projects'>,
  named: { region: string; projectId: string },
): Project | undefined =>
  projects.find(({ region, projectId }) => region === named.region && projectId === named.projectId);

/**
 * The project that an argument or an id names, or else the only one that is served.
 * @throws `BAD_USER_INPUT` if it is not served, or if none is named and several are served: an ambiguous project is an error.
 */
export const requireProject = (
  context: Context,
  named?: { region: string; projectId: string } | null,
): Project => {
  const project = named ? findProject(context, named) : context.projects[0];
  if (!named && context.projects.length > 1)
    throw badInput(
      'Several projects are served: say with `project` which is meant. `Query.projects` lists them.',
    );
  if (project) return project;
  throw badInput(NOT_SERVED);
};
