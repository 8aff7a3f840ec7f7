import { expect, it } from 'vitest';
import { Present } from '../../src/capacity/present.ts';

const named = (name: string) => ({ name, place: -1 });
const namesOf = (present: Present<{ name: string; place: number }>) =>
  [...present].map(({ name }) => name).toSorted();

it('has what was added and not removed, in whatever order that happened', () => {
  const present = new Present<{ name: string; place: number }>();
  const all = ['a', 'b', 'c', 'd'].map(named);
  const [a, b, , d] = all as [
    ReturnType<typeof named>,
    ReturnType<typeof named>,
    unknown,
    (typeof all)[number],
  ];
  for (const one of all) present.add(one);
  present.delete(b);
  expect(namesOf(present)).toEqual(['a', 'c', 'd']);
  present.delete(d);
  present.delete(a);
  expect(namesOf(present)).toEqual(['c']);
  present.add(b);
  expect(namesOf(present)).toEqual(['b', 'c']);
  expect(present.size).toBe(2);
});

it('ignores what is removed twice, or was never added', () => {
  const present = new Present<{ name: string; place: number }>();
  const [a, b] = [named('a'), named('b')];
  present.add(a);
  present.add(b);
  present.delete(a);
  present.delete(a);
  present.delete(named('c'));
  expect(namesOf(present)).toEqual(['b']);
});

it('can change while it is gone through', () => {
  const present = new Present<{ name: string; place: number }>();
  for (const name of ['a', 'b', 'c']) present.add(named(name));
  const seen: string[] = [];
  for (const one of present) {
    seen.push(one.name);
    present.delete(one);
    if (seen.length === 2) present.add(named('d'));
  }
  expect(seen.toSorted()).toEqual(['a', 'b', 'c']);
  expect(namesOf(present)).toEqual(['d']);
});
