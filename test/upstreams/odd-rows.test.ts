import { expect, test } from 'vitest';
import { createWorld } from '../../src/sandbox/world.ts';
import { readsOfContract } from '../support/contract.ts';
import { type Answer, gateway } from '../support/gateway.ts';
import { type Place, placesIn, schemaAt } from '../support/places.ts';
import { type Read, READ_OPERATIONS, WORKSPACE } from '../support/read-operations.ts';

const CONTRACT = readsOfContract();

const ODD: { what: string; value: unknown }[] = [
  { what: 'null', value: null },
  { what: 'missing', value: undefined },
  { what: '0', value: 0 },
  { what: '5', value: 5 },
  { what: '1.5', value: 1.5 },
  { what: 'a number beyond 2^53', value: 2 ** 60 },
  { what: 'a text', value: 'odd' },
  { what: 'an empty text', value: '' },
  { what: 'a flag', value: true },
  { what: 'an object', value: { odd: true } },
  { what: 'a list', value: ['odd'] },
  { what: 'a list of null', value: [null] },
  { what: 'an empty list', value: [] },
];

/** What a row can be told by, though it is not the text that was promised. */
const TELLING: ReadonlySet<unknown> = new Set([0, 5, 1.5, 'odd']);

/** Fields of the graph that are read out of one property. */
const TOGETHER = [
  ['engine', 'engineRaw', 'engineVersion', 'engineEndOfSupport'],
  ['permission', 'kind', 'domainId', 'orgPath'],
  // The endpoint's own side is that of another endpoint.
  ['id', 'endpointId', 'dnsNames', 'ipv4', 'ipv6', 'specification'],
  ['connectedInstance', 'connectedInstanceId', 'endpointStatus', 'endpointStatusRaw'],
];

const isOneField = (changed: readonly string[]): boolean =>
  changed.length <= 2 || TOGETHER.some((fields) => changed.every((name) => fields.includes(name)));

