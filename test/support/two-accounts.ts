import {
  Agent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX, type World } from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { type Answer, createMemoryLog } from './gateway.ts';

/** An account with its own sandbox. */
export interface Account {
  token: string;
  sandbox: Sandbox;
}

/** A gateway with two accounts that differ only in their tokens. */
export interface AccountsGateway {
  url: string;
  log: string[];
  accounts: readonly [Account, Account];
  ask: (account: Account, query: string, variables?: object, more?: AskOptions) => Promise<Answer>;
}

interface AskOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Hands each request on to the cloud of the account whose token it carries. */
const switchboard = async (accounts: readonly Account[]): Promise<string> => {
  const agent = new Agent({ keepAlive: true });
  const handOn = (request: IncomingMessage, response: ServerResponse) => {
    const account = accounts.find(({ token }) => token === request.headers['x-auth-token']);
    if (!account) {
      response.writeHead(401).end();
      return;
    }
    const { method, headers } = request;
    const onward = httpRequest(account.sandbox.url + request.url, { method, headers, agent }, (answer) => {
      // Who asked can have hung up.
      if (response.destroyed) answer.resume();
      else pipeline(answer, response.writeHead(answer.statusCode!, answer.headers), () => {});
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  };
  const server = createServer(handOn);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Starts a sandbox for each account and a gateway that calls both. All close with the test. */
export const startAccountsGateway = async (
  worlds: readonly [World, World],
  settings: Record<string, string> = {},
): Promise<AccountsGateway> => {
  const start = async (world: World, name: string) => {
    const sandbox = await startSandbox({ world, settleMs: 20 });
    onTestFinished(() => sandbox.close());
    return { token: `token-${name}`, sandbox };
  };
  const accounts = [await start(worlds[0], 'one'), await start(worlds[1], 'two')] as const;
  const url = await switchboard(accounts);
  const config = readConfig({
    PORT: '0',
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: url,
    VPCEP_ENDPOINT: url,
    DATAARTSINSIGHT_ENDPOINT: url,
    SHUTDOWN_GRACE_MS: '100',
    ...settings,
  });
  const log: string[] = [];
  const server = await startGateway(config, { log: createMemoryLog(log) });
  onTestFinished(() => server.close());
  return {
    url: server.url,
    log,
    accounts,
    ask: async ({ token }, query, variables = {}, { headers, signal } = {}) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-auth-token': token, ...headers },
        body: JSON.stringify({ query, variables }),
        ...(signal && { signal }),
      });
      return (await response.json()) as Answer;
    },
  };
};
