import { SANDBOX } from './credentials.ts';

/** Whether a whitelist lets an account connect; the owner of the service needs no entry. */
export const admits = (
  permissions: readonly string[],
  domainId: string,
  owner: string = SANDBOX.domainId,
): boolean =>
  domainId === owner || permissions.includes('*') || permissions.includes(`iam:domain::${domainId}`);
