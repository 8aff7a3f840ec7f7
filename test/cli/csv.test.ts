import { type FieldNode, type OperationDefinitionNode, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createCsv } from '../../src/cli/csv.ts';

const csvOf = (selection: string, edges = false) => {
  const document = parse(`{ rows { list ${selection} } } fragment F on Row { shared }`);
  const [rows] = (document.definitions[0] as OperationDefinitionNode).selectionSet.selections as FieldNode[];
  const [list] = rows!.selectionSet!.selections as FieldNode[];
  return createCsv(document, list!.selectionSet!, { edges });
};

test('a column is a leaf of the selection, named by the way to it', () => {
  expect(csvOf('{ name other: status service { name ports { from } } ...F }').header()).toBe(
    'name,other,service.name,service.ports.from,shared\n',
  );
  expect(csvOf('{ cursor node { name } }', true).header()).toBe('cursor,name\n');
});

test('a row has a cell for each column, empty where there is no value', () => {
  const csv = csvOf('{ name open count service { name } tags { key } }');
  expect(
    csv.rows([
      { name: 'a', open: true, count: 0, service: { name: 's' }, tags: [{ key: 'x' }, { key: 'y' }] },
      { name: null, open: false, count: null, service: null, tags: [] },
      null,
    ]),
  ).toBe('a,true,0,s,x; y\n,false,,,\n,,,,\n');
});

test.each([
  ['a comma', 'a,b', '"a,b"'],
  ['a quote', 'a"b', '"a""b"'],
  ['a line', 'a\nb', '"a\nb"'],
])('%s is quoted', (_, value, cell) => {
  expect(csvOf('{ name }').rows([{ name: value }])).toBe(`${cell}\n`);
});

test.each(['=1+1', '+1', '-1', '@a', '\t=1', '\r=1', '＝1'])('the formula %j is defused', (value) => {
  expect(csvOf('{ name }').rows([{ name: value }])).toMatch(/^"?'/);
});
