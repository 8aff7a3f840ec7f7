import { hash } from 'node:crypto';

/** Even a digest says something of a password that people think up. */
const SECRETS = new Set(['secretKey', 'securityToken', 'password', 'token']);

/** Where the names begin that a gateway uses in Redis: those that serve the same in the same way have one in common. */
export const redisNamespace = ({
  projects,
  sizes,
}: {
  projects: readonly object[];
  sizes: object;
}): string => {
  const served = JSON.stringify([projects, sizes], (name, value: unknown) =>
    SECRETS.has(name) ? undefined : value,
  );
  return `vpc-endpoint-graph:${hash('sha256', served, 'base64url').slice(0, 22)}`;
};
