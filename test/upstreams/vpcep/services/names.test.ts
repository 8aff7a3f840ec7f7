import { expect, test } from 'vitest';
import { emptyWorld, makeVisibleService } from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';

const ID = 'cf072729-b076-49db-83d3-020dc9f589bd';

test.each([
  { name: `cn-north-4.web.${ID}`, label: 'web' },
  { name: `cn-north-4.${ID}`, label: null },
  { name: `br-abc-aaa1.obs_test.${ID}`, label: 'obs_test' },
  { name: 'com.myhuaweicloud.cn-north-4.swr', label: 'swr' },
  { name: 'cn-north-4.com.myhuaweicloud.v4.obsv2.OBSCluster9', label: 'v4.obsv2.OBSCluster9' },
  { name: 'com.t-systems.otc.cn-north-4.lz02.obsv2.ipv4', label: 'lz02.obsv2.ipv4' },
  { name: 'com.myhuaweicloud.other-region.swr', label: 'other-region.swr' },
  { name: 'com.myhuaweicloud.cn-north-4', label: null },
  { name: 'short', label: null },
])('the label of $name is $label', async ({ name, label }) => {
  const visibleServices = [makeVisibleService({ id: ID, service_name: name, public: true })];
  const { ask } = await gateway({ sandbox: { world: { ...emptyWorld(), visibleServices } } });
  const { data, errors } = await ask('{ publicEndpointServices { nodes { name label } } }');
  expect(errors).toBeUndefined();
  expect(data.publicEndpointServices.nodes).toEqual([{ name, label }]);
});
