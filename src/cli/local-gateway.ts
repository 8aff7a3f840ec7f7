import { createHash, randomBytes } from 'node:crypto';
import { destination } from 'pino';
import { readConfig } from '../config/config.ts';
import { withSandbox } from '../config/sandbox-fallback.ts';
import { createLog } from '../observability/log.ts';
import { startGateway } from '../server/gateway.ts';

/** Standard error. */
const STDERR = 2;

/** A gateway that only this process can ask. */
interface LocalGateway {
  url: URL;
  /** Headers that let this process in. */
  headers: Record<string, string>;
  close(): Promise<void>;
}

/**
 * Starts a gateway of these settings for one call of the command, on a free port of this machine. It lets in a key that it has just made
 * up, so that no other user of the machine can ask with its credentials.
 */
export const startLocalGateway = async (environment: NodeJS.ProcessEnv): Promise<LocalGateway> => {
  const key = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(key).digest('hex');
  // Who may ask the gateway over the network is no matter here.
  const settings = readConfig({
    ...environment,
    API_KEYS: `command:${hash}:write`,
    JWT_JWKS_URL: undefined,
    JWT_ISSUER: undefined,
    JWT_AUDIENCE: undefined,
    JWT_WRITE_SCOPE: undefined,
    ALLOW_ANONYMOUS: undefined,
    PERSISTED_OPERATIONS_ONLY: undefined,
    PORT: '0',
    METRICS_PORT: undefined,
    HOST: '127.0.0.1',
    RATE_LIMIT: undefined,
    LOG_LEVEL: environment['LOG_LEVEL'] ?? 'error',
  });
  const { config, sandbox } = await withSandbox(settings);
  const log = createLog(config, destination({ dest: STDERR, sync: true }));
  const gateway = await startGateway(config, { log });
  return {
    url: new URL('/graphql', gateway.url),
    headers: { authorization: `Bearer ${key}` },
    close: async () => {
      await gateway.close();
      await sandbox?.close();
    },
  };
};
