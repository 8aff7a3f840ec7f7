/** What a check came to. `SKIP` is one that has nothing to look at, or cannot be done without another. */
export type Verdict = 'PASS' | 'FAIL' | 'WARN' | 'SKIP';

/** One line of the doctor's report. None holds a secret. */
export interface Finding {
  /** What was looked at. */
  check: string;
  verdict: Verdict;
  /** What was seen. */
  words: string;
  /** What to do about it. */
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

const lineOf = ({ check, verdict, words, hint }: Finding): string =>
  `${verdict}  ${check}: ${words}.${hint === undefined ? '' : ` ${hint}.`}`;

const summaryOf = (findings: readonly Finding[]): string => {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  return `${count('PASS')} passed, ${count('FAIL')} failed, ${count('WARN')} to look at, ${count('SKIP')} skipped.`;
};

/** The findings for people: a line each, and how many there are of each verdict. */
export const printed = (findings: readonly Finding[]): string =>
  [...findings.map(lineOf), '', summaryOf(findings), ''].join('\n');

/** The findings for machines: the same as one JSON document. */
export const printedAsJson = (findings: readonly Finding[]): string =>
  `${JSON.stringify({ healthy: isHealthy(findings), findings }, null, 2)}\n`;
