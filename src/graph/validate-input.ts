import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import type { Project } from '../http/client.ts';

const VENDOR_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const NAME = /^[^\p{Cc}<>]+$/u;

/** Whether a text can be one of the vendor's ids: nothing that could mean something else inside a path. */
export const isVendorId = (value: string): boolean => VENDOR_ID.test(value);

/** One of the vendor's ids, checked before a URL is made of it. */
export const vendorId = (argument: string, value: string): string => {
  if (isVendorId(value) && value.length <= 64) return value;
  throw badInput(
    `\`${argument}\` must be 1 to 64 letters, digits, hyphens or underscores, as the console shows it.`,
  );
};

/** A text for a query string or a body, within the upstream's length, without control characters. */
export const plainText = (argument: string, value: string, maxLength: number): string => {
  if (NAME.test(value) && !value.includes('..') && value.length <= maxLength) return value;
  throw badInput(
    `\`${argument}\` must be 1 to ${maxLength} characters, without control characters, \`<\`, \`>\` or \`..\`.`,
  );
};

/** What is said of a project that is not served. */
export const NOT_SERVED =
  'This gateway does not serve that project in that region. `Query.projects` lists what it serves.';

/** The project of that name; undefined where it is not served. */
export const findProject = (
  { projects }: Pick<Context, 'projects'>,
  named: { region: string; projectId: string },
): Project | undefined =>
  projects.find(({ region, projectId }) => region === named.region && projectId === named.projectId);

/** The project an argument or an id names; where none is named, the only one there is: nobody shall act in another by chance. */
export const servedProject = (
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
