import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vitest/config';

const ALL = 'test/**/*.test.ts';

/** What the runs without the fast paths, and with all of them, leave to the usual one. */
const USUAL_ONLY = [
  // The fast paths are what these are about: they set for themselves which of them are there.
  'test/differential/',
  'test/graphql/fast-path/',
  'test/http/room.test.ts',
  'test/http/in-flight-reads.test.ts',
  // Where answers are kept there are no fast paths.
  'test/cache/response-cache.test.ts',
  // What clients make of pages is the same however an answer was come by, and their packages are slow to load.
  'test/clients/',
  // Long, and about what goes wrong before a query is looked at, or on the way to the cloud; some set it for themselves as well.
  'test/bounds/',
  'test/http/error-bodies.test.ts',
  'test/faults/',
  'test/history/replicas.test.ts',
  'test/hostile/',
  'test/http/outage.test.ts',
  'test/paging/conformance/',
  // A browser, and files that are written anew with `--update`.
  'test/server/graphiql/page.test.ts',
  'test/repository/docs/',
];

/** These send what they send by themselves, and mean it to be so often: nothing of it would be repeated. */
const UNREPEATED = [
  'test/upstreams/contract.test.ts',
  'test/graphql/graphql-over-http.test.ts',
  'test/guards/cors.test.ts',
  'test/graphql/plugins/persisted-operations.test.ts',
  'test/guards/rate-limit.test.ts',
  'test/history/',
  'test/observability/tracing.test.ts',
  'test/bench/workloads.test.ts',
];

/** What a file imports from beside it, other than types. */
const imported = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^import (?!type)[^;]* from '(\.[^']+)'/gm)].map(([, path]) =>
    join(dirname(file), path!),
  );

/** Whether a file starts a gateway in its own process: by itself, or by what it imports of `test`. */
const asks = (file: string): boolean =>
  file === join('test', 'support', 'gateway.ts') ||
  (file.startsWith('test') && imported(file).some((other) => asks(other)));

const isIn = (list: readonly string[], file: string): boolean =>
  list.some((one) => file.startsWith(join(one)));

const PLAIN = globSync(ALL).filter((file) => asks(file) && !isIn(USUAL_ONLY, file));
const REPEATED = PLAIN.filter((file) => !isIn(UNREPEATED, file));

export default defineConfig({
  // graphql 16 ships two module formats; vitest would load both and see two realms.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'usual', include: [ALL] } },
      // No answer depends on what makes the usual request cheap: here it is off.
      {
        extends: true,
        test: { name: 'plain', include: PLAIN, setupFiles: ['test/support/without-fast-path.ts'] },
      },
      // Here it is what answers, since each query came before.
      { extends: true, test: { name: 'repeated', include: REPEATED, env: { REHEARSALS: '3' } } },
    ],
  },
});
