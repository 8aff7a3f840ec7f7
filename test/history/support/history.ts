/** A state of a list and the time it began, as a number of a clock that ticks with every event. */
export interface Version {
  from: number;
  ids: readonly string[];
}

/** One page as it was answered. */
export interface PageRead {
  begin: number;
  end: number;
  ids: readonly string[];
  total: number | null;
  hasNext: boolean;
  hasPrevious: boolean;
}

/** Pages of one list, read one after the other. */
export interface Walk {
  /** Whose list it is. */
  list: string;
  backwards: boolean;
  pages: PageRead[];
  /** Why it ended: at the end of the list, or with an error that said so. */
  ended: string;
}

/** How the cloud handled a write: made it, refused it, or left its outcome unknown. */
export type Fate = 'made' | 'refused' | 'open';

/** One write with a marker of its own, and what came of each time that it was submitted. */
export interface Write {
  caller: string;
  marker: string;
  /** Whether its submits share an idempotency key; without one there is only one submit. */
  keyed: boolean;
  fate: Fate;
  /** `done`, `hung up`, or a code; and whether it took so long that any call may have been given up. */
  outcomes: { told: string; slow: boolean }[];
  /** What came to the cloud with its marker: by whose account, and whether it was refused there. */
  arrivals: { caller: string; refused: boolean }[];
  /** Whether the cloud has the change at the end. */
  isThere: boolean;
}

/** All that happened in one run. */
export interface History {
  versions: ReadonlyMap<string, readonly Version[]>;
  walks: Walk[];
  writes: Write[];
  /** Everything that a caller was told, with the mark that all things of the other caller bear. */
  told: { text: string; foreign: string }[];
}

/** The states in which a list was at any moment between two. */
const statesBetween = (versions: readonly Version[], begin: number, end: number): (readonly string[])[] =>
  versions
    .filter(({ from }, at) => from <= end && (versions[at + 1]?.from ?? Infinity) > begin)
    .map(({ ids }) => ids);

const isPageOf = (page: PageRead, state: readonly string[]): boolean => {
  const start = page.ids.length === 0 ? -1 : state.indexOf(page.ids[0]!);
  if (page.total !== null && page.total !== state.length) return false;
  if (page.ids.length === 0) return true;
  const end = start + page.ids.length;
  return (
    start >= 0 &&
    page.ids.every((id, at) => state[start + at] === id) &&
    page.hasNext === end < state.length &&
    page.hasPrevious === start > 0
  );
};

const ofPage = ({ list }: Walk, page: PageRead, versions: readonly Version[]): string[] => {
  const states = statesBetween(versions, page.begin, page.end);
  return states.some((state) => isPageOf(page, state))
    ? []
    : [
        `${list}: a page of ${page.ids.length} rows is of no state that there was from ${page.begin} to ${page.end}: ` +
          JSON.stringify({ page, states: states.length > 3 ? states.length : states }).slice(0, 2_000),
      ];
};

const ofWalk = (walk: Walk, versions: readonly Version[]): string[] => {
  const pages = walk.pages.flatMap((page) => ofPage(walk, page, versions));
  const seen = walk.pages.flatMap(({ ids }) => ids);
  const twice = seen.filter((id, at) => seen.indexOf(id) < at);
  const problems = twice.length > 0 ? [`${walk.list}: seen twice: ${twice.join(' ')}`] : [];
  if (walk.ended === 'end') {
    const { begin } = walk.pages[0]!;
    const { end } = walk.pages.at(-1)!;
    const [first = [], ...later] = statesBetween(versions, begin, end);
    const known = new Set(seen);
    const hidden = first.filter((id) => !known.has(id) && later.every((state) => state.includes(id)));
    if (hidden.length > 0) problems.push(`${walk.list}: stayed, and was not seen: ${hidden.join(' ')}`);
  }
  return [...pages, ...problems];
};

const ALLOWED: Record<Fate, (told: string) => boolean> = {
  made: (told) => told === 'done',
  refused: (told) => told !== 'done' && told !== 'INDETERMINATE',
  open: (told) => told === 'INDETERMINATE',
};

const ofWrite = ({ caller, marker, keyed, fate, outcomes, arrivals, isThere }: Write): string[] => {
  const problems: string[] = [];
  const made = arrivals.filter(({ refused }) => !refused);
  if (made.length > 1) problems.push(`came to the cloud ${made.length} times`);
  if (!keyed && arrivals.length > 1) problems.push(`was sent ${arrivals.length} times`);
  if (arrivals.some((arrival) => arrival.caller !== caller)) problems.push('came to the account of another');
  for (const { told, slow } of outcomes) {
    if (told === 'hung up') continue;
    // What was refused ran not, so that its key may be used again.
    const again = keyed && fate === 'refused' && told === 'done';
    // Sent again with its key, a change of unknown outcome is looked for.
    const seen = keyed && fate === 'open' && told === 'done' && isThere;
    const isSent = arrivals.length > 0;
    const fits = isSent
      ? ALLOWED[fate](told) || again || seen || (slow && told === 'INDETERMINATE')
      : told !== 'done' && told !== 'INDETERMINATE';
    if (!fits) problems.push(`was told as ${told}, and was ${isSent ? fate : 'never sent'}`);
  }
  return problems.map((problem) => `${marker} of ${caller} ${problem}`);
};

const EXPECTED =
  /^(end|CONFLICT|UPSTREAM_(UNAVAILABLE|TIMEOUT|BAD_RESPONSE)|CIRCUIT_OPEN|RATE_LIMITED|DEADLINE_EXCEEDED|hung up)$/;

/** Finds everything in a history that must not happen. */
export const findViolations = ({ versions, walks, writes, told }: History): string[] => [
  ...walks.flatMap((walk) => ofWalk(walk, versions.get(walk.list)!)),
  ...walks
    .filter(({ ended }) => !EXPECTED.test(ended))
    .map(({ list, ended }) => `${list}: ended with ${ended}`),
  ...writes.flatMap(ofWrite),
  ...told
    .filter(({ text, foreign }) => text.includes(foreign))
    .map(({ text, foreign }) => `was told of ${foreign}: ${text.slice(0, 500)}`),
];
