import * as fc from 'fast-check';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { isCompilable } from '../../src/graphql/fast-path/compilable.ts';
import { servedSchema } from '../../src/graphql/schema.ts';
import { smallWorld } from './changes.ts';
import { knownOf } from './known.ts';
import { changesBefore, type Difference, differencesIn, pairOf } from './pair.ts';
import { queriesOn } from './queries.ts';

/** Both of a run that failed, as its name tells them, make the same queries again. */
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 1);
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 5000);
const SHRINK_MS = 60_000;

// Nobody reads where the errors of so many answers were made.
Error.stackTraceLimit = 0;

const told = ({ query, changes, time, fast, plain }: Difference): string =>
  [
    `Asked ${time} times after ${changes} changes of the cloud:`,
    query.query,
    `variables: ${JSON.stringify(query.variables)}, operationName: ${query.operationName}`,
    `with the fast paths: ${fast}`,
    `without them:        ${plain}`,
  ].join('\n');

test('most generated queries are valid, some are not, and a good part of them is compiled', async () => {
  const schema = servedSchema();
  const arbitrary = queriesOn(schema, await knownOf(smallWorld(), async () => ''));
  const documents = fc
    .sample(arbitrary, { seed: SEED, numRuns: 500, unbiased: true })
    .map(({ query, operationName }) => ({ document: parse(query), operationName }));
  const valid = documents.filter(({ document }) => validate(schema, document).length === 0);
  const compiled = valid.filter(({ document }) => isCompilable(document));
  expect(valid.length).toBeGreaterThan(documents.length * 0.8);
  expect(valid.length).toBeLessThan(documents.length * 0.98);
  expect(compiled.length).toBeGreaterThan(documents.length * 0.25);
});

test(
  `generated queries have the same answers with and without the fast paths (seed ${SEED}, ${RUNS} queries)`,
  { timeout: 600_000, retry: 0 },
  async () => {
    const { sandbox, plain } = await pairOf();
    const arbitrary = queriesOn(servedSchema(), await knownOf(sandbox.world, plain));
    const parameters = { seed: SEED, numRuns: RUNS, unbiased: true };
    const queries = fc.sample(arbitrary, parameters);
    const differences = await differencesIn(queries, SEED);
    if (differences.length === 0) return;

    // Alone, and then smaller, as long as the answers differ.
    const place = queries.indexOf(differences[0]!.query);
    const property = fc.asyncProperty(arbitrary, async (query) => {
      const [first] = await differencesIn([query], SEED, changesBefore(place));
      if (first) throw new Error(told(first));
    });
    const shrunk = await fc.check(property, {
      ...parameters,
      path: String(place),
      numRuns: 1,
      interruptAfterTimeLimit: SHRINK_MS,
    });
    const alone = shrunk.failed ? fc.defaultReportMessage(shrunk) : 'Alone it is answered the same.';
    const replay = `DIFFERENTIAL_SEED=${SEED} DIFFERENTIAL_RUNS=${RUNS} npx vitest run test/differential`;
    const first = told(differences[0]!);
    expect.fail(`${differences.length} answers differ. ${first}\n\n${alone}\n\nReplay with: ${replay}`);
  },
);
