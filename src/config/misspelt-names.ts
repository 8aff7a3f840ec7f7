import { editDistance, findNearest } from './edit-distance.ts';
import { Settings } from './settings.ts';

/** Names of the environment that are ours and no settings of the gateway: the commands read them. */
const COMMAND_NAMES = ['GATEWAY_API_KEY', 'HW_AUTH_TOKEN', 'HW_WORKSPACE_ID', 'DOCTOR_TOKEN'];

const OUR_NAMES = [...Object.keys(Settings.shape), ...COMMAND_NAMES];

/** Shorter names are near to too many others: `POST`, `HOSTS`. */
const MIN_LETTERS = 6;
/** From this length on, two slips still make no other word. */
const LETTERS_FOR_TWO = 9;

/** Names that are near to one of ours on purpose: those with a number, variables of proxies, and links to services and containers. */
const isMeant = (name: string, value: string): boolean =>
  /\d/.test(name) || /_proxy$/i.test(name) || /^(tcp|udp|sctp):\/\//.test(value);

const lettersOf = (name: string): string => name.replaceAll(/[_-]/g, '').toUpperCase();

const isSwapped = (a: string, b: string): boolean =>
  a.split('').toSorted().join('') === b.split('').toSorted().join('');

/**
 * Whether a word of a name is nearly one of ours. The first word says whose setting it is (`HW`, `CSS`, `JWT`): another one of two or three
 * letters (`OS_REGION_NAME`, `ECS_ENDPOINT`) is another program's or service's, except with two letters swapped.
 */
const isNearWord = (word: string, ours: string, isFirst: boolean): boolean => {
  const slips = editDistance(word, ours);
  if (slips === 0) return true;
  if (isFirst && ours.length < 4) return slips === 1 && isSwapped(word, ours);
  return slips <= (ours.length < MIN_LETTERS ? 1 : 2);
};

const isNear = (name: string, ours: string): boolean => {
  const words = name.toUpperCase().split('_');
  const ourWords = ours.split('_');
  // A missing or additional underscore hides where the words begin.
  if (words.length !== ourWords.length) return editDistance(lettersOf(name), lettersOf(ours)) <= 1;
  return ourWords.every((word, at) => isNearWord(words[at]!, word, at === 0));
};

/** How many slips lead from a setting to this name; undefined if it is not near. */
const countSlips = (name: string, ours: string): number | undefined => {
  const { length } = lettersOf(ours);
  if (length < MIN_LETTERS) return undefined;
  const slips = editDistance(lettersOf(name), lettersOf(ours));
  if (slips === 0) return 0;
  return slips <= (length < LETTERS_FOR_TWO ? 1 : 2) && isNear(name, ours) ? slips : undefined;
};

/** Problems of names that are none of ours, and one or two slips of the pen away from one: nobody would read them. */
export const findMisspeltNames = (given: Readonly<Record<string, string>>): string[] =>
  Object.entries(given)
    .filter(([name, value]) => !OUR_NAMES.includes(name) && !isMeant(name, value))
    .flatMap(([name]) => {
      const nearest = findNearest(OUR_NAMES, (ours) => countSlips(name, ours));
      return nearest === undefined
        ? []
        : [`${name}: is no setting, and nearly \`${nearest}\`; correct the name, or remove it`];
    });
