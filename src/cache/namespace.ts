import { hash } from 'node:crypto';
import type { Config } from '../config/config.ts';

/** Even a digest says something of a password that people think up. */
const SECRETS = new Set(['secretKey', 'securityToken', 'password', 'token']);

/** Where the names begin that a gateway uses in Redis: those that serve the same in the same way have one in common. */
export const namespaceOf = ({ projects, sizes }: Pick<Config, 'projects' | 'sizes'>): string => {
  const served = JSON.stringify([projects, sizes], (name, value: unknown) =>
    SECRETS.has(name) ? undefined : value,
  );
  return `vpc-endpoint-graph:${hash('sha256', served, 'base64url').slice(0, 22)}`;
};
