import { getNamedType, isEnumType, isInputObjectType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { servedSchema } from '../../src/graphql/schema.ts';
import { emptyWorld, makeCluster, makeService, type World } from '../../src/sandbox/world.ts';
import { HEADERS, LISTS } from '../paging/conformance/lists.ts';
import { type Room, roomFor } from '../paging/conformance/walk.ts';
import { gateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';

/* oxlint-disable no-await-in-loop -- one page after the other */

const VALUES = { NAME: 'name', CREATED_AT: 'createdAt', UPDATED_AT: 'updatedAt' } as const;
type Field = keyof typeof VALUES;

/** Lists of other things than those that have the names and times. */
const OF_OTHERS = ['Query.accessFor'];

/** Every list of the schema, with the values that its rows have, and those that it can be ordered by. */
const LISTED = Object.values(servedSchema().getTypeMap())
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const page = getNamedType(field.type);
      const nodes = isObjectType(page) ? page.getFields()['nodes'] : undefined;
      if (!nodes) return [];
      const row = getNamedType(nodes.type);
      const order = field.args.find(({ name }) => name === 'orderBy')?.type;
      const input = order && getNamedType(order);
      const by = isInputObjectType(input) && getNamedType(input.getFields()['field']!.type);
      const has = isObjectType(row) ? Object.keys(row.getFields()) : [];
      return [
        {
          field: `${type.name}.${field.name}`,
          has: (Object.keys(VALUES) as Field[]).filter((value) => has.includes(VALUES[value])),
          by: by && isEnumType(by) ? by.getValues().map(({ name }) => name as Field) : [],
        },
      ];
    }),
  )
  .filter(({ field }) => !OF_OTHERS.includes(field));

test.each(LISTED)('$field can be ordered by what its rows have', ({ has, by }) => {
  expect(by.toSorted()).toEqual(has.toSorted());
});

interface Row {
  id: string;
  value: string | null;
}

/** Names in upper and lower case, some of them the same. */
const nameAt = (at: number): string => `${['b', 'A', 'c', 'B', 'a'][at % 5]}${at % 3 === 0 ? '' : at % 4}`;

/** Times in another order than those of creation. */
const changedAt = (at: number): string =>
  new Date(Date.UTC(2026, 5, 1) + ((at * 5) % 23) * 60_000).toISOString();

/** Gives the rows of every list names, and times of change, that their order does not tell. */
const disarrange = (world: World): void => {
  for (const [at, row] of world.clusters.entries())
    Object.assign(row, { name: nameAt(at), updated: changedAt(at).replace('Z', '') });
  for (const [at, row] of [...world.services, ...world.visibleServices].entries())
    Object.assign(row, { service_name: nameAt(at), updated_at: changedAt(at) });
  for (const { connections } of [...world.clusters, ...world.services])
    for (const [at, row] of connections.entries()) row.updated_at = changedAt(at);
  for (const [at, { connection }] of world.endpoints.entries()) connection.updated_at = changedAt(at);
  for (const [at, row] of world.dataConnections.entries())
    Object.assign(row, { name: nameAt(at), update_date: Date.parse(changedAt(at)) });
  for (const [at, row] of world.instances.entries()) row.instance_name = nameAt(at);
  for (const [at, row] of world.workspaces.entries())
    Object.assign(row, { name: nameAt(at), update_time: Date.parse(changedAt(at)) });
};

/** The rows 0 to 22 in no order. */
const SHUFFLED = Array.from({ length: 23 }, (_, at) => (at * 7) % 23);

