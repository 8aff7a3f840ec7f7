import { isIPv4 } from 'node:net';
import { badInput } from '../../errors/client-error.ts';
import { builder } from '../../graph/builder.ts';
import { checkList } from '../../graph/validate-input.ts';

/** Checks an optional input value. Undefined, which is not sent, where there is none. */
export const ifGiven = <Given, Checked>(
  value: Given | null | undefined,
  check: (value: Given) => Checked,
): Checked | undefined => (value == null ? undefined : check(value));

/**
 * The upstream's spelling of an enum value. An enum of the graph can have values that only responses have.
 * @throws `BAD_USER_INPUT` for such a value.
 */
export const toWire = <Value extends string, const Wire extends string>(
  argument: string,
  value: Value,
  spellings: Partial<Record<Value, Wire>>,
): Wire => {
  const wire = spellings[value];
  if (wire !== undefined) return wire;
  throw badInput(`\`${argument}\` must be one of ${Object.keys(spellings).join(', ')}.`);
};

/**
 * Checks a description of at most 512 characters; an empty one removes it.
 * @throws `BAD_USER_INPUT`
 */
export const checkNote = (argument: string, value: string, forbidden?: RegExp): string => {
  if (value.length <= 512 && !forbidden?.test(value)) return value;
  throw badInput(
    `\`${argument}\` must be at most 512 characters${forbidden ? ', without `<` and `>`' : ''}.`,
  );
};

const CIDR_TAIL = /\/([0-9]|[12][0-9]|3[0-2])$/;

/**
 * Checks an IPv4 address or CIDR block.
 * @throws `BAD_USER_INPUT`
 */
export const checkIpv4OrBlock = (argument: string, value: string): string => {
  if (isIPv4(value.replace(CIDR_TAIL, ''))) return value;
  throw badInput(
    `\`${argument}\` must be IPv4 addresses, or CIDR blocks such as \`192.168.0.0/24\`; one is neither.`,
  );
};

export const ResourceTagInput = builder.inputType('ResourceTagInput', {
  description: 'A label to put on a resource.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Key of the tag, 1 to 128 characters.' }),
    value: t.string({ description: 'Value of the tag, up to 255 characters; by default empty.' }),
  }),
});

/**
 * Turns at most 20 tags into their form in a request body.
 * @throws `BAD_USER_INPUT`
 */
export const toWireTags = (argument: string, tags: readonly (typeof ResourceTagInput.$inferInput)[]) =>
  checkList(argument, tags, 0, 20).map(({ key, value }) => {
    if (key === '' || key.length > 128 || (value?.length ?? 0) > 255)
      throw badInput(`\`${argument}\` must have keys of 1 to 128 characters, and values of at most 255.`);
    return { key, value: value ?? '' };
  });
