/** The one project that the sandbox serves, and the credentials that it accepts. */
export const SANDBOX = {
  region: 'cn-north-4' as const,
  projectId: '0123456789abcdef0123456789abcdef' as const,
  domainId: 'db9b76a0d9ae431f8e85e89da2ca867c',
  workspaceId: '2f3a4b5c6d7e4f8091a2b3c4d5e6f708',
  accessKey: 'SANDBOXACCESSKEY0001',
  secretKey: 'sandbox-secret-key',
  token: 'sandbox-token',
  user: { name: 'sandbox-user', password: 'sandbox-password', domain: 'sandbox-account' },
};

/** The account that owns the endpoints which DataArts Insight creates. */
export const INSIGHT_DOMAIN_ID = '0d1f2e3c4b5a46978899aabbccddeeff';
