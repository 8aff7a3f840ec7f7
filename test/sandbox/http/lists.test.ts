import { describe, expect, test } from 'vitest';
import type { ListName, ListOddity } from '../../../src/sandbox/model.ts';
import { createWorld, emptyWorld, makeCluster, makeClusterConnection } from '../../../src/sandbox/world.ts';
import { cssPath, must, openSandbox, v1 } from '../open-sandbox.ts';

const world = createWorld();
const service = must(world.services.find(({ permissions }) => permissions.length > 100)).id;

/** Where each list of VPCEP is; all of them have one row at least. */
const VPCEP: readonly string[] = [
  v1('/vpc-endpoint-services'),
  v1('/vpc-endpoint-services/public'),
  v1(`/vpc-endpoint-services/${service}/connections`),
  v1(`/vpc-endpoint-services/${service}/permissions`),
  v1('/vpc-endpoints'),
];

describe.each(VPCEP)('the list %s', (path) => {
  test('refuses an offset at or past its total, and none below', async () => {
    const { get } = await openSandbox();
    const { total_count: total } = (await get(path)).body;
    expect(total).toBeGreaterThan(0);
    expect((await get(`${path}?offset=${total - 1}`)).status).toBe(200);
    for (const offset of [total, total + 1, 1_000_000]) {
      // oxlint-disable-next-line no-await-in-loop -- a handful
      expect(await get(`${path}?offset=${offset}`)).toMatchObject({
        status: 400,
        body: { error_code: 'EndPoint.0010' },
      });
    }
  });

  test('answers an empty page there where the world says so', async () => {
    const { get } = await openSandbox({ world: { ...createWorld(), pastTheTotal: 'empty' } });
    const { body } = await get(`${path}?offset=1000000`);
    expect(Object.values(body).find(Array.isArray)).toEqual([]);
    expect(body.total_count).toBeGreaterThan(0);
  });
});

test('no match at all is an empty page at 0, and refused at 1', async () => {
  const { get } = await openSandbox({ world: emptyWorld() });
  expect((await get(v1('/vpc-endpoints'))).body).toEqual({ endpoints: [], total_count: 0 });
  expect((await get(v1('/vpc-endpoints?offset=1'))).body.error_code).toBe('EndPoint.0010');
});

/** Five connections of a cluster of which one list is served in an odd way. */
const served = async (name: ListName, oddity: ListOddity, query: string) => {
  const connections = Array.from({ length: 5 }, (_, at) => makeClusterConnection({ id: `c${at}` }));
  const cluster = makeCluster({ connections });
  const odd = { ...emptyWorld(), clusters: [cluster], lists: { [name]: oddity } };
  const { get } = await openSandbox({ world: odd });
  const { body } = await get(cssPath(`/${cluster.id}/vpcepservice/connections?${query}`));
  return [body.connections.map(({ id }: { id: string }) => id).join(' '), body.total_count];
};

test.each([
  { oddity: {}, query: 'offset=1&limit=2', gives: ['c1 c2', 5] },
  { oddity: { served: 3 }, query: 'offset=2&limit=5', gives: ['c2', 5] },
  { oddity: { served: 3 }, query: 'offset=4&limit=5', gives: ['', 5] },
  { oddity: { pageAtMost: 2 }, query: 'offset=2&limit=5', gives: ['c2 c3', 5] },
  { oddity: { miscounted: 4 }, query: 'offset=3&limit=5', gives: ['c3 c4', 9] },
  { oddity: { miscounted: -4 }, query: 'offset=3&limit=5', gives: ['c3 c4', 1] },
  { oddity: { uncounted: true }, query: 'offset=3&limit=5', gives: ['c3 c4', undefined] },
  { oddity: { stuck: true }, query: 'offset=3&limit=2', gives: ['c0 c1', 5] },
])('a list that is served as $oddity gives $gives for $query', async ({ oddity, query, gives }) => {
  expect(await served('clusterConnections', oddity, query)).toEqual(gives);
  expect(await served('clusters', oddity, 'offset=0&limit=5')).toEqual(['c0 c1 c2 c3 c4', 5]);
});
