import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { FaultRule } from '../../src/sandbox/server.ts';
import type { Answer, TestGateway } from './gateway.ts';

/** A cluster of the sandbox, and a question that one call answers. */
export const CLUSTER = '5c77b71c-5b35-4f50-8984-76387e42451a';
export const ASK_NAME = `{ cluster(clusterId: "${CLUSTER}") { name } }`;
export const DETAIL = /\/clusters\/[^/?]+$/;

/** Starts a loopback server with this listener; it closes with the test. */
export const startUpstream = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Gets the only error of an answer. */
export const getOnlyError = ({ errors }: Answer): NonNullable<Answer['errors']>[number] => {
  if (errors?.length !== 1) throw new Error(`Not one error: ${JSON.stringify(errors)}`);
  return errors[0]!;
};

/** Asks for a cluster's name while its detail goes wrong as the rule says, and gives the error. */
export const failing = async ({ sandbox, ask }: TestGateway, rule: Omit<FaultRule, 'path'>) => {
  sandbox.clearFaults();
  sandbox.fault({ path: DETAIL, ...rule });
  return getOnlyError(await ask(ASK_NAME));
};

export const VERIFY = `mutation ($input: VerifyAndCreateEndpointInput!) { verifyAndCreateEndpoint(input: $input) {
  connectedInstance { instanceId serviceId endpointId } userErrors { code message field } } }`;

/** The path of verify-and-create. */
export const WRITE = /vpc-endpoint$/;
