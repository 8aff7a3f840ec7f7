import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeEndpoint,
  makeService,
  makeServiceConnection,
} from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { listWrites } from '../support/writes.ts';

/** Changes that either show or do not, each by the input that asks for it. */
const CHANGES = [
  { name: 'deleteEndpoint', input: { endpointId: 'e' } },
  { name: 'deleteEndpointService', input: { serviceId: 's' } },
  { name: 'renameEndpointService', input: { serviceId: 's', label: 'other' } },
  { name: 'enableEndpointAccess', input: { clusterId: 'off' } },
  { name: 'disableEndpointAccess', input: { clusterId: 'on' } },
];

const worldOf = () => {
  const world = emptyWorld();
  const row = makeServiceConnection({ id: 'e' });
  const used = makeService({ id: 'used', connections: [row] });
  world.services.push(makeService({ id: 's' }), used);
  world.endpoints.push(makeEndpoint(row, used));
  world.clusters.push(makeCluster({ id: 'off', endpointAccess: false, vpcServiceName: null }));
  world.clusters.push(makeCluster({ id: 'on' }));
  return world;
};

test.each(CHANGES)(
  '$name: a repeat with the key after an unclear outcome sends nothing, and tells whether the change shows',
  async ({ name, input }) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code message } } }`;
    const { ask, sandbox } = await gateway({ sandbox: { world: worldOf(), settleMs: 0, lagMs: 0 } });
    const change = async (key?: string) => {
      const { data, errors } = await ask(text, { input: { ...input, idempotencyKey: key } });
      expect(errors).toBeUndefined();
      return data[name].userErrors as { code: string; message: string }[];
    };
    for (const method of ['POST', 'PUT', 'DELETE'])
      sandbox.fault({ method, path: /./, reset: 'before', times: 1 });
    expect(await change('k')).toMatchObject([{ code: 'INDETERMINATE' }]);
    expect(await change('k')).toMatchObject([
      { code: 'INDETERMINATE', message: expect.stringContaining('does not show the change') },
    ]);
    for (const status of [401, 403, 500]) {
      sandbox.clearFaults();
      sandbox.fault({
        method: 'GET',
        path: /./,
        respond: { status, body: { error_code: `APIGW.0${status}` } },
      });
      // What cannot be looked at is as unclear as before.
      expect(await change('k')).toMatchObject([{ code: 'INDETERMINATE' }]);
    }
    sandbox.clearFaults();
    sandbox.fault({
      method: 'GET',
      path: /./,
      respond: { status: 403, body: { error_code: 'EndPoint.0004' } },
    });
    expect(await change('k')).toMatchObject([{ code: 'INDETERMINATE' }]);
    expect(listWrites(sandbox)).toHaveLength(1);
    sandbox.clearFaults();
    expect(await change()).toEqual([]);
    expect(await change('k')).toEqual([]);
    expect(listWrites(sandbox)).toHaveLength(2);
  },
);