const found = (data: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((from, key) => (from as Record<string, unknown> | null)?.[key], data);

const ODD_ROW = 1;

/** A walk through the odd answers of one read. */
const walk = async (read: Read) => {
  const world = createWorld();
  world.instances.push({ ...world.instances[0]!, instance_id: 'another' });
  for (const [at, service] of world.services.slice(0, 3).entries())
    service.tags = [
      { key: 'team', value: `team ${at}` },
      { key: 'stage', value: 'prod' },
    ];
  const gate = await gateway({ sandbox: { world } });
  const ask = () => gate.ask(read.ask(gate.sandbox.world), {}, WORKSPACE);
  const usual = await ask();
  expect(usual.errors).toBeUndefined();
  const rows = found(usual.data, read.in);
  /** Asks with each odd value in each place, and gives what is wrong with the answers, by place. */
  const each = async (places: readonly Place[], judge: (odd: Odd) => string | null, values = ODD) => {
    const wrong: string[] = [];
    for (const at of places)
      for (const { what, value } of values) {
        gate.sandbox.clearFaults();
        gate.sandbox.fault({ path: read.path, odd: { at, value } });
        // oxlint-disable-next-line no-await-in-loop -- they share a sandbox
        const { data, errors } = await ask();
        const verdict = judge({ at, value, rows: found(data, read.in), errors });
        if (verdict !== null) wrong.push(`${at.join('.')}, ${what}: ${verdict}`);
      }
    return wrong;
  };
  return { rows, each };
};

/** What came of an odd value in a place. */
interface Odd {
  at: Place;
  value: unknown;
  rows: unknown;
  errors: Answer['errors'];
}

/** The answer as a whole cannot be read, and says so. */
const lossOf = ({ rows, errors }: Odd): string | null =>
  errors?.[0]?.extensions.code === 'UPSTREAM_BAD_RESPONSE' && rows == null ? null : 'it is not told';

/** At most one field of the odd row differs, and no other row does. */
const spoiltBeyond = ({ rows, errors }: Odd, usual: unknown): string | null => {
  if (errors) return errors[0]!.message;
  if (rows == null) return 'nothing is left';
  const [all, before] = [[rows].flat(), [usual].flat()] as Record<string, unknown>[][];
  const place = Array.isArray(rows) ? ODD_ROW : 0;
  const isAnother = (_row: unknown, index: number) => index !== place;
  const texts = (some: unknown[]) => JSON.stringify(some.filter(isAnother));
  if (texts(all!) !== texts(before!)) return 'other rows differ';
  const [odd, was] = [all![place]!, before![place]!];
  const changed = Object.keys(was).filter((name) => JSON.stringify(odd[name]) !== JSON.stringify(was[name]));
  return isOneField(changed) ? null : `it spoils ${changed.join(', ')}`;
};

test('every operation of the contract that reads is walked', () => {
  expect(Object.keys(READ_OPERATIONS).toSorted()).toEqual([...CONTRACT.keys()].toSorted());
});

test.each(Object.keys(READ_OPERATIONS))(
  'in %s an odd value spoils its own field, and no other row',
  { timeout: 120_000 },
  async (name) => {
    const { rows = null, identity, refers, ...read } = READ_OPERATIONS[name]!;
    const row = rows === null ? [] : [...rows, ODD_ROW];
    const schema = schemaAt(CONTRACT.get(name)!, rows ?? []);
    const places = placesIn((rows === null ? schema : schema.items)!, row);
    expect(places.length).toBeGreaterThan(2);
    const { each, rows: usual } = await walk({ ...read, in: read.in });
    const wrong = await each(places, (odd) => {
      const isIdentity = odd.at.length === row.length + 1 && odd.at.at(-1) === identity;
      if (isIdentity && refers && TELLING.has(odd.value)) return odd.errors ? odd.errors[0]!.message : null;
      return isIdentity && !TELLING.has(odd.value) ? lossOf(odd) : spoiltBeyond(odd, usual);
    });
    expect(wrong).toEqual([]);
  },
);

const LISTS = Object.keys(READ_OPERATIONS).filter((name) => READ_OPERATIONS[name]!.rows);

test.each(LISTS)('in %s a row that is none is told, and nothing is claimed of the list', async (name) => {
  const read = READ_OPERATIONS[name]!;
  const { each } = await walk(read);
  const isRow = ({ value }: { value: unknown }) =>
    value === undefined || (name === 'listQuotas' && value?.constructor === Object);
  const wrong = await each(
    [[...read.rows!, ODD_ROW]],
    lossOf,
    ODD.filter((odd) => !isRow(odd)),
  );
  expect(wrong).toEqual([]);
});

test.each(LISTS)('in %s what stands beside the rows spoils none of them', async (name) => {
  const read = READ_OPERATIONS[name]!;
  // `instances` is what older answers call the rows.
  const beside = placesIn(CONTRACT.get(name)!, []).filter(
    ([first]) => first !== read.rows![0] && first !== 'instances',
  );
  const { each, rows } = await walk(read);
  const wrong = await each(beside, (odd) => spoiltBeyond(odd, rows));
  expect(wrong).toEqual([]);
});

const SPOILT: { what: string; field: string; value: unknown; told: Record<string, unknown> }[] = [
  { what: 'no state', field: 'status', value: null, told: { status: 'UNKNOWN', statusRaw: '' } },
  { what: 'a number for a state', field: 'status', value: 7, told: { status: 'UNKNOWN', statusRaw: '7' } },
  { what: 'a number for an account', field: 'domain_id', value: 7, told: { domainId: '7' } },
  { what: 'an account beyond 2^53', field: 'domain_id', value: 2 ** 60, told: { domainId: null } },
  { what: 'a date that is none', field: 'created_at', value: 'soon', told: { createdAt: null } },
  {
    what: 'the 30th of February',
    field: 'created_at',
    value: '2026-02-30T00:00:00Z',
    told: { createdAt: null },
  },
  {
    what: 'a failure in the place of a list',
    field: 'error',
    value: { error_code: 7 },
    told: { failures: [{ code: '7', message: null }] },
  },
  { what: 'failures that cannot be read', field: 'error', value: 'odd', told: { failures: null } },
  { what: 'a packet id that is no number', field: 'marker_id', value: 'odd', told: { markerId: null } },
];

const DRIFT =
  'gateway_upstream_drift_total{service="vpcep",' +
  'operation="GET /v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/connections"';

test.each(SPOILT)(
  '$what is counted by its field, and told as nothing else',
  async ({ field, value, told }) => {
    const gate = await gateway();
    const { path, ask, in: place } = READ_OPERATIONS['listServiceConnections']!;
    gate.sandbox.fault({ path, odd: { at: ['connections', 0, field], value } });
    const { data, errors } = await gate.ask(ask(gate.sandbox.world));
    expect(errors).toBeUndefined();
    expect((found(data, place) as unknown[])[0]).toMatchObject(told);
    expect(gate.calls().filter((call) => call.includes('/connections?'))).toHaveLength(1);
    const metrics = await (await fetch(`${gate.url}/metrics`)).text();
    expect(metrics).toContain(`${DRIFT},field="connections.${field}"} 1\n`);
  },
);

test('a row that is as it should be counts nothing', async () => {
  const gate = await gateway();
  await gate.ask(READ_OPERATIONS['listServiceConnections']!.ask(gate.sandbox.world));
  expect(await (await fetch(`${gate.url}/metrics`)).text()).not.toContain('gateway_upstream_drift_total{');
});
