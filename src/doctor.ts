import { BadSettings, readConfig } from './config.ts';
import type { Environment } from './doctor/checklist.ts';
import { examine } from './doctor/examination.ts';
import { fail, type Finding, isHealthy, printed, printedAsJson } from './doctor/finding.ts';
import { startSandbox } from './sandbox/server.ts';
import { SANDBOX } from './sandbox/world.ts';

/** Where nothing is configured, the built-in cloud is looked at: over HTTP, like a real one. */
const examineSandbox = async (environment: Environment): Promise<Finding[]> => {
  const sandbox = await startSandbox();
  const { region, projectId, workspaceId, token } = SANDBOX;
  const endpoints = { css: sandbox.url, vpcep: sandbox.url, dataartsinsight: sandbox.url };
  const projects = [{ region, projectId, endpoints, workspaceId, token }];
  try {
    return await examine({ ...readConfig(environment), projects }, environment, true);
  } finally {
    await sandbox.close();
  }
};

/** Every problem of the settings is a line of its own; nothing else can be looked at then. */
const settingsFindings = ({ problems }: BadSettings): Finding[] =>
  problems.map((problem) =>
    fail('settings', problem.replace(/\.$/, ''), 'Mend it: the gateway does not start'),
  );

const findingsOf = async (environment: Environment): Promise<Finding[]> => {
  try {
    const config = readConfig(environment);
    return config.projects.length === 0
      ? await examineSandbox(environment)
      : await examine(config, environment, false);
  } catch (error) {
    if (error instanceof BadSettings) return settingsFindings(error);
    throw error;
  }
};

const options = process.argv.slice(3);
const unknown = options.find((option) => option !== '--json');
if (unknown === undefined) {
  const findings = await findingsOf(process.env);
  const print = options.includes('--json') ? printedAsJson : printed;
  // A look-up that hangs would hold the process.
  process.stdout.write(print(findings), () => process.exit(isHealthy(findings) ? 0 : 1));
} else {
  console.error('The doctor knows one option: --json.');
  process.exitCode = 1;
}
