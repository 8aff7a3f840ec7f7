import { styleText } from 'node:util';
import { BadSettings, readConfig } from '../config/config.ts';
import type { Environment } from '../doctor/checklist.ts';
import { examine } from '../doctor/examination.ts';
import {
  byVerdict,
  type Colour,
  fail,
  type Finding,
  isHealthy,
  formatReport,
  formatReportAsJson,
} from '../doctor/finding.ts';
import { EXIT } from './exit-codes.ts';
import { withSandbox } from '../config/sandbox-fallback.ts';

/** One finding for each problem of the settings. Nothing else can be checked then. */
const describeProblems = ({ problems }: BadSettings): Finding[] =>
  problems.map((problem) =>
    fail('settings', problem.replace(/\.$/, ''), 'Mend it: the gateway does not start'),
  );

const diagnose = async (environment: Environment): Promise<Finding[]> => {
  try {
    const { config, sandbox } = await withSandbox(readConfig(environment));
    try {
      return await examine(config, environment, sandbox !== undefined);
    } finally {
      await sandbox?.close();
    }
  } catch (error) {
    if (error instanceof BadSettings) return describeProblems(error);
    throw error;
  }
};

/** The token of the other calls is as good for the doctor's reads as one of its own. */
const withToken = (environment: Environment): Environment => {
  const { DOCTOR_TOKEN, HW_AUTH_TOKEN } = environment;
  return { ...environment, DOCTOR_TOKEN: DOCTOR_TOKEN ?? HW_AUTH_TOKEN };
};

/** Examines the settings and what they lead to, prints the findings and ends the process. */
export const runDoctor = async ({ json }: { json: boolean }): Promise<void> => {
  const findings = byVerdict(await diagnose(withToken(process.env)));
  const colour: Colour = (format, text) =>
    process.stdout.isTTY ? styleText(format, text, { stream: process.stdout }) : text;
  const report = json ? formatReportAsJson(findings) : formatReport(findings, colour);
  // A look-up that hangs would hold the process.
  process.stdout.write(report, () => process.exit(isHealthy(findings) ? EXIT.done : EXIT.failed));
};
