/** Result of a check. `SKIP`: it does not apply, or another one failed that it needs. */
export type Verdict = 'PASS' | 'FAIL' | 'WARN' | 'SKIP';

/** One line of the doctor's report. None holds a secret. */
export interface Finding {
  /** Name of the check. */
  check: string;
  verdict: Verdict;
  /** The observation. */
  words: string;
  /** The next step. */
  hint?: string;
}

const finding =
  (verdict: Verdict) =>
  (check: string, words: string, hint?: string): Finding => ({
    check,
    verdict,
    words,
    ...(hint !== undefined && { hint }),
  });

export const pass = finding('PASS');
export const fail = finding('FAIL');
export const warn = finding('WARN');
export const skip = finding('SKIP');

/** Whether nothing failed. */
export const isHealthy = (findings: readonly Finding[]): boolean =>
  findings.every(({ verdict }) => verdict !== 'FAIL');

/** Colours a text, if colours are wanted. */
export type Colour = (format: 'red' | 'yellow' | 'green' | 'gray', text: string) => string;

const COLOURS = { PASS: 'green', FAIL: 'red', WARN: 'yellow', SKIP: 'gray' } as const;

const formatLine = ({ check, verdict, words, hint }: Finding, colour: Colour): string =>
  `${colour(COLOURS[verdict], verdict)}  ${check}: ${words}.${hint === undefined ? '' : ` ${hint}.`}`;

const formatSummary = (findings: readonly Finding[]): string => {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  return `${count('PASS')} passed, ${count('FAIL')} failed, ${count('WARN')} to look at, ${count('SKIP')} skipped.`;
};

const ORDER: readonly Verdict[] = ['FAIL', 'WARN', 'PASS', 'SKIP'];

/** Puts what needs somebody first. */
export const byVerdict = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict));

/** Formats findings for people: one line each, and the number of each verdict. */
export const formatReport = (findings: readonly Finding[], colour: Colour = (_, text) => text): string =>
  [...findings.map((one) => formatLine(one, colour)), '', formatSummary(findings), ''].join('\n');

/** Formats findings for machines, as one JSON document. */
export const formatReportAsJson = (findings: readonly Finding[]): string =>
  `${JSON.stringify({ healthy: isHealthy(findings), findings }, null, 2)}\n`;
