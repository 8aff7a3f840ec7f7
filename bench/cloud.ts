/** The stand-in cloud of the benchmark: 50 clusters with an own endpoint service each, one of them with 1,000 connections. */
import { startSandbox } from '../src/sandbox/server.ts';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
} from '../src/sandbox/world.ts';

const world = emptyWorld();
for (let i = 0; i < 50; i += 1) {
  const connections = Array.from({ length: i === 0 ? 1000 : 20 }, () => makeClusterConnection());
  const permissions = [makePermission(), makePermission({ permission: '*' })];
  const service = makeService({ connections, permissions });
  world.services.push(service);
  world.clusters.push(
    makeCluster({ name: `css-${i}`, connections, permissions, vpcServiceName: service.service_name }),
  );
}

const sandbox = await startSandbox({ world });
process.on('message', (message) => {
  if (message === 'forget') sandbox.calls.length = 0;
  process.send!({ calls: sandbox.calls.map(({ path }) => path) });
});
process.on('disconnect', () => process.exit());
process.send!({ url: sandbox.url, clusterId: world.clusters[0]!.id, calls: [] });
