/** A change of a whitelist as it was asked of one replica. Moments are numbers of a clock that ticks with every event. */
export interface Submit {
  /** The mark that its writes carry. */
  id: string;
  action: 'add' | 'remove';
  accounts: readonly string[];
  /** Submits of one key are one write. */
  key: string | null;
  begin: number;
  /** Infinity where no answer came. */
  end: number;
  /** `done`, a code, or `no answer`. */
  told: string;
  added: readonly string[];
  removed: readonly string[];
}

/** A moment at which a whitelist may have changed: by a write that the cloud handled, or by another program. */
interface Moment {
  at: number;
  /** The mark of the submit; null for another program. */
  by: string | null;
  after: readonly string[];
}

/** Everything that happened to one whitelist. */
export interface ReplicaHistory {
  first: readonly string[];
  submits: Submit[];
  moments: Moment[];
  /** What came to the cloud, handled or not, and whether it was refused there. */
  arrivals: { by: string; refused: boolean }[];
}

const EXPECTED =
  /^(done|no answer|CONFLICT|INDETERMINATE|RATE_LIMITED|DEADLINE_EXCEEDED|CIRCUIT_OPEN|UPSTREAM_(BUSY|UNAVAILABLE|TIMEOUT))$/;
/** Told of a write that may have run, whatever it was that ran. */
const UNSURE = new Set(['INDETERMINATE', 'no answer']);

/** The states in which the whitelist was at any moment between two. */
const statesBetween = ({ first, moments }: ReplicaHistory, begin: number, end: number) => {
  const states = [{ at: -1, after: first }, ...moments];
  return states.filter(({ at }, index) => at <= end && (states[index + 1]?.at ?? Infinity) > begin);
};

/** What a write changed beside what its submit asked for, and that another program did not change while the submit ran. */
const strayOf = (history: ReplicaHistory, index: number, submit: Submit): string[] => {
  const { first, moments } = history;
  const before = new Set(index === 0 ? first : moments[index - 1]!.after);
  const after = new Set(moments[index]!.after);
  const isAsked = (account: string) =>
    submit.accounts.includes(account) && after.has(account) === (submit.action === 'add');
  const byOther = (account: string) => {
    const has = (list: readonly string[]) => list.includes(account);
    const last = moments.slice(0, index).findLastIndex(({ after: list }, at) => {
      const earlier = at === 0 ? first : moments[at - 1]!.after;
      return has(list) !== has(earlier);
    });
    const moment = moments[last];
    return moment !== undefined && moment.by === null && moment.at >= submit.begin;
  };
  return [...before.symmetricDifference(after)].filter((account) => !isAsked(account) && !byOther(account));
};

const ofMoments = (history: ReplicaHistory): string[] =>
  history.moments.flatMap((moment, index) => {
    if (moment.by === null) return [];
    const submit = history.submits.find(({ id }) => id === moment.by);
    if (!submit) return [`a write came of nobody: ${moment.by}`];
    // It came when its caller had been told already that it may come.
    if (UNSURE.has(submit.told) && moment.at > submit.end) return [];
    const stray = strayOf(history, index, submit);
    return stray.length === 0 ? [] : [`${submit.id} changed what it was not asked for: ${stray.join(' ')}`];
  });

const ofSubmit = (history: ReplicaHistory, submit: Submit): string[] => {
  const { id, action, accounts, told, end, added, removed } = submit;
  const same = history.submits.filter(
    (one) => one === submit || (one.key !== null && one.key === submit.key),
  );
  const begin = Math.min(...same.map((one) => one.begin));
  const states = statesBetween(history, begin, end);
  const wasOnce = (account: string, isThere: boolean) =>
    states.some(({ after }) => after.includes(account) === isThere);
  const ran = history.arrivals.filter(({ by, refused }) => !refused && same.some((one) => one.id === by));
  const problems: string[] = [];
  if (!EXPECTED.test(told)) problems.push(`was told ${told}`);
  for (const account of told === 'done' ? accounts : [])
    if (!wasOnce(account, action === 'add')) problems.push(`was told done, and ${account} never was so`);
  for (const account of added) if (!wasOnce(account, true)) problems.push(`claims ${account}, never there`);
  for (const account of removed)
    if (!wasOnce(account, false)) problems.push(`claims ${account}, always there`);
  if (ran.length > 1 && ran[0]!.by === id) problems.push(`ran ${ran.length} times`);
  const mayRun = told === 'done' || told === 'CONFLICT' || UNSURE.has(told);
  if (!mayRun && ran.some(({ by }) => by === id)) problems.push(`was told ${told}, and ran`);
  const made = history.moments.find(({ by }) => by === id);
  if (told === 'CONFLICT' && made) {
    const others = history.moments.some(({ by, at }) => by !== id && at > made.at && at <= end);
    if (!others) problems.push('was told CONFLICT, and nothing came between');
  }
  return problems.map((problem) => `${id} ${problem}`);
};

/** Finds everything in a history that must not happen. */
export const findViolations = (history: ReplicaHistory): string[] => [
  ...ofMoments(history),
  ...history.submits.flatMap((submit) => ofSubmit(history, submit)),
];
