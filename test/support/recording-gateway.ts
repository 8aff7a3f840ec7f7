import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { onTestFinished } from 'vitest';
import type { Exchange } from './contract.ts';
import { gateway, type TestGateway, type TestOptions } from './gateway.ts';

const textOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** The headers that are about one connection. The host stays: a signature holds it. */
const OWN = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive']);

const passedOn = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name)));

/** Hands each request on as it came, and keeps it with its answer. */
const relay = async (
  request: IncomingMessage,
  response: ServerResponse,
  pool: Pool,
  exchanges: Exchange[],
): Promise<void> => {
  const { method = 'GET', url: path = '/', headers } = request;
  const body = await textOf(request);
  const answer = await pool.request({
    method,
    path,
    headers: passedOn(headers),
    ...(body !== '' && { body }),
  });
  const text = await answer.body.text();
  exchanges.push({ method, path, headers, body, status: answer.statusCode, answer: text });
  response.writeHead(answer.statusCode, passedOn(answer.headers)).end(text);
};

/** A gateway under test whose upstream calls are kept, each with its answer. */
export const startRecordingGateway = async (
  options: TestOptions = {},
): Promise<TestGateway & { exchanges: Exchange[] }> => {
  const exchanges: Exchange[] = [];
  let pool: Pool | undefined;
  const server = createServer((request, response) => {
    relay(request, response, pool!, exchanges).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await pool?.destroy();
  });
  const settings = { CSS_ENDPOINT: url, VPCEP_ENDPOINT: url, DATAARTSINSIGHT_ENDPOINT: url };
  const gate = await gateway({ ...options, settings: { ...settings, ...options.settings } });
  pool = new Pool(gate.sandbox.url);
  return { ...gate, exchanges };
};
