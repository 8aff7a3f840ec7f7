/**
 * The gateway as a part of another program.
 *
 * @example
 * const gateway = await startGateway(readConfig({ HW_REGION_NAME: 'cn-north-4', HW_PROJECT_ID: projectId }));
 * console.log(gateway.url);
 * await gateway.close();
 *
 * @module
 */
export { BadSettings, readConfig, type Config } from './config/config.ts';
export { withSandbox } from './config/sandbox-fallback.ts';
export { readContract } from './graphql/contract.ts';
export { startGateway, type Gateway, type GatewayOptions } from './server/gateway.ts';
