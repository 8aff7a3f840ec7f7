import type { Config } from '../config/config.ts';
import { describeProxies } from '../http/proxies.ts';
import { runChecklist, type Environment } from './checklist.ts';
import { checkCredentials, isSendable, formatProject, findAuthMethod } from './credentials.ts';
import { type Finding, pass } from './finding.ts';
import { listHosts, examineHost } from './hosts.ts';
import { checkKeySet } from './keys.ts';
import { examineProxies } from './proxy.ts';
import { checkRedis } from './redis.ts';
import { checkReads } from './reads.ts';

const AUTH_METHODS = {
  key: 'signed with an access key',
  user: 'with the token of a user',
  caller: "with the caller's token",
  sandbox: 'with the token of the sandbox',
};

const describeSettings = ({ projects, proxies }: Config, sandbox: boolean): Finding[] => [
  pass(
    'settings',
    sandbox ? 'nothing is configured: the built-in sandbox cloud, no real one' : 'all are well',
  ),
  ...[describeProxies(proxies) ?? []].flat().map((words) => pass('proxies', words)),
  ...projects.map((project) =>
    pass(`project ${formatProject(project)}`, `served, ${AUTH_METHODS[findAuthMethod(project)]}`),
  ),
];

/** Checks everything that a gateway with this configuration needs. Takes less than 20 seconds, even if hosts do not answer. */
export const examine = async (
  config: Config,
  environment: Environment,
  sandbox: boolean,
): Promise<Finding[]> => {
  const given = environment['DOCTOR_TOKEN']?.trim() || undefined;
  const { jwt } = config.authentication;
  const credentials = checkCredentials(config.projects, given);
  const listed = listHosts(config);
  const proxies = await examineProxies(listed, config.proxies);
  const hosts = await Promise.all(
    listed.map((host) => examineHost(host, config.proxies, proxies.unreachable)),
  );
  const unreachable = new Set(hosts.filter(({ reachable }) => !reachable).map(({ origin }) => origin));
  const token = given !== undefined && isSendable(given) ? given : undefined;
  const [redis, keys, ...reads] = await Promise.all([
    config.redisUrl === undefined ? [] : checkRedis(config.redisUrl),
    jwt ? checkKeySet(jwt, unreachable) : [],
    ...config.projects.map((project) => checkReads(project, { limits: config.client, unreachable, token })),
  ]);
  return [
    ...describeSettings(config, sandbox),
    ...proxies.findings,
    ...hosts.flatMap(({ findings }) => findings),
    ...redis,
    ...keys,
    ...credentials,
    ...reads.flat(),
    ...runChecklist({ config, environment, sandbox }),
  ];
};
