import { expect, test } from 'vitest';
import { forbiddenChanges } from './released-contract.ts';

const RELEASED = `type Query { cluster(id: ID!): Cluster }
type Cluster { name: String! old: String @deprecated(reason: "Use \`name\`.") }`;

const changed = (from: string, to: string): string => RELEASED.replace(from, to);

test('what is added breaks nobody, and what was deprecated in a release may go', async () => {
  expect(await forbiddenChanges(RELEASED, changed('name:', 'more: Int name:'))).toEqual([]);
  expect(await forbiddenChanges(RELEASED, changed(/ old.*\)/.exec(RELEASED)![0], ''))).toEqual([]);
});

test.each([
  { what: 'a field that is removed', now: changed('name: String!', ''), says: "Field 'name' was removed" },
  { what: 'a field that is renamed', now: changed('name:', 'title:'), says: "Field 'name' was removed" },
  { what: 'a field that can be null', now: changed('String!', 'String'), says: 'changed type from' },
  {
    what: 'an argument that is needed',
    now: changed('id: ID!', 'id: ID!, in: ID!'),
    says: "'in: ID!' added",
  },
  {
    what: 'a field that is deprecated without a replacement',
    now: changed('name: String!', 'name: String! @deprecated(reason: "Old.")'),
    says: 'Cluster.name is deprecated: its reason must name the replacement',
  },
])('$what is told, with what to do', async ({ now, says }) => {
  const told = await forbiddenChanges(RELEASED, now);
  expect(told[0]).toContain(says);
  expect(told.join('\n')).toMatch(/deprecate it first|must name the replacement/);
});
