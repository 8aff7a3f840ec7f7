import { BadSettings, readConfig } from '../config/config.ts';
import type { Environment } from './checklist.ts';
import { examine } from './examination.ts';
import { fail, type Finding, isHealthy, formatReport, formatReportAsJson } from './finding.ts';
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

const options = process.argv.slice(3);
const unknown = options.find((option) => option !== '--json');
if (unknown === undefined) {
  const findings = await diagnose(process.env);
  const print = options.includes('--json') ? formatReportAsJson : formatReport;
  // A look-up that hangs would hold the process.
  process.stdout.write(print(findings), () => process.exit(isHealthy(findings) ? 0 : 1));
} else {
  console.error('The doctor knows one option: --json.');
  process.exitCode = 1;
}
