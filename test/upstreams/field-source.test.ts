import { getNamedType, type GraphQLField, type GraphQLObjectType, isCompositeType } from 'graphql';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { FieldSource } from '../../src/graph/field-source.ts';
import { apiSchema } from '../../src/graphql/schema.ts';
import { SANDBOX, type World } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';

type Field = Pick<GraphQLField<unknown, unknown>, 'name' | 'extensions'>;

/** Sources that a test sets in place of the declared ones. */
const { override } = vi.hoisted(() => ({
  override: { of: (_: Field | undefined): FieldSource | undefined => undefined },
}));

vi.mock('../../src/graph/field-source.ts', async (original) => {
  const actual = await original<typeof import('../../src/graph/field-source.ts')>();
  return { ...actual, sourceOf: (field: Field | undefined) => override.of(field) ?? actual.sourceOf(field) };
});

const { sourceOf } = await vi.importActual<typeof import('../../src/graph/field-source.ts')>(
  '../../src/graph/field-source.ts',
);

beforeEach(() => {
  override.of = () => undefined;
});

interface Case {
  type: string;
  /** The root field, for each of some objects. */
  roots: (world: World) => string[];
  /** A field with a call of its own. */
  ownCall: string;
  /** The calls that read the object. */
  isObjectCall: RegExp;
}

const CASES: Case[] = [
  {
    type: 'Cluster',
    roots: ({ clusters }) => clusters.slice(0, 3).map(({ id }) => `cluster(clusterId: "${id}")`),
    ownCall: 'connections',
    isObjectCall: /\/clusters(\/[^/?]+)?(\?|$)/,
  },
  {
    type: 'EndpointService',
    roots: ({ services, visibleServices }) =>
      [...services.slice(0, 2), visibleServices[0]!].map(({ id }) => `endpointService(by: { id: "${id}" })`),
    ownCall: 'permissions',
    isObjectCall: /\/vpc-endpoint-services\/[^/?]+(\?|$)/,
  },
  {
    type: 'InsightInstance',
    roots: ({ instances }) => instances.map(({ instance_id: id }) => `insightInstance(instanceId: "${id}")`),
    ownCall: 'workspaces',
    isObjectCall: /\/instances(\?|$)/,
  },
];

const schema = apiSchema();
const fieldsOf = (type: string) => Object.values((schema.getType(type) as GraphQLObjectType).getFields());

const select = ({ name, type }: GraphQLField<unknown, unknown>): string => {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return name;
  return named.name.endsWith('Connection') && named.name !== 'Connection'
    ? `${name} { totalCount nodes { __typename } }`
    : `${name} { __typename }`;
};

/** A gateway of its own for each way to declare: none may answer with what another has read. */
const reader = async ({ isObjectCall, roots }: Case) => {
  const { ask, calls, sandbox } = await gateway();
  return async (selection: string) => {
    const answers = [];
    for (const root of roots(sandbox.world)) {
      calls();
      // oxlint-disable-next-line no-await-in-loop -- the calls of each are counted
      const { data } = await ask(
        `{ object: ${root} { ${selection} } }`,
        {},
        { 'x-workspace-id': SANDBOX.workspaceId },
      );
      const made = calls();
      answers.push({
        value: data.object as Record<string, unknown> | null,
        calls: made,
        readsObject: made.some((call) => isObjectCall.test(call)),
      });
    }
    return answers;
  };
};

const valuesIn = (answers: Awaited<ReturnType<Awaited<ReturnType<typeof reader>>>>, name: string) =>
  answers.map(({ value }) => value?.[name] ?? null);

describe.each(CASES)('the declared sources of $type', (one) => {
  const fields = fieldsOf(one.type);
  const ownCall = select(fields.find(({ name }) => name === one.ownCall)!);

  test('are those that the values come from', async () => {
    const read = await reader(one);
    const plain = await reader(one);
    const existence = (await read('__typename')).map(({ calls }) => calls);
    for (const field of fields) {
      const source = sourceOf(field);
      if (source === 'object') continue;
      const { name } = field;
      override.of = () => 'object';
      // oxlint-disable-next-line no-await-in-loop -- they share the override
      const wanted = valuesIn(await plain(select(field)), name);
      override.of = () => undefined;
      // oxlint-disable-next-line no-await-in-loop
      const alone = await read(select(field));
      expect(valuesIn(alone, name), name).toEqual(wanted);
      if (source === 'identity') {
        expect(
          alone.map(({ calls }) => calls),
          name,
        ).toEqual(existence);
        // oxlint-disable-next-line no-await-in-loop
        const [beside] = await read(`${ownCall} ${name}`);
        expect(beside!.value?.[name], name).toEqual(wanted[0]);
        expect(beside!.readsObject, name).toBe(false);
      } else expect(alone[0]!.readsObject, name).toBe(false);
    }
  });

  test('are declared wherever the object need not be read', async () => {
    const read = await reader(one);
    const forced = await reader(one);
    const missing: string[] = [];
    for (const field of fields) {
      if (sourceOf(field) !== 'object') continue;
      const { name } = field;
      // oxlint-disable-next-line no-await-in-loop -- they share the override
      const wanted = valuesIn(await read(select(field)), name);
      override.of = (other) => (other?.name === name ? 'ownCall' : undefined);
      // oxlint-disable-next-line no-await-in-loop
      const answers = await forced(select(field));
      override.of = () => undefined;
      const values = valuesIn(answers, name);
      const known = wanted.flatMap((value, at) => (value === null ? [] : [[value, values[at]]]));
      const isSame =
        known.length > 0 && JSON.stringify(known.map(([a]) => a)) === JSON.stringify(known.map(([, b]) => b));
      if (isSame && !answers.some(({ readsObject }) => readsObject)) missing.push(name);
    }
    expect(missing).toEqual([]);
  });
});
