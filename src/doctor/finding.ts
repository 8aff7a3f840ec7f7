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

const formatLine = ({ check, verdict, words, hint }: Finding): string =>
  `${verdict}  ${check}: ${words}.${hint === undefined ? '' : ` ${hint}.`}`;

const formatSummary = (findings: readonly Finding[]): string => {
  const count = (wanted: Verdict) => findings.filter(({ verdict }) => verdict === wanted).length;
  return `${count('PASS')} passed, ${count('FAIL')} failed, ${count('WARN')} to look at, ${count('SKIP')} skipped.`;
};

/** Formats findings for people: one line each, and the number of each verdict. */
export const formatReport = (findings: readonly Finding[]): string =>
  [...findings.map(formatLine), '', formatSummary(findings), ''].join('\n');

/** Formats findings for machines, as one JSON document. */
export const formatReportAsJson = (findings: readonly Finding[]): string =>
  `${JSON.stringify({ healthy: isHealthy(findings), findings }, null, 2)}\n`;