const walk = async (
  { list, cloud }: Room,
  field: Field | null,
  direction: string,
  size: number,
  back = false,
) => {
  const rows: Row[] = [];
  const order = field === null ? '' : `, orderBy: { field: ${field}, direction: ${direction} }`;
  const value = VALUES[field ?? 'NAME'];
  const isNamed = field !== null;
  for (let cursor = ''; ;) {
    const page = back
      ? `last: ${size}${cursor && `, before: "${cursor}"`}`
      : `first: ${size}${cursor && `, after: "${cursor}"`}`;
    const selection = `nodes { ${list.key} ${isNamed ? value : ''} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
    const { data, errors } = await cloud.ask(list.ask(page + order, selection), {}, HEADERS);
    expect(errors).toBeUndefined();
    const { nodes, pageInfo } = (list.parent === undefined ? data : data[list.parent]).list;
    const found = nodes.map((node: Record<string, string>) => ({
      id: node[list.key],
      value: node[value] ?? null,
    }));
    if (back) rows.unshift(...found);
    else rows.push(...found);
    if (!(back ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return rows;
    cursor = back ? pageInfo.startCursor : pageInfo.endCursor;
  }
};

const inOrder = (rows: readonly Row[], direction: string): Row[] => {
  const sign = direction === 'ASC' ? 1 : -1;
  const textOf = ({ value }: Row) => value?.toLowerCase() ?? null;
  return rows.toSorted((a, b) => {
    const [one, other] = [textOf(a), textOf(b)];
    if (one === other) return a.id < b.id ? -1 : 1;
    if (one === null || other === null) return one === null ? 1 : -1;
    return one < other ? -sign : sign;
  });
};

describe.each(LISTED.filter(({ field }) => field in LISTS))('$field', ({ field, by }) => {
  test.each(by)('is in the order of %s, page by page, from both ends', async (value) => {
    const room = await roomFor(LISTS[field]!);
    room.serve(SHUFFLED);
    disarrange(room.world);
    const ids = (await walk(room, null, '', 100)).map(({ id }) => id).toSorted();
    for (const direction of ['ASC', 'DESC']) {
      const rows = await walk(room, value, direction, 100);
      expect(rows.map(({ id }) => id).toSorted()).toEqual(ids);
      expect(rows).toEqual(inOrder(rows, direction));
      expect(await walk(room, value, direction, 4)).toEqual(rows);
      expect(await walk(room, value, direction, 4, true)).toEqual(rows);
    }
  });
});

test('a cursor of an order by name survives rows that come, go and are renamed', async () => {
  const room = await roomFor(LISTS['Query.clusters']!);
  const cluster = (name: string) => makeCluster({ id: `id-${name}`, name });
  room.world.clusters = ['b', 'd', 'f', 'h'].map(cluster);
  const page = async (after?: string) =>
    (
      await room.cloud.ask(
        `query ($after: String) { clusters(first: 2, after: $after, orderBy: { field: NAME, direction: ASC }) {
           nodes { name } pageInfo { endCursor } } }`,
        { after },
      )
    ).data.clusters;
  const { nodes, pageInfo } = await page();
  expect(nodes).toEqual([{ name: 'b' }, { name: 'd' }]);
  room.world.clusters = ['a', 'C', 'E', 'f', 'h'].map(cluster);
  expect((await page(pageInfo.endCursor)).nodes).toEqual([{ name: 'E' }, { name: 'f' }]);
});

test('a cursor of one order is none of another', async () => {
  const room = await roomFor(LISTS['Query.clusters']!);
  room.serve(SHUFFLED);
  const ask = (args: string) => room.cloud.ask(`{ clusters(first: 2 ${args}) { pageInfo { endCursor } } }`);
  const { data } = await ask('orderBy: { field: NAME, direction: ASC }');
  room.cloud.calls();
  const { errors } = await ask(`after: "${data.clusters.pageInfo.endCursor}"`);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(room.cloud.calls()).toEqual([]);
});

test('the cloud orders endpoints and public services by time, where the spelling of the region is known', async () => {
  const question = (direction: string) =>
    `{ endpoints(orderBy: { field: CREATED_AT, direction: ${direction} }) { nodes { endpointId } }
       publicEndpointServices(orderBy: { field: CREATED_AT, direction: ${direction} }) { nodes { serviceId } } }`;
  const { ask, calls } = await gateway();
  await ask(question('ASC'));
  expect(calls().map((call) => call.replace(/.*\?/, ''))).toEqual(
    Array(2).fill('sort_dir=asc&offset=0&limit=21'),
  );
  await ask('{ endpoints(orderBy: { field: UPDATED_AT, direction: ASC }) { nodes { endpointId } } }');
  expect(calls().map((call) => call.replace(/.*\?/, ''))).toEqual(['offset=0&limit=1000']);
  const known = await gateway({ settings: { VPCEP_SORT_KEY: 'create_at' } });
  await known.ask('{ endpoints(orderBy: { field: UPDATED_AT, direction: ASC }) { nodes { endpointId } } }');
  expect(known.calls().map((call) => call.replace(/.*\?/, ''))).toEqual([
    'sort_key=update_at&sort_dir=asc&offset=0&limit=21',
  ]);
});

test('clusters and services of three projects are one list by name', async () => {
  const worldOf = (names: readonly string[]): World => ({
    ...emptyWorld(),
    clusters: names.map((name) => makeCluster({ name })),
    services: names.map((name) => makeService({ service_name: name })),
  });
  const { ask } = await startProjectsGateway([worldOf(['c', 'a']), worldOf(['B', 'e']), worldOf(['d'])]);
  const { data } = await ask(`{
    clusters(orderBy: { field: NAME, direction: ASC }) { nodes { name } }
    endpointServices(orderBy: { field: NAME, direction: DESC }) { nodes { name } } }`);
  const names = (list: { nodes: { name: string }[] }) => list.nodes.map(({ name }) => name).join('');
  expect(names(data.clusters)).toBe('aBcde');
  expect(names(data.endpointServices)).toBe('edcBa');
});
