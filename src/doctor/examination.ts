import type { Config } from '../config/config.ts';
import { checklist, type Environment } from './checklist.ts';
import { credentialFindings, isSendable, labelOf, wayOf } from './credentials.ts';
import { type Finding, pass } from './finding.ts';
import { distinctHosts, examineHost } from './hosts.ts';
import { keysFindings } from './keys.ts';
import { readFindings } from './reads.ts';

const WAYS = {
  key: 'signed with an access key',
  user: 'with the token of a user',
  caller: "with the caller's token",
  sandbox: 'with the token of the sandbox',
};

const servedFindings = ({ projects }: Config, sandbox: boolean): Finding[] => [
  pass(
    'settings',
    sandbox ? 'nothing is configured: the built-in sandbox cloud, no real one' : 'all are well',
  ),
  ...projects.map((project) => pass(`project ${labelOf(project)}`, `served, ${WAYS[wayOf(project)]}`)),
];

/** Looks at everything that a gateway of this configuration needs. It takes less than 20 seconds, whatever hangs. */
export const examine = async (
  config: Config,
  environment: Environment,
  sandbox: boolean,
): Promise<Finding[]> => {
  const given = environment['DOCTOR_TOKEN']?.trim() || undefined;
  const { jwt } = config.access;
  const credentials = credentialFindings(config.projects, given);
  const hosts = await Promise.all(distinctHosts(config).map(examineHost));
  const unreachable = new Set(hosts.filter(({ reachable }) => !reachable).map(({ origin }) => origin));
  const token = given !== undefined && isSendable(given) ? given : undefined;
  const [keys, ...reads] = await Promise.all([
    jwt ? keysFindings(jwt.jwksUrl, unreachable) : [],
    ...config.projects.map((project) => readFindings(project, { limits: config.client, unreachable, token })),
  ]);
  return [
    ...servedFindings(config, sandbox),
    ...hosts.flatMap(({ findings }) => findings),
    ...keys,
    ...credentials,
    ...reads.flat(),
    ...checklist({ config, environment, sandbox }),
  ];
};
