import { hash } from 'node:crypto';

/** Fields left out of the digest: a digest of a password that a person chose can be guessed. */
const SECRETS = new Set(['secretKey', 'securityToken', 'password', 'token']);

/** Prefix of a gateway's keys in Redis. Gateways that serve the same projects with the same page sizes share it. */
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
