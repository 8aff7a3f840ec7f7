import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  buildSchema,
  type ExecutionResult,
  type GraphQLObjectType,
  type GraphQLSchema,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { planQuery } from '../../../src/graphql/fast-path/plan.ts';
import type { Context } from '../../../src/request/context.ts';

setFlagsFromString('--expose-gc');
const collectYoung = () => (runInNewContext('gc') as (options: object) => void)({ type: 'minor' });

const schemaWith = (resolve: () => unknown): GraphQLSchema => {
  const schema = buildSchema('type Query { rows: [Row!] } type Row { number: Int! name: String }');
  (schema.getType('Query') as GraphQLObjectType).getFields()['rows']!.resolve = resolve;
  return schema;
};

/** Plans a query; returns a function that executes it. */
const plan = (schema: GraphQLSchema, text: string): (() => Promise<ExecutionResult> | ExecutionResult) => {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('No operation.');
  const run = planQuery(schema, document, operation);
  return () => run({} as Context, {});
};

const ROWS = 10_000;
const rows = () => Array.from({ length: ROWS }, (_, number) => ({ number, name: `row ${number}` }));

describe('an execution of a plan', () => {
  it('is at once where nothing is awaited', () => {
    expect(plan(schemaWith(rows), '{ rows { number } }')()).not.toBeInstanceOf(Promise);
  });

  it.each(['{ rows { number } }', '{ rows { number name } again: rows { name } }'])(
    'of %s leaves nothing behind that only a major collection frees',
    async (text) => {
      const execute = plan(
        schemaWith(async () => rows()),
        text,
      );
      const executeOften = async (times: number) => {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        for (let i = 0; i < times; i += 1) await execute();
        collectYoung();
      };
      await executeOften(20);
      const before = process.memoryUsage().heapUsed;
      await executeOften(50);
      const keptPerRow = (process.memoryUsage().heapUsed - before) / (50 * ROWS);
      expect(keptPerRow).toBeLessThan(10);
    },
  );
});
