import { expect, test } from 'vitest';
import { createWorld } from '../../src/sandbox/world.ts';
import { readsOfContract, type ValueSchema } from '../support/contract.ts';
import { gateway } from '../support/gateway.ts';
import { type Place, placesIn, schemaAt } from '../support/places.ts';
import { READ_OPERATIONS, WORKSPACE } from '../support/read-operations.ts';

/** Why properties are left out, by operation and property. */
const REASONS: readonly { left: RegExp; reason: string }[] = [
  { left: /(^|\.| )project_id$|\bregion_id$/, reason: 'the project, or its region, that was asked' },
  { left: /\b(password|config|config\.ssl|extra|url|test_url|user_name)$/, reason: 'can hold a secret' },
  { left: /\b(bandwidthResourceId|resourceIds?|orderId|order_id|eipSize)$/, reason: 'billing' },
  {
    left: /elbWhiteListResp|snapshotPolicy$/,
    reason: 'access from the internet, or backups: nothing about endpoints',
  },
  {
    left: /\bdatastore\.(subVersion|supportSecuritymode)$/,
    reason: 'what the engine could do; `securityMode` is what it does',
  },
  {
    left: /\bactionProgress$/,
    reason: 'read with the actions that it names, of which the cluster has none here',
  },
  {
    left: /\berror\.(code|message)$/,
    reason: 'another spelling, read where `error_code` and `error_message` are missing',
  },
  { left: /\bupdate_at$/, reason: 'another spelling, read where `updated_at` is missing' },
  {
    left: /\b(creation_user|update_user|create_user)$/,
    reason: 'read where the name of the user is missing, or without a name',
  },
  {
    left: /\bpermission_type$/,
    reason: 'the text of the permission says it, also in regions without this property',
  },
  { left: /\bvip_port_id$/, reason: 'a port that the cloud makes for itself' },
  {
    left: /^listEndpointServices .*\b(cidr_type|ip_version|snat_network_id)$/,
    reason: 'only the detail is sure to have it',
  },
  { left: /^getEndpointService connection_count$/, reason: 'only the list is sure to have it' },
  { left: /\bendpoint_pool_id$/, reason: 'announced to be withdrawn' },
  {
    left: /\bpolicy_(document|statement)/,
    reason: 'read into `policy`: test/upstreams/vpcep/endpoints/policy.test.ts',
  },
  { left: /^queryResourcesByTags /, reason: 'resources are read by their ids, and counted then' },
  {
    left: /^listInsightInstances instances/,
    reason: 'what older answers call the rows, read where `page_data` is missing',
  },
  {
    left: /\bvpc_connection$/,
    reason: 'read into `connectedInstance`: test/upstreams/dataartsinsight/data-sources.test.ts',
  },
  {
    left: /\b(server_list|source_instance_id)$/,
    reason: 'how the data source is reached inside DataArts Insight',
  },
  {
    left: /^listWorkspaces .*\b(configs|instance_id)$/,
    reason: 'settings of the product, and the instance that was asked',
  },
];

/** Values of which one shows in the answer, if the property is read at all. */
const TELLING: readonly unknown[] = [null, 7, 'other', false, [], {}, ['other'], '2020-01-01T00:00:00Z'];

const partsOf = (schema: ValueSchema) => [schema, ...(schema.allOf ?? [])];

/** A value as the schema has it, with all of its properties. */
const sampleOf = (schema: ValueSchema): unknown => {
  const properties = Object.assign({}, ...partsOf(schema).map((part) => part.properties)) as Record<
    string,
    ValueSchema
  >;
  if (Object.keys(properties).length > 0)
    return Object.fromEntries(Object.entries(properties).map(([name, below]) => [name, sampleOf(below)]));
  const items = partsOf(schema).find((part) => part.items)?.items;
  if (items) return [sampleOf(items)];
  const types = partsOf(schema).flatMap(({ type }) => type ?? []);
  if (types.includes('integer')) return 5;
  return types.includes('boolean') ? true : 'odd';
};

const put = (value: unknown, [key, ...rest]: Place, replacement: unknown): unknown => {
  if (key === undefined) return replacement;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = put(copy[key], rest, replacement);
  return copy;
};

const ODD_ROW = 1;

/** Every property that is left out, once all operations were walked. */
const LEFT: string[] = [];

/** A property by its name, without places in lists. */
const nameOf = (place: Place): string => place.filter((part) => typeof part === 'string').join('.');

test.each(Object.keys(READ_OPERATIONS))(
  'in %s every property is read into the graph, or left out for a reason',
  { timeout: 120_000 },
  async (name) => {
    const read = READ_OPERATIONS[name]!;
    const schema = readsOfContract().get(name)!;
    const world = createWorld();
    world.instances.push({ ...world.instances[0]!, instance_id: 'another' });
    for (const service of world.services)
      service.tags = [
        { key: 'team', value: 'net' },
        { key: 'stage', value: 'prod' },
      ];
    const gate = await gateway({ sandbox: { world } });
    const ask = async (at?: Place, value?: unknown) => {
      gate.sandbox.clearFaults();
      if (at) gate.sandbox.fault({ path: read.path, odd: { at, value } });
      const { data, errors } = await gate.ask(read.ask(world), {}, WORKSPACE);
      return JSON.stringify([data, errors?.map(({ message }) => message)]);
    };
    const rowAt: Place = read.rows ? [...read.rows, ODD_ROW] : [];
    /** Whether the answer changes with a property that stands in a property of the row, or is one. */
    const isRead = async (place: Place): Promise<boolean> => {
      const isInRow = read.rows !== undefined && place.length > rowAt.length;
      const at = place.slice(0, isInRow || !read.rows ? rowAt.length + 1 : 1);
      const within = place.slice(at.length);
      const names = at.filter((part) => typeof part === 'string');
      const sample = within.length === 0 ? undefined : sampleOf(schemaBelow(schema, names));
      const usual = await (sample === undefined ? ask() : ask(at, sample));
      for (const value of TELLING)
        // oxlint-disable-next-line no-await-in-loop -- they share a sandbox
        if ((await ask(at, sample === undefined ? value : put(sample, within, value))) !== usual) return true;
      return false;
    };
    const places = placesIn(schema, []).map((place) =>
      place.map((part, at) => (read.rows && at === read.rows.length ? ODD_ROW : part)),
    );
    const [found, unread] = [new Set<string>(), new Set<string>()];
    // oxlint-disable-next-line no-await-in-loop -- they share a sandbox
    for (const place of places) ((await isRead(place)) ? found : unread).add(nameOf(place));
    // What has parts is read if one of them is.
    const left = [...unread].filter((one) => ![...found].some((other) => other.startsWith(`${one}.`)));
    const unexplained = left.filter((one) => !REASONS.some((reason) => reason.left.test(`${name} ${one}`)));
    expect(unexplained).toEqual([]);
    for (const one of left) LEFT.push(`${name} ${one}`);
  },
);

test('every reason is one for something', () => {
  expect(REASONS.filter(({ left }) => !LEFT.some((one) => left.test(one)))).toEqual([]);
});

const schemaBelow = (schema: ValueSchema, names: readonly string[]): ValueSchema => {
  const [name, ...rest] = names;
  if (name === undefined) return schema;
  const items = partsOf(schema).find((part) => part.items)?.items;
  return schemaBelow(schemaAt(items ?? schema, [name]), rest);
};
