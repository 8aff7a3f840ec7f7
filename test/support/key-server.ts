import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type GenerateKeyPairResult } from 'jose';
import { onTestFinished } from 'vitest';

/** The public key of a pair, as such a server tells it. */
export const publicJwk = async ({ publicKey }: GenerateKeyPairResult, alg = 'RS256') => ({
  ...(await exportJWK(publicKey)),
  kid: 'k1',
  alg,
  use: 'sig',
});

/** Faults of the key server: another answer, none, or one that stops in the middle. */
type Failure = { status: number; body: string } | 'nothing' | 'half';

/** A server with the keys that sign tokens, until the test ends. It counts how often it is asked, and can fail. */
export const startKeyServer = async (keys: readonly object[]) => {
  const state: { asked: number; failure?: Failure | undefined } = { asked: 0 };
  const server = createServer((_request, response) => {
    state.asked += 1;
    if (state.failure === 'nothing') return;
    if (state.failure === 'half') {
      response.write('{"keys":');
      return;
    }
    const { status, body } = state.failure ?? { status: 200, body: JSON.stringify({ keys }) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { state, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` };
};
